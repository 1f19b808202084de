"""GraphQL types of what is owed, of statements and of payouts."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Self
from uuid import UUID

import strawberry

from services.contracts.cash import CashLeg, PayoutMethod
from services.contracts.catalog import MerchantId
from services.contracts.delivery import PartnerId, RiderId
from services.graph import Payload
from services.kit.database.db import transaction
from services.kit.graphql.enums import described
from services.kit.graphql.errors import BadUserInput
from services.kit.graphql.pages import PAGED, Connection, Page, sized
from services.kit.graphql.scalars import Rupiah
from services.ordering.domain import statement as rules
from services.ordering.domain.books import Accounts, CashHandoverState, Side
from services.ordering.domain.statement import LineKind
from services.ordering.schema import books_loaders
from services.ordering.schema.context import Info
from services.ordering.store import payouts, statements
from services.ordering.store.payouts import PayeeId

if TYPE_CHECKING:
    from services.ordering.schema.types.cash import CashHandover, Partner, Rider
    from services.ordering.schema.types.orders import Merchant

described(
    CashLeg,
    "From whom to whom cash goes on after the door. New values may come.",
    RIDER_TO_COMPANY="What a rider carries goes to the company.",
    COMPANY_TO_MERCHANT="The company pays a merchant what it is owed.",
    COMPANY_TO_PLATFORM="The company gives it to the platform, which owes on.",
)
described(
    CashHandoverState,
    "How far a hand-over is. New values may come.",
    STATED="One side has said so; the other has not answered.",
    CONFIRMED="Both have said so, or staff have found out; it is booked.",
    DISPUTED="The other side has counted something else; staff have to find out.",
    WITHDRAWN="It was not so; nothing was booked.",
)
described(Side, "A side of a hand-over.", GIVER="Who gives the cash.", TAKER="Who takes it.")
described(
    PayoutMethod,
    "How it was paid. New values may come.",
    BANK="To an account at a bank.",
    CASH="In cash, by the platform.",
    KEPT="A company kept its share of the cash that it holds.",
)
described(
    LineKind,
    "What a line of a statement is about. New values may come.",
    ORDER="An order: what was sold or brought, or what a failed trip cost.",
    PAYOUT="What was paid out.",
    PAYOUT_REVERSED="A payout that did not arrive, or was a mistake: it is owed again.",
    CASH_HANDOVER="Cash that a company has paid a merchant.",
)

_Partner = Annotated["Partner", strawberry.lazy("services.ordering.schema.types.cash")]
_Rider = Annotated["Rider", strawberry.lazy("services.ordering.schema.types.cash")]
_Merchant = Annotated["Merchant", strawberry.lazy("services.ordering.schema.types.orders")]
_CashHandover = Annotated["CashHandover", strawberry.lazy("services.ordering.schema.types.cash")]
First = Annotated[int | None, strawberry.argument(description="At most so many; 20 unless said, at most 100.")]
From = Annotated[date, strawberry.argument(name="from", description="The first day, WIB.")]
To = Annotated[date, strawberry.argument(name="to", description=f"The last day, WIB; at most {rules.MOST_DAYS} days.")]


@strawberry.type(description="A sum that may go either way: one of the two is 0.")
class Balance:
    plus: Rupiah = strawberry.field(description="So much for the owner.")
    minus: Rupiah = strawberry.field(description="So much against the owner.")

    @classmethod
    def of(cls, rupiah: int) -> Self:
        return cls(plus=Rupiah(max(rupiah, 0)), minus=Rupiah(max(-rupiah, 0)))


@strawberry.type(description="What makes up a change of what is owed.")
class StatementSums:
    earned: Balance = strawberry.field(description="A merchant's goods, or a share of a fee.")
    commission: Balance = strawberry.field(description="What the platform keeps of the goods.")
    discount: Balance = strawberry.field(description="What the merchant bears of vouchers.")
    tax: Balance = strawberry.field(description="PPh 22 that was withheld.")
    mdr: Balance = strawberry.field(description="What the payment's provider keeps.")
    counter: Balance = strawberry.field(description="Cash that the merchant took itself.")
    paid: Balance = strawberry.field(description="Paid out, or paid by a company in cash.")
    other: Balance = strawberry.field(description="Goods that were lost, trips in vain, and what has no column.")
    change: Balance = strawberry.field(description="All of them together.")

    @classmethod
    def of(cls, sums: rules.Sums) -> Self:
        return cls(
            earned=Balance.of(sums.earned),
            commission=Balance.of(sums.commission),
            discount=Balance.of(sums.discount),
            tax=Balance.of(sums.tax),
            mdr=Balance.of(sums.mdr),
            counter=Balance.of(sums.counter),
            paid=Balance.of(sums.paid),
            other=Balance.of(sums.other),
            change=Balance.of(sums.change),
        )


@strawberry.type(description="One order or payment at its moment.")
class StatementLine:
    at: datetime = strawberry.field(description="When it was booked.")
    kind: LineKind = strawberry.field(description="What it is about.")
    order_code: str | None = strawberry.field(description="Of an order.")
    reference: str | None = strawberry.field(description="Of a payout, as whoever paid has written it.")
    sums: StatementSums = strawberry.field(description="What makes it up.")
    balance: Balance = strawberry.field(description="What is owed after it.")

    @classmethod
    def of(cls, line: rules.Line) -> Self:
        return cls(
            at=line.at,
            kind=line.kind,
            order_code=line.order_code,
            reference=line.reference,
            sums=StatementSums.of(line.sums),
            balance=Balance.of(line.balance),
        )


@strawberry.type(
    description="What moved what somebody is owed in a period: `closing` is `opening` and the sums of all lines."
)
class Statement:
    first: date = strawberry.field(description="The first day, WIB.")
    last: date = strawberry.field(description="The last day, WIB.")
    opening: Balance = strawberry.field(description="What was owed when the first day began.")
    sums: StatementSums = strawberry.field(description="Of all lines.")
    closing: Balance = strawberry.field(description="What was owed when the last day ended.")
    line_count: int = strawberry.field(description="How many lines there are.")
    owner: strawberry.Private[PayeeId]
    accounts: strawberry.Private[tuple[str, ...]]
    found: strawberry.Private[rules.Statement]

    @strawberry.field(description="Oldest first; `first` is 20 unless said, at most 100.", directives=[PAGED])
    async def lines(self, info: Info, first: First = None, after: str | None = None) -> Connection[StatementLine]:
        page = Page(first, after, tuple[datetime, int])
        begin = statements.After(*page.after) if page.after else None
        async with info.context.db.acquire() as conn:
            found = await statements.lines(conn, self.owner, self.accounts, self.found, begin, page.limit)
        return page.connection(found, key=lambda line: (line.at, line.number), node=StatementLine.of)

    @strawberry.field(
        description="All of it as a file for a spreadsheet, in Indonesian: UTF-8 with its mark, semicolons, whole rupiah; at most "
        f"{rules.MOST_LINES} lines, else ask for shorter periods."
    )
    async def csv(self, info: Info) -> str:
        if self.found.lines > rules.MOST_LINES:
            raise BadUserInput(f"there are {self.found.lines} lines; ask for shorter periods")
        async with transaction(info.context.db) as conn:
            await statements.as_of_one_moment(conn)
            found, lines = await statements.whole(conn, self.owner, self.accounts, self.found.period)
        return rules.written(rules.rows(found, lines))

    @classmethod
    async def read(cls, info: Info, owner: PayeeId, first: date, last: date) -> Self:
        """Of an owner that the caller has been found to speak for. Raises BadUserInput."""
        try:
            period = rules.period(first, last)
        except rules.PeriodIsWrong as error:
            raise BadUserInput(str(error)) from error
        accounts = Accounts(info.context.tests_only).owed(owner)
        async with info.context.db.acquire() as conn:
            found = await statements.statement(conn, owner, accounts, period)
        return cls(
            first=first,
            last=last,
            opening=Balance.of(found.opening),
            sums=StatementSums.of(found.sums),
            closing=Balance.of(found.closing),
            line_count=found.lines,
            owner=owner,
            accounts=accounts,
            found=found,
        )


@strawberry.type(description="What a person has paid of what was owed.")
class Payout:
    id: strawberry.ID = strawberry.field(description="Opaque; the prefix tells the kind.")
    method: PayoutMethod = strawberry.field(description="How it was paid.")
    amount: Rupiah = strawberry.field(description="How much.")
    reference: str = strawberry.field(description="By which it is found at the bank, or in the drawer's book.")
    note: str | None = strawberry.field(description="What proves it, in words.")
    recorded_at: datetime = strawberry.field(description="When it was booked.")
    received_at: datetime | None = strawberry.field(description="When the payee said that it came; null before.")
    reversed_at: datetime | None = strawberry.field(description="When it was taken back; null when it was not.")
    reversed_because: str | None = strawberry.field(description="Why it was taken back.")
    payee: strawberry.Private[PayeeId]

    @strawberry.field(description="Who was paid, when that is a merchant.")
    def merchant(self) -> _Merchant | None:
        from services.ordering.schema.types.orders import Merchant

        return Merchant.of(self.payee) if isinstance(self.payee, MerchantId) else None

    @strawberry.field(description="Who was paid, when that is a company.")
    def partner(self) -> _Partner | None:
        from services.ordering.schema.types.cash import Partner

        return Partner(id=strawberry.ID(str(self.payee))) if isinstance(self.payee, PartnerId) else None

    @strawberry.field(description="Who was paid, when that is a rider.")
    def rider(self) -> _Rider | None:
        from services.ordering.schema.types.cash import Rider

        return Rider(id=strawberry.ID(str(self.payee))) if isinstance(self.payee, RiderId) else None

    @classmethod
    def of(cls, row: payouts.Payout) -> Self:
        return cls(
            id=strawberry.ID(str(row.id)),
            method=row.method,
            amount=Rupiah(row.amount_rupiah),
            reference=row.reference,
            note=row.note,
            recorded_at=row.recorded_at,
            received_at=row.received_at,
            reversed_at=row.reversed_at,
            reversed_because=row.reversed_because,
            payee=row.payee,
        )


@strawberry.type(
    description="That a merchant has declared to sell for no more than what is exempt from PPh 22 in that year."
)
class TaxStatement:
    year: int = strawberry.field(description="Of WIB.")
    verified_at: datetime = strawberry.field(description="When an officer saw it.")
    ended_at: datetime | None = strawberry.field(description="From when it holds no more; null while it holds.")


def by_recorded(row: payouts.Payout) -> tuple[datetime, UUID]:
    return row.recorded_at, row.id.uuid


async def payouts_of(info: Info, payee: PayeeId | None, first: int | None, after: str | None) -> Connection[Payout]:
    page = Page(first, after, tuple[datetime, UUID])
    async with info.context.db.acquire() as conn:
        found = await payouts.listed(conn, payee, page.after, page.limit)
    return page.connection(found, key=by_recorded, node=Payout.of)


@strawberry.type
class MerchantBooks:
    """What a merchant's own people, and staff, see of its money."""

    if TYPE_CHECKING:
        id: strawberry.ID

    @strawberry.field(
        description="What the platform owes the merchant now, less the cash that it took itself; for its own people and staff, else null."
    )
    async def owed(self, info: Info) -> Balance | None:
        merchant_id = MerchantId.parse(self.id)
        if not await info.context.load(books_loaders.sees_merchant, merchant_id):
            return None
        return Balance.of(await info.context.load(books_loaders.owed_to, merchant_id))

    @strawberry.field(description="For its own people and staff, else null.")
    async def statement(self, info: Info, first: From, last: To) -> Statement | None:
        merchant_id = MerchantId.parse(self.id)
        if not await info.context.load(books_loaders.sees_merchant, merchant_id):
            return None
        return await Statement.read(info, merchant_id, first, last)

    @strawberry.field(
        description="Newest first; for its own people and staff, else null. `first` is 20 unless said, at most 100.",
        directives=[PAGED],
    )
    async def payouts(self, info: Info, first: First = None, after: str | None = None) -> Connection[Payout] | None:
        merchant_id = MerchantId.parse(self.id)
        if not await info.context.load(books_loaders.sees_merchant, merchant_id):
            return None
        return await payouts_of(info, merchant_id, first, after)

    @strawberry.field(
        description="Cash from companies, newest first; for its own people and staff, else null. `first` is 20 unless said, at most 100.",
        directives=[PAGED],
    )
    async def cash_handovers(
        self, info: Info, first: First = None, after: str | None = None
    ) -> Connection[_CashHandover] | None:
        from services.ordering.schema.types.cash import handovers_of

        merchant_id = MerchantId.parse(self.id)
        if not await info.context.load(books_loaders.sees_merchant, merchant_id):
            return None
        return await handovers_of(info, merchant_id, first, after)

    @strawberry.field(
        description="The newest year first; for its own people and staff, else null.", directives=[sized(10)]
    )
    async def tax_statements(self, info: Info) -> list[TaxStatement] | None:
        merchant_id = MerchantId.parse(self.id)
        if not await info.context.load(books_loaders.sees_merchant, merchant_id):
            return None
        found = await info.context.load(books_loaders.tax_statements, merchant_id)
        return [TaxStatement(year=each.year, verified_at=each.verified_at, ended_at=each.ended_at) for each in found]


@strawberry.type(description="Somebody to whom something is owed.")
class Owed:
    amount: Rupiah = strawberry.field(description="So much, now.")
    merchant: _Merchant | None = strawberry.field(description="When it is a merchant.")
    partner: _Partner | None = strawberry.field(description="When it is a company.")
    rider: _Rider | None = strawberry.field(description="When it is a rider.")


@strawberry.type
class RecordPayoutPayload(Payload):
    payout: Payout | None = None


@strawberry.type
class ConfirmPayoutPayload(Payload):
    payout: Payout | None = None


@strawberry.type
class ReversePayoutPayload(Payload):
    payout: Payout | None = None
