"""Queries: what a caller may read of their own."""

import re
from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from services.contracts.ordering import OrderId
from services.contracts.roles import Role
from services.kit.database.db import transaction
from services.kit.graphql.pages import PAGED, Connection, Page, sized
from services.ordering.commands.buyers import buyer
from services.ordering.domain.guests import Guest
from services.ordering.domain.ids import CartId
from services.ordering.domain.promotion import PromotionStatus
from services.ordering.schema import loaders
from services.ordering.schema.books_queries import BooksQuery
from services.ordering.schema.claim_mutations import ClaimQueries
from services.ordering.schema.context import Info
from services.ordering.schema.kasbon_mutations import KasbonQueries
from services.ordering.schema.mark_fields import MarkQueries
from services.ordering.schema.review_mutations import ReviewQueries
from services.ordering.schema.running import RunningQueries
from services.ordering.schema.ticket_mutations import TicketQueries
from services.ordering.schema.types import Buyer, Cart, CommissionRule, Order, Promotion
from services.ordering.schema.types.enums import PaymentMethod
from services.ordering.schema.types.payments import Refund
from services.ordering.schema.types.promotions import by_age, by_start
from services.ordering.store import buyers, commission, promotions, reading, refunds

_CODE = re.compile(r"LMJ-\d{6}-\d{4,9}", re.ASCII)


@strawberry.type
class Query(BooksQuery, KasbonQueries, ClaimQueries, TicketQueries, ReviewQueries, MarkQueries, RunningQueries):
    @strawberry.field(description="The caller as a buyer; null for one who is none.")
    async def me(self, info: Info) -> Buyer | None:
        subject = info.context.identity.require()
        async with info.context.db.acquire() as conn:
            found = await buyers.find(conn, subject)
        if found is None:
            if not info.context.identity.has(Role.BUYER):
                return None
            async with transaction(info.context.db) as conn:
                found = await buyer(conn, subject)
        return Buyer.known_as(found.id)

    @strawberry.field(description="For its buyer and for ops.")
    async def order(self, info: Info, id: strawberry.ID) -> Order | None:
        info.context.identity.require()
        row = await info.context.load(loaders.orders, OrderId.parse(id))
        return Order.of(row) if row else None

    @strawberry.field(
        description="By what people call it, LMJ-YYMMDD-NNNN, in letters of any case; for its buyer and for ops."
    )
    async def order_by_code(
        self, info: Info, code: Annotated[str, strawberry.argument(description="As people say it: LMJ-261125-0001.")]
    ) -> Order | None:
        info.context.identity.require()
        said = code.strip().upper()
        if not _CODE.fullmatch(said):
            return None
        async with info.context.db.acquire() as conn:
            row = await reading.order_by_code(conn, said, info.context.viewer)
        return Order.of(row) if row else None

    @strawberry.field(
        description="The programmes of platform and regency, newest first; for officers, the regency and ops. `first` is "
        "20 unless said, at most 100.",
        directives=[PAGED],
    )
    async def programmes(
        self,
        info: Info,
        status: Annotated[PromotionStatus | None, strawberry.argument(description="Only those that stand so.")] = None,
        first: int | None = None,
        after: str | None = None,
    ) -> Connection[Promotion] | None:
        info.context.identity.require(Role.OPS, Role.OFFICER, Role.GOVERNMENT)
        page = Page(first, after, tuple[datetime, UUID])
        async with info.context.db.acquire() as conn:
            found = await promotions.of_maker(conn, None, status, page.after, page.limit)
        return page.connection(found, key=by_age, node=Promotion.of)

    @strawberry.field(
        description="What the platform keeps of goods, from which day on; the latest first. For merchants, officers and ops. `first` is 20 "
        "unless said, at most 100.",
        directives=[PAGED],
    )
    async def commission_rules(
        self, info: Info, first: int | None = None, after: str | None = None
    ) -> Connection[CommissionRule] | None:
        info.context.identity.require(Role.MERCHANT, Role.OPS, Role.OFFICER)
        page = Page(first, after, tuple[datetime, UUID])
        async with info.context.db.acquire() as conn:
            found = await commission.rules(conn, page.after, page.limit)
        return page.connection(found, key=by_start, node=CommissionRule.of)

    @strawberry.field(
        description="The ways of paying that `placeOrder` takes now.", directives=[sized(len(PaymentMethod))]
    )
    def payment_methods(self, info: Info) -> list[PaymentMethod] | None:
        return [each for each in PaymentMethod if each is not PaymentMethod.QRIS or info.context.taker]

    @strawberry.field(
        description="Money that a person has to give back to a buyer, oldest first; for ops. `first` is 20 unless said, at most 100.",
        directives=[PAGED],
    )
    async def refunds_by_hand(
        self, info: Info, first: int | None = None, after: str | None = None
    ) -> Connection[Refund] | None:
        info.context.identity.require(Role.OPS)
        page = Page(first, after, tuple[datetime, UUID])
        async with info.context.db.acquire() as conn:
            found = await refunds.waiting(conn, page.after, page.limit)
        return page.connection(found, key=lambda task: (task.requested_at, task.id.uuid), node=Refund.of)

    @strawberry.field(description="For its buyer and for ops.")
    async def cart(self, info: Info, id: strawberry.ID) -> Cart | None:
        info.context.identity.require()
        row = await info.context.load(loaders.carts, CartId.parse(id))
        return Cart.of(row) if row else None

    @strawberry.field(
        description="The cart of who has not signed in, for whoever holds its token; null for a token that is nobody's: too old, or of a "
        "cart that was taken over."
    )
    async def guest_cart(
        self, info: Info, token: Annotated[str, strawberry.argument(description="As `openGuestCart` gave it.")]
    ) -> Cart | None:
        guest = Guest.of(token)
        row = await info.context.load(loaders.carts_of_guests, guest) if guest else None
        return Cart.of(row) if row else None
