"""Tokens: what is believed, what is refused, and what is remembered."""

import asyncio
import base64
import math
import time
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, OKPKey, RSAKey

from services.kit.http.identity import (
    ANONYMOUS,
    Forbidden,
    Identity,
    IssuerUnavailable,
    TokenExpired,
    Unauthenticated,
)
from services.kit.http.issuer import ALGORITHMS
from services.kit.http.jwks import Jwks
from services.kit.http.tokens import TokenVerifier
from tests.worlds.tokens import ISSUER, TRUST, Issuer
from tests.worlds.waiting import until


class Clock:
    def __init__(self) -> None:
        self.s = time.time()

    def __call__(self) -> float:
        return self.s


@pytest.mark.parametrize(
    ("key", "algorithm"),
    [
        (RSAKey.generate_key(2048, {"kid": "r"}), "RS256"),
        (ECKey.generate_key("P-256", {"kid": "e"}), "ES256"),
        (OKPKey.generate_key("Ed25519", {"kid": "o"}), "EdDSA"),
    ],
)
async def test_a_token_of_the_issuer_says_who_calls(key: Any, algorithm: str) -> None:
    issuer = Issuer(key, algorithm)
    exp = int(time.time()) + 5
    token = issuer.token(
        sub="usr_x",
        roles=["partner", "wizard"],
        partner_id="ptn_1",
        scope="read write",
        exp=exp,
        aud=["other", "wlijo"],
    )
    identity = await issuer.verifier().identify(f"Bearer {token}")
    assert identity == Identity("usr_x", frozenset({"partner", "wizard"}), float(exp), frozenset({"read", "write"}))
    assert identity.claims["partner_id"] == "ptn_1"


async def test_no_header_is_an_anonymous_caller() -> None:
    assert await Issuer().verifier().identify(None) is ANONYMOUS


def now() -> int:
    return int(time.time())


_FAR_AHEAD = 4_102_444_800  # 2100


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "http://another"},
        {"iss": None},
        {"aud": "other"},
        {"aud": None},
        {"sub": ""},
        {"sub": None},
        {"sub": 7},
        {"exp": None},
        {"exp": "never"},
        {"exp": math.nan},
        {"exp": math.inf},
        {"exp": -math.inf},
        {"exp": 1e400},
        {"exp": True},
        {"nbf": math.nan},
        {"nbf": "soon"},
        {"roles": [["ops"]]},
        {"roles": "ops"},
        {"roles": {"ops": True}},
        {"roles": [None]},
        {"sub": ["usr_budi"]},
        {"sub": "x" * 256},
        {"aud": {"wlijo": 1}},
        {"iss": ["http://issuer.test"]},
        {"nbf": _FAR_AHEAD},
    ],
)
async def test_a_token_with_other_claims_is_refused(claims: dict[str, Any]) -> None:
    issuer = Issuer()
    with pytest.raises(Unauthenticated) as raised:
        await issuer.verifier().verify(issuer.token(**claims))
    assert not isinstance(raised.value, TokenExpired)


async def test_a_minute_of_skew_is_forgiven_at_both_ends() -> None:
    issuer = Issuer()
    verifier = issuer.verifier()
    assert (await verifier.verify(issuer.token(exp=now() - 30))).subject == "usr_budi"
    assert (await verifier.verify(issuer.token(nbf=now() + 30))).subject == "usr_budi"
    with pytest.raises(TokenExpired):
        await verifier.verify(issuer.token(exp=now() - 61))


async def test_a_remembered_token_expires_too() -> None:
    issuer, clock = Issuer(), Clock()
    verifier = TokenVerifier((TRUST, Jwks(issuer.fetch)), clock=clock)
    token = issuer.token()
    identity = await verifier.verify(token)
    assert await verifier.verify(token) is identity
    clock.s += 700
    with pytest.raises(TokenExpired):
        await verifier.verify(token)


def _part(data: object) -> str:
    return base64.urlsafe_b64encode(orjson.dumps(data)).decode().rstrip("=")


async def test_forged_tokens_are_refused() -> None:
    issuer, other = Issuer(), Issuer()
    verifier = issuer.verifier()
    header, claims, signature = issuer.token().split(".")
    forged_claims = _part({"iss": ISSUER, "aud": "wlijo", "sub": "usr_ops", "roles": ["ops"], "exp": now() + 600})
    public = orjson.dumps(issuer.key.as_dict(private=False)).decode()
    by_secret = jwt.encode(
        {"alg": "HS256", "kid": "first"}, {"iss": ISSUER, "sub": "x"}, OctKey.import_key(public.ljust(64)), ["HS256"]
    )
    for token in (
        other.token(),
        f"{header}.{forged_claims}.{signature}",
        f"{_part({'alg': 'none', 'kid': 'first'})}.{claims}.",
        f"{header}.{claims}.",
        f"{header}.{claims}",
        by_secret,
        "a.b.c",
        "",
        "é.é.é",
        "x" * 10_000,
        f"{_part(['alg'])}.{claims}.{signature}",
        f"{_part({'alg': 'ES256', 'kid': 5})}.{claims}.x",
    ):
        with pytest.raises(Unauthenticated):
            await verifier.verify(token)


@pytest.mark.parametrize("subject", ["a\0b", "a\nb", "a\u202eb", ""])
async def test_a_subject_that_no_database_or_log_could_hold_is_none(subject: str) -> None:
    issuer = Issuer()
    with pytest.raises(Unauthenticated):
        await issuer.verifier().verify(issuer.token(sub=subject))


@pytest.mark.parametrize("around", ["\xa0{}", "{}\n", "{}\r\nx: y", "\u2003{}", "{}\0", "{} {}", "\t{}"])
async def test_a_good_token_with_what_is_no_part_of_one_is_refused(around: str) -> None:
    issuer = Issuer()
    with pytest.raises(Unauthenticated):
        await issuer.verifier().identify("Bearer " + around.format(*[issuer.token()] * 2))


@pytest.mark.parametrize("header", ["Basic abc", "Bearer", "Bearer  ", "token"])
async def test_another_kind_of_authorization_is_refused_not_ignored(header: str) -> None:
    with pytest.raises(Unauthenticated):
        await Issuer().verifier().identify(header)


async def test_an_unknown_key_is_looked_for_once_in_a_while() -> None:
    issuer, clock = Issuer(), Clock()
    keys = Jwks(issuer.fetch, retry_s=3, clock=clock)
    verifier = TokenVerifier((TRUST, keys))
    old = issuer.token()
    await verifier.verify(old)
    issuer.key = ECKey.generate_key("P-256", {"kid": "second"})
    for _ in range(3):
        with pytest.raises(Unauthenticated):
            await verifier.verify(issuer.token())
    assert issuer.reads == 1
    clock.s += 4
    assert (await verifier.verify(issuer.token())).subject == "usr_budi"
    assert issuer.reads == 2
    clock.s += 4
    with pytest.raises(Unauthenticated):
        await verifier.verify(old)  # its key was withdrawn, though the token was remembered


async def test_a_withdrawn_key_is_missed_though_every_token_was_seen_before() -> None:
    issuer, clock = Issuer(), Clock()
    verifier = TokenVerifier((TRUST, Jwks(issuer.fetch, clock=clock)))
    old = issuer.token()
    await verifier.verify(old)
    issuer.key = ECKey.generate_key("P-256", {"kid": "second"})
    clock.s += 31
    await verifier.verify(old)  # the look at the keys begins with it, and holds nobody up
    await asyncio.sleep(0)
    with pytest.raises(Unauthenticated):
        await verifier.verify(old)
    assert issuer.reads == 2
    await verifier.close()


async def test_after_some_quiet_the_first_token_of_a_withdrawn_key_is_refused() -> None:
    issuer, clock = Issuer(), Clock()
    verifier = TokenVerifier((TRUST, Jwks(issuer.fetch, clock=clock)))
    old = issuer.token()
    await verifier.verify(old)
    issuer.key = ECKey.generate_key("P-256", {"kid": "second"})
    clock.s += 61
    with pytest.raises(Unauthenticated):
        await verifier.verify(old)
    await verifier.close()


def _looking(issuer: Issuer, clock: Clock) -> TokenVerifier:
    keys = Jwks(issuer.fetch, retry_s=0, refresh_s=0)
    return TokenVerifier((TRUST, keys), clock=clock, look_s=0.001)


async def test_what_is_open_ends_with_the_key_that_signed_its_token_and_what_another_key_signed_goes_on() -> None:
    first, second = ECKey.generate_key("P-256", {"kid": "first"}), ECKey.generate_key("P-256", {"kid": "second"})
    issuers = Issuer(first), Issuer(second)
    published: list[OctKey | RSAKey | ECKey | OKPKey] = [first, second]

    async def fetch() -> bytes:
        return orjson.dumps(KeySet(published).as_dict(private=False))

    keys = Jwks(fetch, retry_s=0, refresh_s=0)
    verifier = TokenVerifier((TRUST, keys), look_s=0.001)
    headers = [f"Bearer {each.token()}" for each in issuers]
    going, staying = [
        asyncio.create_task(verifier.ended(await verifier.identify(header), header)) for header in headers
    ]
    published.remove(first)
    await asyncio.wait_for(going, 90)
    assert not staying.done()
    published.clear()
    await asyncio.wait_for(staying, 90)
    await verifier.close()


async def test_an_issuer_that_is_away_ends_nothing_that_is_open() -> None:
    issuer, clock = Issuer(), Clock()
    verifier = _looking(issuer, clock)
    header = f"Bearer {issuer.token()}"
    open_ = asyncio.create_task(verifier.ended(await verifier.identify(header), header))
    issuer.away = True
    seen = issuer.reads

    async def looked() -> bool:
        return issuer.reads > seen + 3

    await until(looked)
    assert not open_.done()
    clock.s += 600
    await asyncio.wait_for(open_, 90)
    await verifier.close()


async def test_what_nobody_signed_for_stays_open() -> None:
    issuer = Issuer()
    verifier = _looking(issuer, Clock())
    open_ = asyncio.create_task(verifier.ended(ANONYMOUS, None))
    await asyncio.wait((open_,), timeout=0.05)
    assert not open_.done()
    assert issuer.reads == 0
    open_.cancel()


async def test_the_last_key_can_be_withdrawn_and_garbage_withdraws_none() -> None:
    issuer, clock = Issuer(), Clock()
    content = [await issuer.fetch()]

    async def fetch() -> bytes:
        return content[0]

    verifier = TokenVerifier((TRUST, Jwks(fetch, clock=clock)))
    token = issuer.token()
    await verifier.verify(token)
    for garbage in (b"", b"<html>", b"[]", b"{}", b'{"keys": {}}'):
        content[0] = garbage
        clock.s += 61
        assert (await verifier.verify(token)).subject == "usr_budi"
    content[0] = b'{"keys": []}'
    clock.s += 61
    with pytest.raises(Unauthenticated):
        await verifier.verify(token)
    await verifier.close()


_BROKEN = st.fixed_dictionaries(
    {"kty": st.sampled_from(("RSA", "EC", "OKP", "oct", "XYZ", None, ["EC"]))},
    optional={
        "kid": st.one_of(st.text(max_size=5), st.integers(0, 9), st.none(), st.lists(st.integers(0, 9), max_size=1)),
        "crv": st.sampled_from(("P-256", "P-1024", "secp256k1", "Ed25519", "X25519", "Ed448", "", None, 7, ["P-256"])),
        **{name: st.one_of(st.text(max_size=50), st.binary(max_size=60).map(lambda raw: base64.urlsafe_b64encode(raw).decode()),
                           st.none(), st.integers(0, 9), st.lists(st.text(max_size=3), max_size=2))
           for name in ("x", "y", "n", "e", "d", "use", "alg", "key_ops", "x5c", "oth")},
    },
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.one_of(_BROKEN, st.none(), st.text(max_size=3), st.integers(-5, 5)), max_size=4),
    st.sampled_from(ALGORITHMS),
)
def test_broken_keys_beside_a_good_one_harm_nobody_and_prove_nothing(broken: list[Any], algorithm: str) -> None:
    async def run() -> None:
        issuer = Issuer()

        async def fetch() -> bytes:
            return orjson.dumps({"keys": [*broken, *orjson.loads(await issuer.fetch())["keys"]]})

        verifier = TokenVerifier((TRUST, Jwks(fetch)))
        assert (await verifier.verify(issuer.token())).subject == "usr_budi"
        _, claims, signature = issuer.token().split(".")
        for each in broken:
            kid = str(each["kid"]) if isinstance(each, dict) and "kid" in each and each["kid"] != "first" else "nobody"
            with pytest.raises(Unauthenticated):
                await verifier.verify(f"{_part({'alg': algorithm, 'kid': kid})}.{claims}.{signature}")

    asyncio.run(run())


async def test_a_key_on_a_curve_that_is_not_known_spoils_no_other() -> None:
    issuer = Issuer()

    async def fetch() -> bytes:
        document = orjson.loads(await issuer.fetch())
        document["keys"].insert(0, {"kty": "EC", "kid": "new", "crv": "P-1024", "x": "AA", "y": "AA"})
        return orjson.dumps(document)

    verifier = TokenVerifier((TRUST, Jwks(fetch)))
    assert (await verifier.verify(issuer.token())).subject == "usr_budi"


@pytest.mark.parametrize(
    ("claims", "scopes"),
    [
        ({"scope": "a b", "scp": ["c"]}, {"a", "b", "c"}),
        ({"scp": "a"}, {"a"}),
        ({"scope": 7, "scp": ["a", 5]}, {"a"}),
        ({}, set()),
    ],
)
async def test_scopes_are_read_in_any_usual_way(claims: dict[str, Any], scopes: set[str]) -> None:
    issuer = Issuer()
    assert (await issuer.verifier().verify(issuer.token(**claims))).scopes == scopes


async def test_known_keys_serve_while_the_issuer_is_away() -> None:
    issuer, clock = Issuer(), Clock()
    verifier = TokenVerifier((TRUST, Jwks(issuer.fetch, clock=clock)))
    assert await verifier.reason_down() is None
    issuer.away = True
    clock.s += 10_000
    assert (await verifier.verify(issuer.token())).subject == "usr_budi"
    assert await verifier.reason_down() is None
    await verifier.close()


async def test_without_any_key_the_issuer_is_unavailable() -> None:
    issuer = Issuer()
    issuer.away = True
    verifier = issuer.verifier()
    assert str(await verifier.reason_down()).startswith("the issuer's keys are not known yet: ")
    with pytest.raises(IssuerUnavailable):
        await verifier.verify(issuer.token())
    issuer.away = False
    assert (await verifier.verify(issuer.token())).subject == "usr_budi"


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"keys": []}', b'{"keys": [{"kty": "oct", "k": "AAAA"}]}'])
async def test_a_document_without_usable_keys_is_no_document(content: bytes) -> None:
    async def fetch() -> bytes:
        return content

    assert await TokenVerifier((TRUST, Jwks(fetch))).reason_down() is not None


def test_roles_are_asked_for_by_name() -> None:
    budi = Identity("usr_budi", frozenset({"buyer"}))
    assert budi.require() == budi.require("ops", "buyer") == "usr_budi"
    with pytest.raises(Forbidden):
        budi.require("ops")
    with pytest.raises(Unauthenticated):
        ANONYMOUS.require()
