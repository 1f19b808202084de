"""Bearer tokens at the gateway: none is anonymous, a bad one is refused, and what is believed is the kit's to say (test_tokens)."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import web
from joserfc.jwk import ECKey

from gateway.errors import RequestError
from gateway.identity import Verifier
from services.kit.codes import ErrorCode
from services.kit.http.identity import ANONYMOUS, Identity
from services.kit.http.trust import Trust, Trusted
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


def _verifier(**trust: Any) -> Verifier:
    return Verifier(Trusted(issuers=(Trust(**trust),)))


@pytest.fixture
async def verifier(issuer: Published) -> AsyncIterator[Verifier]:
    made = _verifier(issuer=ISSUER, jwks_url=issuer.url, audience="wlijo")
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
    verifier = Verifier(Trusted(issuers=()))
    assert await verifier.authenticate("Bearer anything") is ANONYMOUS
    open_ = asyncio.create_task(verifier.ended(ANONYMOUS, "Bearer anything"))
    await asyncio.wait((open_,), timeout=0.05)
    assert not open_.cancelled()
    assert open_.cancel()


async def test_without_an_issuers_name_or_an_audience_none_is_asked_for(issuer: Published) -> None:
    verifier = _verifier(issuer="", jwks_url=issuer.url)
    token = issuer.token(iss="http://elsewhere.test", aud="other")
    assert (await verifier.authenticate(f"Bearer {token}")).subject == "usr_budi"
    await verifier.close()


async def test_what_is_open_ends_with_its_token_and_not_before(verifier: Verifier, issuer: Published) -> None:
    over, good = (f"Bearer {issuer.token(exp=int(time.time()) + left)}" for left in (-30, 600))
    going = asyncio.create_task(verifier.ended(await verifier.authenticate(good), good))
    await asyncio.wait_for(verifier.ended(await verifier.authenticate(over), over), 90)
    assert not going.done()
    going.cancel()


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


@pytest.mark.parametrize("protocol", ["websocket", "event stream"])
async def test_what_is_open_ends_with_the_key_that_signed_its_token_as_it_ends_with_the_token(
    issuer: Published, subgraphs: dict[str, SubgraphServer], protocol: str
) -> None:
    async def endless(_: Any, __: Any, id: str) -> Any:
        yield {"orderChanged": {"__typename": "Order", "id": "o1", "code": "LMJ-1"}}
        await asyncio.Event().wait()

    ordering = subgraphs["ordering"].subgraph
    ordering.resolvers = {**ordering.resolvers, "Subscription.orderChanged": endless}
    follow = {"query": 'subscription { orderChanged(id: "o1") { code } }'}
    token = f"Bearer {issuer.token()}"
    urls = {name: server.url for name, server in subgraphs.items()}
    async with gateway(urls, jwks_url=issuer.url, jwt_issuer=ISSUER) as running:
        running.serving.verifier._tokens = issuer.verifier(refresh_s=0, look_s=0.001)
        if protocol == "websocket":
            url = f"{running.url}/graphql"
            async with running.client.ws_connect(url, protocols=("graphql-transport-ws",)) as socket:
                await socket.send_json({"type": "connection_init", "payload": {"authorization": token}})
                await socket.send_json({"id": "1", "type": "subscribe", "payload": follow})
                assert [(await socket.receive_json())["type"] for _ in range(2)] == ["connection_ack", "next"]
                issuer.key = ECKey.generate_key("P-256", {"kid": "second"})
                frame = await socket.receive()
                assert (socket.close_code, frame.extra) == (4403, "TOKEN_EXPIRED")
        else:
            headers = {"accept": "text/event-stream", "authorization": token}
            async with running.client.post(f"{running.url}/graphql", json=follow, headers=headers) as answer:
                assert await answer.content.readuntil(b"LMJ-1")
                issuer.key = ECKey.generate_key("P-256", {"kid": "second"})
                assert b"TOKEN_EXPIRED" in await answer.content.read()
        status, answered, _ = await running.post({"query": "{ products { id } }"}, authorization=token)
        assert (status, answered["errors"][0]["extensions"]["code"]) == (401, "UNAUTHENTICATED")
        await running.serving.verifier.close()
