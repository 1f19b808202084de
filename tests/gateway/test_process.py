"""The process as it is started: on its own, told to reload, told to go."""

import asyncio
import contextlib
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from infra.local.free_ports import free_port
from tests.gateway.kit.gateway import SUPERGRAPHS, supergraph_text
from tests.gateway.kit.network import SubgraphServer
from tests.gateway.kit.waiting import until

QUERY = {"query": "{ products { id } }"}
FOLLOW = {"query": 'subscription { orderChanged(id: "o1") { code } }'}


@dataclass
class Started:
    url: str
    process: asyncio.subprocess.Process
    client: aiohttp.ClientSession

    async def ready(self, path: str = "/readyz") -> int:
        try:
            async with self.client.get(f"{self.url}{path}") as answer:
                return answer.status
        except aiohttp.ClientError:
            return 0


@contextlib.asynccontextmanager
async def started(*arguments: str, **environment: str) -> AsyncIterator[Started]:
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "gateway",
        "--port",
        str(port),
        *arguments,
        env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **environment},
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with aiohttp.ClientSession() as client:
            made = Started(f"http://127.0.0.1:{port}", process, client)
            async with asyncio.timeout(90):
                while not await made.ready("/livez"):  # without subgraphs it is not ready
                    assert process.returncode is None, "it ended"
                    await asyncio.sleep(0.05)
            yield made
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def environment(subgraphs: dict[str, SubgraphServer]) -> dict[str, str]:
    return {f"{name.upper()}_URL": server.url for name, server in subgraphs.items()}


async def test_on_its_own_it_needs_a_supergraph_and_a_port_and_no_other_setting() -> None:
    file = SUPERGRAPHS / "shop" / "supergraph.graphql"
    async with started("--supergraph", str(file)) as gateway:
        async with gateway.client.get(f"{gateway.url}/graphql", params={"query": "{ __typename }"}) as answer:
            assert (answer.status, await answer.json()) == (200, {"data": {"__typename": "Query"}})
        for _ in range(200):  # no rate is kept
            async with gateway.client.post(f"{gateway.url}/graphql", json={"query": "{ __typename }"}) as answer:
                assert answer.status == 200


async def test_told_to_go_it_says_so_lets_requests_end_and_sends_subscriptions_elsewhere(
    subgraphs: dict[str, SubgraphServer],
) -> None:
    release, held = asyncio.Event(), asyncio.Event()

    async def wait(request: web.Request) -> web.StreamResponse:
        held.set()
        await release.wait()
        return web.json_response(subgraphs["catalog"].subgraph.execute(await request.json()))

    async def events(_: object, __: object, id: str) -> AsyncIterator[object]:
        yield {"orderChanged": {"__typename": "Order", "id": "o1", "code": "LMJ-1"}}
        await asyncio.Event().wait()

    subgraphs["catalog"].respond = wait
    ordering = subgraphs["ordering"].subgraph
    ordering.resolvers = {**ordering.resolvers, "Subscription.orderChanged": events}
    async with started(
        WLIJO_MODE="test", SUPERGRAPH_FILE=str(SUPERGRAPHS / "shop" / "supergraph.graphql"), **environment(subgraphs)
    ) as gateway:
        following = await gateway.client.ws_connect(f"{gateway.url}/graphql", protocols=("graphql-transport-ws",))
        asking = await gateway.client.ws_connect(f"{gateway.url}/graphql", protocols=("graphql-transport-ws",))
        for one in (following, asking):
            await one.send_json({"type": "connection_init"})
            await one.receive_json()
        await following.send_json({"id": "1", "type": "subscribe", "payload": FOLLOW})
        assert (await following.receive_json())["payload"]["data"]["orderChanged"] == {"code": "LMJ-1"}
        posted = asyncio.create_task(_post(gateway))
        await held.wait()
        await asking.send_json({"id": "q", "type": "subscribe", "payload": {"query": "{ products { name } }"}})
        await until(lambda: len(subgraphs["catalog"].seen) == 2)

        gateway.process.send_signal(signal.SIGTERM)
        frame = await following.receive()
        assert (frame.type, following.close_code) == (aiohttp.WSMsgType.CLOSE, 1012)
        assert await gateway.ready() == 503
        assert not posted.done()
        release.set()
        assert await posted == (200, {"data": {"products": [{"id": "p1"}, {"id": "p2"}]}})
        message = await asking.receive_json()
        assert message["payload"]["data"]["products"][1] == {"name": "Bayam"}
        async with asyncio.timeout(90):
            assert await gateway.process.wait() == 0


async def _post(gateway: Started) -> tuple[int, object]:
    async with gateway.client.post(f"{gateway.url}/graphql", json=QUERY) as answer:
        return answer.status, await answer.json()


async def test_a_hangup_makes_the_process_take_a_changed_supergraph(tmp_path: Path) -> None:
    file = tmp_path / "supergraph.graphql"
    text = supergraph_text("shop")
    file.write_text(text, encoding="utf-8")
    async with started("--supergraph", str(file)) as gateway:
        file.write_text(text.replace("weight: Int!", "mass: Int!"), encoding="utf-8")
        gateway.process.send_signal(signal.SIGHUP)
        async with asyncio.timeout(90):
            while "mass" not in await _schema(gateway):  # noqa: ASYNC110  # another process
                await asyncio.sleep(0.05)
        assert gateway.process.returncode is None


async def _schema(gateway: Started) -> str:
    async with gateway.client.get(f"{gateway.url}/schema.graphql") as answer:
        return await answer.text()


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        ({"TRUSTED_DOCUMENTS": "safelist"}, "TRUSTED_DOCUMENTS_FILE"),
        ({"TRUSTED_DOCUMENTS": "safelist", "TRUSTED_DOCUMENTS_FILE": "/nowhere.json"}, "nowhere"),
    ],
)
async def test_what_is_set_wrongly_ends_the_process_with_a_word(variables: dict[str, str], told: str) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "gateway", env={"PATH": os.environ["PATH"], **variables}, stderr=asyncio.subprocess.PIPE
    )
    _, stderr = await process.communicate()
    assert process.returncode == 2
    assert told in stderr.decode()
    assert "Traceback" not in json.dumps(stderr.decode())
