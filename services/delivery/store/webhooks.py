"""SQL of webhooks: a company's endpoint, what waits for it, and what became of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.contracts.delivery import SOURCE, PartnerId
from services.delivery.domain.caller import Caller
from services.delivery.domain.webhook import (
    KEPT_DAYS,
    MAX_EXCERPT,
    Attempt,
    Message,
    PausedBy,
    Webhook,
    WebhookId,
    WebhookStatus,
)
from services.delivery.store.partners import CONNECTED, TAKES_PART
from services.kit.database.db import Connection, Row, only_row
from services.kit.ids import EventId
from services.kit.messaging.envelope import Envelope
from services.kit.messaging.outbox_store import envelope_of

NEW = "webhooks"
"""Who watches this is woken when an endpoint was entered, or goes on."""
_EVENT = "seq, id, topic, aggregate, aggregateseq, key, type, stream, epoch, traceparent, payload, created_at"
_COLUMNS = """w.id, w.partner_id, w.url, w.status, w.paused_by, w.secret, w.both_until, w.made_at, w.failures, w.failing_since,
    w.resting_until, w.told_at, w.delivered_at"""


@dataclass(frozen=True, slots=True)
class New:
    """A message to be."""

    event_id: EventId
    place: int
    seq: int
    subject: str
    type: str
    told_at: datetime
    until: datetime


def _webhook(row: Row) -> Webhook:
    return Webhook(
        WebhookId(row["id"]),
        PartnerId(row["partner_id"]),
        row["url"],
        WebhookStatus(row["status"]),
        PausedBy(row["paused_by"]) if row["paused_by"] else None,
        row["secret"],
        row["both_until"],
        row["made_at"],
        row["failures"],
        row["failing_since"],
        row["resting_until"],
        row["told_at"],
        row["delivered_at"],
    )


async def of_partners(conn: Connection, partner_ids: Sequence[PartnerId]) -> list[Webhook]:
    rows = await conn.fetch(f"SELECT {_COLUMNS} FROM webhook w WHERE w.partner_id = ANY($1::uuid[])", partner_ids)
    return [_webhook(row) for row in rows]


async def seen(conn: Connection, caller: Caller, partner_ids: Sequence[PartnerId]) -> list[Webhook]:
    """Of those whose people the caller is of, for operators of all."""
    rows = await conn.fetch(
        f"""SELECT {_COLUMNS} FROM webhook w WHERE w.partner_id = ANY($3::uuid[]) AND ($2 OR EXISTS (
                SELECT FROM partner_member m WHERE m.partner_id = w.partner_id AND m.subject = $1))""",
        caller.person,
        caller.ops,
        partner_ids,
    )
    return [_webhook(row) for row in rows]


async def lock(conn: Connection, partner_id: PartnerId) -> Webhook | None:
    row = await conn.fetchrow(f"SELECT {_COLUMNS} FROM webhook w WHERE w.partner_id = $1 FOR NO KEY UPDATE", partner_id)
    return _webhook(row) if row else None


async def insert(
    conn: Connection, webhook_id: WebhookId, partner_id: PartnerId, url: str, read_to: str, *, by: str
) -> Webhook:
    row = await only_row(
        conn,
        f"""INSERT INTO webhook AS w (id, partner_id, url, made_at, made_by, read_to)
            VALUES ($1, $2, $3, wlijo_now(), $4, $5) RETURNING {_COLUMNS}""",
        webhook_id,
        partner_id,
        url,
        by,
        read_to,
    )
    return _webhook(row)


async def set_url(conn: Connection, webhook_id: WebhookId, url: str) -> None:
    """What was wrong with the address before says nothing of this one."""
    await conn.execute(
        """UPDATE webhook SET url = $2, failures = 0, failing_since = NULL, resting_until = NULL WHERE id = $1""",
        webhook_id,
        url,
    )
    await conn.execute(
        "UPDATE webhook_message SET next_at = wlijo_now() WHERE webhook_id = $1 AND status = 'WAITING'", webhook_id
    )


async def rotate(conn: Connection, webhook_id: WebhookId, both_s: int) -> int:
    number: int = await conn.fetchval(
        """UPDATE webhook SET secret = secret + 1, both_until = wlijo_now() + make_interval(secs => $2) WHERE id = $1
           RETURNING secret""",
        webhook_id,
        both_s,
    )
    return number


async def pause(conn: Connection, webhook_id: WebhookId, by: PausedBy | None) -> None:
    """None: it goes on, and has not failed yet."""
    await conn.execute(
        """UPDATE webhook SET status = CASE WHEN $2::text IS NULL THEN 'ACTIVE' ELSE 'PAUSED' END, paused_by = $2, failures = 0,
               failing_since = NULL, resting_until = NULL WHERE id = $1""",
        webhook_id,
        by,
    )


async def remove(conn: Connection, webhook_id: WebhookId) -> None:
    await conn.execute("DELETE FROM webhook WHERE id = $1", webhook_id)


async def newest(conn: Connection, topic: str) -> str:
    """The cursor from which on nothing is told yet; "" when nothing ever was."""
    found: UUID | None = await conn.fetchval(
        """SELECT id FROM (
               (SELECT id, seq FROM outbox WHERE topic = $1 AND topic LIKE 'partner.%' ORDER BY seq DESC LIMIT 1)
               UNION ALL
               (SELECT id, seq FROM outbox_archive WHERE topic = $1 AND topic LIKE 'partner.%' ORDER BY seq DESC LIMIT 1)
           ) AS either ORDER BY seq DESC LIMIT 1""",
        topic,
    )
    return str(EventId(found)) if found else ""


# -- lanes ------------------------------------------------------------------------------------------------------------


async def hold(conn: Connection, holder: UUID, seconds: float) -> list[tuple[WebhookId, PartnerId]]:
    """Those that this worker sends for so long: its own, and those that nobody says to hold."""
    rows = await conn.fetch(
        f"""UPDATE webhook w SET held_by = $1, held_until = clock_timestamp() + make_interval(secs => $2)
            FROM partner p WHERE p.id = w.partner_id AND w.status = 'ACTIVE' AND {TAKES_PART} AND {CONNECTED}
                AND (w.held_by IS NULL OR w.held_by = $1 OR w.held_until < clock_timestamp()
                     OR w.held_until > clock_timestamp() + make_interval(secs => 2 * $2)) -- the server's clock was set back
            RETURNING w.id, w.partner_id""",
        holder,
        seconds,
    )
    return [(WebhookId(row["id"]), PartnerId(row["partner_id"])) for row in rows]


async def let_go(conn: Connection, holder: UUID) -> None:
    await conn.execute("UPDATE webhook SET held_by = NULL, held_until = NULL WHERE held_by = $1", holder)


async def sending(
    conn: Connection, webhook_id: WebhookId, holder: UUID
) -> tuple[Webhook, str, int, float, bool] | None:
    """It, up to where it has read, how many wait, how long it rests still, and whether two secrets sign. None when it is not to be sent
    to, or another worker does."""
    row = await conn.fetchrow(
        f"""SELECT {_COLUMNS}, w.read_to, greatest(extract(epoch FROM w.resting_until - wlijo_now())::float, 0) AS rests_s,
                w.both_until > wlijo_now() AS both,
                (SELECT count(*) FROM webhook_message m WHERE m.webhook_id = w.id AND m.status = 'WAITING') AS waiting
            FROM webhook w JOIN partner p ON p.id = w.partner_id
            WHERE w.id = $1 AND w.status = 'ACTIVE' AND w.held_by = $2 AND {TAKES_PART}""",
        webhook_id,
        holder,
    )
    if row is None:
        return None
    return _webhook(row), row["read_to"], row["waiting"], row["rests_s"] or 0.0, bool(row["both"])


async def take_in(conn: Connection, webhook_id: WebhookId, holder: UUID, told: Sequence[New], read_to: str) -> bool:
    """Events that were read, once each, and up to where it is read now; whether it is still this worker's."""
    moved = await conn.fetchval(
        "UPDATE webhook SET read_to = $3 WHERE id = $1 AND held_by = $2 RETURNING true", webhook_id, holder, read_to
    )
    if not moved:
        return False
    await conn.execute(
        """INSERT INTO webhook_message (webhook_id, event_id, place, seq, subject, type, told_at, until, next_at)
           SELECT $1, *, wlijo_now() FROM unnest($2::uuid[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::timestamptz[],
                                                 $8::timestamptz[])
           ON CONFLICT DO NOTHING""",
        webhook_id,
        [each.event_id for each in told],
        [each.place for each in told],
        [each.seq for each in told],
        [each.subject for each in told],
        [each.type for each in told],
        [each.told_at for each in told],
        [each.until for each in told],
    )
    return True


async def expire(conn: Connection, webhook_id: WebhookId) -> None:
    """What is past its time is not sent any more, and what was told after it may go."""
    await conn.execute(
        """UPDATE webhook_message SET status = 'EXPIRED', done_at = wlijo_now()
           WHERE webhook_id = $1 AND status = 'WAITING' AND until <= wlijo_now()""",
        webhook_id,
    )


async def due(
    conn: Connection, webhook_id: WebhookId, limit: int, but: Collection[str]
) -> tuple[list[Message], float | None]:
    """Of each subject the first that waits, if its time has come, and in how many seconds the next one's comes. `but`: subjects of which
    one is under way."""
    rows = await conn.fetch(
        """SELECT event_id, place, subject, until, attempts, extract(epoch FROM next_at - wlijo_now())::float AS in_s FROM (
               SELECT DISTINCT ON (subject) * FROM webhook_message
               WHERE webhook_id = $1 AND status = 'WAITING' AND NOT subject = ANY($2::text[]) ORDER BY subject, seq
           ) AS first ORDER BY next_at, place LIMIT $3 + 1""",
        webhook_id,
        list(but),
        limit,
    )
    ready = [
        Message(EventId(row["event_id"]), row["place"], row["subject"], row["until"], row["attempts"])
        for row in rows
        if row["in_s"] <= 0
    ]
    later = [row["in_s"] for row in rows if row["in_s"] > 0]
    return ready[:limit], min(later, default=None)


async def content(conn: Connection, place: int, event_id: EventId) -> Envelope | None:
    row = await conn.fetchrow(
        f"""SELECT {_EVENT} FROM outbox WHERE seq = $1 AND id = $2
            UNION ALL SELECT {_EVENT} FROM outbox_archive WHERE id = $2 AND topic LIKE 'partner.%' LIMIT 1""",
        place,
        event_id,
    )
    return envelope_of(row, SOURCE) if row else None


async def settle(
    conn: Connection, webhook_id: WebhookId, message: Message, attempt: Attempt, *, next_s: float | None
) -> None:
    """What became of it. `next_s`: it is tried again after so long, unless its time is over by then."""
    await conn.execute(
        """WITH tried AS (
               UPDATE webhook_message SET attempts = attempts + 1,
                   next_at = wlijo_now() + make_interval(secs => coalesce($8, 0)),
                   status = CASE WHEN $8::float8 IS NULL THEN 'SENT'
                                 WHEN wlijo_now() + make_interval(secs => $8) > until THEN 'EXPIRED' ELSE status END,
                   done_at = CASE WHEN $8::float8 IS NULL OR wlijo_now() + make_interval(secs => $8) > until THEN wlijo_now() END
               WHERE webhook_id = $1 AND event_id = $2 RETURNING webhook_id, event_id)
           INSERT INTO webhook_attempt (webhook_id, event_id, at, took_ms, status, error, excerpt)
           SELECT webhook_id, event_id, wlijo_now(), $3, $4, $5, left($6, $7) FROM tried""",
        webhook_id,
        message.event_id,
        attempt.took_ms,
        attempt.status,
        attempt.error,
        attempt.excerpt,
        MAX_EXCERPT,
        next_s,
    )


async def worked(conn: Connection, webhook_id: WebhookId) -> bool:
    """It has taken something: whether its people had been told that nothing gets through."""
    return bool(
        await conn.fetchval(
            """UPDATE webhook SET failures = 0, failing_since = NULL, resting_until = NULL, delivered_at = wlijo_now()
               WHERE id = $1 RETURNING told_at IS NOT NULL""",
            webhook_id,
        )
    )


async def failed(conn: Connection, webhook_id: WebhookId) -> tuple[int, float, bool]:
    """How often in a row by now, for how many seconds, and whether its people were told."""
    row = await conn.fetchrow(
        """UPDATE webhook SET failures = failures + 1, failing_since = coalesce(failing_since, wlijo_now()) WHERE id = $1
           RETURNING failures, extract(epoch FROM wlijo_now() - failing_since)::float AS for_s, told_at IS NOT NULL AS told""",
        webhook_id,
    )
    return (row["failures"], row["for_s"], row["told"]) if row else (0, 0.0, True)


async def rest(conn: Connection, webhook_id: WebhookId, seconds: float) -> None:
    await conn.execute(
        "UPDATE webhook SET resting_until = wlijo_now() + make_interval(secs => $2) WHERE id = $1", webhook_id, seconds
    )


async def note_told(conn: Connection, webhook_id: WebhookId, after_s: float) -> bool:
    """Whether there is news for its people: nothing has got through for so long or it is gone, or something does again."""
    return bool(
        await conn.fetchval(
            """UPDATE webhook SET told_at = CASE WHEN told_at IS NULL THEN wlijo_now() END
               WHERE id = $1 AND (told_at IS NULL) = (paused_by IS NOT DISTINCT FROM 'ENDPOINT'
                     OR (failing_since IS NOT NULL AND failing_since <= wlijo_now() - make_interval(secs => $2))) RETURNING true""",
            webhook_id,
            after_s,
        )
    )


async def forget(conn: Connection, limit: int) -> int:
    """Messages that nobody is shown any more, with their attempts."""
    done: str = await conn.execute(
        """DELETE FROM webhook_message WHERE (webhook_id, event_id) IN (
               SELECT webhook_id, event_id FROM webhook_message
               WHERE told_at < wlijo_now() - make_interval(days => $2) - interval '1 day' LIMIT $1 FOR UPDATE SKIP LOCKED)""",
        limit,
        KEPT_DAYS,
    )
    return int(done.rpartition(" ")[2])


async def now(conn: Connection) -> datetime:
    """On our clock, which local and test mode can move."""
    at: datetime = await conn.fetchval("SELECT wlijo_now()")
    return at


async def send_again(conn: Connection, webhook_id: WebhookId, event_id: EventId) -> bool:
    """From now on, for a day; whether there is such a message that can still be read."""
    return bool(
        await conn.fetchval(
            """UPDATE webhook_message SET status = 'WAITING', next_at = wlijo_now(), done_at = NULL,
                   until = greatest(until, wlijo_now() + interval '1 day')
               WHERE webhook_id = $1 AND event_id = $2 AND told_at > wlijo_now() - make_interval(days => $3) RETURNING true""",
            webhook_id,
            event_id,
            KEPT_DAYS,
        )
    )
