"""What a company sees of its webhook: what waits, and what became of what was posted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.contracts.delivery import PartnerId
from services.delivery.domain.webhook import MOST_ATTEMPTS_SHOWN, MessageStatus, WebhookId
from services.kit.database.db import Connection
from services.kit.ids import EventId


@dataclass(frozen=True, slots=True)
class AttemptView:
    at: datetime
    took_ms: int
    status: int | None
    error: str | None
    excerpt: str | None


@dataclass(frozen=True, slots=True)
class MessageView:
    event_id: EventId
    type: str
    subject: str
    told_at: datetime
    status: MessageStatus
    tried: int
    next_at: datetime | None
    attempts: list[AttemptView]


async def waiting(conn: Connection, webhook_ids: Sequence[WebhookId]) -> dict[WebhookId, int]:
    rows = await conn.fetch(
        """SELECT webhook_id, count(*) AS n FROM webhook_message WHERE webhook_id = ANY($1::uuid[]) AND status = 'WAITING'
           GROUP BY webhook_id""",
        webhook_ids,
    )
    return {WebhookId(row["webhook_id"]): row["n"] for row in rows}


async def waiting_since(conn: Connection, webhook_ids: Sequence[WebhookId]) -> dict[WebhookId, datetime]:
    """When the oldest of what waits was told; at most a thousand of each are there."""
    rows = await conn.fetch(
        """SELECT webhook_id, min(told_at) AS since FROM webhook_message
           WHERE webhook_id = ANY($1::uuid[]) AND status = 'WAITING' GROUP BY webhook_id""",
        webhook_ids,
    )
    return {WebhookId(row["webhook_id"]): row["since"] for row in rows}


async def heard_at(conn: Connection, partner_ids: Sequence[PartnerId]) -> dict[PartnerId, datetime]:
    """When each replied last, by whatever way; of those who did in the days for which replies are kept."""
    rows = await conn.fetch(
        """SELECT p.id, r.answered_at FROM unnest($1::uuid[]) AS p (id) CROSS JOIN LATERAL (
               SELECT answered_at FROM reply_inbox WHERE partner_id = p.id ORDER BY answered_at DESC LIMIT 1) AS r""",
        partner_ids,
    )
    return {PartnerId(row["id"]): row["answered_at"] for row in rows}


async def messages(
    conn: Connection, webhook_id: WebhookId, limit: int, *, failed_only: bool = False
) -> list[MessageView]:
    """The newest first, each with its last attempts."""
    rows = await conn.fetch(
        """SELECT event_id, type, subject, told_at, status, attempts, next_at FROM webhook_message
           WHERE webhook_id = $1 AND (NOT $3 OR (status <> 'SENT' AND attempts > 0)) ORDER BY place DESC LIMIT $2""",
        webhook_id,
        limit,
        failed_only,
    )
    tried = await conn.fetch(
        """SELECT a.* FROM unnest($2::uuid[]) AS m (event_id) CROSS JOIN LATERAL (
               SELECT * FROM webhook_attempt t WHERE t.webhook_id = $1 AND t.event_id = m.event_id ORDER BY t.id DESC LIMIT $3) AS a
           ORDER BY a.id DESC""",
        webhook_id,
        [row["event_id"] for row in rows],
        MOST_ATTEMPTS_SHOWN,
    )
    attempts: dict[UUID, list[AttemptView]] = {}
    for row in tried:
        seen = AttemptView(row["at"], row["took_ms"], row["status"], row["error"], row["excerpt"])
        attempts.setdefault(row["event_id"], []).append(seen)
    return [
        MessageView(
            EventId(row["event_id"]),
            row["type"],
            row["subject"],
            row["told_at"],
            MessageStatus(row["status"]),
            row["attempts"],
            row["next_at"] if row["status"] == MessageStatus.WAITING else None,
            attempts.get(row["event_id"], []),
        )
        for row in rows
    ]
