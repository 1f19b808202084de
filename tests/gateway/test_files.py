"""Paths of <SUBGRAPH>_FILES: large bodies go on as they come, within bounds of their own, and take nothing from who asks the graph."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from gateway.settings import Limits
from tests.gateway.kit.network import Running, gateway
from tests.gateway.kit.waiting import until

MEGABYTE = 1024 * 1024
LIMITS = Limits(body_bytes=1_000, upload_bytes=4 * MEGABYTE, uploads=3, uploads_per_caller=2, uploads_per_address=2)


@dataclass
class Shelf:
    """A service with files. `parts` counts what has come of bodies that are under way; they wait for `go_on` before they are read."""

    received: list[tuple[str, str, int]] = field(default_factory=list)
    headers: list[Any] = field(default_factory=list)
    parts: int = 0
    largest: int = 0
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    refuse: bool = False

    async def take(self, request: web.Request) -> web.StreamResponse:
        self.headers.append(request.headers.copy())
        if self.refuse:
            return web.json_response({"code": "TOO_SLOW"}, status=408)
        digest, size = hashlib.sha256(), 0
        async for part in request.content.iter_any():
            await self.go_on.wait()
            self.parts += 1
            self.largest = max(self.largest, len(part))
            digest.update(part)
            size += len(part)
        self.received.append((request.method, digest.hexdigest(), size))
        return web.json_response({"size": size}, status=201)

    async def show(self, request: web.Request) -> web.StreamResponse:
        self.headers.append(request.headers.copy())
        if request.headers.get("if-none-match") == '"one"':
            return web.Response(status=304, headers={"etag": '"one"'})
        headers = {
            "cache-control": "public, max-age=31536000, immutable",
            "etag": '"one"',
            "content-type": "image/webp",
        }
        return web.Response(body=b"x" * 50_000, headers=headers)


@contextlib.asynccontextmanager
async def shelf() -> AsyncIterator[tuple[Shelf, str]]:
    made = Shelf()
    made.go_on.set()
    application = web.Application(client_max_size=0)
    application.router.add_route("POST", "/media/{rest:.*}", made.take)
    application.router.add_route("PUT", "/media/{rest:.*}", made.take)
    application.router.add_get("/media/{rest:.*}", made.show)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield made, f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        made.go_on.set()
        await runner.cleanup()


@pytest.fixture
async def there() -> AsyncIterator[tuple[Shelf, Running]]:
    async with (
        shelf() as (made, url),
        gateway({"catalog": url}, files={"catalog": "/media/{file:path}"}, limits=LIMITS) as running,
    ):
        yield made, running


async def _code(answer: aiohttp.ClientResponse) -> tuple[int, str]:
    return answer.status, (await answer.json(content_type=None))["code"]


async def test_a_large_file_goes_on_unread_and_in_parts(there: tuple[Shelf, Running]) -> None:
    made, running = there
    content = bytes(range(256)) * (3 * MEGABYTE // 256)
    for method in ("PUT", "POST"):
        async with running.client.request(method, f"{running.url}/media/upload/x", data=content) as answer:
            assert (answer.status, await answer.json()) == (201, {"size": len(content)})
    assert made.received == [(method, hashlib.sha256(content).hexdigest(), len(content)) for method in ("PUT", "POST")]
    assert made.largest < MEGABYTE


async def test_what_is_sent_is_passed_on_before_it_is_whole(there: tuple[Shelf, Running]) -> None:
    made, running = there
    more = asyncio.Event()

    async def slowly() -> AsyncIterator[bytes]:
        yield b"a" * 1_000
        await more.wait()
        yield b"b" * 1_000

    sending = asyncio.create_task(_put(running, slowly()))
    await until(lambda: made.parts > 0)
    more.set()
    assert await sending == 201
    assert made.received[0][2] == 2_000


async def _put(running: Running, body: Any, path: str = "/media/upload/x") -> int:
    async with running.client.put(running.url + path, data=body) as answer:
        return answer.status


async def test_one_that_is_too_large_is_ended_whether_it_says_so_or_not(there: tuple[Shelf, Running]) -> None:
    made, running = there

    async def unsaid() -> AsyncIterator[bytes]:
        for _ in range(64):
            yield b"x" * (MEGABYTE // 8)

    async with running.client.put(f"{running.url}/media/upload/x", data=b"x" * (5 * MEGABYTE)) as answer:
        assert await _code(answer) == (413, "TOO_LARGE")
    assert made.headers == []
    async with running.client.put(f"{running.url}/media/upload/x", data=unsaid()) as answer:
        assert await _code(answer) == (413, "TOO_LARGE")
    assert made.received == []
    assert await _put(running, b"x" * MEGABYTE) == 201


async def test_a_refusal_comes_before_the_body_has_gone(there: tuple[Shelf, Running]) -> None:
    made, running = there
    made.refuse = True
    never = asyncio.Event()

    async def unending() -> AsyncIterator[bytes]:
        yield b"x"
        await never.wait()

    async with running.client.put(f"{running.url}/media/upload/x", data=unending()) as answer:
        assert await _code(answer) == (408, "TOO_SLOW")
    never.set()


async def test_uploads_have_places_of_their_own(there: tuple[Shelf, Running]) -> None:
    made, running = there
    made.go_on.clear()
    hanging = [asyncio.create_task(_put(running, b"x" * 1_000)) for _ in range(2)]
    await until(lambda: len(made.headers) == 2)
    async with running.client.put(f"{running.url}/media/upload/x", data=b"x") as answer:
        assert await _code(answer) == (429, "RATE_LIMITED")
        assert "retry-after" in answer.headers
    async with running.client.get(f"{running.url}/media/one.webp") as answer:
        assert answer.status == 200
    async with running.client.get(f"{running.url}/schema.graphql") as answer:
        assert answer.status == 200
    made.go_on.set()
    assert await asyncio.gather(*hanging) == [201, 201]
    assert await _put(running, b"x") == 201


async def test_files_are_fetched_with_what_lets_them_be_kept(there: tuple[Shelf, Running]) -> None:
    _, running = there
    async with running.client.get(f"{running.url}/media/one.webp") as answer:
        assert (answer.status, answer.headers["content-type"]) == (200, "image/webp")
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert "content-encoding" not in answer.headers
        assert len(await answer.read()) == 50_000
    async with running.client.get(f"{running.url}/media/one.webp", headers={"if-none-match": '"one"'}) as answer:
        assert (answer.status, await answer.read()) == (304, b"")
    async with running.client.head(f"{running.url}/media/one.webp") as answer:
        assert (answer.status, answer.headers["content-length"]) == (200, "50000")
    async with running.client.delete(f"{running.url}/media/one.webp") as answer:
        assert answer.status == 405


async def test_fetching_files_takes_nothing_from_the_rate_of_the_graph() -> None:
    async with (
        shelf() as (_, url),
        gateway({"catalog": url}, files={"catalog": "/media/{file:path}"}, rate_per_second=1, rate_burst=3) as running,
    ):
        for _ in range(12):
            async with running.client.get(f"{running.url}/media/one.webp") as answer:
                assert answer.status == 200
        async with running.client.get(f"{running.url}/schema.graphql") as answer:
            assert answer.status == 200
        statuses = []
        for _ in range(40):
            async with running.client.get(f"{running.url}/media/one.webp") as answer:
                statuses.append(answer.status)
        assert 429 in statuses  # they have a rate, too


async def test_who_says_nothing_of_files_has_none(there: tuple[Shelf, Running]) -> None:
    async with gateway({}) as running, running.client.get(f"{running.url}/media/one.webp") as answer:
        assert answer.status == 404


async def test_a_service_that_is_away_is_said_to_be() -> None:
    async with (
        gateway({"catalog": "http://127.0.0.1:9"}, files={"catalog": "/media/{file:path}"}) as running,
        running.client.put(f"{running.url}/media/upload/x", data=b"x" * 100_000) as answer,
    ):
        assert await _code(answer) == (503, "SERVICE_UNAVAILABLE")


async def test_a_body_may_take_longer_there_than_elsewhere() -> None:
    async with (
        shelf() as (made, url),
        gateway({"catalog": url}, files={"catalog": "/media/{file:path}"}, body_s=0.05, upload_s=1.0) as running,
    ):
        never = asyncio.Event()

        async def slowly(pause_s: float) -> AsyncIterator[bytes]:
            yield b"x"
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(never.wait(), pause_s)
            yield b"y"

        assert await _put(running, slowly(0.3)) == 201
        assert made.received[0][2] == 2
