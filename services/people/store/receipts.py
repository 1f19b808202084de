"""SQL of what providers tell of messages that they took, and of those of which they told nothing in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.kit.database.db import Connection
from services.people.domain.ids import MessageId
from services.people.domain.sending import Step
from services.people.store.sending import IS_CODE

_HEARD = """UPDATE message_receipt SET outcome = '{outcome}', heard_at = wlijo_now() WHERE (channel, reference) IN (
               SELECT channel, reference FROM message_receipt WHERE channel = $1 AND reference = ANY($2::text[]) AND outcome IS NULL
               ORDER BY reference FOR UPDATE) RETURNING channel, message_id, sent_at"""


@dataclass(frozen=True, slots=True)
class Unheard:
    """A message that its channel took and did not deliver, or of which it told nothing in time. It can be said again while `is_of_use`:
    the words are there, its time is not over, no other channel has delivered it, no code has proved the number since, and nobody has read
    the notice."""

    id: MessageId
    channel: str
    channels: tuple[str, ...]
    tried: int
    is_code: bool
    is_undelivered: bool
    is_of_use: bool


async def known(conn: Connection, channel: str, references: Sequence[str]) -> set[str]:
    """Those of them that are a message's, whatever was told of it before."""
    rows = await conn.fetch(
        "SELECT reference FROM message_receipt WHERE channel = $1 AND reference = ANY($2::text[])",
        channel,
        list(references),
    )
    return {row["reference"] for row in rows}


async def delivered(conn: Connection, channel: str, references: Sequence[str]) -> int:
    """How many of them that is new of. One that was to be said by another channel, and was not yet, need not be."""
    return int(
        await conn.fetchval(
            f"""WITH heard AS ({_HEARD.format(outcome="DELIVERED")}),
                done AS (
                    UPDATE messages m SET delivered_at = wlijo_now(), receipt_by = NULL, code = NULL, text = '', failed_at = NULL,
                           channel = CASE WHEN m.sent_at IS NULL THEN heard.channel ELSE m.channel END,
                           sent_at = coalesce(m.sent_at, heard.sent_at)
                    FROM heard WHERE m.id = heard.message_id AND (m.leased_until IS NULL OR m.leased_until <= wlijo_now())
                    RETURNING m.notice_id, m.channel, m.sent_at),
                told AS (
                    UPDATE notice SET outcome = 'TOLD', channel = done.channel, told_at = done.sent_at
                    FROM done WHERE notice.id = done.notice_id)
                SELECT count(*) FROM heard""",
            channel,
            list(references),
        )
    )


async def failed(conn: Connection, channel: str, references: Sequence[str]) -> int:
    """How many of them that is new of. The worker finds them as it finds those whose time to be heard of is over."""
    return int(
        await conn.fetchval(
            f"""WITH heard AS ({_HEARD.format(outcome="FAILED")}),
                due AS (
                    UPDATE messages m SET receipt_by = wlijo_now(), undelivered = true
                    FROM heard WHERE m.id = heard.message_id AND m.channel = heard.channel AND m.sent_at IS NOT NULL
                    AND m.delivered_at IS NULL)
                SELECT count(*) FROM heard""",
            channel,
            list(references),
        )
    )


async def unheard(conn: Connection, limit: int = 100) -> list[Unheard]:
    rows = await conn.fetch(
        f"""SELECT m.id, m.channel, m.channels, m.tried, m.undelivered, {IS_CODE} AS is_code,
                   m.text <> '' AND m.expires_at > wlijo_now()
                   AND NOT EXISTS (SELECT FROM sign_in_code c WHERE m.{IS_CODE} AND c.phone = m.phone AND c.used_at >= m.created_at)
                   AND NOT EXISTS (SELECT FROM message_receipt r WHERE r.message_id = m.id AND r.outcome = 'DELIVERED')
                   AND NOT EXISTS (SELECT FROM notice n WHERE n.id = m.notice_id AND n.read_at IS NOT NULL) AS is_of_use
            FROM messages m WHERE m.receipt_by <= (SELECT wlijo_now()) ORDER BY m.receipt_by LIMIT $1 FOR UPDATE OF m SKIP LOCKED""",
        limit,
    )
    return [
        Unheard(
            MessageId(row["id"]),
            row["channel"],
            tuple(row["channels"] or ()),
            row["tried"],
            row["is_code"],
            row["undelivered"],
            row["is_of_use"],
        )
        for row in rows
    ]


async def goes_on(conn: Connection, id: MessageId, step: Step) -> None:
    """It waits again, for the next channel."""
    await conn.execute(
        """WITH waiting AS (
               UPDATE messages SET sent_at = NULL, receipt_by = NULL, undelivered = false, channel = $2, channels = $3,
                      not_before = wlijo_now() WHERE id = $1 RETURNING notice_id)
           UPDATE notice SET outcome = 'WAITING', channel = NULL, told_at = NULL FROM waiting
           WHERE notice.id = waiting.notice_id AND outcome = 'TOLD'""",
        id,
        step.channel,
        list(step.channels),
    )


async def ends(conn: Connection, each: Unheard) -> None:
    """It is not said again. It has failed when its provider said so; else it stays as it is: sent, and nobody knows more."""
    await conn.execute(
        """WITH over AS (
               UPDATE messages SET receipt_by = NULL, code = NULL, text = '', undelivered = false,
                      sent_at = CASE WHEN $2 THEN NULL ELSE sent_at END, failed_at = CASE WHEN $2 THEN wlijo_now() END
               WHERE id = $1 RETURNING notice_id)
           UPDATE notice SET outcome = 'FAILED', channel = NULL, told_at = NULL FROM over
           WHERE notice.id = over.notice_id AND $2 AND outcome = 'TOLD'""",
        each.id,
        each.is_undelivered,
    )
