"""Bearer tokens at the gateway: none is anonymous, a bad one is refused, and what is believed is the kit's to say (test_tokens)."""

import time
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from gateway.errors import RequestError
from gateway.identity import Verifier
from services.kit.codes import ErrorCode
from services.kit.http.identity import ANONYMOUS, Identity
from tests.gateway.kit.network import SubgraphServer, gateway
from tests.worlds.tokens import ISSUER, Issuer


class Published(Issuer):
    """With its keys at an address."""

    url = ""

    async def jwks(self, _: web.Request) -> web.Response:
        return web.Response(body=await self.fetch(), content_type="application/json")


@pytest.fixture
async def issuer() -> AsyncIterator[Published]:
    made = Published()
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


@pytest.fixture
async def verifier(issuer: Published) -> AsyncIterator[Verifier]:
    made = Verifier(issuer.url, ISSUER, "wlijo")
    yield made
    await made.close()


async def test_a_valid_token_tells_who_asks_and_is_verified_once(verifier: Verifier, issuer: Published) -> None:
    expires = int(time.time()) + 300
    token = "Bearer " + issuer.token(sub="usr_1", roles=["ops"], scope="a", exp=expires)
    found = await verifier.authenticate(token)
    assert found == Identity("usr_1", frozenset({"ops"}), expires, frozenset({"a"}))
    assert await verifier.authenticate(token) is found
    assert issuer.reads == 1


async def test_no_token_is_an_anonymous_caller(verifier: Verifier, issuer: Published) -> None:
    assert await verifier.authenticate(None) is ANONYMOUS
    assert issuer.reads == 0


async def test_without_an_issuer_nothing_is_verified() -> None:
    verifier = Verifier("", "", "wlijo")
    assert await verifier.authenticate("Bearer anything") is ANONYMOUS
    assert verifier.seconds_left(ANONYMOUS) is None


async def test_without_an_issuers_name_or_an_audience_none_is_asked_for(issuer: Published) -> None:
    verifier = Verifier(issuer.url, "", "")
    token = issuer.token(iss="http://elsewhere.test", aud="other")
    assert (await verifier.authenticate(f"Bearer {token}")).subject == "usr_budi"
    await verifier.close()


async def test_what_is_open_ends_with_its_token_and_not_before(verifier: Verifier, issuer: Published) -> None:
    ending = await verifier.authenticate(f"Bearer {issuer.token(exp=int(time.time()) - 30)}")
    assert verifier.seconds_left(ending) == 0
    going = await verifier.authenticate(f"Bearer {issuer.token()}")
    assert 590 < (verifier.seconds_left(going) or 0) <= 600
    assert verifier.seconds_left(ANONYMOUS) is None


@pytest.mark.parametrize(
    ("authorization", "message"),
    [
        ("Basic dXNlcg==", "The Authorization header is not a bearer token."),
        ("Bearer x", "The token is malformed."),
    ],
)
async def test_a_refusal_is_a_sentence(verifier: Verifier, authorization: str, message: str) -> None:
    with pytest.raises(RequestError) as caught:
        await verifier.authenticate(authorization)
    assert (caught.value.code, caught.value.status) == (ErrorCode.UNAUTHENTICATED, 401)
    assert caught.value.errors == [{"message": message}]


async def test_a_refused_token_reaches_no_service(issuer: Published, subgraphs: dict[str, SubgraphServer]) -> None:
    urls = {name: server.url for name, server in subgraphs.items()}
    async with gateway(urls, jwks_url=issuer.url, jwt_issuer=ISSUER) as running:
        query = {"query": "{ products { id } }"}
        old = "Bearer " + issuer.token(exp=int(time.time()) - 90)
        for authorization, code in (("Bearer x", "UNAUTHENTICATED"), (old, "TOKEN_EXPIRED")):
            status, answer, headers = await running.post(query, authorization=authorization)
            assert (status, answer["errors"][0]["extensions"]["code"]) == (401, code)
            assert headers["www-authenticate"] == "Bearer"
        assert subgraphs["catalog"].seen == []
        assert (await running.post(query, authorization=f"Bearer {issuer.token()}"))[0] == 200
        socket = await running.client.ws_connect(f"{running.url}/graphql", protocols=("graphql-transport-ws",))
        await socket.send_json({"type": "connection_init", "payload": {"Authorization": old}})
        frame = await socket.receive()
        assert (frame.data, frame.extra) == (4403, "TOKEN_EXPIRED")
