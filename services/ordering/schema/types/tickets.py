"""GraphQL types of tickets."""

from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry

from services.contracts.claims import TicketCategory, TicketId
from services.kit.graphql.enums import described
from services.ordering.domain.ticket import TicketInput, TicketState
from services.ordering.schema import aftercare_loaders as loaders
from services.ordering.schema.context import Info
from services.ordering.schema.types.claim_enums import ActorKind
from services.ordering.store import tickets

described(
    TicketCategory,
    "What a ticket is about; it says by when it is answered and resolved. New values may come.",
    ORDER="An order: 4 hours, 48 hours.",
    PAYMENT="Money: 4 hours, 72 hours.",
    DELIVERY="What is under way, or how it came: 2 hours, 24 hours.",
    ACCOUNT="The person's own account: 24 hours, 72 hours.",
    OTHER="Anything else: 24 hours, 7 days.",
)
described(
    TicketState,
    "Where a ticket stands. New values may come.",
    OPEN="An officer or Wlijo's operations are to answer.",
    WAITING_FOR_OPENER="Who opened it is to answer; after 7 days without it is taken as resolved.",
    RESOLVED="It was dealt with; who opened it can open it again for 7 days by writing.",
    REOPENED="It was resolved, and opened again.",
    CLOSED="It is over.",
)
described(
    TicketInput,
    "What was done with a ticket. New values may come.",
    SAY="Who opened it wrote.",
    REPLY="Staff wrote.",
    RESOLVE="Staff resolved it.",
    DUE="A time was up.",
)


@strawberry.type(description="One step of a ticket.")
class TicketEntry:
    at: datetime = strawberry.field(description="By the platform's clock.")
    state: TicketState = strawberry.field(description="The one that it came to.")
    what: TicketInput = strawberry.field(description="What was done.")
    actor: ActorKind = strawberry.field(description="Whose doing it was.")
    by_me: bool = strawberry.field(description="Whether the caller did it.")
    words: str | None = strawberry.field(description="What they wrote; null when nothing, or when they were erased.")

    @classmethod
    def of(cls, row: tickets.Entry) -> Self:
        return cls(
            at=row.at, state=row.state, what=row.given, actor=row.actor_kind, by_me=row.by_viewer, words=row.words
        )


@strawberry.type(description="What somebody complains of or asks: for who opened it, officers and ops.")
class Ticket:
    id: strawberry.ID = strawberry.field(description="Opaque; begins with tik_.")
    order_code: str | None = strawberry.field(description="What people call the order that it is about, if it is.")
    opener: ActorKind = strawberry.field(description="As what its opener speaks.")
    category: TicketCategory = strawberry.field(description="As its opener said.")
    state: TicketState = strawberry.field(description="Where it stands.")
    version: int = strawberry.field(description="Rises with every step.")
    opened_at: datetime = strawberry.field(description="When it was opened.")
    respond_by: datetime = strawberry.field(description="By when the first answer is promised.")
    resolve_by: datetime = strawberry.field(description="By when it is promised to be resolved.")
    responded_at: datetime | None = strawberry.field(description="When the first answer came.")
    resolved_at: datetime | None = strawberry.field(description="When it was resolved; null while it is not.")
    due_at: datetime | None = strawberry.field(description="The next deadline; null once it is closed.")
    key: strawberry.Private[TicketId]

    @strawberry.field(description="All that was said and done, oldest first.")
    async def entries(self, info: Info) -> list[TicketEntry]:
        return [TicketEntry.of(row) for row in await info.context.load(loaders.ticket_entries, self.key)]

    @classmethod
    def of(cls, row: tickets.Shown) -> Self:
        return cls(
            id=strawberry.ID(str(row.id)),
            key=row.id,
            order_code=row.order_code,
            opener=row.opener_kind,
            category=row.category,
            state=row.state,
            version=row.version,
            opened_at=row.opened_at,
            respond_by=row.respond_by,
            resolve_by=row.resolve_by,
            responded_at=row.responded_at,
            resolved_at=row.resolved_at,
            due_at=row.due_at,
        )


def newest(row: tickets.Shown) -> tuple[datetime, UUID]:
    return row.opened_at, row.id.uuid


def by_deadline(row: tickets.Shown) -> tuple[datetime, UUID]:
    assert row.due_at is not None
    return row.due_at, row.id.uuid
