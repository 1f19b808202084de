"""GraphQL types of cash after the door: what companies and riders have of it, and how it goes on."""

from datetime import date, datetime
from typing import Annotated, Self
from uuid import UUID

import strawberry

from services.contracts.cash import CashLeg
from services.contracts.catalog import MerchantId
from services.contracts.delivery import PartnerId, RiderId
from services.graph import Payload
from services.kit.database.db import transaction
from services.kit.graphql.errors import BadUserInput
from services.kit.graphql.pages import PAGED, Connection, Page, sized
from services.kit.graphql.scalars import Rupiah
from services.ordering.domain import reconciling as rules
from services.ordering.domain import statement
from services.ordering.domain.books import CashHandoverState, Side
from services.ordering.schema import books_loaders
from services.ordering.schema.context import Info
from services.ordering.schema.types.books import (
    Balance,
    First,
    From,
    Payout,
    Statement,
    To,
    payouts_of,
)
from services.ordering.schema.types.orders import Merchant
from services.ordering.store import cash, reconciling, statements

_MOST_RIDERS = 200


@strawberry.type(description="Cash that goes on: said by one side, and booked once the other has confirmed it.")
class CashHandover:
    id: strawberry.ID = strawberry.field(description="Opaque; the prefix tells the kind.")
    leg: CashLeg = strawberry.field(description="From whom to whom.")
    amount: Rupiah = strawberry.field(description="As it was said; once staff have settled it, what they found.")
    state: CashHandoverState = strawberry.field(description="How far it is.")
    stated_side: Side = strawberry.field(description="Which side has said it; the other confirms.")
    stated_at: datetime = strawberry.field(description="When it was said.")
    stated_by_me: bool = strawberry.field(description="Whether the caller has said it, and so cannot confirm it.")
    counted: Rupiah | None = strawberry.field(description="What the other side says it was, where it is disputed.")
    note: str | None = strawberry.field(description="Why it is disputed, then why it ended so.")
    ended_at: datetime | None = strawberry.field(description="When it was confirmed, settled or withdrawn.")
    partner: "Partner | None" = strawberry.field(description="The company that gives it, or takes it of its rider.")
    rider: "Rider | None" = strawberry.field(description="Who gives it to the company.")
    merchant: Merchant | None = strawberry.field(description="Who takes it from the company.")

    @classmethod
    def of(cls, row: cash.CashHandover, subject: str) -> Self:
        parties = row.parties
        return cls(
            id=strawberry.ID(str(row.id)),
            leg=parties.leg,
            amount=Rupiah(row.amount_rupiah),
            state=row.state,
            stated_side=row.stated_side,
            stated_at=row.stated_at,
            stated_by_me=row.stated_by == subject,
            counted=None if row.counted_rupiah is None else Rupiah(row.counted_rupiah),
            note=row.note,
            ended_at=row.ended_at,
            partner=Partner(id=strawberry.ID(str(parties.partner_id))),
            rider=Rider(id=strawberry.ID(str(parties.rider_id))) if parties.rider_id else None,
            merchant=Merchant.of(parties.merchant_id) if parties.merchant_id else None,
        )


def by_stated(row: cash.CashHandover) -> tuple[datetime, UUID]:
    return row.stated_at, row.id.uuid


async def handovers_of(
    info: Info, of: PartnerId | RiderId | MerchantId, first: int | None, after: str | None
) -> Connection[CashHandover]:
    """Of whom the caller has been found to speak for."""
    page = Page(first, after, tuple[datetime, UUID])
    async with info.context.db.acquire() as conn:
        found = await cash.handovers_of(conn, of, page.after, page.limit)
    subject = info.context.identity.subject
    return page.connection(found, key=by_stated, node=lambda row: CashHandover.of(row, subject))


@strawberry.type(description="What an order brought in cash.")
class CashOfOrder:
    at: datetime = strawberry.field(description="When it was booked.")
    order_code: str = strawberry.field(description="What people call the order.")
    rider: "Rider | None" = strawberry.field(description="Who carried it; null when the company had it at once.")
    due: Rupiah = strawberry.field(description="What was to be asked.")
    collected: Rupiah = strawberry.field(description="What was paid.")
    short: Rupiah = strawberry.field(description="What the company still owes of it.")
    over: Rupiah = strawberry.field(description="What was paid too much: it is the buyer's.")

    @classmethod
    def of(cls, row: rules.CashOfOrder) -> Self:
        return cls(
            at=row.at,
            order_code=row.order_code,
            rider=Rider(id=strawberry.ID(str(row.rider_id))) if row.rider_id else None,
            due=Rupiah(row.due),
            collected=Rupiah(row.collected),
            short=Rupiah(row.short),
            over=Rupiah(row.over),
        )


@strawberry.type(
    description="A company's cash of one WIB day. `closing` is `opening` and `collected`, less `handedOn` and `kept`; `due` is `collected` "
    "and `short`, less `over`."
)
class CashDay:
    day: date = strawberry.field(description="WIB.")
    order_count: int = strawberry.field(description="Orders that brought cash.")
    due: Rupiah = strawberry.field(description="What was to be asked.")
    collected: Rupiah = strawberry.field(description="What was paid, by the orders' payments.")
    short: Rupiah = strawberry.field(description="What the company still owes of what was asked.")
    over: Rupiah = strawberry.field(description="What was paid too much.")
    opening: Balance = strawberry.field(description="What the company had when the day began.")
    handed_on: Rupiah = strawberry.field(description="Confirmed by merchants and the platform on that day.")
    kept: Balance = strawberry.field(description="What the company kept as its share, less what was taken back.")
    closing: Balance = strawberry.field(description="What the company had when the day ended.")
    with_riders: Rupiah = strawberry.field(description="Which of that its riders carried.")
    from_riders: Rupiah = strawberry.field(description="What its riders handed to the company on that day.")
    matches: bool = strawberry.field(description="Whether payments and the ledger say the same, to the rupiah.")
    company: strawberry.Private[PartnerId]
    period: strawberry.Private[statement.Period]

    @strawberry.field(description="Oldest first; `first` is 20 unless said, at most 100.", directives=[PAGED])
    async def orders(self, info: Info, first: First = None, after: str | None = None) -> Connection[CashOfOrder]:
        page = Page(first, after, tuple[datetime, UUID])
        async with info.context.db.acquire() as conn:
            found = await reconciling.orders(
                conn, self.company, self.period, page.after, page.limit, test=info.context.tests_only
            )
        return page.connection(found, key=lambda row: (row.at, row.order_id.uuid), node=CashOfOrder.of)

    @strawberry.field(
        description="All of it as a file for a spreadsheet, in Indonesian: UTF-8 with its mark, semicolons, whole rupiah."
    )
    async def csv(self, info: Info) -> str:
        test = info.context.tests_only
        if self.order_count > statement.MOST_LINES:
            raise BadUserInput("there are too many orders for one file")
        async with transaction(info.context.db) as conn:
            await statements.as_of_one_moment(conn)
            found = await reconciling.day(conn, self.company, self.period, test=test)
            orders = await reconciling.orders(conn, self.company, self.period, None, statement.MOST_LINES, test=test)
        return statement.written(rules.rows(found, orders))

    @classmethod
    async def read(cls, info: Info, company: PartnerId, day: date) -> Self:
        period = statement.Period(day, day)
        async with info.context.db.acquire() as conn:
            found = await reconciling.day(conn, company, period, test=info.context.tests_only)
        return cls(
            day=found.day,
            order_count=found.orders,
            due=Rupiah(found.due),
            collected=Rupiah(found.collected),
            short=Rupiah(found.short),
            over=Rupiah(found.over),
            opening=Balance.of(found.opening),
            handed_on=Rupiah(found.handed_on),
            kept=Balance.of(found.kept),
            closing=Balance.of(found.closing),
            with_riders=Rupiah(max(found.with_riders, 0)),
            from_riders=Rupiah(found.from_riders),
            matches=found.matches,
            company=company,
            period=period,
        )


@strawberry.type(description="What a rider carries of buyers' cash.")
class RiderCash:
    carrying: Rupiah = strawberry.field(description="What is the company's, and in the rider's pocket.")
    limit: Rupiah = strawberry.field(description="What the company lets one rider carry.")
    is_over_limit: bool = strawberry.field(description="Whether it is to be handed over before more is collected.")
    owed: Balance = strawberry.field(description="What the platform owes the rider of fees.")


@strawberry.federation.type(keys=["id"])
class Rider:
    id: strawberry.ID

    @strawberry.field(
        description="For the rider and the company's people; null for others, and of who signs in nowhere."
    )
    async def cash(self, info: Info) -> RiderCash | None:
        rider_id = RiderId.parse(self.id)
        company = await info.context.load(books_loaders.company_of_rider, rider_id)
        if company is None:
            return None
        carrying = await info.context.load(books_loaders.carried_by, rider_id)
        limit = await info.context.load(books_loaders.limits_of, company)
        return RiderCash(
            carrying=Rupiah(max(carrying, 0)),
            limit=Rupiah(limit),
            is_over_limit=carrying > limit,
            owed=Balance.of(await info.context.load(books_loaders.owed_to, rider_id)),
        )

    @strawberry.field(
        description="Newest first; for the rider and the company's people, else null. `first` is 20 unless said, at most 100.",
        directives=[PAGED],
    )
    async def cash_handovers(
        self, info: Info, first: First = None, after: str | None = None
    ) -> Connection[CashHandover] | None:
        rider_id = RiderId.parse(self.id)
        if await info.context.load(books_loaders.company_of_rider, rider_id) is None:
            return None
        return await handovers_of(info, rider_id, first, after)

    @classmethod
    def resolve_reference(cls, info: Info, id: strawberry.ID) -> Self:
        # Whether there is such a rider is delivery's to say.
        RiderId.parse(id)
        return cls(id=id)


@strawberry.type(description="A rider and what they carry.")
class CarriedCash:
    rider: Rider | None = strawberry.field(description="Who.")
    amount: Rupiah = strawberry.field(description="So much.")
    is_over_limit: bool = strawberry.field(description="Whether that is more than the company lets one carry.")


@strawberry.type(description="What a company has of buyers' cash, now.")
class CompanyCash:
    held: Balance = strawberry.field(description="What it answers for: for merchants, riders, the platform and itself.")
    with_riders: Rupiah = strawberry.field(description="Which of it its riders carry; the rest is in its drawer.")
    limit_per_rider: Rupiah = strawberry.field(description="What one rider may carry.")
    company: strawberry.Private[PartnerId]

    @strawberry.field(
        description="Who carries how much, the most first, at most 200; for the company's own people, else empty.",
        directives=[sized(_MOST_RIDERS)],
    )
    async def riders(self, info: Info) -> list[CarriedCash]:
        if not await info.context.load(books_loaders.speaks_for_company, self.company):
            return []
        async with info.context.db.acquire() as conn:
            found = await cash.carried(conn, self.company, test=info.context.tests_only)
        return [
            CarriedCash(
                rider=Rider(id=strawberry.ID(str(each.rider_id))),
                amount=Rupiah(each.rupiah),
                is_over_limit=each.rupiah > self.limit_per_rider,
            )
            for each in found
        ]


@strawberry.federation.type(keys=["id"])
class Partner:
    id: strawberry.ID

    @strawberry.field(description="For the company's own people and staff, else null.")
    async def cash(self, info: Info) -> CompanyCash | None:
        company = PartnerId.parse(self.id)
        if not await info.context.load(books_loaders.sees_company, company):
            return None
        held, with_riders = await info.context.load(books_loaders.held_by, company)
        return CompanyCash(
            held=Balance.of(held),
            with_riders=Rupiah(max(with_riders, 0)),
            limit_per_rider=Rupiah(await info.context.load(books_loaders.limits_of, company)),
            company=company,
        )

    @strawberry.field(description="For the company's own people and staff, else null.")
    async def cash_day(
        self, info: Info, day: Annotated[date, strawberry.argument(description="WIB.")]
    ) -> CashDay | None:
        company = PartnerId.parse(self.id)
        if not await info.context.load(books_loaders.sees_company, company):
            return None
        if not 2020 <= day.year <= 2200:
            raise BadUserInput("day is from 2020 to 2200")
        return await CashDay.read(info, company, day)

    @strawberry.field(
        description="Newest first; for the company's own people and staff, else null. `first` is 20 unless said, at most 100.",
        directives=[PAGED],
    )
    async def cash_handovers(
        self, info: Info, first: First = None, after: str | None = None
    ) -> Connection[CashHandover] | None:
        company = PartnerId.parse(self.id)
        if not await info.context.load(books_loaders.sees_company, company):
            return None
        return await handovers_of(info, company, first, after)

    @strawberry.field(
        description="What the platform owes the company of fees; for its own people and staff, else null."
    )
    async def owed(self, info: Info) -> Balance | None:
        company = PartnerId.parse(self.id)
        if not await info.context.load(books_loaders.sees_company, company):
            return None
        return Balance.of(await info.context.load(books_loaders.owed_to, company))

    @strawberry.field(description="Of its fees; for the company's own people and staff, else null.")
    async def statement(self, info: Info, first: From, last: To) -> Statement | None:
        company = PartnerId.parse(self.id)
        if not await info.context.load(books_loaders.sees_company, company):
            return None
        return await Statement.read(info, company, first, last)

    @strawberry.field(
        description="Newest first; for the company's own people and staff, else null. `first` is 20 unless said, at most 100.",
        directives=[PAGED],
    )
    async def payouts(self, info: Info, first: First = None, after: str | None = None) -> Connection[Payout] | None:
        company = PartnerId.parse(self.id)
        if not await info.context.load(books_loaders.sees_company, company):
            return None
        return await payouts_of(info, company, first, after)

    @classmethod
    def resolve_reference(cls, info: Info, id: strawberry.ID) -> Self:
        # Whether there is such a company is delivery's to say.
        PartnerId.parse(id)
        return cls(id=id)


@strawberry.type
class StateCashHandoverPayload(Payload):
    cash_handover: CashHandover | None = None


@strawberry.type
class ConfirmCashHandoverPayload(Payload):
    cash_handover: CashHandover | None = None


@strawberry.type
class DisputeCashHandoverPayload(Payload):
    cash_handover: CashHandover | None = None


@strawberry.type
class WithdrawCashHandoverPayload(Payload):
    cash_handover: CashHandover | None = None


@strawberry.type
class SettleCashHandoverPayload(Payload):
    cash_handover: CashHandover | None = None


@strawberry.type
class SetCashLimitPayload(Payload):
    partner: Partner | None = None
