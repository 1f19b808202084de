"""Bearer tokens at the gateway: none is anonymous, a bad one is refused, keys rotate."""

import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from joserfc import jwt
from joserfc.jwk import OKPKey

from gateway.errors import Code, RequestError
from gateway.identity import ANONYMOUS, Identity, Verifier
from tests.gateway.kit.network import SubgraphServer, gateway

ISSUER = "http://issuer.test"


class Issuer:
    """Serves its public keys and signs."""

    def __init__(self) -> None:
        self.keys = [OKPKey.generate_key("Ed25519", {"kid": "k1"})]
        self.fetched = 0
        self.url = ""

    async def jwks(self, _: web.Request) -> web.Response:
        self.fetched += 1
        return web.json_response({"keys": [key.as_dict(private=False) for key in self.keys]})

    def token(self, key: OKPKey | None = None, **changes: Any) -> str:
        key = key or self.keys[-1]
        claims = {"iss": ISSUER, "aud": "wlijo", "sub": "usr_1", "exp": int(time.time()) + 300, **changes}
        claims = {name: value for name, value in claims.items() if value is not None}
        return "Bearer " + jwt.encode({"alg": "Ed25519", "kid": key.kid}, claims, key, algorithms=["Ed25519"])


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    made = Issuer()
    application = web.Application()
    application.router.add_get("/jwks", made.jwks)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/jwks"
    try:
        yield made
    finally:
        await runner.cleanup()


def verifier(issuer: Issuer) -> Verifier:
    return Verifier(issuer.url, ISSUER, "wlijo")


async def refusal(issuer: Issuer, authorization: str) -> RequestError:
    with pytest.raises(RequestError) as caught:
        await verifier(issuer).authenticate(authorization)
    assert caught.value.status == 401
    return caught.value


async def test_a_valid_token_tells_who_asks_and_is_verified_once(issuer: Issuer) -> None:
    expires = int(time.time()) + 300
    token = issuer.token(exp=expires)
    checks = verifier(issuer)
    assert await checks.authenticate(token) == Identity("usr_1", expires, known=True)
    assert await checks.authenticate(token) == Identity("usr_1", expires, known=True)
    assert issuer.fetched == 1


async def test_no_token_is_an_anonymous_caller(issuer: Issuer) -> None:
    assert await verifier(issuer).authenticate(None) is ANONYMOUS
    assert issuer.fetched == 0


async def test_without_an_issuer_nothing_is_verified() -> None:
    assert await Verifier("", "", "wlijo").authenticate("Bearer anything") is ANONYMOUS


async def test_sixty_seconds_of_skew_are_forgiven(issuer: Issuer) -> None:
    identity = await verifier(issuer).authenticate(issuer.token(exp=int(time.time()) - 30))
    assert identity.subject == "usr_1"
    assert (await refusal(issuer, issuer.token(exp=int(time.time()) - 90))).code is Code.TOKEN_EXPIRED


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "other"},
        {"aud": None},
        {"iss": "http://elsewhere.test"},
        {"exp": None},
        {"exp": "soon"},
        {"nbf": int(time.time()) + 3_600},
    ],
)
async def test_a_token_with_wrong_claims_is_refused(issuer: Issuer, changes: dict[str, Any]) -> None:
    assert (await refusal(issuer, issuer.token(**changes))).code is Code.UNAUTHENTICATED


@pytest.mark.parametrize("text", ["Bearer", "Bearer x", "Bearer a.b.c", "Basic dXNlcg==", "Bearer ..", "token"])
async def test_what_is_no_token_is_refused(issuer: Issuer, text: str) -> None:
    assert (await refusal(issuer, text)).code is Code.UNAUTHENTICATED


async def test_a_forged_signature_is_refused(issuer: Issuer) -> None:
    forger = OKPKey.generate_key("Ed25519", {"kid": "k1"})
    assert (await refusal(issuer, issuer.token(forger))).code is Code.UNAUTHENTICATED


async def test_an_unsigned_token_is_refused(issuer: Issuer) -> None:
    unsigned = "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1c3JfMSJ9."
    assert (await refusal(issuer, unsigned)).code is Code.UNAUTHENTICATED


async def test_a_new_key_is_fetched_when_it_is_first_seen(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.identity._REFETCH_AFTER_S", 0)
    checks = verifier(issuer)
    await checks.authenticate(issuer.token())
    issuer.keys.append(OKPKey.generate_key("Ed25519", {"kid": "k2"}))
    assert (await checks.authenticate(issuer.token())).subject == "usr_1"
    assert issuer.fetched == 2


async def test_forged_key_ids_do_not_make_the_issuer_busy(issuer: Issuer) -> None:
    checks = verifier(issuer)
    for number in range(5):
        with pytest.raises(RequestError):
            await checks.authenticate(issuer.token(OKPKey.generate_key("Ed25519", {"kid": f"forged{number}"})))
    assert issuer.fetched == 1


async def test_keys_that_cannot_be_had_are_our_trouble_and_not_the_callers(issuer: Issuer) -> None:
    with pytest.raises(RequestError) as caught:
        await Verifier("http://127.0.0.1:1/jwks", ISSUER, "wlijo").authenticate(issuer.token())
    assert (caught.value.code, caught.value.status) == (Code.SERVICE_UNAVAILABLE, 503)


async def test_a_refused_token_reaches_no_service(issuer: Issuer, subgraphs: dict[str, SubgraphServer]) -> None:
    urls = {name: server.url for name, server in subgraphs.items()}
    async with gateway(urls, jwks_url=issuer.url, jwt_issuer=ISSUER) as running:
        query = {"query": "{ products { id } }"}
        old = issuer.token(exp=int(time.time()) - 90)
        for authorization, code in (("Bearer x", "UNAUTHENTICATED"), (old, "TOKEN_EXPIRED")):
            status, answer, headers = await running.post(query, authorization=authorization)
            assert (status, answer["errors"][0]["extensions"]["code"]) == (401, code)
            assert headers["www-authenticate"] == "Bearer"
        assert subgraphs["catalog"].seen == []
        assert (await running.post(query, authorization=issuer.token()))[0] == 200
        socket = await running.client.ws_connect(f"{running.url}/graphql", protocols=("graphql-transport-ws",))
        await socket.send_json({"type": "connection_init", "payload": {"Authorization": old}})
        frame = await socket.receive()
        assert (frame.data, frame.extra) == (4403, "TOKEN_EXPIRED")
