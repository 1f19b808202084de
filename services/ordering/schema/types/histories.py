"""GraphQL types of who did what, when and why."""

from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Self

import strawberry

from services.contracts.ordering import OrderId, SellerOrderId
from services.ordering.schema import aftercare_loaders as loaders
from services.ordering.schema.context import Info
from services.ordering.schema.types.claim_enums import ActorKind, ReasonCode
from services.ordering.schema.types.enums import OrderStatus
from services.ordering.store import histories


@strawberry.type(description="One step of an order: what happened, who did it, and why.")
class HistoryEntry:
    at: datetime = strawberry.field(description="By the platform's clock.")
    status: OrderStatus = strawberry.field(description="Of the order after it.")
    what: str = strawberry.field(description="The step, like MERCHANT_ACCEPTED or PICKED_UP; new ones may come.")
    actor: ActorKind = strawberry.field(description="Whose doing it was.")
    by_me: bool = strawberry.field(description="Whether the caller did it.")
    reason: str | None = strawberry.field(description="What they said; null when they said nothing.")
    reason_code: ReasonCode | None = strawberry.field(description="The same by the platform's list, where it was said.")

    @classmethod
    def of(cls, row: histories.Entry) -> Self:
        return cls(
            at=row.at,
            status=row.status,
            what=row.what,
            actor=row.actor,
            by_me=row.by_viewer,
            reason=row.reason,
            reason_code=row.code,
        )


@strawberry.type
class OrderHistory:
    """The field of an order that this is about."""

    if TYPE_CHECKING:
        key: Annotated[OrderId, strawberry.Private]

    @strawberry.field(description="Every step of the order, oldest first; `history` has the changes of status alone.")
    async def entries(self, info: Info) -> list[HistoryEntry]:
        return [HistoryEntry.of(row) for row in await info.context.load(loaders.entries_of_orders, self.key)]


@strawberry.type
class SellerOrderHistory:
    """The field of a merchant's part that this is about."""

    if TYPE_CHECKING:
        key: Annotated[SellerOrderId, strawberry.Private]

    @strawberry.field(
        description="Every step of the order that is about the whole or about this part, oldest first; other merchants' are left out."
    )
    async def entries(self, info: Info) -> list[HistoryEntry]:
        return [HistoryEntry.of(row) for row in await info.context.load(loaders.entries_of_parts, self.key)]
