"""SQL of messages that wait: who takes which to be sent, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from msgspec import json

from services.contracts.amounts import Language
from services.kit.database.db import Connection, Row, only_row
from services.kit.messaging.inbox_store import storable
from services.people.domain.ids import MessageId
from services.people.domain.sending import LEASE_S, Step
from services.people.messages.port import Message, Subscription

_OPEN = "sent_at IS NULL AND failed_at IS NULL"
IS_CODE = "kind LIKE '%\\_code'"
_ASKED_AGAIN = "interval '15 minutes'"


@dataclass(frozen=True, slots=True)
class Unrouted:
    """A message whose channel is none of those there are; which it may go by, if that was said, and how many codes its number was sent
    of late."""

    id: MessageId
    is_code: bool
    channels: tuple[str, ...] | None
    sent_before: int


@dataclass(frozen=True, slots=True)
class Taken:
    """Held until `leased_until`, which tells this holder from another."""

    id: MessageId
    message: Message
    channels: tuple[str, ...]
    tried: int
    leased_until: datetime
    is_code: bool


@dataclass(frozen=True, slots=True)
class Share:
    """What a lane may take now, at most. Notices leave room for codes, in the lane and in the day's budget; `pace_s` is between two
    notices to one person."""

    codes: int
    notices: int
    a_day: int
    notices_a_day: int
    pace_s: float


@dataclass(frozen=True, slots=True)
class Waiting:
    channel: str
    is_code: bool
    count: int
    oldest_s: float


async def unrouted(conn: Connection, configured: Sequence[str], limit: int = 100) -> list[Unrouted]:
    rows = await conn.fetch(
        f"""SELECT m.id, m.channels, {IS_CODE} AS is_code, (
               SELECT count(*) FROM messages b WHERE b.phone = m.phone AND b.{IS_CODE} AND b.sent_at IS NOT NULL
               AND b.created_at > wlijo_now() - {_ASKED_AGAIN}) AS sent_before
           FROM messages m WHERE {_OPEN} AND (m.channel IS NULL OR m.channel <> ALL($1::text[]))
           ORDER BY m.not_before LIMIT $2 FOR UPDATE OF m SKIP LOCKED""",
        list(configured),
        limit,
    )
    return [
        Unrouted(
            MessageId(row["id"]),
            row["is_code"],
            None if row["channels"] is None else tuple(row["channels"]),
            row["sent_before"],
        )
        for row in rows
    ]


async def route(conn: Connection, channels: Mapping[MessageId, Sequence[str]]) -> None:
    ways = [json.encode(list(each)).decode() for each in channels.values()]
    await conn.execute(
        """UPDATE messages m SET channel = w.way::jsonb ->> 0, channels = ARRAY(SELECT jsonb_array_elements_text(w.way::jsonb))
           FROM unnest($1::uuid[], $2::text[]) AS w (id, way) WHERE m.id = w.id""",
        list(channels),
        ways,
    )


@dataclass(frozen=True, slots=True)
class Work:
    """Whether there are messages whose channel is to be decided, whose time is over, and which their channel did not deliver."""

    unrouted: bool
    late: bool
    unheard: bool


TO_SEND = "message_to_send"
"""Who gives messages out is woken by it, for a code: somebody waits."""
GIVEN_OUT = "message_given_out"
"""Who sends is."""

# A notice of which nothing was said, and that none had: it goes by those that all notices go by. Whoever else gives out passes it by.
_PLAIN = f"m.channel IS NULL AND m.channels IS NULL AND NOT m.{IS_CODE}"
_WORK = f"""
WITH plain AS MATERIALIZED (
    SELECT m.id FROM messages m WHERE {_OPEN} AND {_PLAIN} AND cardinality($2::text[]) > 0
    ORDER BY m.not_before LIMIT $3 FOR UPDATE OF m SKIP LOCKED
), given_out AS (
    UPDATE messages m SET channel = ($2::text[])[1], channels = $2 FROM plain WHERE m.id = plain.id
)
SELECT EXISTS (SELECT FROM messages m WHERE {_OPEN} AND (m.channel IS NULL OR m.channel <> ALL($1::text[]))
               AND NOT ({_PLAIN} AND cardinality($2::text[]) > 0)) AS unrouted,
       EXISTS (SELECT FROM messages WHERE {_OPEN} AND expires_at <= (SELECT wlijo_now())
               AND (leased_until IS NULL OR leased_until <= wlijo_now())) AS late,
       EXISTS (SELECT FROM messages WHERE receipt_by <= (SELECT wlijo_now())) AS unheard"""


async def work(conn: Connection, configured: Sequence[str], notices: Sequence[str], limit: int = 100) -> Work:
    """What there is to do, once notices that go by the channels of all are given out to them; a look that finds none writes nothing."""
    row = await only_row(conn, _WORK, list(configured), list(notices), limit)
    return Work(row["unrouted"], row["late"], row["unheard"])


async def take(conn: Connection, channel: str, share: Share) -> list[Taken]:
    """Messages that are due, held by a lease. Others who take of this channel wait meanwhile, so its budget and the pace of a number are
    kept by all workers together."""
    rows = await conn.fetch(
        """SELECT m.*, wlijo_now() AS asked_at, (
               SELECT array_agg(ARRAY[endpoint, p256dh, auth]) FROM push_subscription s WHERE s.person_id = m.person_id) AS browsers
           FROM messages_taken($1, $2, $3, $4, $5, $6, $7) AS m""",
        channel,
        share.codes,
        share.notices,
        share.a_day,
        share.notices_a_day,
        share.pace_s,
        LEASE_S,
    )
    return [_taken(row) for row in rows]


def _taken(row: Row) -> Taken:
    message = Message(
        id=row["id"],
        kind=row["kind"],
        language=Language(row["language"].upper()),
        text=row["text"],
        asked_at=row["asked_at"],
        expires_at=row["expires_at"],
        phone=row["phone"],
        code=row["code"],
        subscriptions=tuple(Subscription(*each) for each in row["browsers"] or ()),
    )
    return Taken(
        MessageId(row["id"]),
        message,
        tuple(row["channels"]),
        row["tried"],
        row["leased_until"],
        row["kind"].endswith("_code"),
    )


@dataclass(frozen=True, slots=True)
class Left:
    """What was sent. With `receipt_s` its provider will tell whether it was delivered, by the reference, or by the message's id when it
    gave none; for so long the words are kept if another channel is left for them."""

    taken: Taken
    reference: str
    receipt_s: float | None


_AWAITS = "l.receipt_s IS NOT NULL AND cardinality(m.channels) > 1"
_WERE_SENT = f"""
WITH held AS MATERIALIZED (
    SELECT l.* FROM messages m
    JOIN unnest($1::uuid[], $2::text[], $3::float8[]) AS l (id, reference, receipt_s) USING (id) ORDER BY m.id FOR UPDATE OF m
), sent AS (
    UPDATE messages m SET sent_at = wlijo_now(), failed_at = NULL, channel = $4, reference = l.reference, leased_until = NULL,
           receipt_by = CASE WHEN {_AWAITS} THEN least(expires_at, wlijo_now() + make_interval(secs => l.receipt_s)) END,
           code = CASE WHEN {_AWAITS} THEN code END, text = CASE WHEN $5 OR {_AWAITS} THEN text ELSE '' END
    FROM held l WHERE m.id = l.id AND m.sent_at IS NULL RETURNING m.id, m.notice_id, m.sent_at, l.reference, l.receipt_s
), receipt AS (
    INSERT INTO message_receipt (channel, reference, message_id, sent_at)
    SELECT $4, coalesce(nullif(reference, ''), id::text), id, sent_at FROM sent WHERE receipt_s IS NOT NULL
    ON CONFLICT (channel, reference) DO NOTHING
)
UPDATE notice SET outcome = 'TOLD', channel = $4, told_at = sent.sent_at FROM sent WHERE notice.id = sent.notice_id"""


async def were_sent(conn: Connection, channel: str, left: Sequence[Left], *, keeps_text: bool) -> None:
    """By this channel, whoever holds each by now; one that was sent before stays as that has left it."""
    await conn.execute(
        _WERE_SENT,
        [each.taken.id for each in left],
        [storable(each.reference)[:500] for each in left],
        [each.receipt_s for each in left],
        channel,
        keeps_text,
    )


async def goes_on(conn: Connection, taken: Taken, step: Step) -> None:
    await conn.execute(
        """UPDATE messages SET channel = $3, channels = $4, leased_until = NULL, not_before = wlijo_now() + $5 * interval '1 second'
           WHERE id = $1 AND leased_until = $2""",
        taken.id,
        taken.leased_until,
        step.channel,
        list(step.channels),
        step.pause_s,
    )


async def has_failed(conn: Connection, taken: Taken) -> None:
    await conn.execute(
        """WITH failed AS (
               UPDATE messages SET failed_at = wlijo_now(), leased_until = NULL, code = NULL, text = ''
               WHERE id = $1 AND leased_until = $2 RETURNING notice_id)
           UPDATE notice SET outcome = 'FAILED' FROM failed WHERE notice.id = failed.notice_id AND outcome = 'WAITING'""",
        taken.id,
        taken.leased_until,
    )


async def has_no_way(conn: Connection, id: MessageId) -> None:
    """None of the channels that it may go by is there."""
    await conn.execute(
        """WITH failed AS (
               UPDATE messages SET failed_at = wlijo_now(), code = NULL, text = '' WHERE id = $1 RETURNING notice_id)
           UPDATE notice SET outcome = 'FAILED' FROM failed WHERE notice.id = failed.notice_id AND outcome = 'WAITING'""",
        id,
    )


async def expire(conn: Connection, limit: int = 1_000) -> list[bool]:
    """Those whose time is over are not sent; of each whether it was a code. One that is being sent is left to who sends it."""
    rows = await conn.fetch(
        f"""WITH late AS (
               UPDATE messages SET failed_at = wlijo_now(), code = NULL, text = '' WHERE id IN (
                   SELECT id FROM messages WHERE {_OPEN} AND expires_at <= (SELECT wlijo_now())
                   AND (leased_until IS NULL OR leased_until <= wlijo_now()) ORDER BY expires_at LIMIT $1 FOR UPDATE SKIP LOCKED)
               RETURNING notice_id, {IS_CODE} AS is_code),
           told AS (UPDATE notice SET outcome = 'LATE' WHERE id IN (SELECT notice_id FROM late) AND outcome = 'WAITING')
           SELECT is_code FROM late""",
        limit,
    )
    return [row["is_code"] for row in rows]


async def end_subscriptions(conn: Connection, endpoints: Sequence[str]) -> None:
    await conn.execute("DELETE FROM push_subscription WHERE endpoint = ANY($1::text[])", list(endpoints))


async def waiting(conn: Connection) -> list[Waiting]:
    """What is due and not sent, by channel ('' when it has none yet), and how long the oldest of it has been."""
    rows = await conn.fetch(
        f"""SELECT coalesce(channel, '') AS channel, {IS_CODE} AS is_code, count(*) AS count,
                   extract(epoch FROM wlijo_now() - min(greatest(not_before, created_at)))::float AS oldest_s
           FROM messages WHERE {_OPEN} AND not_before <= (SELECT wlijo_now()) GROUP BY 1, 2"""
    )
    return [Waiting(row["channel"], row["is_code"], row["count"], row["oldest_s"]) for row in rows]


async def taken_today(conn: Connection) -> dict[str, int]:
    rows = await conn.fetch(
        "SELECT channel, taken FROM message_day WHERE day = (wlijo_now() AT TIME ZONE 'Asia/Jakarta')::date"
    )
    return {row["channel"]: row["taken"] for row in rows}


async def forget_days(conn: Connection) -> None:
    await conn.execute("DELETE FROM message_day WHERE day < (wlijo_now() AT TIME ZONE 'Asia/Jakarta')::date - 60")


@dataclass(frozen=True, slots=True)
class Shown:
    """A message as the inbox shows it."""

    phone: str
    kind: str
    text: str
    sent_at: datetime


async def inbox(conn: Connection, phone: str | None, limit: int = 100) -> list[Shown]:
    """The newest first; of one number when it is named."""
    of_one = "" if phone is None else "AND phone = $2"
    rows = await conn.fetch(
        f"""SELECT phone, kind, text, sent_at FROM messages
            WHERE channel = 'inbox' AND sent_at IS NOT NULL {of_one} ORDER BY sent_at DESC, id DESC LIMIT $1""",
        limit,
        *(() if phone is None else (phone,)),
    )
    return [Shown(row["phone"] or "", row["kind"], row["text"], row["sent_at"]) for row in rows]
