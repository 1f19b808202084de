"""What is answered of money: statements, cash that goes on, payouts; as answers.py."""

from __future__ import annotations

from datetime import date, datetime

from services.web.answers import Answered, PageInfo


class Balance(Answered, frozen=True, kw_only=True):
    plus: int
    minus: int

    @property
    def rupiah(self) -> int:
        return self.plus - self.minus


class Named(Answered, frozen=True, kw_only=True):
    name: str
    id: str = ""


class Sums(Answered, frozen=True, kw_only=True):
    change: Balance
    tax: Balance
    commission: Balance


class AllSums(Sums, frozen=True, kw_only=True):
    earned: Balance
    discount: Balance
    mdr: Balance
    counter: Balance
    paid: Balance
    other: Balance


class Line(Answered, frozen=True, kw_only=True):
    at: datetime
    kind: str
    order_code: str | None
    reference: str | None
    balance: Balance
    sums: Sums


class LineEdge(Answered, frozen=True, kw_only=True):
    node: Line


class Lines(Answered, frozen=True, kw_only=True):
    edges: list[LineEdge]
    page_info: PageInfo


class Statement(Answered, frozen=True, kw_only=True):
    opening: Balance
    closing: Balance
    line_count: int
    sums: AllSums
    lines: Lines


class Payout(Answered, frozen=True, kw_only=True):
    id: str
    amount: int
    method: str
    reference: str
    recorded_at: datetime
    received_at: datetime | None
    reversed_at: datetime | None
    merchant: Named | None = None
    partner: Named | None = None
    rider: Named | None = None


class PayoutEdge(Answered, frozen=True, kw_only=True):
    node: Payout


class Payouts(Answered, frozen=True, kw_only=True):
    edges: list[PayoutEdge]


class CashHandover(Answered, frozen=True, kw_only=True):
    id: str
    leg: str
    amount: int
    state: str
    stated_by_me: bool
    stated_at: datetime
    counted: int | None
    note: str | None
    partner: Named | None = None
    rider: Named | None = None
    merchant: Named | None = None


class CashHandoverEdge(Answered, frozen=True, kw_only=True):
    node: CashHandover


class CashHandovers(Answered, frozen=True, kw_only=True):
    edges: list[CashHandoverEdge]


class Seller(Answered, frozen=True, kw_only=True):
    id: str
    name: str
    slug: str
    kind: str
    owed: Balance | None
    statement: Statement | None
    payouts: Payouts | None
    cash_handovers: CashHandovers | None


class ShopReport(Answered, frozen=True, kw_only=True):
    merchant_by_slug: Seller | None = None


class PrintedShop(Answered, frozen=True, kw_only=True):
    name: str
    slug: str
    statement: Statement | None


class ShopReportPrint(Answered, frozen=True, kw_only=True):
    merchant_by_slug: PrintedShop | None = None


class File(Answered, frozen=True, kw_only=True):
    csv: str


class FileOfStatement(Answered, frozen=True, kw_only=True):
    statement: File | None


class ShopReportFile(Answered, frozen=True, kw_only=True):
    merchant_by_slug: FileOfStatement | None = None


class Carried(Answered, frozen=True, kw_only=True):
    rider: Named | None
    amount: int
    is_over_limit: bool


class Held(Answered, frozen=True, kw_only=True):
    held: Balance
    with_riders: int
    limit_per_rider: int
    riders: list[Carried]


class CashOfOrder(Answered, frozen=True, kw_only=True):
    at: datetime
    order_code: str
    due: int
    collected: int
    short: int
    over: int
    rider: Named | None


class CashOfOrderEdge(Answered, frozen=True, kw_only=True):
    node: CashOfOrder


class CashOfOrders(Answered, frozen=True, kw_only=True):
    edges: list[CashOfOrderEdge]
    page_info: PageInfo


class CashDay(Answered, frozen=True, kw_only=True):
    day: date
    order_count: int
    due: int
    collected: int
    short: int
    over: int
    opening: Balance
    from_riders: int
    handed_on: int
    kept: Balance
    closing: Balance
    with_riders: int
    matches: bool
    orders: CashOfOrders


class Company(Answered, frozen=True, kw_only=True):
    id: str
    name: str
    owed: Balance | None
    cash: Held | None
    cash_day: CashDay | None
    cash_handovers: CashHandovers | None


class CompanyCash(Answered, frozen=True, kw_only=True):
    partner: Company | None = None


class FileOfDay(Answered, frozen=True, kw_only=True):
    cash_day: File | None


class CompanyCashFile(Answered, frozen=True, kw_only=True):
    partner: FileOfDay | None = None


class Pocket(Answered, frozen=True, kw_only=True):
    carrying: int
    limit: int
    is_over_limit: bool
    owed: Balance


class CashOfRider(Answered, frozen=True, kw_only=True):
    id: str
    name: str
    partner: Named | None
    cash: Pocket | None
    cash_handovers: CashHandovers | None


class RiderCash(Answered, frozen=True, kw_only=True):
    my_rider: CashOfRider | None = None


class Owed(Answered, frozen=True, kw_only=True):
    amount: int
    merchant: Named | None = None
    partner: Named | None = None
    rider: Named | None = None


class OwedEdge(Answered, frozen=True, kw_only=True):
    node: Owed


class OwedTo(Answered, frozen=True, kw_only=True):
    edges: list[OwedEdge]


class PayoutsPage(Answered, frozen=True, kw_only=True):
    merchants: OwedTo | None = None
    companies: OwedTo | None = None
    riders: OwedTo | None = None
    payouts: Payouts | None = None
    disputed_cash: CashHandovers | None = None
