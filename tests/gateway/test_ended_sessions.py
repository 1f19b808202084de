"""The gateway hears which sessions are over: their tokens reach no service, and what is open with them ends at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.kit.network import Running, SubgraphServer, gateway
from tests.worlds.over import Telling
from tests.worlds.tokens import ISSUER, Issuer
from tests.worlds.waiting import until

_FOLLOW = {"query": 'subscription { orderChanged(id: "o1") { code } }'}
_QUERY = {"query": "{ products { id } }"}


@pytest.fixture
def telling() -> Telling:
    return Telling()


@asynccontextmanager
async def hearing(
    telling: Telling, issuer: Issuer, subgraphs: dict[str, SubgraphServer], keys: Path
) -> AsyncIterator[Running]:
    """One that would look at what is open in a year."""

    async def endless(_: Any, __: Any, id: str) -> Any:
        yield {"orderChanged": {"__typename": "Order", "id": "o1", "code": "LMJ-1"}}
        await asyncio.Event().wait()

    ordering = subgraphs["ordering"].subgraph
    ordering.resolvers = {**ordering.resolvers, "Subscription.orderChanged": endless}
    await asyncio.to_thread(keys.write_bytes, await issuer.fetch())
    home = {"home_issuer": ISSUER, "home_jwks_url": keys.as_uri()}
    async with telling.served() as url:
        urls = {name: server.url for name, server in subgraphs.items()}
        async with gateway(urls, **home, home_ended_url=url) as running:
            tokens = running.serving.verifier._tokens
            assert tokens is not None
            tokens._look_s = 31_536_000
            await until(lambda: _is(telling.listening == 1))
            yield running


async def _is(value: bool) -> bool:
    return value


async def code(running: Running, token: str) -> str:
    _, answer, _ = await running.post(_QUERY, authorization=token)
    return str(answer["errors"][0]["extensions"]["code"]) if "errors" in answer else ""


async def test_a_token_whose_session_is_over_reaches_no_service(
    telling: Telling, subgraphs: dict[str, SubgraphServer], tmp_path: Path
) -> None:
    issuer = Issuer()
    over, going_on = [f"Bearer {issuer.token(sid=each)}" for each in ("ses_1", "ses_2")]
    async with hearing(telling, issuer, subgraphs, tmp_path / "keys.json") as running:
        assert [await code(running, each) for each in (over, going_on)] == ["", ""]
        telling.end("ses_1")
        await until(lambda: _refused(running, over))
        asked = len(subgraphs["catalog"].seen)
        assert await code(running, over) == "TOKEN_EXPIRED"
        assert len(subgraphs["catalog"].seen) == asked
        assert await code(running, going_on) == ""


async def _refused(running: Running, token: str) -> bool:
    return await code(running, token) == "TOKEN_EXPIRED"


@pytest.mark.parametrize("protocol", ["websocket", "event stream"])
async def test_what_is_open_ends_with_its_session(
    telling: Telling, subgraphs: dict[str, SubgraphServer], tmp_path: Path, protocol: str
) -> None:
    issuer = Issuer()
    token = f"Bearer {issuer.token(sid='ses_1')}"
    async with hearing(telling, issuer, subgraphs, tmp_path / "keys.json") as running:
        if protocol == "websocket":
            url = f"{running.url}/graphql"
            async with running.client.ws_connect(url, protocols=("graphql-transport-ws",)) as socket:
                await socket.send_json({"type": "connection_init", "payload": {"authorization": token}})
                await socket.send_json({"id": "1", "type": "subscribe", "payload": _FOLLOW})
                assert [(await socket.receive_json())["type"] for _ in range(2)] == ["connection_ack", "next"]
                telling.end("ses_1")
                frame = await socket.receive()
                assert (socket.close_code, frame.extra) == (4403, "TOKEN_EXPIRED")
        else:
            headers = {"accept": "text/event-stream", "authorization": token}
            async with running.client.post(f"{running.url}/graphql", json=_FOLLOW, headers=headers) as answer:
                assert await answer.content.readuntil(b"LMJ-1")
                telling.end("ses_1")
                assert b"TOKEN_EXPIRED" in await answer.content.read()
