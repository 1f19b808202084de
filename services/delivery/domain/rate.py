"""A company's rate of its own: so many per mille of what the rule makes of a trip, from a day on. Never above the rule, never below its
band and what leaves riders what the rule gives them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from services.contracts import regency
from services.contracts.delivery import PartnerStatus
from services.contracts.places import WIB
from services.delivery.domain.dispatch import may_take
from services.delivery.domain.reach import Reach
from services.delivery.domain.tariff import WHOLE, Rated, TariffRule
from services.delivery.domain.trip import Stop

AHEAD: Final = timedelta(days=366)
MAX_WAITING: Final = 10
"""Rates of one company whose day is still to come."""
MAX_UNANSWERED: Final = 3
"""Who let so many offers expire in a row makes no quote cheaper until it answers again."""
MAX_RIVALS: Final = 300
"""The lowest rates of which a quote looks whether their companies could go: more than a regency has companies, so that nobody is hidden by
others who do not go there, and what a quote costs is bounded all the same."""
_PREFIX: Final = "RATE-"


class RateIsInvalid(Exception):
    """`field` is where in the input; `limits` are the least and the most, where it is the number."""

    def __init__(self, field: str, why: str, limits: tuple[int, int] | None = None) -> None:
        super().__init__(why)
        self.field = field
        self.limits = limits


def version(number: int) -> str:
    return f"{_PREFIX}{number}"


def number_of(text: str) -> int | None:
    """Of a version; None of what is none."""
    digits = text.removeprefix(_PREFIX)
    return int(digits) if digits != text and digits.isascii() and digits.isdecimal() and len(digits) <= 18 else None


def counted(per_mille: int, rule: TariffRule) -> int:
    """What a rate is worth under a rule that came after it: who rides for less rides for the least that the rule allows."""
    return min(WHOLE, max(per_mille, rule.lowest_per_mille))


def check(per_mille: int, valid_from: date, rule: TariffRule | None, now: datetime) -> None:
    """`rule` is what holds on that day, as far as it is known. Raises RateIsInvalid."""
    today = now.astimezone(WIB).date()
    if not today < valid_from <= today + AHEAD:
        raise RateIsInvalid("validFrom", "a rate begins tomorrow or within a year: nothing of today changes")
    if rule is None:
        raise RateIsInvalid("validFrom", "no rule of fares holds on that day")
    least = rule.lowest_per_mille
    if not least <= per_mille <= WHOLE:
        told = f"{least} to {WHOLE} per mille of {rule.version}"
        if rule.band:
            told += f", whose kilometre is {rule.band.per_km_low} to {rule.band.per_km_high} rupiah"
        raise RateIsInvalid("perMille", f"{told}, of which {rule.rider_share_pct} % stay the rider's", (least, WHOLE))


@dataclass(frozen=True, slots=True)
class Rival:
    """A company with a rate that holds now, and what decides whether it could take a trip at this moment. `has` counts the jobs that it
    carries and the offers that it holds."""

    number: int
    per_mille: int
    status: PartnerStatus
    reach: Reach
    has: int


def cheapest(
    rivals: Iterable[Rival], pickups: Sequence[Stop], door: Stop, rule: TariffRule, now: datetime, *, test: bool
) -> Rated | None:
    """The lowest of who could go, the first entered of equals; None where nobody is below the rule. Of the door only its point is known,
    so it lies in each kecamatan that holds that."""
    doors = [replace(door, kecamatan_code=code) for code in regency.kecamatan_around(door.point)] or [door]
    for each in sorted(rivals, key=lambda rival: (counted(rival.per_mille, rule), rival.number)):
        worth = counted(each.per_mille, rule)
        if worth >= WHOLE:
            return None
        goes = any(each.reach.kept_by([*pickups, one], now, has=each.has) is None for one in doors)
        if goes and may_take(each.status, test=test):
            return Rated(version(each.number), worth)
    return None
