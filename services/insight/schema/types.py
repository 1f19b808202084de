"""What can be seen of the regency: figures of months, the day, prices, companies and programmes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Self

import strawberry

from services.contracts.umkm import UmkmClass
from services.insight.domain import prices
from services.insight.domain.hiding import Why
from services.insight.domain.publishing import Published
from services.insight.store.prices import Asked
from services.insight.store.published import OfMonth
from services.insight.store.sums import Day
from services.kit.graphql.enums import described
from services.kit.graphql.scalars import Rupiah

described(
    Why,
    "Why a figure is withheld. New values may come.",
    FEW="Fewer than five sellers or ten buyers are in it.",
    ONE_HAS_MOST="One seller has more than four fifths of it.",
    PROTECTS="Another that is withheld could be reckoned from it.",
)


class RecoveryBy(StrEnum):
    """Values are the cubes' own."""

    PLACE = "PLACE"
    UMKM_CLASS = "CLASS"
    PLACE_AND_CLASS = "PLACE_CLASS"
    SELLER_KIND = "KIND"
    CATEGORY = "GOODS"
    FROM_PLACE_TO_PLACE = "FLOW"
    BUYERS_PLACE = "BUYER"


described(
    RecoveryBy,
    "By what a month's figures are split; there is no other way.",
    PLACE="By the seller's kecamatan.",
    UMKM_CLASS="By the seller's UMKM class.",
    PLACE_AND_CLASS="By both.",
    SELLER_KIND="By what kind of seller it is.",
    CATEGORY="By category of goods.",
    FROM_PLACE_TO_PLACE="From the seller's kecamatan to the buyer's.",
    BUYERS_PLACE="By the buyer's kecamatan.",
)


@strawberry.type(
    description="What was sold in a month, as it was published: rounded to Rp1,000, and withheld where it would expose somebody."
)
class Figures:
    month: str = strawberry.field(description="In WIB, like 2026-10.")
    revision: int = strawberry.field(description="1, and one more with each correction that was published.")
    is_test: bool = strawberry.field(description="Whether trials were counted: so it is where all orders are trials.")
    withheld: Why | None = strawberry.field(description="Why the figures are null; null when they are shown.")
    turnover: Rupiah | None = strawberry.field(
        description="What handed over goods were paid for with, by the day of their order."
    )
    sold: int | None = strawberry.field(description="Merchants' parts of orders that were handed over.")
    buyers: int | None = strawberry.field(description="Who bought something in the month, each once.")
    sellers: int | None = strawberry.field(description="Who sold something in the month, each once.")

    @classmethod
    def of(cls, found: OfMonth) -> Self:
        cell = found.cell
        said: Mapping[str, int] = cell.measures if cell else {"turnover": 0, "completed": 0, "buyers": 0, "sellers": 0}
        turnover = said.get("turnover")
        return cls(
            month=found.month,
            revision=found.revision,
            is_test=found.test,
            withheld=cell.withheld if cell else None,
            turnover=None if turnover is None else Rupiah(turnover),
            sold=said.get("completed"),
            buyers=said.get("buyers"),
            sellers=said.get("sellers"),
        )


@strawberry.type(description="What is published of the whole regency's month alone.")
class MarketFigures:
    orders: int = strawberry.field(description="Placed.")
    cancelled: int = strawberry.field(description="Of them, ended early.")
    delivered: int = strawberry.field(description="Brought by a rider.")
    failed_trips: int = strawberry.field(description="Of which the goods came back or were lost.")
    fees: Rupiah = strawberry.field(description="For trips.")
    claimed: Rupiah = strawberry.field(description="Given back for goods that were not what was ordered.")
    borne_by_regency: Rupiah = strawberry.field(description="By programmes of the regency.")
    new_sellers: int = strawberry.field(description="That sold for the first time.")
    lapsed_sellers: int = strawberry.field(description="Whose last sale was ninety days ago.")
    accept_minutes: int = strawberry.field(description="The mean, from an order to its merchant's yes.")
    deliver_minutes: int = strawberry.field(description="The mean, from an order to the door.")

    @classmethod
    def of(cls, cell: Published) -> Self | None:
        said = cell.measures
        if not said:
            return None
        return cls(
            orders=said["orders"],
            cancelled=said["cancelled"],
            delivered=said["delivered"],
            failed_trips=said["failed"],
            fees=Rupiah(said["fee"]),
            claimed=Rupiah(said["claimed"]),
            borne_by_regency=Rupiah(said["regency"]),
            new_sellers=said["new_sellers"],
            lapsed_sellers=said["lapsed_sellers"],
            accept_minutes=said["accept_minutes"],
            deliver_minutes=said["deliver_minutes"],
        )


@strawberry.type(description="A month beside the month before and the same month a year before.")
class Recovery:
    place: str | None = strawberry.field(description="The sellers' kecamatan, by its code; null for the whole regency.")
    umkm_class: UmkmClass | None = strawberry.field(description="The sellers' class; null for all.")
    figures: Figures = strawberry.field(description="Of the month.")
    month_before: Figures | None = strawberry.field(description="Null where that month was not published.")
    year_before: Figures | None = strawberry.field(description="Null where that month was not published.")
    percent_of_month_before: int | None = strawberry.field(
        description="Turnover in percent of the month before's; null unless both are shown."
    )
    percent_of_year_before: int | None = strawberry.field(
        description="Turnover in percent of the same month's a year before; null unless both are shown."
    )
    market: MarketFigures | None = strawberry.field(description="For the whole regency and all classes.")


def percent_of(now: Figures, then: Figures | None) -> int | None:
    if then is None or now.turnover is None or not then.turnover:
        return None
    return (200 * int(now.turnover) + int(then.turnover)) // (2 * int(then.turnover))


@strawberry.type(description="One cell of a month's figures.")
class RecoveryCell:
    cell: str = strawberry.field(
        description="A code; of two, the first, `|` and the second. `?` where it was never told."
    )
    figures: Figures = strawberry.field(description="Of the cell in the month.")


@strawberry.type(description="A day of the whole regency, in counts alone. Of the day that is not over, until now.")
class MarketDay:
    day: date = strawberry.field(description="In WIB.")
    orders: int = strawberry.field(description="Placed on that day.")
    handed_over: int = strawberry.field(description="Merchants' parts of them that are with their buyers by now.")
    cancelled: int = strawberry.field(description="Of them, ended early.")

    @classmethod
    def of(cls, row: Day) -> Self:
        said = row.measures
        return cls(
            day=date.fromisoformat(row.day),
            orders=said["orders"],
            handed_over=said["completed"],
            cancelled=said["cancelled"],
        )


@strawberry.type(
    description="What sellers of a kecamatan ask for a commodity, beside what the province publishes. Of a kilogram, a litre or a piece."
)
class CommodityPrice:
    commodity: str = strawberry.field(description="By the code of the platform's list.")
    unit: str = strawberry.field(description="MASS, VOLUME or COUNT: of a kilogram, a litre or a piece.")
    place: str = strawberry.field(description="The kecamatan, by its code.")
    day: date = strawberry.field(description="Of which the prices are: the newest that there is within a week.")
    median: Rupiah = strawberry.field(description="Half of the sellers ask this or less, each by its cheapest.")
    low: Rupiah = strawberry.field(description="A quarter of the sellers ask this or less.")
    high: Rupiah = strawberry.field(description="A quarter of the sellers ask this or more.")
    sellers: int = strawberry.field(description="At least three.")
    week_before: Rupiah | None = strawberry.field(description="The median a week earlier.")
    reference: Rupiah | None = strawberry.field(description="What the province published last until that day.")
    reference_day: date | None = strawberry.field(description="Of which day that is.")
    reference_source: str | None = strawberry.field(description="Where it is from.")
    is_alarm: bool = strawberry.field(
        description="Whether the median is more than a fifth above the province's price, or above what it was a week earlier."
    )

    @classmethod
    def of(cls, row: Asked) -> Self:
        return cls(
            commodity=row.commodity,
            unit=str(row.unit),
            place=row.kecamatan,
            day=row.day,
            median=Rupiah(row.median),
            low=Rupiah(row.low),
            high=Rupiah(row.high),
            sellers=row.sellers,
            week_before=None if row.week_before is None else Rupiah(row.week_before),
            reference=None if row.reference is None else Rupiah(row.reference),
            reference_day=row.reference_day,
            reference_source=row.source,
            is_alarm=prices.is_alarm(row.median, row.reference, row.week_before),
        )


MOST_BESIDE_RIDERS_PERCENT = 20
"""KP 1001/2022 allows who runs an app 15 % for the app and 5 % for what supports riders; company and platform share that place here. It
binds passengers alone: for goods it is the regency's measure."""


@strawberry.type(description="How a company's fees of a month were shared: at least 80 % are the riders'.")
class CompanyRecord:
    partner_id: strawberry.ID = strawberry.field(description="The company.")
    name: str = strawberry.field(description="The company's.")
    jobs: int = strawberry.field(description="Trips of orders of the month that it had.")
    delivered: int = strawberry.field(description="Of its trips, those that came to the door.")
    failed: int = strawberry.field(description="Of its trips, those of which the goods came back or were lost.")
    fees: Rupiah = strawberry.field(description="What its trips cost, discounts of the fee included.")
    riders: Rupiah = strawberry.field(description="The riders' shares.")
    companys: Rupiah = strawberry.field(description="The company's shares.")
    platforms: Rupiah = strawberry.field(description="The platform's shares.")
    is_within: bool = strawberry.field(
        description="Whether the company's and the platform's shares are a fifth together at most, to a rupiah for each trip."
    )

    @classmethod
    def of(cls, row: CompanyRow) -> Self:
        said = row.measures
        fee, slack = said["fee"], said["delivered"]
        within = (
            said["partner_share"] + said["platform_share"]
        ) * 100 <= fee * MOST_BESIDE_RIDERS_PERCENT + 100 * slack
        return cls(
            partner_id=strawberry.ID(row.partner_id),
            name=row.name,
            jobs=said["orders"],
            delivered=said["delivered"],
            failed=said["failed"],
            fees=Rupiah(fee),
            riders=Rupiah(said["rider_share"]),
            companys=Rupiah(said["partner_share"]),
            platforms=Rupiah(said["platform_share"]),
            is_within=within,
        )


@dataclass(frozen=True, slots=True)
class CompanyRow:
    partner_id: str
    name: str
    measures: Mapping[str, int]


@strawberry.type(description="What a programme of the regency has borne of the orders of a month.")
class ProgrammeUse:
    programme: str = strawberry.field(description="By the name of its budget.")
    orders: int = strawberry.field(description="That it was used in, and that were handed over.")
    borne: Rupiah = strawberry.field(description="Of goods and fees.")
