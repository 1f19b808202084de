"""Connections that say too much, too little or nothing, against a real server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from services.kit.http.limits import BoundedHttp
from tests.worlds.waiting import until


class Quick(BoundedHttp):
    head_bytes = 10_000
    head_s = 0.3
    body_s = 0.3


async def answer(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


async def socket(opened: WebSocket) -> None:
    await opened.accept()
    await opened.close()


@pytest.fixture
async def port() -> AsyncIterator[int]:
    app = Starlette(routes=[Route("/", answer, methods=["GET", "POST"]), WebSocketRoute("/ws", socket)])
    config = uvicorn.Config(app, port=0, http=Quick, ws="websockets-sansio", log_config=None, lifespan="off")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())

    async def started() -> bool:
        return server.started

    await until(started)
    yield server.servers[0].sockets[0].getsockname()[1]
    server.should_exit = True
    await serving


async def said(port: int, *parts: bytes) -> bytes:
    """All that the server says until it ends the connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(0)
        return await reader.read()
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def test_a_head_within_the_bound_is_answered(port: int) -> None:
    large = b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx: " + b"a" * 9_000 + b"\r\n\r\n"
    assert (await said(port, large)).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("more", [b"a" * 1_000, b"x: y\r\n" * 167])
async def test_a_head_without_end_is_answered_431_and_ended(port: int, more: bytes) -> None:
    # The last part is what goes past the bound: who writes on after the end gets a reset instead of the answer.
    assert (await said(port, b"GET / HTTP/1.1\r\nx: ", *[more] * 10)).startswith(b"HTTP/1.1 431")


@pytest.mark.parametrize(
    "sent",
    [b"", b"GET", b"GET / HTTP/1.1\r\nhost: x\r\n", b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nabc"],
)
async def test_a_request_that_never_becomes_whole_is_ended(port: int, sent: bytes) -> None:
    assert b" 200 " not in await said(port, sent)


async def test_a_slow_but_whole_request_is_answered_and_so_is_the_next_on_its_connection(port: int) -> None:
    once = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\nabc"
    last = b"POST / HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 4\r\n\r\nabcd"
    found = await said(port, once[:20], once[20:], last)
    assert found.count(b"HTTP/1.1 200") == 2
    assert found.endswith(b"\r\n\r\n4")


async def test_a_handshake_with_a_large_header_is_answered(port: int) -> None:
    handshake = (
        b"GET /ws HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
        b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    )
    assert (await said(port, handshake + b"x: " + b"a" * 9_000 + b"\r\n\r\n")).startswith(b"HTTP/1.1 431")
    assert (await said(port, handshake + b"\r\n")).startswith(b"HTTP/1.1 101")
