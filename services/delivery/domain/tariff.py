"""What a trip costs and who gets what of it: dated rules, lines that add up, shares that make the fee to the rupiah, mass classes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from enum import StrEnum
from typing import Final

from services.contracts.places import Hours, is_open
from services.contracts.quote import MAX_MASS_GRAM, MAX_MERCHANTS

# A motorbike's box: what a rider may be asked to carry. A quote holds for the class that the goods fall in.
MASS_CLASSES_GRAM = (1_000, 3_000, 5_000, 10_000, 15_000, MAX_MASS_GRAM)
MAX_FEE_RUPIAH = 10_000_000
"""A tariff that comes to more for any trip is a slip of the pen, and a sum with it could be one that nobody can show."""
# KP 1001/2022: an application takes at most 15 % of the fare and 5 % for its riders' welfare beside. It binds fares of passengers; here it
# is kept of goods too. Neither the company nor the platform takes more than the first, and both together no more than the two.
MAX_TAKER_PCT: Final = 15
MAX_TAKEN_PCT: Final = 15 + 5
WHOLE: Final = 1_000
"""Per mille."""


@dataclass(frozen=True, slots=True)
class Band:
    """What the legal basis allows, in rupiah: of each kilometre, and of the least fee."""

    per_km_low: int
    per_km_high: int
    min_fee_low: int
    min_fee_high: int


@dataclass(frozen=True, slots=True)
class Night:
    """So much more per trip that is asked for from `begins` to `ends`, in WIB; past midnight where it ends before it begins."""

    begins: time
    ends: time
    rupiah: int

    def holds(self, at: datetime) -> bool:
        return is_open([Hours(weekday=day, opens=self.begins, closes=self.ends) for day in range(7)], at)


@dataclass(frozen=True, slots=True)
class TariffRule:
    """The fee is `min_fee_rupiah` for the first `included_m`, then `per_km_rupiah` for each kilometre begun, `per_stop_rupiah` for each
    pickup after the first, `per_kg_rupiah` for each kilogram begun by which the mass class is above `included_gram`, and the night's, all
    rounded half up to `rounding_rupiah`. The shares are whole percents that make 100. `binding` says whether the legal basis prescribes the
    band or merely suggests it. `valid_until` is the last day."""

    version: str
    min_fee_rupiah: int
    included_m: int
    per_km_rupiah: int
    rider_share_pct: int
    partner_share_pct: int
    platform_share_pct: int
    legal_basis: str
    per_stop_rupiah: int = 0
    included_gram: int = MAX_MASS_GRAM
    per_kg_rupiah: int = 0
    night: Night | None = None
    rounding_rupiah: int = 1
    band: Band | None = None
    binding: bool = False
    valid_until: date | None = None

    def check(self, longest_m: int) -> None:
        """Before it is kept, and before anybody is quoted by it. Raises ValueError."""
        if (
            min(self.per_stop_rupiah, self.per_kg_rupiah, self.included_gram, self.night.rupiah if self.night else 0)
            < 0
        ):
            raise ValueError(f"{self.version}: no part of a fare is less than nothing")
        if not 1 <= self.rounding_rupiah <= 5_000:
            raise ValueError(f"{self.version}: a fare is rounded to 1 to 5000 rupiah")
        if self.night and self.night.begins == self.night.ends:
            raise ValueError(f"{self.version}: a night that ends when it begins would be all day")
        if not 0 <= self.dearest(longest_m) <= MAX_FEE_RUPIAH:
            raise ValueError(
                f"{self.version}: {self.dearest(longest_m)} rupiah for {longest_m} m are out of 0 to {MAX_FEE_RUPIAH}"
            )
        if max(self.partner_share_pct, self.platform_share_pct) > MAX_TAKER_PCT:
            raise ValueError(f"{self.version}: neither company nor platform takes more than {MAX_TAKER_PCT} percent")
        if self.partner_share_pct + self.platform_share_pct > MAX_TAKEN_PCT:
            raise ValueError(
                f"{self.version}: together they take at most {MAX_TAKEN_PCT} percent; the rest is the rider's"
            )
        if self.binding and self.band is None:
            raise ValueError(f"{self.version}: a rule that binds has a band")
        if (band := self.band) is None:
            return
        if band.per_km_low > band.per_km_high or band.min_fee_low > band.min_fee_high:
            raise ValueError(f"{self.version}: the band's least is above its most")
        inside = (
            band.per_km_low <= self.per_km_rupiah <= band.per_km_high
            and band.min_fee_low <= self.min_fee_rupiah <= band.min_fee_high
        )
        if self.binding and not inside:
            raise ValueError(f"{self.version}: outside the band that its legal basis prescribes")

    def dearest(self, distance_m: int) -> int:
        """Before any zone's surcharge."""
        return (
            self.fee(distance_m)
            + self.per_stop_rupiah * (MAX_MERCHANTS - 1)
            + self.per_kg_rupiah * _begun(MAX_MASS_GRAM - self.included_gram)
            + (self.night.rupiah if self.night else 0)
        )

    def fee(self, distance_m: int) -> int:
        """Of the distance alone, in rupiah."""
        return self.min_fee_rupiah + _begun(distance_m - self.included_m) * self.per_km_rupiah

    @property
    def lowest_per_mille(self) -> int:
        """The least that a company may ask of what this rule makes: its kilometre and its minimum stay within the band, and from what the
        platform leaves, the rider gets what the rule's own fare would have given them."""
        floors = [-(-WHOLE * self.rider_share_pct // (100 - self.platform_share_pct))]
        if band := self.band:
            floors += [
                -(-WHOLE * low // own)
                for low, own in ((band.per_km_low, self.per_km_rupiah), (band.min_fee_low, self.min_fee_rupiah))
                if own
            ]
        return min(WHOLE, max(floors))

    def shares(self, fee_rupiah: int) -> Shares:
        return split(fee_rupiah, self.rider_share_pct, self.partner_share_pct, self.platform_share_pct)


def _begun(over: int) -> int:
    """Thousands begun."""
    return max(0, -(-over // 1_000))


class FarePart(StrEnum):
    MINIMUM = "MINIMUM"
    DISTANCE = "DISTANCE"
    STOPS = "STOPS"
    WEIGHT = "WEIGHT"
    NIGHT = "NIGHT"
    SURCHARGE = "SURCHARGE"
    ROUNDING = "ROUNDING"
    RATE = "RATE"


@dataclass(frozen=True, slots=True)
class FareLine:
    """`count`: kilometres begun, pickups after the first, kilograms begun, each at `each_rupiah`. `name`: the zone of a surcharge, the
    version of a company's rate."""

    part: FarePart
    rupiah: int
    count: int | None = None
    each_rupiah: int | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Rated:
    """A company's rate by its version, with what it is worth under the rule of the day."""

    version: str
    per_mille: int


@dataclass(frozen=True, slots=True)
class Ride:
    """What a fare is reckoned of; `surcharges` are names of zones and rupiah. `rate` None: the rule's own."""

    distance_m: int
    pickups: int
    mass_limit_gram: int
    at: datetime
    surcharges: Sequence[tuple[str, int]] = ()
    rate: Rated | None = None


def fare(rule: TariffRule, ride: Ride) -> list[FareLine]:
    """Its sum is the fee. What comes to nothing is left out, but for the minimum."""
    km, stops, kg = (
        _begun(ride.distance_m - rule.included_m),
        ride.pickups - 1,
        _begun(ride.mass_limit_gram - rule.included_gram),
    )
    counted = [
        FareLine(FarePart.DISTANCE, km * rule.per_km_rupiah, km, rule.per_km_rupiah),
        FareLine(FarePart.STOPS, stops * rule.per_stop_rupiah, stops, rule.per_stop_rupiah),
        FareLine(FarePart.WEIGHT, kg * rule.per_kg_rupiah, kg, rule.per_kg_rupiah),
    ]
    if rule.night and rule.night.holds(ride.at):
        counted.append(FareLine(FarePart.NIGHT, rule.night.rupiah))
    counted += [FareLine(FarePart.SURCHARGE, rupiah, name=name) for name, rupiah in ride.surcharges]
    lines = [FareLine(FarePart.MINIMUM, rule.min_fee_rupiah), *(each for each in counted if each.rupiah)]
    exact = sum(each.rupiah for each in lines)
    rounded = (exact + rule.rounding_rupiah // 2) // rule.rounding_rupiah * rule.rounding_rupiah
    if rounded != exact:
        lines.append(FareLine(FarePart.ROUNDING, rounded - exact))
    if ride.rate and (less := _less(rule, ride.rate, rounded)):
        lines.append(FareLine(FarePart.RATE, -less, name=ride.rate.version))
    return lines


def _less(rule: TariffRule, rate: Rated, rounded: int) -> int:
    """What a rate takes off a round fare, in whole steps of the rounding and never more than it says: else a step could come out of what
    is the rider's."""
    return rounded * (WHOLE - rate.per_mille) // WHOLE // rule.rounding_rupiah * rule.rounding_rupiah


def total(lines: Sequence[FareLine]) -> int:
    """Rupiah."""
    return sum(each.rupiah for each in lines)


def shares(rule: TariffRule, lines: Sequence[FareLine]) -> Shares:
    """Of a fare. What a company's rate takes off is not the rider's to bear: they get what the rule's own fare would have given them, the
    platform its percentage of what is paid, and the rest is the company's."""
    fee = total(lines)
    off = sum(each.rupiah for each in lines if each.part is FarePart.RATE)
    if not off:
        return rule.shares(fee)
    rider, platform = rule.shares(fee - off).rider, fee * rule.platform_share_pct // 100
    return Shares(rider, fee - rider - platform, platform)


@dataclass(frozen=True, slots=True)
class Shares:
    """Rupiah; their sum is the fee."""

    rider: int
    partner: int
    platform: int


def split(fee_rupiah: int, rider_pct: int, partner_pct: int, platform_pct: int) -> Shares:
    """By largest remainder: each share is within a rupiah of its percentage and the sum is exact. A tie goes to the rider first."""
    percents = (rider_pct, partner_pct, platform_pct)
    if min(percents) < 0 or sum(percents) != 100:
        raise ValueError("shares are percents that make 100")
    whole = [fee_rupiah * percent // 100 for percent in percents]
    by_remainder = sorted(range(3), key=lambda place: -(fee_rupiah * percents[place] % 100))
    for place in by_remainder[: fee_rupiah - sum(whole)]:
        whole[place] += 1
    return Shares(*whole)


def mass_class(mass_gram: int) -> int | None:
    """The limit in grams that a quote for this mass carries; None when it is too heavy for a motorbike."""
    return next((limit for limit in MASS_CLASSES_GRAM if mass_gram <= limit), None)
