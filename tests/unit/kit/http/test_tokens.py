"""Several issuers: each is judged by its own keys, speaks of its own people, and is away alone."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from joserfc.jwk import ECKey, KeySet

from services.kit.http import issuer as issuers
from services.kit.http.identity import IssuerUnavailable, Unauthenticated
from services.kit.http.issuer import Issuer
from services.kit.http.jwks import Jwks
from services.kit.http.tokens import TokenVerifier
from services.kit.http.trust import Trust
from tests.worlds.issuers import ForeignIssuer, keycloak_claims

HOME, KEYCLOAK = "http://people.test", "http://sso.test/realms/lumajang"
REALM: dict[str, Any] = {"roles_claim": "realm_access.roles", "roles": {"pasar-operator": "ops"}}


class World:
    """A home issuer and a foreign one whose keys have the same `kid`; what fetches their keys can be put aside."""

    def __init__(self, **foreign: Any) -> None:
        self.home, self.foreign = ForeignIssuer(), ForeignIssuer()
        self.home.url, self.foreign.url = HOME, KEYCLOAK
        self.fetches: dict[str, Callable[[], Awaitable[bytes]]] = {}
        self.reads = {HOME: 0, KEYCLOAK: 0}
        trusts = (
            Trust(issuer=HOME, audience="wlijo"),
            Trust(issuer=KEYCLOAK, audience="wlijo", **{"subjects": "keycloak", **REALM, **foreign}),
        )
        self.keys = {
            each.issuer: self._keys(each.issuer, key.key)
            for each, key in zip(trusts, (self.home, self.foreign), strict=True)
        }
        self.verifier = TokenVerifier(*((each, self.keys[each.issuer]) for each in trusts))

    def _keys(self, name: str, key: ECKey) -> Jwks:
        async def fetch() -> bytes:
            self.reads[name] += 1
            if name in self.fetches:
                return await self.fetches[name]()
            return orjson.dumps(KeySet([key]).as_dict(private=False))

        return Jwks(fetch, retry_s=0, refresh_s=0)


async def away() -> bytes:
    raise OSError("connection refused")


async def never() -> bytes:
    await asyncio.Event().wait()
    raise AssertionError


async def test_each_issuers_tokens_are_believed_by_its_own_keys() -> None:
    world = World()
    home = await world.verifier.verify(world.home.token(roles=["ops"]))
    assert (home.subject, home.roles) == ("usr_budi", frozenset({"ops"}))
    foreign = await world.verifier.verify(world.foreign.token(**keycloak_claims()))
    assert (foreign.subject, foreign.roles) == ("keycloak:36fa0f91-f94d-4a0c-afed-6b7d952e47da", frozenset({"ops"}))
    assert foreign.scopes == {"profile", "email"}


async def test_no_issuers_key_proves_what_another_says_though_its_id_is_the_same() -> None:
    world = World()
    await world.verifier.verify(world.home.token())
    await world.verifier.verify(world.foreign.token())
    for forged in (
        world.home.token(key=world.foreign.key),
        world.foreign.token(key=world.home.key),
        world.foreign.token(key=world.home.key, iss=KEYCLOAK, roles=["ops"]),
    ):
        with pytest.raises(Unauthenticated):
            await world.verifier.verify(forged)


@pytest.mark.parametrize(
    "named", [[HOME], [HOME, KEYCLOAK], {"iss": HOME}, 7, None, "", f"{HOME}/", HOME.upper(), "http://nobody.test"]
)
async def test_an_issuer_is_named_letter_for_letter_or_nobody_is_asked(named: Any) -> None:
    world = World()
    with pytest.raises(Unauthenticated):
        await world.verifier.verify(world.home.token(iss=named))
    assert world.reads == {HOME: 0, KEYCLOAK: 0}


async def test_an_issuer_that_is_away_is_away_for_its_own_tokens_alone() -> None:
    world = World()
    world.fetches[KEYCLOAK] = away
    with pytest.raises(IssuerUnavailable):
        await world.verifier.verify(world.foreign.token())
    assert (await world.verifier.verify(world.home.token())).subject == "usr_budi"
    assert await asyncio.wait_for(world.verifier.reason_down(), 90) is None
    assert world.verifier.note().startswith(f"no keys of {KEYCLOAK} (")
    del world.fetches[KEYCLOAK]
    assert (await world.verifier.verify(world.foreign.token())).subject == "keycloak:usr_budi"
    assert world.verifier.note() == ""
    await world.verifier.close()


async def test_an_issuer_that_never_answers_holds_up_no_other() -> None:
    world = World()
    world.fetches[KEYCLOAK] = never
    held = asyncio.create_task(world.verifier.verify(world.foreign.token()))
    assert (await world.verifier.verify(token := world.home.token())).subject == "usr_budi"
    assert (await world.verifier.verify(token)).subject == "usr_budi"
    assert await asyncio.wait_for(world.verifier.reason_down(), 90) is None
    assert not held.done()
    held.cancel()
    await world.verifier.close()


async def test_readiness_waits_for_the_first_issuer_and_for_no_other() -> None:
    world = World()
    world.fetches[HOME] = never
    assert await asyncio.wait_for(world.verifier.reason_down(), 90) is None
    assert world.verifier.note().startswith(f"no keys of {HOME} (")
    await world.verifier.close()
    gone = World()
    gone.fetches |= {HOME: away, KEYCLOAK: away}
    assert str(await gone.verifier.reason_down()).startswith("the issuer's keys are not known yet: ")
    await gone.verifier.close()


async def test_one_issuers_new_keys_forget_no_token_of_another() -> None:
    world = World()
    tokens = world.home.token(), world.foreign.token()
    home, _ = [await world.verifier.verify(each) for each in tokens]
    other = ECKey.generate_key("P-256", {"kid": "first"})

    async def rotated() -> bytes:
        return orjson.dumps(KeySet([other]).as_dict(private=False))

    world.fetches[KEYCLOAK] = rotated
    with pytest.raises(Unauthenticated):
        await world.verifier.verify(tokens[1])
    assert await world.verifier.verify(tokens[0]) is home
    await world.verifier.close()


async def test_many_tokens_of_one_issuer_push_out_none_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(issuers, "_MAX_CACHED", 2)
    world = World()
    token = world.home.token()
    home = await world.verifier.verify(token)
    for each in range(5):
        await world.verifier.verify(world.foreign.token(jti=str(each)))
    assert await world.verifier.verify(token) is home
    await world.verifier.close()


async def test_what_is_open_ends_with_its_own_issuers_key_and_with_no_others() -> None:
    world = World()
    headers = [f"Bearer {each.token()}" for each in (world.home, world.foreign)]
    world.verifier._look_s = 0.001
    staying, going = [
        asyncio.create_task(world.verifier.ended(await world.verifier.identify(each), each)) for each in headers
    ]

    async def none() -> bytes:
        return b'{"keys": []}'

    world.fetches |= {HOME: away, KEYCLOAK: none}
    await asyncio.wait_for(going, 90)
    assert not staying.done()
    staying.cancel()
    await world.verifier.close()


async def test_the_home_issuer_cannot_speak_of_anothers_people() -> None:
    world = World()
    for taken in ("keycloak:usr_budi", "keycloak:"):
        with pytest.raises(Unauthenticated):
            await world.verifier.verify(world.home.token(sub=taken))
    assert (await world.verifier.verify(world.home.token(sub="keycloak"))).subject == "keycloak"
    assert (await world.verifier.verify(world.foreign.token(sub="keycloak:x"))).subject == "keycloak:keycloak:x"


@pytest.mark.parametrize("named", [None, "", 7, ["x"], "x" * 250, "a\0b", "\u202ex"])
async def test_a_foreign_subject_is_one_too(named: Any) -> None:
    world = World()
    with pytest.raises(Unauthenticated):
        await world.verifier.verify(world.foreign.token(sub=named))


async def test_issuers_that_are_said_to_share_their_people_do() -> None:
    world = World(subjects="")
    assert (await world.verifier.verify(world.foreign.token())).subject == "usr_budi"


_KEYS = Jwks(away)
_MANY = [
    Issuer(Trust(issuer=f"http://{name}", subjects=name), _KEYS, ("a:", "a-b:", "b:")) for name in ("", "a", "a-b", "b")
]
_SUB = st.text(st.sampled_from("ab:-x"), max_size=8)


@given(st.sampled_from(_MANY), _SUB, st.sampled_from(_MANY), _SUB)
def test_two_issuers_never_mean_the_same_person(one: Issuer, sub: str, other: Issuer, another: str) -> None:
    subjects = []
    for issuer, named in ((one, sub), (other, another)):
        try:
            subjects.append(issuer._subject({"sub": named}))
        except Unauthenticated:
            return
    assert (subjects[0] == subjects[1]) is ((one, sub) == (other, another))


@pytest.mark.parametrize(
    ("trust", "claims", "roles"),
    [
        (REALM, {"realm_access": {"roles": ["ops", "pasar-operator"]}}, {"ops"}),
        (REALM, {"realm_access": {"roles": ["ops"]}}, set()),
        (REALM, {"realm_access": {}}, set()),
        (REALM, {"roles": ["ops"]}, set()),
        ({"roles_claim": None, "roles": None}, {"roles": ["ops"]}, set()),
        ({"roles_claim": None, "roles": None}, {"roles": [["of another shape"]]}, set()),
        ({"roles": None}, {"realm_access": {"roles": ["ops"]}}, {"ops"}),
        ({"roles_claim": "https://x.test/roles", "roles": None}, {"https://x.test/roles": ["ops"]}, {"ops"}),
    ],
)
async def test_a_foreign_issuer_gives_the_roles_that_it_is_asked_for(trust: Any, claims: Any, roles: set[str]) -> None:
    world = World(**trust)
    assert (await world.verifier.verify(world.foreign.token(**claims))).roles == roles


@pytest.mark.parametrize(
    "access",
    [
        "ops",
        ["ops"],
        7,
        {"roles": "ops"},
        {"roles": [["ops"]]},
        {"roles": [None]},
        {"roles": {"ops": True}},
        {"roles": None},
    ],
)
async def test_roles_of_another_shape_are_refused(access: Any) -> None:
    world = World()
    with pytest.raises(Unauthenticated):
        await world.verifier.verify(world.foreign.token(realm_access=access))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | st.just("pasar-operator"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(("realm_access", "roles", "x")), inner, max_size=3)
    ),
)


@given(st.dictionaries(st.sampled_from(("realm_access", "roles")), _JSON, max_size=2))
def test_whatever_the_claims_are_they_are_roles_of_ours_or_refused(claims: dict[str, Any]) -> None:
    try:
        roles = Issuer(Trust(issuer=KEYCLOAK, subjects="keycloak", **REALM), _KEYS)._roles(claims)
    except Unauthenticated:
        return
    assert roles <= {"ops"}
