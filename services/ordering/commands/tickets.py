"""What is done with a ticket by who opened it, by officers and ops, and by its timer."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from services.contracts.claims import TicketCategory, TicketId, TicketOpened
from services.contracts.ordering import OrderId
from services.kit.database.db import Transaction
from services.kit.graphql import idempotency
from services.kit.messaging import outbox, timers
from services.ordering.commands.buyers import buyer
from services.ordering.domain.history import TIMER, ActorKind, By
from services.ordering.domain.refusal import Unknown
from services.ordering.domain.ticket import DUE, Ticket, check_room
from services.ordering.store import tickets as store

_log = logging.getLogger(__name__)
OPEN: Final = "openTicket"
REPLY: Final = "replyToTicket"


@dataclass(frozen=True, slots=True)
class OpenTicket:
    category: TicketCategory
    words: str
    order_id: OrderId | None = None


async def open_ticket(
    conn: Transaction, subject: str, wanted: OpenTicket, *, speaks_as: ActorKind, idempotency_key: str
) -> TicketId:
    """Of an order by somebody who has a part in it; else as whom the caller `speaks_as`. Raises Unknown or TicketsAreTooMany."""
    asked = await idempotency.claim(conn, caller=subject, mutation=OPEN, key=idempotency_key, body=wanted)
    if asked.answer is not None:
        return TicketId.parse(asked.answer["ticket_id"])
    kind = speaks_as if wanted.order_id is None else await store.part_in(conn, wanted.order_id, subject)
    if kind is None:
        raise Unknown("orderId")
    if kind is ActorKind.BUYER:
        await buyer(conn, subject)
    await store.hold_opener(conn, subject)
    at, standing = await store.standing(conn, subject)
    check_room(standing)
    ticket = Ticket.opened(TicketId.new(), wanted.category, at)
    await store.add(conn, ticket, By(kind, subject, wanted.words), wanted.order_id)
    ticket.events.append(
        TicketOpened(
            ticket_id=ticket.id,
            order_id=wanted.order_id,
            category=ticket.category,
            opened_at=at,
            respond_by=ticket.respond_by,
            resolve_by=ticket.resolve_by,
            test=wanted.order_id is not None and await store.is_test(conn, wanted.order_id),
        )
    )
    await _tell(conn, ticket)
    await asked.store(conn, {"ticket_id": str(ticket.id)})
    return ticket.id


async def reply(
    conn: Transaction, ticket_id: TicketId, subject: str, *, words: str, is_staff: bool, idempotency_key: str
) -> None:
    """By who opened it, or by staff. Raises Unknown, WrongState or TicketsAreTooMany."""
    body = {"id": ticket_id, "words": words}
    asked = await idempotency.claim(conn, caller=subject, mutation=REPLY, key=idempotency_key, body=body)
    if asked.answer is not None:
        return
    locked = await store.lock(conn, ticket_id)
    if locked is None or (locked.opener != subject and not is_staff):
        raise Unknown("id")
    ticket = locked.ticket
    if locked.opener == subject:
        ticket.say()
        by = By(locked.opener_kind, subject, words)
    else:
        ticket.reply()
        by = By(ActorKind.OFFICER, subject, words)
    await _save(conn, ticket, by)
    await asked.store(conn, {"ticket_id": str(ticket_id)})


async def resolve(conn: Transaction, ticket_id: TicketId, subject: str, *, words: str) -> None:
    """By an officer, or ops. Raises Unknown, WrongState or TicketsAreTooMany."""
    locked = await store.lock(conn, ticket_id)
    if locked is None:
        raise Unknown("id")
    locked.ticket.resolve()
    await _save(conn, locked.ticket, By(ActorKind.OFFICER, subject, words))


async def due(conn: Transaction, subject: UUID) -> None:
    """The timer of a ticket."""
    locked = await store.lock(conn, TicketId(subject))
    if locked is None or locked.ticket.due_at is None:
        return
    ticket = locked.ticket
    if ticket.is_overdue:
        ticket.due()
        if ticket.given is None:
            _log.warning("a ticket is late", extra={"ticket": str(ticket.id), "state": str(ticket.state)})
    if ticket.given is None:
        await _set_timer(conn, ticket)
    await _save(conn, ticket, TIMER)


async def _save(conn: Transaction, ticket: Ticket, by: By) -> None:
    if ticket.given is not None:  # else it was said before
        await store.save(conn, ticket, by)
        await _tell(conn, ticket)


async def _tell(conn: Transaction, ticket: Ticket) -> None:
    await outbox.append(conn, *ticket.events)
    await _set_timer(conn, ticket)


async def _set_timer(conn: Transaction, ticket: Ticket) -> None:
    if ticket.wakes_at is None:
        await timers.stop(conn, ticket.id, DUE)
    else:
        await timers.start(conn, DUE, ticket.id, ticket.wakes_at)
