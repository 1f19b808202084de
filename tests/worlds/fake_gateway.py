"""A gateway that answers what a test says, by the public schema, and web beside it, each on a port of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from graphql import GraphQLSchema, graphql_sync
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Mount, Route

from gateway.supergraph.load import load
from services.kit.process import settings
from services.web.app import Web, app, web
from services.web.session import Session
from services.web.settings import WebSettings
from tests.worlds.http_server import served

KEY = "a key of the tests, and of nobody else"
_SUPERGRAPH = Path(__file__).parents[2] / "gateway" / "supergraph.graphql"


@cache
def public() -> GraphQLSchema:
    return load(_SUPERGRAPH.read_text("utf-8")).api


def error(code: str, **extensions: Any) -> dict[str, Any]:
    return {"message": code, "extensions": {"code": code, "traceId": "7" * 32, **extensions}}


def refusal(code: str, **facts: Any) -> dict[str, Any]:
    return {"__typename": "Refusal", "code": code, "message": code, "retryable": False, **facts}


@dataclass(slots=True)
class FakeGateway:
    """`roots`: a root field's value, or what makes it of the arguments. `errors` go with every answer, `instead` in place of one, if it
    says one."""

    roots: dict[str, Any] = field(default_factory=dict)
    errors: list[dict[str, Any]] = field(default_factory=list)
    instead: Callable[[], Response | None] | None = None
    hold: asyncio.Event | None = None
    asked: list[dict[str, Any]] = field(default_factory=list)
    events: list[dict[str, Any]] = field(default_factory=list)
    """`data` that a subscription answers one after the other before it is complete, with exactly the fields that are selected."""
    url: str = ""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[FakeGateway]:
        async with served(Starlette(routes=[Route("/graphql", self._answer, methods=["POST"])])) as port:
            self.url = f"http://127.0.0.1:{port}"
            yield self

    async def _answer(self, http: Request) -> Response:
        body = orjson.loads(await http.body())
        self.asked.append({**body, "headers": dict(http.headers)})
        if self.hold is not None:
            await self.hold.wait()
        if self.instead is not None and (other := self.instead()) is not None:
            return other
        if "text/event-stream" in http.headers["accept"]:
            return StreamingResponse(self._stream(), media_type="text/event-stream")
        return Response(orjson.dumps(self._one(body, self.roots)), media_type="application/json")

    def _one(self, body: dict[str, Any], roots: dict[str, Any]) -> dict[str, Any]:
        root = {name: _resolver(value) for name, value in roots.items()}
        done = graphql_sync(public(), body["query"], root, variable_values=body.get("variables"))
        errors = [*self.errors, *(error("SERVICE_UNAVAILABLE") | {"path": each.path} for each in done.errors or [])]
        return {"data": done.data} | ({"errors": errors} if errors else {})

    async def _stream(self) -> AsyncIterator[bytes]:
        yield b":\n\n"
        for each in self.events:
            yield b"event: next\ndata: " + orjson.dumps({"data": each}) + b"\n\n"
        yield b"event: complete\ndata:\n\n"


def _resolver(value: Any) -> Any:
    if callable(value):
        return lambda _, **arguments: value(**arguments)
    return value


@dataclass(slots=True)
class Site:
    shared: Web
    url: str

    def cookie(self, session: Session) -> dict[str, str]:
        return {"cookie": f"{self.shared.cookie}={self.shared.sealing.seal(session)}"}


@asynccontextmanager
async def site(gateway: FakeGateway, *beside: BaseRoute, **told: str) -> AsyncIterator[Site]:
    """`beside` is what the one address has of others: where photos are sent."""
    given = {"PORT": "0", "GATEWAY_URL": gateway.url, "WEB_SESSION_KEY": KEY, "WLIJO_MODE": "test", **told}
    shared = web(settings.load(WebSettings, given))
    await shared.graph.start()
    try:
        whole = Starlette(routes=[*beside, Mount("/", app(shared))]) if beside else app(shared)
        async with served(whole) as port:
            yield Site(shared, f"http://127.0.0.1:{port}")
    finally:
        shared.drain()
        await shared.graph.close()
