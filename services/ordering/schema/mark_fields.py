"""Orders that want a person, and that a person has looked at one; for operators."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

import strawberry

from services.contracts.catalog import MerchantId
from services.contracts.delivery import PartnerId
from services.contracts.ordering import OrderId
from services.contracts.roles import Role
from services.graph import Payload
from services.kit.database.db import transaction
from services.kit.graphql.errors import BadUserInput
from services.kit.graphql.pages import PAGED, Connection, Page
from services.kit.graphql.refusals import refusable
from services.kit.graphql.texts import read_line
from services.ordering.domain.refusal import Unknown
from services.ordering.schema import loaders
from services.ordering.schema.context import Info
from services.ordering.schema.types import Order
from services.ordering.store import marks

_LONGEST = 500
_MOST_MINUTES = 366 * 24 * 60


@strawberry.type(description="An order that a person has to look at, and why.")
class MarkedOrder:
    key: strawberry.Private[OrderId]
    mark: str = strawberry.field(
        description="Why: the input that met a state which does not take it, or what was overdue."
    )
    order_code: str = strawberry.field(description="What people call it.")
    placed_at: datetime = strawberry.field(description="When it was placed; the list goes by it.")

    @strawberry.field(description="The order.")
    async def order(self, info: Info) -> Order | None:
        row = await info.context.load(loaders.orders, self.key)
        return Order.of(row) if row else None

    @classmethod
    def of(cls, row: marks.Marked) -> Self:
        return cls(key=row.id, mark=row.mark, order_code=row.code, placed_at=row.placed_at)


@strawberry.type
class SettleOrderMarkPayload(Payload):
    order: Order | None = None


@strawberry.type
class MarkQueries:
    @strawberry.field(
        description="Ops only: orders that are marked for a person, those placed first at the beginning. `first` is 20 unless said, at "
        "most 100.",
        directives=[PAGED],
    )
    async def orders_wanting_a_person(
        self,
        info: Info,
        mark: Annotated[
            str | None, strawberry.argument(description="Those marked for this alone, as `mark` says it.")
        ] = None,
        minutes_old: Annotated[
            int | None, strawberry.argument(description=f"Those placed so long ago or longer; 0 to {_MOST_MINUTES}.")
        ] = None,
        merchant_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Those with goods of this merchant.")
        ] = None,
        partner_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="Those whose trip this company has or had last.")
        ] = None,
        first: int | None = None,
        after: str | None = None,
    ) -> Connection[MarkedOrder] | None:
        info.context.identity.require(Role.OPS)
        if minutes_old is not None and not 0 <= minutes_old <= _MOST_MINUTES:
            raise BadUserInput(f"minutesOld is 0 to {_MOST_MINUTES}")
        page = Page(first, after, tuple[datetime, UUID])
        wanted = marks.Wanted(
            mark=None if mark is None else read_line("mark", mark, longest=_LONGEST),
            minutes_old=minutes_old,
            merchant_id=None if merchant_id is None else MerchantId.parse(merchant_id),
            partner_id=None if partner_id is None else PartnerId.parse(partner_id),
        )
        async with info.context.db.acquire() as conn:
            rows = await marks.of(conn, wanted, page.limit, page.after)
        return page.connection(rows, key=lambda row: (row.placed_at, row.id.uuid), node=MarkedOrder.of)


@strawberry.type
class MarkMutations:
    @refusable(
        description="Ops: a person has looked at a marked order; the mark goes, and who says so and why is kept. NOT_FOUND when it has no "
        "such mark now: it was settled, or marked anew for something else that nobody has looked at."
    )
    async def settle_order_mark(
        self,
        info: Info,
        id: strawberry.ID,
        mark: Annotated[str, strawberry.argument(description="The one that was looked at, as it was shown.")],
        because: Annotated[
            str,
            strawberry.argument(description=f"What was found and done: one line of 1 to {_LONGEST} characters."),
        ],
    ) -> SettleOrderMarkPayload | None:
        subject = info.context.identity.require(Role.OPS)
        order_id = OrderId.parse(id)
        seen, why = read_line("mark", mark, longest=_LONGEST), read_line("because", because, longest=_LONGEST)
        async with transaction(info.context.db) as conn:
            if not await marks.settle(conn, order_id, seen, because=why, by=subject):
                raise Unknown
        row = await info.context.load(loaders.orders, order_id)
        return SettleOrderMarkPayload(order=Order.of(row) if row else None)
