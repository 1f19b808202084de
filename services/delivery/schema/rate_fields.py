"""What a company rides for, as its own people and officers see it."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

import strawberry

from services.contracts.delivery import PartnerId
from services.delivery.domain import rate
from services.delivery.domain.tariff import WHOLE
from services.delivery.schema import loaders
from services.delivery.schema.context import Info
from services.delivery.store.rates import SHOWN, RateView


@strawberry.type(
    description="What a company rides for, of what the rule of fares makes of a trip, from a day on. What was entered never changes."
)
class CompanyRate:
    version: str = strawberry.field(description="RATE-7; quotes name it.")
    valid_from: date = strawberry.field(description="The first day, WIB; of one day the last entered counts.")
    per_mille: int = strawberry.field(description="Of the rule's fare; 1,000 is the rule's own.")
    entered_at: datetime = strawberry.field(description="When it was entered.")

    @classmethod
    def of(cls, view: RateView) -> CompanyRate:
        return cls(
            version=rate.version(view.number),
            valid_from=view.valid_from,
            per_mille=view.per_mille,
            entered_at=view.entered_at,
        )


@strawberry.type(description="A company's rates of its own, and how low one may be.")
class CompanyRates:
    holds: CompanyRate | None = strawberry.field(description="What holds today; null for the rule's own.")
    entered: list[CompanyRate] = strawberry.field(description=f"The last to begin first, at most {SHOWN}.")
    lowest: int | None = strawberry.field(
        description="Per mille: no lower by the rule of tomorrow, whose band and rider's part stay whole. Null where none holds."
    )
    highest: int = strawberry.field(description="Per mille: the rule's own.")
    tariff_version: str | None = strawberry.field(description="That rule.")


@strawberry.type
class RateFields:
    """The field of `Partner` that this is about."""

    if TYPE_CHECKING:
        key: PartnerId

    @strawberry.field(description="What it rides for; for its own people and the platform, else null.")
    async def rates(self, info: Info) -> CompanyRates | None:
        found = await info.context.load(loaders.rates_of, self.key)
        if found is None:
            return None
        today, rule, entered = found
        holds = next((each for each in entered if each.valid_from <= today), None)
        return CompanyRates(
            holds=CompanyRate.of(holds) if holds else None,
            entered=[CompanyRate.of(each) for each in entered],
            lowest=rule.lowest_per_mille if rule else None,
            highest=WHOLE,
            tariff_version=rule.version if rule else None,
        )
