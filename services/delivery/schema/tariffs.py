"""Dated rules of fares, what officers enter of them, and a fare that is reckoned again."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated

import strawberry

from services.contracts.quote import MAX_MASS_GRAM
from services.contracts.roles import Role
from services.delivery.commands import fares
from services.delivery.commands.fares import NoFareIsKept, Replayed
from services.delivery.domain import tariff
from services.delivery.domain.roads import Roads
from services.delivery.schema.context import Info
from services.delivery.schema.fares import FareLine
from services.delivery.store import prices
from services.delivery.store.prices import DatedRule
from services.graph import Payload
from services.kit.database.db import transaction
from services.kit.graphql.errors import BadUserInput
from services.kit.graphql.pages import PAGED, Connection, Page
from services.kit.graphql.refusals import refusable
from services.kit.graphql.scalars import Rupiah
from services.kit.graphql.texts import read_line

_BASIS_CHARACTERS = 400
_WHY_CHARACTERS = 500


@strawberry.type(
    description="More per trip that is asked for in these hours, WIB; past midnight where they end before they begin."
)
class NightFare:
    begins: time = strawberry.field(description="From then on.")
    ends: time = strawberry.field(description="Until then.")
    amount: Rupiah = strawberry.field(description="So much more.")


@strawberry.type(description="What the legal basis allows.")
class FareBand:
    per_km_low: Rupiah = strawberry.field(description="The least of a kilometre.")
    per_km_high: Rupiah = strawberry.field(description="The most of a kilometre.")
    min_fee_low: Rupiah = strawberry.field(description="The least of the minimum.")
    min_fee_high: Rupiah = strawberry.field(description="The most of the minimum.")


@strawberry.type(
    description="A rule of fares, from a day until its last or the next rule's first. What there is never changes: a fee is explained "
    "by the rule of its day."
)
class Tariff:
    version: str = strawberry.field(description="GOODS-I-v2; quotes name it.")
    valid_from: date = strawberry.field(description="The first day, WIB.")
    valid_until: date | None = strawberry.field(description="The last day, WIB; null until another begins.")
    min_fee: Rupiah = strawberry.field(description="The least, with the first `includedM` in it.")
    included_m: int = strawberry.field(description="Metres that the minimum includes.")
    per_km: Rupiah = strawberry.field(description="For each kilometre begun beyond.")
    per_stop: Rupiah = strawberry.field(description="For each pickup after the first.")
    included_gram: int = strawberry.field(description="Grams that cost no more.")
    per_kg: Rupiah = strawberry.field(description="For each kilogram begun by which the mass class is above.")
    night: NightFare | None = strawberry.field(description="Null where nights cost no more.")
    rounding: Rupiah = strawberry.field(description="The fee is rounded half up to this.")
    rider_share_percent: int = strawberry.field(description="Of the fee; at least 80.")
    partner_share_percent: int = strawberry.field(description="Of the fee; at most 15.")
    platform_share_percent: int = strawberry.field(
        description="Of the fee; at most 15, and with the company's at most 20."
    )
    legal_basis: str = strawberry.field(description="What it rests on.")
    binding: bool = strawberry.field(description="Whether that prescribes the band, and does not merely suggest it.")
    band: FareBand | None = strawberry.field(description="What that allows, where it says so.")
    why: str | None = strawberry.field(description="Why it was entered; officers and operators only.")

    @classmethod
    def of(cls, dated: DatedRule, why: str | None) -> Tariff:
        rule, night, band = dated.rule, dated.rule.night, dated.rule.band
        return cls(
            version=rule.version,
            valid_from=dated.valid_from,
            valid_until=rule.valid_until,
            min_fee=Rupiah(rule.min_fee_rupiah),
            included_m=rule.included_m,
            per_km=Rupiah(rule.per_km_rupiah),
            per_stop=Rupiah(rule.per_stop_rupiah),
            included_gram=rule.included_gram,
            per_kg=Rupiah(rule.per_kg_rupiah),
            night=NightFare(begins=night.begins, ends=night.ends, amount=Rupiah(night.rupiah)) if night else None,
            rounding=Rupiah(rule.rounding_rupiah),
            rider_share_percent=rule.rider_share_pct,
            partner_share_percent=rule.partner_share_pct,
            platform_share_percent=rule.platform_share_pct,
            legal_basis=rule.legal_basis,
            binding=rule.binding,
            band=FareBand(
                per_km_low=Rupiah(band.per_km_low),
                per_km_high=Rupiah(band.per_km_high),
                min_fee_low=Rupiah(band.min_fee_low),
                min_fee_high=Rupiah(band.min_fee_high),
            )
            if band
            else None,
            why=why,
        )


@strawberry.type(description="A fare as it was quoted, beside what the rule of its version makes of it today.")
class ReplayedFare:
    tariff_version: str = strawberry.field(description="The rule that it was reckoned by.")
    rate_version: str | None = strawberry.field(
        description="The company's rate that it was reckoned with; null for the rule's own."
    )
    rate_per_mille: int | None = strawberry.field(description="What that is worth of the rule's fare, by that rule.")
    legal_basis: str = strawberry.field(description="What that rests on.")
    at: datetime = strawberry.field(description="When it was quoted, to the second.")
    distance_m: int = strawberry.field(description="As quoted.")
    distance_source: Roads = strawberry.field(description="Where that was from.")
    pickups: int = strawberry.field(description="As quoted.")
    mass_limit_gram: int = strawberry.field(description="As quoted.")
    lines: list[FareLine] = strawberry.field(description="Reckoned again.")
    quoted: Rupiah = strawberry.field(description="What was promised.")
    recomputed: Rupiah = strawberry.field(description="The sum of the lines.")
    same: bool = strawberry.field(description="Whether both are one.")
    fee_now: Rupiah = strawberry.field(description="The trip's, which may be less since: a merchant was left out.")

    @classmethod
    def of(cls, replayed: Replayed) -> ReplayedFare:
        return cls(
            tariff_version=replayed.version,
            rate_version=replayed.rate.version if replayed.rate else None,
            rate_per_mille=replayed.rate.per_mille if replayed.rate else None,
            legal_basis=replayed.legal_basis,
            at=replayed.at,
            distance_m=replayed.distance_m,
            distance_source=replayed.roads,
            pickups=replayed.pickups,
            mass_limit_gram=replayed.mass_limit_gram,
            lines=[FareLine.of(each) for each in replayed.lines],
            quoted=Rupiah(replayed.quoted_rupiah),
            recomputed=Rupiah(replayed.recomputed_rupiah),
            same=replayed.same,
            fee_now=Rupiah(replayed.fee_now_rupiah),
        )


@strawberry.input(description="More per trip that is asked for in these hours, WIB.")
class NightFareInput:
    begins: time = strawberry.field(description="From then on.")
    ends: time = strawberry.field(description="Until then; past midnight where it is before `begins`.")
    amount: Rupiah = strawberry.field(description="So much more.")


@strawberry.input(description="What the legal basis allows.")
class FareBandInput:
    per_km_low: Rupiah = strawberry.field(description="The least of a kilometre.")
    per_km_high: Rupiah = strawberry.field(description="The most of a kilometre.")
    min_fee_low: Rupiah = strawberry.field(description="The least of the minimum.")
    min_fee_high: Rupiah = strawberry.field(description="The most of the minimum.")


@strawberry.input(description="A rule of fares for goods, from a day to come.")
class EnterTariffInput:
    valid_from: date = strawberry.field(description="The first day, WIB: tomorrow or later.")
    min_fee: Rupiah = strawberry.field(description="The least, with the first `includedM` in it.")
    included_m: int = strawberry.field(description="Metres that the minimum includes.")
    per_km: Rupiah = strawberry.field(description="For each kilometre begun beyond.")
    rider_share_percent: int = strawberry.field(description="Of the fee; the three make 100.")
    partner_share_percent: int = strawberry.field(description="At most 15.")
    platform_share_percent: int = strawberry.field(description="At most 15, and with the company's at most 20.")
    legal_basis: str = strawberry.field(
        description=f"What it rests on: one line of 1 to {_BASIS_CHARACTERS} characters."
    )
    why: str = strawberry.field(description=f"For the record: one line of 1 to {_WHY_CHARACTERS} characters.")
    valid_until: date | None = strawberry.field(default=None, description="The last day, WIB.")
    per_stop: Rupiah = strawberry.field(default=Rupiah(0), description="For each pickup after the first.")
    included_gram: int = strawberry.field(default=MAX_MASS_GRAM, description="Grams that cost no more.")
    per_kg: Rupiah = strawberry.field(default=Rupiah(0), description="For each kilogram begun beyond.")
    night: NightFareInput | None = strawberry.field(default=None, description="Where nights cost more.")
    rounding: Rupiah = strawberry.field(
        default=Rupiah(1), description="The fee is rounded half up to this; 1 to 5,000."
    )
    band: FareBandInput | None = strawberry.field(default=None, description="What the legal basis allows.")
    binding: bool = strawberry.field(default=False, description="Whether it prescribes the band.")

    def rule(self) -> DatedRule:
        shares = (self.rider_share_percent, self.partner_share_percent, self.platform_share_percent)
        if sum(shares) != 100 or min(shares) < 0:
            raise fares.TariffIsInvalid("the shares are percents that make 100", "riderSharePercent")
        if not 0 <= self.included_m <= 60_000 or not 0 <= self.included_gram <= MAX_MASS_GRAM:
            raise fares.TariffIsInvalid("what is included is 0 to 60,000 metres and 0 to 20,000 grams", "includedM")
        night, band = self.night, self.band
        made = tariff.TariffRule(
            version="",
            min_fee_rupiah=self.min_fee,
            included_m=self.included_m,
            per_km_rupiah=self.per_km,
            rider_share_pct=self.rider_share_percent,
            partner_share_pct=self.partner_share_percent,
            platform_share_pct=self.platform_share_percent,
            legal_basis=read_line("input.legalBasis", self.legal_basis, longest=_BASIS_CHARACTERS),
            per_stop_rupiah=self.per_stop,
            included_gram=self.included_gram,
            per_kg_rupiah=self.per_kg,
            night=tariff.Night(night.begins, night.ends, night.amount) if night else None,
            rounding_rupiah=self.rounding,
            band=tariff.Band(band.per_km_low, band.per_km_high, band.min_fee_low, band.min_fee_high) if band else None,
            binding=self.binding,
            valid_until=self.valid_until,
        )
        return DatedRule("", made, "GOODS", "I", self.valid_from)


@strawberry.type
class EnterTariffPayload(Payload):
    tariff: Tariff | None = None


@strawberry.type
class TariffMutations:
    @refusable(
        description="Officers and operators: enter the rule of a day to come; what there is never changes. The key makes a repeat the "
        "same one."
    )
    async def enter_tariff(
        self,
        info: Info,
        input: Annotated[EnterTariffInput, strawberry.argument(description="The whole rule.")],
        idempotency_key: str,
    ) -> EnterTariffPayload | None:
        subject = info.context.identity.require(Role.OFFICER, Role.OPS)
        given, why = input.rule(), read_line("input.why", input.why, longest=_WHY_CHARACTERS)
        async with transaction(info.context.db) as conn:
            version = await fares.enter(conn, given, why, by=subject, idempotency_key=idempotency_key)
            made, because = await prices.by_version(conn, version)
        return EnterTariffPayload(tariff=Tariff.of(made, because))


@strawberry.type
class TariffQueries:
    @strawberry.field(
        description="The rules of fares, the last to begin first: for whoever has signed in.", directives=[PAGED]
    )
    async def tariffs(
        self, info: Info, first: int | None = None, after: str | None = None
    ) -> Connection[Tariff] | None:
        identity = info.context.identity
        identity.require()
        page = Page(first, after, tuple[str])
        async with info.context.db.acquire() as conn:
            rows = await prices.page(conn, page.after[0] if page.after else None, page.limit)
        staff = identity.has(Role.OFFICER, Role.OPS)
        return page.connection(
            rows, key=lambda row: (row[0].rule.version,), node=lambda row: Tariff.of(row[0], row[1] if staff else None)
        )

    @strawberry.field(
        description="Officers and operators only: the fare of a trip, reckoned again by what was kept of it. Null where there is none, or "
        "it is of before that was kept."
    )
    async def replayed_fare(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The trip's, its order's or its quote's.")],
    ) -> ReplayedFare | None:
        info.context.identity.require(Role.OFFICER, Role.OPS)
        try:
            key = fares.fare_id(id)
        except ValueError as error:
            raise BadUserInput("id is of a trip, an order or a quote") from error
        try:
            async with info.context.db.acquire() as conn:
                return ReplayedFare.of(await fares.replay(conn, key))
        except NoFareIsKept:
            return None
