"""The worker's loops as they run: by their settings, until they are told to stop."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any, cast

import pytest

from services.contracts.amounts import Language
from services.kit import tasks
from services.kit.database.db import transaction
from services.kit.database.live import Live
from services.kit.observe.readiness import Readiness
from services.kit.process.service import Worker
from services.kit.process.settings import load
from services.people.commands import codes
from services.people.commands.codes import Prover
from services.people.messages import sender
from services.people.messages.settings import PeopleWorker
from services.people.settings import CodeSettings
from tests.worlds.outgoing import Post
from tests.worlds.waiting import until

ENV = {"PORT": "0", "DATABASE_URL": "postgresql://x@localhost/x", "KAFKA_BOOTSTRAP_SERVERS": "localhost:1"}


def _worker(post: Post, **env: str) -> Worker:
    settings = load(PeopleWorker, {**ENV, **env})
    return Worker(settings, post.db, Readiness(), cast("Any", None), asyncio.Event(), Live(post.db))


async def _end(worker: Worker, running: list[asyncio.Task[None]]) -> None:
    worker.stopping.set()
    done, left = await asyncio.wait(running, timeout=90)
    assert not left
    for each in done:
        each.result()


async def test_in_local_mode_what_is_written_is_in_the_inbox_and_all_loops_end_when_told(post: Post) -> None:
    worker = _worker(post, WLIJO_MODE="local")
    running = [asyncio.create_task(cast("Any", loop(worker))) for loop in sender.LOOPS.values()]
    code = await post.write()

    async def is_sent() -> bool:
        return bool((await post.row(code))["sent_at"])

    await until(is_sent)
    assert (await post.row(code))["channel"] == "inbox"
    assert (await post.row(code))["text"] == "Kode 481516"
    assert worker.readiness.notes == {}
    await _end(worker, running)


async def test_a_production_that_has_brought_no_channel_says_so_and_keeps_the_message(post: Post) -> None:
    worker = _worker(post)
    running = [asyncio.create_task(cast("Any", loop(worker))) for loop in sender.LOOPS.values()]
    code = await post.write()

    async def is_said() -> bool:
        return "messages" in worker.readiness.notes

    await until(is_said)
    assert not (await post.row(code))["sent_at"]
    await _end(worker, running)


async def test_a_code_is_sent_when_it_is_asked_for_and_not_at_the_next_look(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender, "_BASE_S", 31_536_000.0)
    worker = _worker(post, WLIJO_MODE="local")
    settings = load(CodeSettings, {"SIGN_IN_CODE_KEY": "0123456789abcdef" * 4})
    prover = Prover(settings.codes(), settings.limits())
    async with tasks.running(worker.live.run(), "wake-ups"):
        running = [asyncio.create_task(cast("Any", loop(worker))) for loop in sender.LOOPS.values()]
        for sent in range(2):  # the first may have been there at the first look
            async with transaction(post.db) as conn:
                await codes.send(conn, prover, f"+628123456789{sent}", "127.0.0.1", Language.ID)
            await until(partial(_were_sent, post, sent + 1))
        await _end(worker, running)


async def _were_sent(post: Post, count: int) -> bool:
    async with post.db.acquire() as conn:
        return bool(await conn.fetchval("SELECT count(*) = $1 FROM messages WHERE sent_at IS NOT NULL", count))
