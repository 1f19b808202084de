"""Records of partners' topics: replies, each answered, and positions, which may be dropped."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from hashlib import blake2b

from prometheus_client import Counter

from services.contracts.delivery import PartnerId
from services.contracts.partner import RefusalCode, partner_of
from services.delivery.commands import positions, replies
from services.delivery.commands.budget import Judging, Patience
from services.delivery.commands.positions import POSITIONS, POSITIONS_FAILED, Places
from services.delivery.commands.replies import Answer
from services.delivery.domain.reading import read_reply
from services.delivery.domain.reply import ReplyRefused, Rules, is_usable
from services.delivery.domain.trip import ON_TRIP, SEEKING
from services.delivery.partner_event import MAX_EVENT_BYTES
from services.delivery.store import offers
from services.delivery.store.answers import Came
from services.kit.database.db import TRANSIENT, Database, transaction
from services.kit.http.rate import RateLimit, RateLimited
from services.kit.messaging.consumer import Record
from services.kit.observe import telemetry

_log = logging.getLogger(__name__)
REPLIES = Counter(
    "wlijo_partner_replies_total",
    "Replies of partners, by what they were answered",
    ("outcome",),
    registry=telemetry.REGISTRY,
)
UNKEPT = Counter(
    "wlijo_partner_replies_unkept_total",
    "Replies that changed nothing and were neither kept nor answered on the topic, for the company had sent too many of them",
    registry=telemetry.REGISTRY,
)


def content(record: Record) -> bytes | None:
    """What two records that are the same reply have in common: a company sends it again until it hears the outcome. None of one that is
    larger than a reply may be: to compare those would cost more than to refuse them."""
    headers = dict(record.headers)
    parts = [part or b"" for part in (headers.get("ce_id"), headers.get("ce_type"), record.value)]
    if sum(map(len, parts)) > MAX_EVENT_BYTES:
        return None
    digest = blake2b(digest_size=16)
    for part in parts:
        digest.update(len(part).to_bytes(4) + part)
    return digest.digest()


class Replies:
    """Takes records of partners' reply topics."""

    def __init__(self, db: Database, rules: Rules, *, burst: int = 200, patience: Patience | None = None) -> None:
        self._db = db
        self._rules = rules
        self._haste = RateLimit(burst=burst, per_second=burst / 4)
        self._patience = patience or Patience()

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
            if not answer.kept:
                UNKEPT.inc()

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
            try:
                self._haste.take(str(partner_id))
            except RateLimited as haste:
                return await self._put_off(partner_id, reply_id, haste)
            try:
                with self._patience.judging(partner_id) as judging:
                    return await self._judge(judging, record, partner_id, reply_id, reply_type, body)
            except RateLimited as haste:
                return await self._of_a_job(record, partner_id, reply_id, reply_type, body) or _left(reply_id, haste)

    async def _judge(
        self, judging: Judging, record: Record, partner_id: PartnerId, reply_id: str, reply_type: str, body: bytes
    ) -> Answer:
        came = Came(_appended_at(record))
        answer = await replies.take_reply(
            self._db, self._rules, partner_id, reply_id, body, reply_type, came, by_topic=True
        )
        judging.changed = answer.changed
        return answer

    async def _of_a_job(
        self, record: Record, partner_id: PartnerId, reply_id: str, reply_type: str, body: bytes
    ) -> Answer | None:
        """In the midst of a flood: the answer to what is about a job that the company may do something for; to all else none."""
        try:
            job_id = read_reply(reply_type, body).job_id
            with self._patience.judging_of(partner_id, job_id) as judging:
                async with self._db.acquire() as conn:
                    if not await offers.may_be_about(conn, partner_id, job_id, SEEKING | ON_TRIP):
                        return None
                return await self._judge(judging, record, partner_id, reply_id, reply_type, body)
        except (ReplyRefused, RateLimited):
            return None

    async def _put_off(self, partner_id: PartnerId, reply_id: str, haste: RateLimited) -> Answer:
        """A flood costs no transaction each: some are told, the others are left, to be sent again."""
        if not self._rules.may_keep(partner_id):
            return _left(reply_id, haste)
        try:
            with self._patience.judging(partner_id):
                async with transaction(self._db) as conn:
                    return await replies.refuse(conn, partner_id, reply_id, RefusalCode.RATE_LIMITED, _later(haste))
        except RateLimited:
            return _left(reply_id, haste)


def _left(reply_id: str, haste: RateLimited) -> Answer:
    return Answer(reply_id, None, RefusalCode.RATE_LIMITED, _later(haste), kept=False)


def _later(haste: RateLimited) -> str:
    return f"too many replies; send it again after {haste.retry_after_ms} ms"


def _appended_at(record: Record) -> datetime | None:
    if record.appended_at_ms is None:
        return None
    return datetime.fromtimestamp(record.appended_at_ms / 1_000, UTC)


class Positions:
    """Takes records of partners' location topics. They are written with others a moment later: nobody is told what became of them, and who
    reads on does not wait."""

    def __init__(self, where: Places, *, burst: int = 500) -> None:
        self._where = where
        self._haste = RateLimit(burst=burst, per_second=burst / 2.5)

    async def take(self, record: Record) -> None:
        partner_id = partner_of(record.topic)
        if partner_id is None:
            return
        try:
            self._haste.take(str(partner_id))
            self._where.take(partner_id, positions.read(bytes(record.value or b"")))
        except RateLimited:
            POSITIONS.labels("rate_limited").inc()
        except ReplyRefused as refused:
            POSITIONS.labels(str(refused.code).lower()).inc()
        except Exception:  # noqa: BLE001 - a bug on one place must not stop the others
            _log.exception("a position was dropped", extra={"topic": record.topic, "offset": record.offset})
            POSITIONS_FAILED.inc()
