"""The worker's loops that send: a lane for each channel, so that a slow provider holds nobody else up, and one that gives out the work."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from prometheus_client import Counter, Gauge

from services.kit import tasks
from services.kit.database.db import TRANSIENT, Connection, Database, reason, transaction
from services.kit.observe import telemetry
from services.kit.process.service import Loop, Worker
from services.people.domain import sending
from services.people.domain.ids import MessageId
from services.people.domain.sending import Attempt, Outcome, Receipts
from services.people.messages.port import Channel, ChannelName, Gone, Later, NotSent, Refused, Sent, Unclear
from services.people.messages.settings import PeopleWorker
from services.people.store import receipts
from services.people.store import sending as store
from services.people.store.sending import Left, Share, Taken

_log = logging.getLogger(__name__)
_BASE_S: Final = 1.0
_ROOM_S: Final = 0.2
_COUNT_EVERY_S: Final = 5.0
_OF_NOTICES: Final = 0.75  # of a lane and of a day: the rest is kept for codes, for which somebody waits at a screen

MESSAGES = Counter(
    "wlijo_messages_total",
    "Messages that left or did not, by what became of each try",
    ("channel", "kind", "outcome"),
    registry=telemetry.REGISTRY,
)
WAITING = Gauge(
    "wlijo_messages_waiting",
    "Messages that are due and not sent ('': no channel could be given)",
    ("channel", "kind"),
    registry=telemetry.REGISTRY,
)
OLDEST = Gauge(
    "wlijo_messages_oldest_seconds",
    "How long the oldest message that is due has waited",
    ("channel", "kind"),
    registry=telemetry.REGISTRY,
)
BUDGET = Gauge(
    "wlijo_messages_budget_left_ratio",
    "What is left of a channel's budget of today",
    ("channel",),
    registry=telemetry.REGISTRY,
)


@dataclass(frozen=True, slots=True)
class Pace:
    """How much one lane does: at once, in a day, and to one number."""

    at_once: int = 8
    a_day: int = 5_000
    of_number_s: float = 6.0

    def share(self, under_way: int) -> Share:
        free = self.at_once - under_way
        return Share(
            codes=free,
            notices=max(0, free - (self.at_once - max(1, int(self.at_once * _OF_NOTICES)))),
            a_day=self.a_day,
            notices_a_day=int(self.a_day * _OF_NOTICES),
            pace_s=self.of_number_s,
        )


class Lane:
    """Sends by one channel, some messages at once."""

    def __init__(self, channel: Channel, db: Database, pace: Pace, receipts: Receipts | None = None) -> None:
        self._receipts = receipts or Receipts()
        self._channel = channel
        self._db = db
        self._pace = pace
        self._under_way: set[asyncio.Task[None]] = set()
        self._left: list[Left] = []
        # What has not been told yet is no zero: a channel that never sent would fail unseen.
        for kind in ("code", "notice"):
            for outcome in ("sent", *Outcome, "failed", "undelivered", "unheard"):
                MESSAGES.labels(channel.name, kind, outcome)

    async def run(self, stopping: asyncio.Event, woken: asyncio.Event | None = None) -> None:
        """Until it is told to stop; what is under way then is waited for. Looks once a second, and when it is woken."""
        woken = woken or asyncio.Event()
        try:
            while not stopping.is_set():
                woken.clear()
                try:
                    started = await self.start_due()
                except TRANSIENT as error:
                    _log.warning("messages by %s pause: %s", self._channel.name, reason(error))
                    started = 0
                if not started:
                    await tasks.pause(_BASE_S, stopping, woken)
            await self.drain()
        finally:
            await asyncio.gather(*map(tasks.stop, self._under_way))
            await self._channel.close()

    async def start_due(self) -> int:
        """Begin to send what is due, as far as there is room; how many those are. Raises what the database raises."""
        if self._share().codes <= 0:
            await asyncio.wait(self._under_way, timeout=_ROOM_S, return_when=asyncio.FIRST_COMPLETED)
        share = self._share()
        if share.codes <= 0:
            return 0
        async with self._db.acquire() as conn:
            taken = await store.take(conn, self._channel.name, share)
        for each in taken:
            self._under_way.add(tasks.start(self._send(each), f"a message by {self._channel.name}"))
        return len(taken)

    def _share(self) -> Share:
        self._under_way = {task for task in self._under_way if not task.done()}
        return self._pace.share(len(self._under_way))

    async def drain(self) -> None:
        if self._under_way:
            await asyncio.wait(self._under_way)

    async def _send(self, taken: Taken) -> None:
        try:
            sent = await self._channel.send(taken.message)
        except NotSent as told:
            await self._was_not_sent(taken, told)
        except Exception:  # noqa: BLE001 - one message's fault must not keep the lane's others
            _log.exception("a message was given up by %s", self._channel.name, extra={"message_id": str(taken.id)})
            await self._was_not_sent(taken, Unclear("a fault of ours"))
        else:
            await self._was_sent(taken, sent)

    async def _was_sent(self, taken: Taken, sent: Sent) -> None:
        self._count(taken, "sent")
        await self._end(sent.ended)
        receipt_s = self._receipts.wait_s(self._channel.name, is_code=taken.is_code)
        self._left.append(Left(taken, sent.reference, receipt_s))
        await asyncio.sleep(0)  # others that were sent in the same breath are written with it
        if left := self._left:
            self._left = []
            keeps = self._channel.name is ChannelName.INBOX
            await self._write(lambda conn: store.were_sent(conn, self._channel.name, left, keeps_text=keeps))

    async def _was_not_sent(self, taken: Taken, told: NotSent) -> None:
        outcome = _outcome(told)
        _log.info(
            "not sent", extra={"message_id": str(taken.id), "channel": self._channel.name, "because": told.reason}
        )
        step = sending.after(
            Attempt(
                outcome,
                self._channel.name,
                taken.channels,
                taken.tried,
                taken.is_code,
                told.retry_after_s if isinstance(told, Later) else None,
            )
        )
        self._count(taken, outcome)
        if isinstance(told, Gone):
            await self._end(told.ended)
        if step is None:
            self._count(taken, "failed")
            await self._write(lambda conn: store.has_failed(conn, taken))
        else:
            await self._write(lambda conn: store.goes_on(conn, taken, step))

    async def _end(self, subscriptions: tuple[str, ...]) -> None:
        if subscriptions:
            await self._write(lambda conn: store.end_subscriptions(conn, subscriptions))

    async def _write(self, write: Callable[[Connection], Awaitable[None]]) -> None:
        """What is known is not given up for a database that is away: within the lease nobody else sends it."""
        pause_s, clock = 0.1, asyncio.get_running_loop().time
        ends_at = clock() + sending.LEASE_S
        while True:
            try:
                async with self._db.acquire() as conn:
                    return await write(conn)
            except TRANSIENT as error:
                if clock() > ends_at:
                    _log.error("what became of a message is not written: %s", reason(error))
                    return None
                await asyncio.sleep(pause_s)
                pause_s = min(pause_s * 2, 2.0)

    def _count(self, taken: Taken, outcome: str) -> None:
        MESSAGES.labels(self._channel.name, "code" if taken.is_code else "notice", outcome).inc()


async def end_late(db: Database) -> None:
    """What is past its time ends."""
    async with db.acquire() as conn:
        for is_code in await store.expire(conn):
            MESSAGES.labels("", "code" if is_code else "notice", "expired").inc()


async def give_out(db: Database, codes: tuple[ChannelName, ...], notices: tuple[ChannelName, ...]) -> None:
    """A channel for each message that has none, or one that is no longer there; plain notices have got theirs with the look, as a rule."""
    there = {*codes, *notices}
    ways: dict[MessageId, tuple[str, ...]] = {}
    async with transaction(db) as conn:
        for each in await store.unrouted(conn, sorted(there)):
            wanted = sending.order(codes, each.sent_before) if each.is_code else notices
            if each.channels is not None:
                wanted = tuple(name for name in each.channels if name in there)
            if wanted:
                ways[each.id] = wanted
            elif each.channels is not None and there:
                await store.has_no_way(conn, each.id)
        if ways:
            await store.route(conn, ways)
            conn.wake(store.GIVEN_OUT)


async def pass_on(db: Database) -> None:
    """What was taken and not delivered, or not within its time, to the next channel, as long as it is of use."""
    async with transaction(db) as conn:
        for each in await receipts.unheard(conn):
            kind = "code" if each.is_code else "notice"
            MESSAGES.labels(each.channel, kind, "undelivered" if each.is_undelivered else "unheard").inc()
            step = None
            if each.is_of_use:
                attempt = Attempt(Outcome.REFUSED, each.channel, each.channels, each.tried, each.is_code)
                step = sending.after(attempt)
            if step is None:
                await receipts.ends(conn, each)
            else:
                await receipts.goes_on(conn, each.id, step)


async def count(conn: Connection, names: tuple[ChannelName, ...], a_day: int) -> None:
    """Set the gauges to what is there now."""
    found = {(each.channel, each.is_code): each for each in await store.waiting(conn)}
    for channel in ("", *names):
        for is_code, kind in ((True, "code"), (False, "notice")):
            each = found.get((channel, is_code))
            WAITING.labels(channel, kind).set(each.count if each else 0)
            OLDEST.labels(channel, kind).set(max(0.0, each.oldest_s) if each else 0)
    taken = await store.taken_today(conn)
    for channel in names:
        BUDGET.labels(channel).set(max(0.0, 1 - taken.get(channel, 0) / a_day) if a_day else 0)


async def _lane(name: ChannelName, worker: Worker) -> None:
    config: PeopleWorker = worker.settings
    settings = config.messages
    if name not in settings.names(config.mode):
        await worker.stopping.wait()
        return
    pace = Pace(settings.channel_at_once, settings.channel_budget_per_day, settings.channel_pace_seconds)
    with worker.live.watching(store.GIVEN_OUT) as woken:
        await Lane(settings.channel(name), worker.db, pace, settings.receipts()).run(worker.stopping, woken)


async def _give_out(worker: Worker) -> None:
    config: PeopleWorker = worker.settings
    codes, notices = config.messages.codes_by(config.mode), config.messages.notices_by(config.mode)
    if not codes:
        worker.readiness.note("messages", "CODE_CHANNELS names none: nobody can sign in by a code")
        _log.warning("CODE_CHANNELS names no channel: nobody can sign in by a code")
    with worker.live.watching(store.TO_SEND) as woken:
        while not worker.stopping.is_set():
            woken.clear()
            try:
                async with worker.db.acquire() as conn:
                    work = await store.work(conn, sorted({*codes, *notices}), notices)
                if work.unheard:
                    await pass_on(worker.db)
                if work.late:
                    await end_late(worker.db)
                if work.unrouted:
                    await give_out(worker.db, codes, notices)
            except TRANSIENT as error:
                _log.warning("messages pause: %s", reason(error))
            await tasks.pause(_BASE_S, worker.stopping, woken)


async def _count(worker: Worker) -> None:
    config: PeopleWorker = worker.settings
    while not worker.stopping.is_set():
        try:
            async with worker.db.acquire() as conn:
                await count(conn, config.messages.names(config.mode), config.messages.channel_budget_per_day)
                await store.forget_days(conn)
        except TRANSIENT as error:
            _log.warning("counting messages pauses: %s", reason(error))
        await tasks.pause(_COUNT_EVERY_S, worker.stopping)


def _outcome(told: NotSent) -> Outcome:
    if isinstance(told, Refused):
        return Outcome.REFUSED
    return Outcome.LATER if isinstance(told, Later) else Outcome.UNCLEAR


LOOPS: dict[str, Loop] = {
    "messages": _give_out,
    "messages-watch": _count,
    # Each is kept running by itself; those of channels that are not named wait for the end.
    **{f"messages-{name}": partial(_lane, name) for name in ChannelName},
}
