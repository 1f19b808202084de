"""The worker's loops that hear partners on their topics: replies, each answered, and positions, which may be dropped."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime

from prometheus_client import Counter

from services.contracts.delivery import PartnerId
from services.contracts.partner import RefusalCode, Topics, partner_of
from services.delivery.commands import positions, replies
from services.delivery.commands.replies import Answer
from services.delivery.domain.reply import ReplyRefused, Rules, is_usable
from services.delivery.store import answers, partners
from services.kit import kafka, tasks
from services.kit.database.db import TRANSIENT, Database, reason, transaction
from services.kit.http.rate import RateLimit, RateLimited
from services.kit.messaging.consumer import Consumer, Reader, Record
from services.kit.observe import telemetry
from services.kit.process.service import Worker
from services.kit.process.worker import reader_of

_log = logging.getLogger(__name__)
REPLIES = Counter(
    "wlijo_partner_replies_total",
    "Replies of partners, by what they were answered",
    ("outcome",),
    registry=telemetry.REGISTRY,
)
POSITIONS = Counter(
    "wlijo_partner_positions_total",
    "Positions of riders on partners' topics, by what became of them",
    ("outcome",),
    registry=telemetry.REGISTRY,
)
POSITIONS_FAILED = Counter(
    "wlijo_partner_positions_failed_total",
    "Positions of riders that were dropped for a fault of ours",
    registry=telemetry.REGISTRY,
)
_LOOK_FOR_PARTNERS_S = 3.0
_MARK_EVERY_S = 1.0
_FULL_FETCH = 500
_QUIET_ROUNDS = 2
_KEEP_ANSWERS_DAYS = 15
_FORGET_AT_ONCE = 1_000
_FORGET_EVERY_S = 3_600.0


async def hear_replies(worker: Worker) -> None:
    rules = worker.settings.trips.rules(worker.settings.mode)
    take = Replies(worker.db, rules).take
    await _of_all_partners(
        worker, "delivery-replies", lambda topics: topics.replies, take, lambda reader: _Watched(reader, worker.db)
    )


async def hear_positions(worker: Worker) -> None:
    await _of_all_partners(
        worker, "delivery-positions", lambda topics: topics.locations, Positions(worker.db).take, lambda reader: reader
    )


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


async def _of_all_partners(
    worker: Worker,
    name: str,
    topic_of: Callable[[Topics], str],
    take: Callable[[Record], Awaitable[object]],
    watched: Callable[[kafka.KafkaReader], Reader],
) -> None:
    """One consumer over one kind of topic of every partner, made anew when there are other partners."""

    async def open_reader(topics: Sequence[str]) -> Reader:
        return watched(await reader_of(worker, name, topics))

    worker.readiness.report(name, False, "starting")
    while not worker.stopping.is_set():
        known = await _known(worker)
        if not known:
            worker.readiness.report(name, known is not None, "the partners are not known")
            await tasks.pause(_LOOK_FOR_PARTNERS_S, worker.stopping)
            continue
        topics = [topic_of(Topics.of(each)) for each in known]
        consumer = Consumer(name, worker.db, open_reader, topics, take, worker.readiness)
        async with (
            tasks.running(consumer.run(), name) as running,
            tasks.running(_until_others(worker, known), f"{name}: partners") as looking,
        ):
            await asyncio.wait({running, looking}, return_when=asyncio.FIRST_COMPLETED)
            consumer.stop()
            await running


async def _until_others(worker: Worker, known: list[PartnerId]) -> None:
    """Until there are other partners, or the worker stops."""
    while not worker.stopping.is_set() and await _known(worker) in (known, None):
        await tasks.pause(_LOOK_FOR_PARTNERS_S, worker.stopping)


async def _known(worker: Worker) -> list[PartnerId] | None:
    """None when the database does not say."""
    try:
        async with worker.db.acquire() as conn:
            return await partners.that_may_reply(conn)
    except TRANSIENT as error:
        _log.warning("cannot look for partners: %s", reason(error))
        return None


class Replies:
    """Takes records of partners' reply topics."""

    def __init__(self, db: Database, rules: Rules, *, burst: int = 200) -> None:
        self._db = db
        self._rules = rules
        self._haste = RateLimit(burst=burst, per_second=burst / 4)

    async def take(self, record: Record) -> None:
        """Answer one record. A fault of ours leaves it unanswered, so the partner sends it again; the others go on."""
        try:
            answer = await self._answer(record)
        except TRANSIENT:
            raise
        except Exception:  # noqa: BLE001 - a bug on one reply must not stop the others
            _log.exception("a reply was not answered", extra={"topic": record.topic, "offset": record.offset})
            REPLIES.labels("failed").inc()
            return
        if answer is None:
            _log.warning(
                "a reply without usable ce_id cannot be answered",
                extra={"topic": record.topic, "partition": record.partition, "offset": record.offset},
            )
            REPLIES.labels("dropped").inc()
        else:
            REPLIES.labels(str(answer.code or "applied").lower()).inc()

    async def _answer(self, record: Record) -> Answer | None:
        partner_id = partner_of(record.topic)
        headers = {name: bytes(value or b"") for name, value in record.headers}
        reply_id = headers.get("ce_id", b"").decode("utf-8", "replace")
        if partner_id is None or not is_usable(reply_id):
            return None
        body = bytes(record.value or b"")
        reply_type = headers.get("ce_type", b"").decode("utf-8", "replace")
        traceparent = headers.get("ce_traceparent", b"").decode("ascii", "replace") or None
        with telemetry.span(
            f"reply {reply_type[:60]}", traceparent=traceparent, attributes={"partner": str(partner_id)}
        ):
            async with transaction(self._db) as conn:
                try:
                    self._haste.take(str(partner_id))
                except RateLimited as haste:
                    message = f"too many replies; send it again after {haste.retry_after_ms} ms"
                    return await replies.refuse(conn, partner_id, reply_id, RefusalCode.RATE_LIMITED, message)
                appended_at = _appended_at(record)
                return await replies.receive_reply(
                    conn, self._rules, partner_id, reply_id, body, reply_type, appended_at
                )


def _appended_at(record: Record) -> datetime | None:
    if record.appended_at_ms is None:
        return None
    return datetime.fromtimestamp(record.appended_at_ms / 1_000, UTC)


class _Watched:
    """Notes up to when each partition of replies has been read: an offer is not timed out while its partner's word may lie unread.

    A partition that brought nothing twice in a row has been read to its end; a fetch's records are applied before the next fetch.
    """

    def __init__(self, reader: kafka.KafkaReader, db: Database) -> None:
        self._reader = reader
        self._db = db
        self.log = reader.log
        self._quiet: dict[tuple[str, int], int] = {}
        self._marked_at = 0.0

    def owned(self) -> set[tuple[str, int]] | None:
        return self._reader.owned()

    async def reached(self) -> bool:
        return await self._reader.reached()

    async def fetch(self) -> dict[tuple[str, int], list[Record]]:
        fetched = await self._reader.fetch()
        owned = self._reader.owned() or set()
        full = sum(map(len, fetched.values())) >= _FULL_FETCH
        self._quiet = {place: 0 if full or place in fetched else self._quiet.get(place, 0) + 1 for place in owned}
        now_s = asyncio.get_running_loop().time()
        if now_s - self._marked_at >= _MARK_EVERY_S:
            self._marked_at = now_s
            await self._mark([place for place, rounds in self._quiet.items() if rounds >= _QUIET_ROUNDS])
        return fetched

    async def _mark(self, places: Sequence[tuple[str, int]]) -> None:
        read = [(partner, partition) for topic, partition in places if (partner := partner_of(topic))]
        if read:
            async with self._db.acquire() as conn:
                await answers.mark_read(conn, read)

    async def commit(self, done: dict[tuple[str, int], int]) -> None:
        await self._reader.commit(done)

    async def close(self) -> None:
        await self._reader.close()


class Positions:
    """Takes records of partners' location topics: the latest wins, whatever does not fit is dropped."""

    def __init__(self, db: Database, *, burst: int = 500) -> None:
        self._db = db
        self._haste = RateLimit(burst=burst, per_second=burst / 2.5)

    async def take(self, record: Record) -> None:
        partner_id = partner_of(record.topic)
        if partner_id is None:
            return
        try:
            POSITIONS.labels(await self._move(partner_id, bytes(record.value or b""))).inc()
        except TRANSIENT:
            raise
        except Exception:  # noqa: BLE001 - a bug on one place must not stop the others
            _log.exception("a position was dropped", extra={"topic": record.topic, "offset": record.offset})
            POSITIONS_FAILED.inc()

    async def _move(self, partner_id: PartnerId, body: bytes) -> str:
        """What became of it: nobody is told, so it is counted."""
        try:
            self._haste.take(str(partner_id))
            place = positions.read(body)
        except RateLimited:
            return "rate_limited"
        except ReplyRefused as refused:
            return str(refused.code).lower()
        async with transaction(self._db) as conn:
            dropped = await positions.move_rider(conn, partner_id, place)
        return str(dropped.code).lower() if dropped else "taken"
