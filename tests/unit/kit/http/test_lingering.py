"""An answer that is given before the request was read to its end reaches whoever is still sending."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from services.kit.http.limits import Bounds, bounded
from tests.worlds.http_server import served

LARGE = 5_000_000


PATIENT, IMPATIENT = Bounds(body_s=60.0), Bounds(body_s=0.2)


async def refuse(request: Request) -> PlainTextResponse:
    if request.headers.get("x-look"):
        async for _ in request.stream():
            break
    return PlainTextResponse("too large", 413)


APP = Starlette(routes=[Route("/", refuse, methods=["POST"])])


@pytest.fixture
async def port() -> AsyncIterator[int]:
    async with served(APP, bounded(PATIENT)) as port:
        yield port


async def all_sent_then_read(port: int, *head: str) -> bytes:
    """As many clients do it: nothing is read before everything is written."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write("\r\n".join(["POST / HTTP/1.1", "host: x", f"content-length: {LARGE}", *head, "", ""]).encode())
        for _ in range(LARGE // 50_000):
            writer.write(b"x" * 50_000)
            await writer.drain()
        return await reader.readline()
    finally:
        writer.close()


@pytest.mark.parametrize("look", [[], ["x-look: 1"]], ids=["unread", "begun"])
@pytest.mark.parametrize("connection", ["close", "keep-alive"])
async def test_a_body_that_is_not_read_costs_nobody_the_answer(port: int, connection: str, look: list[str]) -> None:
    for _ in range(3):
        status = await all_sent_then_read(port, f"connection: {connection}", *look)
        assert status.startswith(b"HTTP/1.1 413")


async def test_who_asks_first_whether_to_send_is_answered_and_sends_nothing(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(
        b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\nexpect: 100-continue\r\nconnection: close\r\n\r\n"
    )
    assert (await reader.read()).startswith(b"HTTP/1.1 413")  # and the end of the connection
    writer.close()


async def test_a_body_that_never_ends_is_not_waited_for_beyond_its_time() -> None:
    async with served(APP, bounded(IMPATIENT)) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\nconnection: close\r\n\r\n")
        assert (await reader.read()).startswith(b"HTTP/1.1 413")
        writer.close()
