"""What is answered of the regency's numbers; as answers.py."""

from __future__ import annotations

from datetime import date

import msgspec

from services.web.answers import Answered, PageInfo, Problem


class Figures(Answered, frozen=True, kw_only=True):
    month: str
    revision: int
    is_test: bool
    withheld: str | None
    turnover: int | None
    sold: int | None
    buyers: int | None
    sellers: int | None


class Market(Answered, frozen=True, kw_only=True):
    orders: int
    cancelled: int
    new_sellers: int
    lapsed_sellers: int
    accept_minutes: int
    deliver_minutes: int
    borne_by_regency: int
    claimed: int


class Recovery(Answered, frozen=True, kw_only=True):
    percent_of_month_before: int | None
    percent_of_year_before: int | None
    figures: Figures
    market: Market | None


class RecoveryEdge(Answered, frozen=True, kw_only=True):
    node: Recovery


class Recoveries(Answered, frozen=True, kw_only=True):
    edges: list[RecoveryEdge]


class Cell(Answered, frozen=True, kw_only=True):
    cell: str
    figures: Figures


class CellEdge(Answered, frozen=True, kw_only=True):
    node: Cell


class Cells(Answered, frozen=True, kw_only=True):
    edges: list[CellEdge]


class Day(Answered, frozen=True, kw_only=True):
    day: date
    orders: int
    handed_over: int
    cancelled: int


class DayEdge(Answered, frozen=True, kw_only=True):
    node: Day


class Days(Answered, frozen=True, kw_only=True):
    edges: list[DayEdge]


class Numbers(Answered, frozen=True, kw_only=True):
    recoveries: Recoveries | None
    places: Cells | None
    classes: Cells | None
    market_days: Days | None


class Price(Answered, frozen=True, kw_only=True):
    commodity: str
    unit: str
    place: str
    day: date
    median: int
    low: int
    high: int
    sellers: int
    week_before: int | None
    reference: int | None
    reference_day: date | None
    reference_source: str | None
    is_alarm: bool


class PriceEdge(Answered, frozen=True, kw_only=True):
    node: Price


class PriceList(Answered, frozen=True, kw_only=True):
    edges: list[PriceEdge]
    page_info: PageInfo


class Prices(Answered, frozen=True, kw_only=True):
    commodity_prices: PriceList | None


class Company(Answered, frozen=True, kw_only=True):
    name: str
    jobs: int
    delivered: int
    failed: int
    fees: int
    riders: int
    companys: int
    platforms: int
    is_within: bool


class CompanyEdge(Answered, frozen=True, kw_only=True):
    node: Company


class Companies(Answered, frozen=True, kw_only=True):
    edges: list[CompanyEdge]


class Programme(Answered, frozen=True, kw_only=True):
    programme: str
    orders: int
    borne: int


class ProgrammeEdge(Answered, frozen=True, kw_only=True):
    node: Programme


class Programmes(Answered, frozen=True, kw_only=True):
    edges: list[ProgrammeEdge]


class Budget(Answered, frozen=True, kw_only=True):
    name_id: str
    borne_by: str
    programme: str | None
    budget: int | None
    status: str
    used: int
    spent: int


class BudgetEdge(Answered, frozen=True, kw_only=True):
    node: Budget


class Budgets(Answered, frozen=True, kw_only=True):
    edges: list[BudgetEdge]


class Fairness(Answered, frozen=True, kw_only=True):
    company_records: Companies | None
    programme_uses: Programmes | None
    programmes: Budgets | None


class Ending(Answered, frozen=True, kw_only=True):
    kind: str
    place: str | None
    within14_days: int = msgspec.field(name="within14Days")
    within60_days: int = msgspec.field(name="within60Days")


class EndingEdge(Answered, frozen=True, kw_only=True):
    node: Ending


class Endings(Answered, frozen=True, kw_only=True):
    edges: list[EndingEdge]


class Complaints(Answered, frozen=True, kw_only=True):
    month: str
    is_claim: bool
    kind: str
    opened: int
    in_time: int
    late: int
    withdrawn: int
    waiting: int
    overdue: int
    unanswered: int


class ComplaintsEdge(Answered, frozen=True, kw_only=True):
    node: Complaints


class ComplaintRecords(Answered, frozen=True, kw_only=True):
    edges: list[ComplaintsEdge]


class Due(Answered, frozen=True, kw_only=True):
    licences_ending: Endings | None
    complaint_records: ComplaintRecords | None


class Fault(Answered, frozen=True, kw_only=True):
    line: int
    column: str
    value: str


class Report(Answered, frozen=True, kw_only=True):
    taken: int
    faults: list[Fault]


class Loaded(Answered, frozen=True, kw_only=True):
    problems: list[Problem]
    report: Report | None


class LoadPriceList(Answered, frozen=True, kw_only=True):
    load_price_list: Loaded | None
