"""The worker's loops over partners' topics: each company is read in a lane of its own, and is late alone."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from functools import partial

from services.contracts.delivery import PartnerId
from services.contracts.partner import Topics, partner_of
from services.delivery.commands import following
from services.delivery.commands.positions import Places
from services.delivery.partner_topics import Positions, Replies, content
from services.delivery.store import answering, answers, partners, positions, rehearsals
from services.kit import tasks
from services.kit.database.db import TRANSIENT, Database, reason, transaction
from services.kit.messaging.lanes import Content, HaveRead, Lanes, Place, Take
from services.kit.process.service import Worker
from services.kit.process.worker import reader_of

_log = logging.getLogger(__name__)
_KEEP_ANSWERS_DAYS = 15
_FORGET_AT_ONCE = 1_000
_FORGET_JOBS_AT_ONCE = 100
_FORGET_EVERY_S = 3_600.0
_FORGET_PLACES_EVERY_S = 60.0
_FORESEE_EVERY_S = 15.0


async def hear_replies(worker: Worker) -> None:
    rules = worker.settings.trips.rules(worker.settings.mode)
    take = Replies(worker.db, rules).take
    read = partial(note_what_is_read, worker.db)
    await _lanes(worker, "delivery-replies", lambda own: own.replies, take, read, content)


async def hear_positions(worker: Worker) -> None:
    await _lanes(worker, "delivery-positions", lambda own: own.locations, Positions(Places(worker.db)).take)


async def forget_answers(worker: Worker) -> None:
    """Answers are kept longer than a reply can be read again: seven days are promised, a topic keeps its records for fourteen."""
    while not worker.stopping.is_set():
        try:
            async with worker.db.acquire() as conn:
                forgotten = await answers.forget(conn, _KEEP_ANSWERS_DAYS, _FORGET_AT_ONCE)
        except TRANSIENT as error:
            _log.warning("answers are not forgotten now: %s", reason(error))
            forgotten = 0
        if forgotten < _FORGET_AT_ONCE:
            await tasks.pause(_FORGET_EVERY_S, worker.stopping)


async def forget_test_jobs(worker: Worker) -> None:
    """Those that companies ordered for themselves."""
    while not worker.stopping.is_set():
        try:
            async with transaction(worker.db) as conn:
                forgotten = await rehearsals.forget(conn, _FORGET_JOBS_AT_ONCE)
        except TRANSIENT as error:
            _log.warning("test jobs are not forgotten now: %s", reason(error))
            forgotten = 0
        if forgotten < _FORGET_JOBS_AT_ONCE:
            await tasks.pause(_FORGET_EVERY_S, worker.stopping)


async def forget_places(worker: Worker) -> None:
    """Where somebody was is nobody's business an hour later."""
    while not worker.stopping.is_set():
        try:
            async with worker.db.acquire() as conn:
                await positions.forget(conn)
        except TRANSIENT as error:
            _log.warning("places are not forgotten now: %s", reason(error))
        await tasks.pause(_FORGET_PLACES_EVERY_S, worker.stopping)


async def write_down_what_is_foreseen(worker: Worker) -> None:
    """So that it is known later how far off it was. Beside the orders' path: trips wait for nothing here."""
    while not worker.stopping.is_set():
        try:
            async with worker.db.acquire() as conn:
                await following.write_down(conn)
        except TRANSIENT as error:
            _log.warning("what is foreseen is not written down now: %s", reason(error))
        await tasks.pause(_FORESEE_EVERY_S, worker.stopping)


async def note_what_is_read(db: Database, places: Mapping[Place, float]) -> None:
    """Raises what the database raises."""
    clock = asyncio.get_running_loop().time
    async with db.acquire() as conn:
        read: list[tuple[PartnerId, int, float]] = [
            (partner_id, partition, clock() - at)
            for (topic, partition), at in places.items()
            if (partner_id := partner_of(topic)) is not None
        ]
        await answering.mark_read(conn, read)


async def _lanes(
    worker: Worker,
    name: str,
    topic_of: Callable[[Topics], str],
    take: Take,
    have_read: HaveRead | None = None,
    content: Content | None = None,
) -> None:
    """Until the worker stops. Topics are those of every company that may reply; who is new is read within seconds."""

    async def wanted() -> list[str]:
        async with worker.db.acquire() as conn:
            return [topic_of(Topics.of(each)) for each in await partners.that_may_reply(conn)]

    reader = partial(reader_of, worker, name, ())
    lanes = Lanes(name, worker.db, reader, wanted, take, worker.readiness, have_read, content)
    async with (
        tasks.running(lanes.run(), name) as running,
        tasks.running(worker.stopping.wait(), f"{name}: end") as ending,
    ):
        await asyncio.wait({running, ending}, return_when=asyncio.FIRST_COMPLETED)
        lanes.stop()
        await running
