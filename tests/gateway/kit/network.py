"""Subgraphs and a gateway on real sockets, on ports that the system chooses."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
import msgspec
import uvicorn
from aiohttp import web
from graphql import parse, subscribe

from gateway import app
from gateway.addresses import variable
from gateway.protocols import sockets
from gateway.serving import Serving
from gateway.settings import Limits, Settings
from services.kit.process.settings import Switch
from tests.gateway.kit.gateway import SUPERGRAPHS
from tests.gateway.kit.subgraph import Subgraph
from tests.gateway.kit.waiting import until


@dataclass(slots=True)
class SubgraphServer:
    """`seen` holds the headers of every request; `respond` may take the place of the subgraph's answer."""

    subgraph: Subgraph
    url: str = ""
    seen: list[Mapping[str, str]] = field(default_factory=list)
    respond: Any = None
    sockets: list[web.WebSocketResponse] = field(default_factory=list)
    completed: list[str] = field(default_factory=list)

    async def post(self, request: web.Request) -> web.StreamResponse:
        self.seen.append(request.headers.copy())
        if self.respond is not None:
            answer: web.StreamResponse = await self.respond(request)
            return answer
        return web.json_response(self.subgraph.execute(await request.json()))

    async def socket(self, request: web.Request) -> web.StreamResponse:
        self.seen.append(request.headers.copy())
        socket = web.WebSocketResponse(protocols=("graphql-transport-ws",))
        await socket.prepare(request)
        self.sockets.append(socket)
        running: dict[str, asyncio.Task[None]] = {}
        async for frame in socket:
            message = json.loads(frame.data)
            if message["type"] == "connection_init":
                await socket.send_json({"type": "connection_ack"})
            elif message["type"] == "subscribe":
                running[message["id"]] = asyncio.create_task(self._follow(socket, message))
            elif message["type"] == "complete":
                self.completed.append(message["id"])
        for task in running.values():
            task.cancel()
        return socket

    async def _follow(self, socket: web.WebSocketResponse, message: dict[str, Any]) -> None:
        payload = message["payload"]
        events: Any = subscribe(
            self.subgraph.schema,
            parse(payload["query"]),
            variable_values=payload.get("variables"),
            field_resolver=self.subgraph._resolve,
            subscribe_field_resolver=self.subgraph._resolve,
        )
        async for event in events:
            await socket.send_json({"id": message["id"], "type": "next", "payload": event.formatted})
        await socket.send_json({"id": message["id"], "type": "complete"})


@contextlib.asynccontextmanager
async def subgraph_server(subgraph: Subgraph) -> AsyncIterator[SubgraphServer]:
    server = SubgraphServer(subgraph)
    application = web.Application()
    application.router.add_post("/graphql", server.post)
    application.router.add_get("/graphql", server.socket)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    server.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield server
    finally:
        await runner.cleanup()


@dataclass(slots=True)
class Running:
    """A gateway that listens, and a client to speak with it."""

    url: str
    serving: Serving
    client: aiohttp.ClientSession

    async def post(self, body: Any, **headers: str) -> tuple[int, Any, Mapping[str, str]]:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.client.post(f"{self.url}/graphql", json=body, headers=sent) as answer:
            return answer.status, await answer.json(content_type=None), answer.headers


_PATIENCE_S = 90
_USUAL = Limits()


def _patient(limits: Limits) -> Limits:
    """A machine may stand still for seconds: times that a test does not set end nothing in it."""
    unset = [name for name in ("request_ms", "fetch_ms") if getattr(limits, name) == getattr(_USUAL, name)]
    return msgspec.structs.replace(limits, **dict.fromkeys(unset, _PATIENCE_S * 1000))


def open_settings(supergraph_file: Path, **options: Any) -> Settings:
    """Masked as in production, but with no lock on and no hurry: a test that is about one sets it."""
    given = {"port": 0, "csrf": Switch.OFF, "explain": Switch.OFF, "rate_per_second": 0}
    times = dict.fromkeys(("head_s", "body_s", "idle_s"), _PATIENCE_S)
    limits = _patient(options.pop("limits", _USUAL))
    return Settings(supergraph_file=supergraph_file, limits=limits, **{**given, **times, **options})


@contextlib.asynccontextmanager
async def gateway(subgraphs: Mapping[str, str], supergraph: str = "shop", **options: Any) -> AsyncIterator[Running]:
    """`subgraphs`: name -> base address; `options`: of its settings, and `paths` and `files`: name -> its paths
    beside the graph."""
    file: Path = SUPERGRAPHS / supergraph / "supergraph.graphql"
    paths: Mapping[str, str] = options.pop("paths", {})
    files: Mapping[str, str] = options.pop("files", {})
    settings = open_settings(options.pop("supergraph_file", file), **options)
    environment = {variable(name, "URL"): url for name, url in subgraphs.items()}
    environment |= {variable(name, "PATHS"): text for name, text in paths.items()}
    environment |= {variable(name, "FILES"): text for name, text in files.items()}
    shared = app.serving(settings, environment)
    server = uvicorn.Server(sockets.config(app.app(shared), shared))
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    serving = asyncio.create_task(server._serve())
    await until(lambda: server.started)
    port = server.servers[0].sockets[0].getsockname()[1]
    async with aiohttp.ClientSession() as client:
        try:
            yield Running(f"http://127.0.0.1:{port}", shared, client)
        finally:
            shared.draining.set()
            server.should_exit = True
            server.force_exit = True
            await serving
