"""An ASGI application asked in process: HTTP requests, and WebSockets that speak graphql-transport-ws."""

import asyncio
from collections.abc import AsyncIterator, Mapping, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import orjson
from starlette.types import ASGIApp

_WAIT_S = 90


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return orjson.loads(self.body)


async def request(
    app: ASGIApp,
    method: str,
    path: str,
    *,
    query: str = "",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
) -> Answer:
    given: list[MutableMapping[str, Any]] = [{"type": "http.request", "body": body, "more_body": False}]
    status, raised, parts = 0, {}, bytearray()

    async def receive() -> MutableMapping[str, Any]:
        if not given:
            await asyncio.get_running_loop().create_future()  # the client stays
        return given.pop(0)

    async def send(message: MutableMapping[str, Any]) -> None:
        nonlocal status, raised
        if message["type"] == "http.response.start":
            status = message["status"]
            raised = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            parts.extend(message.get("body", b""))

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()],
        "server": ("test", 80),
        "client": ("test", 1),
    }
    async with asyncio.timeout(_WAIT_S):
        await app(scope, receive, send)
    return Answer(status, raised, bytes(parts))


async def ask(app: ASGIApp, document: str, *, token: str | None = None, **variables: Any) -> Any:
    """A GraphQL operation by POST; the answer's JSON."""
    return await asked(app, document, variables, token)


async def asked(app: ASGIApp, document: str, variables: Mapping[str, Any], token: str | None) -> Any:
    """The same, whatever the variables are called."""
    headers = {"content-type": "application/json"}
    if token:
        headers["authorization"] = f"Bearer {token}"
    body = orjson.dumps({"query": document, "variables": variables})
    return (await request(app, "POST", "/graphql", headers=headers, body=body)).json()


class Socket:
    def __init__(self) -> None:
        self.to_app: asyncio.Queue[MutableMapping[str, Any]] = asyncio.Queue()
        self.from_app: asyncio.Queue[MutableMapping[str, Any]] = asyncio.Queue()

    async def send(self, message: Mapping[str, Any]) -> None:
        await self.to_app.put({"type": "websocket.receive", "text": orjson.dumps(message).decode()})

    async def receive(self) -> Any:
        """The next message's JSON, or `{"close": code, "reason": text}`."""
        async with asyncio.timeout(_WAIT_S):
            message = await self.from_app.get()
        if message["type"] == "websocket.close":
            return {"close": message["code"], "reason": message.get("reason")}
        return orjson.loads(message["text"])

    async def subscribe(self, document: str, **variables: Any) -> None:
        await self.send({"id": "1", "type": "subscribe", "payload": {"query": document, "variables": variables}})


@asynccontextmanager
async def socket(app: ASGIApp, *, path: str = "/graphql", token: str | None = None) -> AsyncIterator[Socket]:
    """A socket that is open and has sent its connection_init."""
    opened = Socket()
    await opened.to_app.put({"type": "websocket.connect"})
    scope = {
        "type": "websocket",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "scheme": "ws",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [],
        "subprotocols": ["graphql-transport-ws"],
        "server": ("test", 80),
        "client": ("test", 1),
    }

    async def run() -> None:
        await app(scope, opened.to_app.get, opened.from_app.put)

    running = asyncio.create_task(run())
    try:
        async with asyncio.timeout(_WAIT_S):
            accepted = await opened.from_app.get()
        assert accepted == {"type": "websocket.accept", "subprotocol": "graphql-transport-ws", "headers": []}
        payload = {"authorization": f"Bearer {token}"} if token else {}
        await opened.send({"type": "connection_init", "payload": payload})
        yield opened
    finally:
        await opened.to_app.put({"type": "websocket.disconnect", "code": 1000})
        async with asyncio.timeout(_WAIT_S):
            await running
