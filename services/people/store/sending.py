"""SQL of messages that wait: who takes which to be sent, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.contracts.amounts import Language
from services.kit.database.db import Connection, Row, only_row
from services.people.domain.ids import MessageId
from services.people.domain.sending import LEASE_S, Step
from services.people.messages.port import Message, Subscription

_OPEN = "sent_at IS NULL AND failed_at IS NULL"
IS_CODE = "kind LIKE '%\\_code'"
_DUE = f"""channel = $1 AND {_OPEN} AND not_before <= (SELECT wlijo_now()) AND expires_at > wlijo_now()
           AND (leased_until IS NULL OR leased_until <= wlijo_now())"""
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


async def route(conn: Connection, id: MessageId, channels: Sequence[str]) -> None:
    await conn.execute("UPDATE messages SET channel = $2, channels = $3 WHERE id = $1", id, channels[0], list(channels))


async def take(conn: Connection, channel: str, share: Share) -> list[Taken]:
    """Messages that are due, held by a lease. Others who take of this channel wait meanwhile, so its budget and the pace of a number are
    kept by all workers together."""
    day = await only_row(
        conn,
        """INSERT INTO message_day AS d (day, channel) VALUES ((wlijo_now() AT TIME ZONE 'Asia/Jakarta')::date, $1)
           ON CONFLICT (day, channel) DO UPDATE SET taken = d.taken RETURNING day, taken""",
        channel,
    )
    ids = await _due_codes(conn, channel, max(0, min(share.codes, share.a_day - day["taken"])))
    notices = min(share.notices - len(ids), share.notices_a_day - day["taken"] - len(ids))
    ids += await _due_notices(conn, channel, max(0, notices), share.pace_s)
    rows = await _lease(conn, ids)
    if rows:
        await conn.execute(
            "UPDATE message_day SET taken = taken + $3 WHERE day = $1 AND channel = $2", day["day"], channel, len(rows)
        )
    return [_taken(row) for row in rows]


async def _due_codes(conn: Connection, channel: str, limit: int) -> list[MessageId]:
    rows = await conn.fetch(
        f"SELECT id FROM messages WHERE {_DUE} AND {IS_CODE} ORDER BY not_before LIMIT $2 FOR UPDATE SKIP LOCKED",
        channel,
        limit,
    )
    return [MessageId(row["id"]) for row in rows]


async def _due_notices(conn: Connection, channel: str, limit: int, pace_s: float) -> list[MessageId]:
    """One of a person at a time, and none while another to them is under way or was sent just now."""
    rows = await conn.fetch(
        f"""SELECT id, person_id FROM messages m WHERE {_DUE} AND NOT {IS_CODE} AND NOT EXISTS (
               SELECT FROM messages b WHERE b.person_id = m.person_id AND b.channel = $1 AND b.id <> m.id
               AND b.created_at > wlijo_now() - interval '2 days'
               AND (b.sent_at > wlijo_now() - $3 * interval '1 second'
                    OR (b.sent_at IS NULL AND b.failed_at IS NULL AND b.leased_until > wlijo_now())))
           ORDER BY not_before LIMIT $2 FOR UPDATE SKIP LOCKED""",
        channel,
        limit,
        pace_s,
    )
    found: dict[object, MessageId] = {}
    for row in rows:
        found.setdefault(row["person_id"] or row["id"], MessageId(row["id"]))
    return list(found.values())


async def _lease(conn: Connection, ids: Sequence[MessageId]) -> list[Row]:
    if not ids:
        return []
    return await conn.fetch(
        """UPDATE messages m SET leased_until = wlijo_now() + $2 * interval '1 second', tried = tried + 1,
                  phone = CASE WHEN person_id IS NULL THEN phone ELSE (
                      SELECT number FROM phone n WHERE n.person_id = m.person_id) END
           WHERE id = ANY($1::uuid[])
           RETURNING *, wlijo_now() AS asked_at, (
               SELECT array_agg(ARRAY[endpoint, p256dh, auth]) FROM push_subscription s WHERE s.person_id = m.person_id) AS browsers""",
        list(ids),
        LEASE_S,
    )


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


async def was_sent(
    conn: Connection, taken: Taken, channel: str, reference: str, *, keeps_text: bool, receipt_s: float | None
) -> None:
    """Whoever holds it by now: it has been sent. With `receipt_s` its provider will tell whether it was delivered, by the reference, or by
    the message's id when it gave none; for so long the words are kept if another channel is left for them."""
    awaits = "$5::float8 IS NOT NULL AND cardinality(channels) > 1"
    await conn.execute(
        f"""WITH sent AS (
               UPDATE messages SET sent_at = wlijo_now(), failed_at = NULL, channel = $2, reference = $3, leased_until = NULL,
                      receipt_by = CASE WHEN {awaits} THEN least(expires_at, wlijo_now() + make_interval(secs => $5)) END,
                      code = CASE WHEN {awaits} THEN code END, text = CASE WHEN $4 OR {awaits} THEN text ELSE '' END
               WHERE id = $1 AND sent_at IS NULL RETURNING id, notice_id, sent_at),
           receipt AS (
               INSERT INTO message_receipt (channel, reference, message_id, sent_at)
               SELECT $2, coalesce(nullif($3, ''), id::text), id, sent_at FROM sent WHERE $5 IS NOT NULL
               ON CONFLICT (channel, reference) DO NOTHING)
           UPDATE notice SET outcome = 'TOLD', channel = $2, told_at = sent.sent_at FROM sent WHERE notice.id = sent.notice_id""",
        taken.id,
        channel,
        reference[:500],
        keeps_text,
        receipt_s,
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
