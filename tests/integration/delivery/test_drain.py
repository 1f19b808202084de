"""A process that is told to go while companies wait for news."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import aiohttp
import pytest
import uvicorn

from services.delivery import partner_api
from services.kit.process.serving import Server
from tests.worlds.delivery import KONCAR, SEMERU, World
from tests.worlds.delivery_counter import Counter
from tests.worlds.waiting import until

NEVER_S = 600
LONGEST_WAIT_S = 99


@pytest.fixture
async def server(counter: Counter) -> AsyncIterator[Server]:
    counter.app.state.drain = counter.live.drain  # as `api` has it
    made = Server(
        uvicorn.Config(
            counter.app, port=0, log_config=None, lifespan="off", timeout_graceful_shutdown=NEVER_S, access_log=False
        )
    )
    serving = asyncio.create_task(made.serve())

    async def started() -> bool:
        return made.started

    await until(started)
    yield made
    made.should_exit = True
    await serving


async def test_polls_that_wait_end_at_once_with_no_events(
    counter: Counter, server: Server, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(partner_api, "MAX_WAIT_S", LONGEST_WAIT_S)
    await world.trip(SEMERU)
    _, cursor = await counter.read(SEMERU)
    port = server.servers[0].sockets[0].getsockname()[1]

    async def poll(session: aiohttp.ClientSession, partner: object, after: str) -> tuple[int, object]:
        headers = {"authorization": f"Bearer {counter.token(str(partner))}"}
        url = f"http://127.0.0.1:{port}/partner/v1/events?after={after}&wait={LONGEST_WAIT_S}"
        async with session.get(url, headers=headers) as answer:
            return answer.status, await answer.json()

    async with aiohttp.ClientSession() as session:
        polls = [asyncio.create_task(poll(session, SEMERU, cursor)) for _ in range(3)]
        await counter.readers(SEMERU, 3)
        server.should_exit = True
        async with asyncio.timeout(LONGEST_WAIT_S - 9):
            assert await asyncio.gather(*polls) == [(200, {"events": [], "cursor": cursor})] * 3


async def test_one_that_comes_while_the_process_drains_is_not_kept_waiting(counter: Counter, world: World) -> None:
    counter.live.drain()
    assert await counter.read(KONCAR, wait=30) == ([], "")
