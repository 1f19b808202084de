"""Hive Gateway from npm over the same subgraphs, which it reaches by HTTP."""

import contextlib
import tempfile
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import aiohttp
import psutil  # type: ignore[import-untyped]  # ships no types
from aiohttp import web

from infra.bench.gateway.peers import Gateway, peers, running
from tests.gateway.differential.compare import Ask
from tests.gateway.differential.worlds import World


def hive() -> list[Gateway]:
    """Plain, and with its Rust planner. Raises NoPeers where Node or its packages cannot be had."""
    return [peer for peer in peers() if peer.name in ("Hive Gateway", "Hive Gateway --hive-router-runtime")]


@contextlib.asynccontextmanager
async def served(world: World) -> AsyncIterator[str]:
    """The text of the world's supergraph with subgraphs that listen."""

    async def post(request: web.Request) -> web.StreamResponse:
        return web.json_response(world.subgraphs[request.match_info["subgraph"]].execute(await request.json()))

    application = web.Application(client_max_size=2**26)
    application.router.add_post("/{subgraph}", post)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    text = world.text
    for id_, subgraph in world.universe.supergraph.subgraphs.items():
        text = text.replace(f'url: "{subgraph.url}"', f'url: "http://127.0.0.1:{port}/{id_}"')
    try:
        yield text
    finally:
        await runner.cleanup()


@contextlib.asynccontextmanager
async def asking(gateway: Gateway, supergraph: str) -> AsyncIterator[Ask]:
    """When it ends on its own, as it does on some operations, it is started again, and that operation has no answer."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "supergraph.graphql"
        file.write_text(supergraph, "utf-8")
        async with contextlib.AsyncExitStack() as stack:
            client = await stack.enter_async_context(aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(30)))
            process = await stack.enter_async_context(running(gateway, file))

            async def ask(query: str, variables: dict[str, Any]) -> Mapping[str, Any]:
                nonlocal process
                try:
                    async with client.post(
                        f"http://127.0.0.1:{process.port}/graphql",
                        json={"query": query, "variables": variables},
                        headers={"accept": "application/json"},
                    ) as answer:
                        found = await answer.json(content_type=None)
                        return found if isinstance(found, dict) else {}
                except (aiohttp.ClientError, TimeoutError, ValueError):
                    if not process.process.is_running() or process.process.status() == psutil.STATUS_ZOMBIE:
                        process = await stack.enter_async_context(running(gateway, file))
                    return {"errors": [{"message": "no answer"}]}

            yield ask
