"""SQL of tickets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.contracts.claims import TicketCategory, TicketId
from services.contracts.ordering import OrderId
from services.kit.database.db import Connection, Row, only_row
from services.ordering.domain.history import ActorKind, By
from services.ordering.domain.ticket import FOR_STAFF, Standing, Ticket, TicketInput, TicketState

_FOR_STAFF = sorted(FOR_STAFF)


async def hold_opener(conn: Connection, subject: str) -> None:
    """Two tickets of one person at once cannot both be the last."""
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('ticket:' || $1, 0))", subject)


async def standing(conn: Connection, subject: str) -> tuple[datetime, Standing]:
    """With the present by the database's clock."""
    row = await only_row(
        conn,
        """SELECT wlijo_now() AS at,
                  (SELECT count(*) FROM ticket WHERE opener = $1 AND state IN ('OPEN', 'WAITING_FOR_OPENER', 'REOPENED')) AS open,
                  (SELECT count(*) FROM ticket WHERE opener = $1 AND opened_at > wlijo_now() - interval '1 day') AS today""",
        subject,
    )
    return row["at"], Standing(row["open"], row["today"])


async def is_test(conn: Connection, order_id: OrderId) -> bool:
    found: bool = await conn.fetchval("SELECT test FROM orders WHERE id = $1", order_id)
    return found


async def part_in(conn: Connection, order_id: OrderId, subject: str) -> ActorKind | None:
    """What the person is to the order: its buyer, one of a merchant's people, or one of those who ride it."""
    found = await conn.fetchval(
        """SELECT CASE
               WHEN EXISTS (SELECT FROM buyer b WHERE b.id = o.buyer_id AND b.subject = $2) THEN 'BUYER'
               WHEN EXISTS (SELECT FROM seller_order s JOIN merchant_member m ON m.merchant_id = s.merchant_id
                            WHERE s.order_id = o.id AND m.subject = $2) THEN 'MERCHANT'
               WHEN EXISTS (SELECT FROM job j JOIN partner_member p ON p.partner_id = j.partner_id
                            WHERE j.order_id = o.id AND p.subject = $2)
                 OR EXISTS (SELECT FROM job j JOIN rider_person r ON r.rider_id = j.rider_id WHERE j.order_id = o.id AND r.subject = $2)
                    THEN 'COMPANY'
           END FROM orders o WHERE o.id = $1""",
        order_id,
        subject,
    )
    return ActorKind(found) if found else None


async def add(conn: Connection, ticket: Ticket, by: By, order_id: OrderId | None) -> None:
    await conn.execute(
        """WITH added AS (
               INSERT INTO ticket (id, order_id, opener, opener_kind, category, state, opened_at, respond_by, resolve_by, due_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id, state, opened_at)
           INSERT INTO ticket_entry (ticket_id, version, at, state, input, actor_kind, actor, words)
           SELECT id, 1, opened_at, state, 'SAY', $4, $3, $11 FROM added""",
        ticket.id,
        order_id,
        by.subject,
        str(by.kind),
        str(ticket.category),
        str(ticket.state),
        ticket.at,
        ticket.respond_by,
        ticket.resolve_by,
        ticket.due_at,
        by.reason,
    )


@dataclass(frozen=True, slots=True)
class Locked:
    ticket: Ticket
    opener: str
    opener_kind: ActorKind


async def lock(conn: Connection, ticket_id: TicketId) -> Locked | None:
    row = await conn.fetchrow("SELECT *, wlijo_now() AS at FROM ticket WHERE id = $1 FOR UPDATE", ticket_id)
    if row is None:
        return None
    ticket = Ticket(
        id=ticket_id,
        category=TicketCategory(row["category"]),
        state=TicketState(row["state"]),
        at=row["at"],
        version=row["version"],
        respond_by=row["respond_by"],
        resolve_by=row["resolve_by"],
        due_at=row["due_at"],
        responded_at=row["responded_at"],
        resolved_at=row["resolved_at"],
    )
    return Locked(ticket, row["opener"], ActorKind(row["opener_kind"]))


async def save(conn: Connection, ticket: Ticket, by: By) -> None:
    """The next version, and what was said with it."""
    await conn.execute(
        """WITH saved AS (
               UPDATE ticket SET version = version + 1, state = $2, respond_by = $3, resolve_by = $4, due_at = $5, responded_at = $6,
                                 resolved_at = $7
               WHERE id = $1 RETURNING version)
           INSERT INTO ticket_entry (ticket_id, version, at, state, input, actor_kind, actor, words)
           SELECT $1, version, $8, $2, $9, $10, $11, $12 FROM saved""",
        ticket.id,
        str(ticket.state),
        ticket.respond_by,
        ticket.resolve_by,
        ticket.due_at,
        ticket.responded_at,
        ticket.resolved_at,
        ticket.at,
        str(ticket.given),
        str(by.kind),
        by.subject,
        by.reason,
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """A ticket as the graph reads it."""

    id: TicketId
    order_code: str | None
    opener_kind: ActorKind
    category: TicketCategory
    state: TicketState
    version: int
    opened_at: datetime
    respond_by: datetime
    resolve_by: datetime
    responded_at: datetime | None
    resolved_at: datetime | None
    due_at: datetime | None


_SHOWN = "SELECT t.*, o.code FROM ticket t LEFT JOIN orders o ON o.id = t.order_id"


def _shown(row: Row) -> Shown:
    return Shown(
        id=TicketId(row["id"]),
        order_code=row["code"],
        opener_kind=ActorKind(row["opener_kind"]),
        category=TicketCategory(row["category"]),
        state=TicketState(row["state"]),
        version=row["version"],
        opened_at=row["opened_at"],
        respond_by=row["respond_by"],
        resolve_by=row["resolve_by"],
        responded_at=row["responded_at"],
        resolved_at=row["resolved_at"],
        due_at=row["due_at"],
    )


async def find(conn: Connection, ticket_id: TicketId, subject: str, *, sees_all: bool) -> Shown | None:
    """For its opener, and who sees all."""
    row = await conn.fetchrow(f"{_SHOWN} WHERE t.id = $1 AND ($3 OR t.opener = $2)", ticket_id, subject, sees_all)
    return _shown(row) if row else None


After = tuple[datetime, UUID] | None


async def of_opener(conn: Connection, subject: str, after: After, limit: int) -> list[Shown]:
    """Newest first."""
    rows = await conn.fetch(
        f"""{_SHOWN} WHERE t.opener = $1 AND ($2::timestamptz IS NULL OR (t.opened_at, t.id) < ($2, $3))
            ORDER BY t.opened_at DESC, t.id DESC LIMIT $4""",
        subject,
        after[0] if after else None,
        after[1] if after else None,
        limit,
    )
    return [_shown(row) for row in rows]


async def waiting(conn: Connection, after: After, limit: int) -> list[Shown]:
    """What waits for an officer or ops, the earliest deadline first."""
    rows = await conn.fetch(
        f"""{_SHOWN} WHERE t.due_at IS NOT NULL AND t.state = ANY ($1) AND ($2::timestamptz IS NULL OR (t.due_at, t.id) > ($2, $3))
            ORDER BY t.due_at, t.id LIMIT $4""",
        _FOR_STAFF,
        after[0] if after else None,
        after[1] if after else None,
        limit,
    )
    return [_shown(row) for row in rows]


@dataclass(frozen=True, slots=True)
class Entry:
    """Of a ticket. `by_viewer`: the caller wrote it."""

    at: datetime
    state: TicketState
    given: TicketInput
    actor_kind: ActorKind
    by_viewer: bool
    words: str | None


async def entries(conn: Connection, ids: list[TicketId], subject: str) -> dict[TicketId, list[Entry]]:
    """Oldest first, of tickets that the caller has been found to see."""
    rows = await conn.fetch(
        "SELECT *, coalesce(actor = $2, false) AS mine FROM ticket_entry WHERE ticket_id = ANY ($1) ORDER BY ticket_id, version",
        ids,
        subject,
    )
    found: dict[TicketId, list[Entry]] = {each: [] for each in ids}
    for row in rows:
        entry = Entry(
            at=row["at"],
            state=TicketState(row["state"]),
            given=TicketInput(row["input"]),
            actor_kind=ActorKind(row["actor_kind"]),
            by_viewer=row["mine"],
            words=row["words"],
        )
        found[TicketId(row["ticket_id"])].append(entry)
    return found


async def count_overdue(conn: Connection) -> int:
    """Tickets whose answer or end is late."""
    found: int = await conn.fetchval(
        "SELECT count(*) FROM ticket WHERE due_at <= (SELECT wlijo_now()) AND state = ANY ($1)", _FOR_STAFF
    )
    return found


async def forget_words(conn: Connection, subject: str) -> None:
    """What a person wrote in tickets goes with them, and what was answered to who opened one: it may name them."""
    await conn.execute(
        """UPDATE ticket_entry SET words = NULL WHERE words IS NOT NULL AND (actor = $1 OR ticket_id IN (
               SELECT id FROM ticket WHERE opener = $1))""",
        subject,
    )
