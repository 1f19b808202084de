"""Mutations and queries of tickets."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from services.contracts.claims import TicketCategory, TicketId
from services.contracts.ordering import OrderId
from services.contracts.roles import Role
from services.graph import Payload
from services.kit.database.db import transaction
from services.kit.graphql.pages import PAGED, Connection, Page
from services.kit.graphql.refusals import refusable
from services.kit.graphql.texts import read_line
from services.ordering.commands import tickets as commands
from services.ordering.domain.history import ActorKind
from services.ordering.domain.refusal import Unknown
from services.ordering.domain.ticket import MAX_WORDS
from services.ordering.schema.context import Info
from services.ordering.schema.types.tickets import Ticket, by_deadline, newest
from services.ordering.store import tickets

Words = Annotated[str, strawberry.argument(description=f"One line, up to {MAX_WORDS} characters.")]
_OPENERS = (Role.BUYER, Role.MERCHANT, Role.PARTNER, Role.RIDER)
_STAFF = (Role.OFFICER, Role.OPS)


@strawberry.input(description="What is complained of or asked.")
class OpenTicketInput:
    category: TicketCategory = strawberry.field(description="What it is about.")
    words: str = strawberry.field(description=f"One line, up to {MAX_WORDS} characters.")
    order_id: strawberry.ID | None = strawberry.field(
        default=None, description="The order that it is about, of which the caller has a part."
    )


@strawberry.type
class OpenTicketPayload(Payload):
    ticket: Ticket | None = None


@strawberry.type
class ReplyToTicketPayload(Payload):
    ticket: Ticket | None = None


@strawberry.type
class ResolveTicketPayload(Payload):
    ticket: Ticket | None = None


@strawberry.type
class TicketQueries:
    @strawberry.field(description="For who opened it, officers and ops.")
    async def ticket(self, info: Info, id: strawberry.ID) -> Ticket | None:
        info.context.identity.require()
        return await _find(info, TicketId.parse(id))

    @strawberry.field(
        description="Those that the caller opened, newest first. `first` is 20 unless said, at most 100.",
        directives=[PAGED],
    )
    async def my_tickets(
        self, info: Info, first: int | None = None, after: str | None = None
    ) -> Connection[Ticket] | None:
        subject = info.context.identity.require()
        page = Page(first, after, tuple[datetime, UUID])
        async with info.context.db.acquire() as conn:
            found = await tickets.of_opener(conn, subject, page.after, page.limit)
        return page.connection(found, key=newest, node=Ticket.of)

    @strawberry.field(
        description="What waits for an officer or ops, the earliest deadline first. `first` is 20 unless said, at most 100.",
        directives=[PAGED],
    )
    async def tickets_waiting(
        self, info: Info, first: int | None = None, after: str | None = None
    ) -> Connection[Ticket] | None:
        info.context.identity.require(*_STAFF)
        page = Page(first, after, tuple[datetime, UUID])
        async with info.context.db.acquire() as conn:
            found = await tickets.waiting(conn, page.after, page.limit)
        return page.connection(found, key=by_deadline, node=Ticket.of)


@strawberry.type
class TicketMutations:
    @refusable(
        description="By whoever buys, sells or delivers. Up to 10 may wait for somebody at a time, and 20 be opened in a day."
    )
    async def open_ticket(
        self,
        info: Info,
        input: Annotated[OpenTicketInput, strawberry.argument(description="What is complained of or asked.")],
        idempotency_key: str,
    ) -> OpenTicketPayload | None:
        identity = info.context.identity
        subject = identity.require(*_OPENERS)
        if identity.has(Role.BUYER):
            speaks_as = ActorKind.BUYER
        else:
            speaks_as = ActorKind.MERCHANT if identity.has(Role.MERCHANT) else ActorKind.COMPANY
        wanted = commands.OpenTicket(
            category=input.category,
            words=read_line("words", input.words, longest=MAX_WORDS),
            order_id=OrderId.parse(input.order_id) if input.order_id else None,
        )
        async with transaction(info.context.db) as conn:
            ticket_id = await commands.open_ticket(
                conn, subject, wanted, speaks_as=speaks_as, idempotency_key=idempotency_key
            )
        return OpenTicketPayload(ticket=await _shown(info, ticket_id))

    @refusable(
        description="By who opened it, which opens what was resolved again, or by an officer or ops. A ticket has up to 100 entries."
    )
    async def reply_to_ticket(
        self, info: Info, id: strawberry.ID, words: Words, idempotency_key: str
    ) -> ReplyToTicketPayload | None:
        identity, ticket_id = info.context.identity, TicketId.parse(id)
        subject = identity.require(*_OPENERS, *_STAFF)
        said = read_line("words", words, longest=MAX_WORDS)
        async with transaction(info.context.db) as conn:
            await commands.reply(
                conn, ticket_id, subject, words=said, is_staff=_is_staff(info), idempotency_key=idempotency_key
            )
        return ReplyToTicketPayload(ticket=await _shown(info, ticket_id))

    @refusable(description="By an officer or ops: it was dealt with, as the words say.")
    async def resolve_ticket(self, info: Info, id: strawberry.ID, words: Words) -> ResolveTicketPayload | None:
        subject, ticket_id = info.context.identity.require(*_STAFF), TicketId.parse(id)
        said = read_line("words", words, longest=MAX_WORDS)
        async with transaction(info.context.db) as conn:
            await commands.resolve(conn, ticket_id, subject, words=said)
        return ResolveTicketPayload(ticket=await _shown(info, ticket_id))


def _is_staff(info: Info) -> bool:
    return any(info.context.identity.has(each) for each in _STAFF)


async def _find(info: Info, ticket_id: TicketId) -> Ticket | None:
    async with info.context.db.acquire() as conn:
        row = await tickets.find(conn, ticket_id, info.context.identity.subject, sees_all=_is_staff(info))
    return Ticket.of(row) if row else None


async def _shown(info: Info, ticket_id: TicketId) -> Ticket:
    found = await _find(info, ticket_id)
    if found is None:
        raise Unknown("id")
    return found
