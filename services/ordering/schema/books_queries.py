"""Queries of officers and operators: whom something is owed, what was paid, and where two sides do not agree."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import strawberry

from services.contracts.cash import Payee
from services.contracts.catalog import MerchantId
from services.contracts.delivery import PartnerId, RiderId
from services.contracts.roles import Role
from services.kit.graphql.enums import described
from services.kit.graphql.pages import PAGED, Connection, Page
from services.kit.graphql.scalars import Rupiah
from services.ordering.schema.context import Info
from services.ordering.schema.types import Merchant, Partner, Rider
from services.ordering.schema.types.books import First, Owed, Payout, payouts_of
from services.ordering.schema.types.cash import CashHandover
from services.ordering.store import books, cash

described(
    Payee,
    "To whom something is owed. New values may come.",
    MERCHANT="For goods.",
    COMPANY="A delivery company, for its share of fees.",
    RIDER="For their share of fees.",
)
_OWNERS = {Payee.MERCHANT: "merchant", Payee.COMPANY: "partner", Payee.RIDER: "rider"}


@strawberry.type
class BooksQuery:
    @strawberry.field(
        description="Officers and operators only: to whom something is owed now; `first` is 20 unless said, at most 100.",
        directives=[PAGED],
    )
    async def owed(
        self,
        info: Info,
        payee: Annotated[Payee, strawberry.argument(description="Of which kind.")],
        first: First = None,
        after: str | None = None,
    ) -> Connection[Owed] | None:
        info.context.identity.require(Role.OFFICER, Role.OPS)
        page = Page(first, after, tuple[str])
        owner = f"{'test:' if info.context.tests_only else ''}{_OWNERS[payee]}:"
        async with info.context.db.acquire() as conn:
            found = await books.owed(conn, owner, after=page.after[0] if page.after else None, limit=page.limit)

        def node(row: books.Owed) -> Owed:
            named = row.account.removeprefix(owner).removesuffix(":payable")
            return Owed(
                amount=Rupiah(row.owed_rupiah),
                merchant=Merchant.of(MerchantId.parse(named)) if payee is Payee.MERCHANT else None,
                partner=Partner(id=strawberry.ID(str(PartnerId.parse(named)))) if payee is Payee.COMPANY else None,
                rider=Rider(id=strawberry.ID(str(RiderId.parse(named)))) if payee is Payee.RIDER else None,
            )

        return page.connection(found, key=lambda row: (row.account,), node=node)

    @strawberry.field(
        description="Officers and operators only: what was paid, newest first; `first` is 20 unless said, at most 100.",
        directives=[PAGED],
    )
    async def payouts(self, info: Info, first: First = None, after: str | None = None) -> Connection[Payout] | None:
        info.context.identity.require(Role.OFFICER, Role.OPS)
        return await payouts_of(info, None, first, after)

    @strawberry.field(
        description="Officers and operators only: cash of which two sides say different sums, the oldest first; `first` is 20 unless said, "
        "at most 100.",
        directives=[PAGED],
    )
    async def disputed_cash(
        self, info: Info, first: First = None, after: str | None = None
    ) -> Connection[CashHandover] | None:
        subject = info.context.identity.require(Role.OFFICER, Role.OPS)
        page = Page(first, after, tuple[datetime, UUID])
        async with info.context.db.acquire() as conn:
            found = await cash.disputed(conn, page.after, page.limit)
        return page.connection(
            found, key=lambda row: (row[0], row[1].id.uuid), node=lambda row: CashHandover.of(row[1], subject)
        )
