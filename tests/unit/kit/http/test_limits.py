"""Connections that say too much, too little or nothing, against a real server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from services.kit.http.limits import BoundedHttp, Bounds, bounded
from tests.worlds.http_server import served
from tests.worlds.waiting import until

QUICK = Bounds(head_bytes=10_000, head_s=0.3, body_s=0.3, taken_s=0.3, per_address=20)
LARGE = 8 * 1024 * 1024
PATIENT = pytest.mark.parametrize("http", [bounded(replace(QUICK, head_s=60))], ids=["patient"])
"""For what a slow machine must be given time to send."""
HANDSHAKE = (
    b"GET /ws HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\n"
    b"sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
)


async def answer(request: Request) -> PlainTextResponse:
    return PlainTextResponse(str(len(await request.body())))


async def large(_: Request) -> PlainTextResponse:
    return PlainTextResponse("x" * LARGE)


async def socket(opened: WebSocket) -> None:
    await opened.accept()
    await opened.receive()
    await opened.close()


@pytest.fixture
def http() -> type[BoundedHttp]:
    return bounded(QUICK)


@pytest.fixture
async def port(http: type[BoundedHttp]) -> AsyncIterator[int]:
    routes = [
        Route("/", answer, methods=["GET", "POST"]),
        Route("/large", large),
        WebSocketRoute("/ws", socket),
    ]
    async with served(Starlette(routes=routes), http, timeout_keep_alive=1, ws="websockets-sansio") as port:
        yield port


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


async def gone(http: type[BoundedHttp]) -> None:
    """The server holds no connection any more."""

    async def none() -> bool:
        return not http.open

    await until(none)


async def test_a_head_within_the_bound_is_answered(port: int) -> None:
    large = b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\nx: " + b"a" * 9_000 + b"\r\n\r\n"
    assert (await said(port, large)).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("more", [b"a" * 1_000, b"x: y\r\n" * 167])
@PATIENT
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
    assert (await said(port, HANDSHAKE + b"x: " + b"a" * 9_000 + b"\r\n\r\n")).startswith(b"HTTP/1.1 431")
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(HANDSHAKE + b"\r\n")
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101")
    writer.write(b"\x81\x80abcd" + b"\x88\x80abcd")  # a text and a close frame, empty and masked
    writer.close()


@PATIENT
async def test_a_whole_head_past_the_bound_in_one_piece_is_answered_431_and_reaches_nobody(port: int) -> None:
    heads = b"GET / HTTP/1.1\r\nhost: x\r\n" + b"x: " + b"a" * 30_000 + b"\r\n\r\n"
    assert (await said(port, heads)).startswith(b"HTTP/1.1 431")
    posted = b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n" + b"x: " + b"a" * 30_000 + b"\r\n\r\nabc"
    found = await said(port, posted)
    assert found.startswith(b"HTTP/1.1 431")
    assert found.count(b"HTTP/1.1") == 1


@pytest.mark.parametrize("trailers", [b"x: " + b"a" * 30_000, b"x: y\r\n" * 5_000], ids=["one", "many"])
async def test_trailers_without_end_are_ended(port: int, trailers: bytes) -> None:
    chunked = b"POST / HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n"
    assert b" 200 " not in await said(port, chunked, *[trailers] * 20)


async def test_line_ends_between_requests_keep_no_connection(port: int) -> None:
    once = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"
    assert (await said(port, once, b"\r\n")).count(b" 200 ") == 1  # it ends: `said` reads to the end


async def test_what_is_left_of_a_body_after_its_answer_keeps_no_connection(port: int) -> None:
    early = b"POST /nowhere HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\n\r\n"
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(early)
    assert b" 404 " in await reader.readuntil(b"\r\n\r\n")
    writer.write(b"abc")
    await reader.read()
    writer.close()


async def test_requests_sent_ahead_without_end_are_ended(port: int, http: type[BoundedHttp]) -> None:
    assert (await said(port, b"GET / HTTP/1.1\r\nhost: x\r\n\r\n" * 10)).count(b" 200 ") == 10
    found = await said(port, b"GET / HTTP/1.1\r\nhost: x\r\n\r\n" * 1_000)
    assert found.count(b" 200 ") < 1_000
    await gone(http)


@pytest.mark.parametrize("connection", [b"close", b"keep-alive"])
async def test_who_does_not_take_an_answer_is_ended(port: int, http: type[BoundedHttp], connection: bytes) -> None:
    """Seen from the server: the client has stopped reading and would never learn of it."""
    _reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1)
    writer.write(b"GET /large HTTP/1.1\r\nhost: x\r\nconnection: " + connection + b"\r\n\r\n")

    async def held() -> bool:
        return bool(http.open)

    await until(held)
    await gone(http)
    writer.close()


async def test_who_takes_an_answer_in_pieces_gets_all_of_it(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=1024)
    writer.write(b"GET /large HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    took = 0
    while part := await reader.read(100_000):
        took += len(part)
    assert took > LARGE
    writer.close()


@PATIENT
async def test_one_connection_too_many_of_an_address_is_answered_429(port: int, http: type[BoundedHttp]) -> None:
    opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(15)]
    for _, writer in opened:  # WebSockets stay, and count
        writer.write(HANDSHAKE + b"\r\n")
    for reader, _ in opened:
        assert b" 101 " in await reader.readuntil(b"\r\n\r\n")
    more = [await asyncio.open_connection("127.0.0.1", port) for _ in range(5)]
    once = b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    assert (await said(port, once)).startswith(b"HTTP/1.1 429")
    for _, writer in (*opened, *more):
        writer.close()
    await gone(http)
    assert (await said(port, once)).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "http", [bounded(replace(QUICK, per_address=1, exempt=lambda address: address == "127.0.0.1"))]
)
async def test_an_address_that_speaks_for_many_is_not_counted(port: int, http: type[BoundedHttp]) -> None:
    opened = [await asyncio.open_connection("127.0.0.1", port) for _ in range(5)]
    assert b" 200 " in await said(port, b"GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
    assert not http.open
    for _, writer in opened:
        writer.close()


@pytest.mark.parametrize("http", [bounded(replace(QUICK, head_s=60, long_bodies={"/long/": 30.0}))], ids=["long"])
async def test_where_a_path_begins_so_a_body_may_take_its_time_and_elsewhere_not(http: type[BoundedHttp]) -> None:
    routes = [Route("/long/{name}", answer, methods=["POST"]), Route("/", answer, methods=["POST"])]
    async with served(Starlette(routes=routes), http, timeout_keep_alive=1) as port:
        for path, there in ((b"/long/one", b"200 OK"), (b"/", b"")):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"POST " + path + b" HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 2\r\n\r\na")
            if not there:
                assert await reader.read() == b""  # ended, with nothing to answer
                writer.close()
                continue
            await asyncio.sleep(3 * QUICK.body_s)
            writer.write(b"b")
            assert there in await reader.read()
            writer.close()
