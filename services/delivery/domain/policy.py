"""How riders are sought, as data: rules with their numbers, dated, entered by officers; nothing of one that was entered changes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from services.contracts.delivery import PartnerId
from services.kit.ids import Id
from services.kit.invalid import FieldInvalid, all_of

MAX_COMPANIES: Final = 100
"""Named in one order: as many companies as a page shows."""
AHEAD: Final = timedelta(days=366)


class PolicyId(Id, prefix="dpo"):
    pass


class DispatchRule(StrEnum):
    """Whose turn it is among companies that were asked as often: those who ride for what was quoted before those who do not, and those who
    have somebody in reach before those who have not."""

    NEAREST = "NEAREST"
    FAIR_SHARE = "FAIR_SHARE"
    CHEAPEST = "CHEAPEST"
    COMPANY_ORDER = "COMPANY_ORDER"


LIMITS: Final[Mapping[str, tuple[int, int]]] = {
    "offer_s": (10, 600),
    "at_once": (1, 10),
    "rounds": (1, 10),
    "pause_s": (10, 900),
    "assign_within_s": (120, 7_200),
    "reach_m": (500, 30_000),
    "escalate_percent": (10, 90),
    "together": (1, 5),
    "batch": (1, 10),
    "detour_m": (0, 10_000),
}
"""The least and the most of each number."""


class Entered(msgspec.Struct, frozen=True, kw_only=True):
    """A policy from `valid_from` on, until another's. What the numbers mean: `dispatch.Policy`. `companies`: whom COMPANY_ORDER asks first;
    who is not named comes after, by fair share."""

    id: PolicyId
    valid_from: datetime
    rule: DispatchRule
    offer_s: int
    at_once: int
    rounds: int
    pause_s: int
    assign_within_s: int
    reach_m: int
    escalate_percent: int
    together: int
    batch: int
    detour_m: int
    companies: tuple[PartnerId, ...] = ()


class PolicyIsInvalid(FieldInvalid):
    """`limits` are the least and the most, where it is a number."""

    def __init__(self, field: str, reason: str, limits: tuple[int, int] | None = None) -> None:
        super().__init__(field, reason)
        self.limits = limits


def check(given: Entered, now: datetime) -> None:
    """Raises PolicyIsInvalid, or a group of it, one for each field."""
    found: list[FieldInvalid] = []
    for name, (least, most) in LIMITS.items():
        if not least <= getattr(given, name) <= most:
            found.append(PolicyIsInvalid(name, f"{name} is {least} to {most}", (least, most)))
    if given.assign_within_s < 2 * given.offer_s:
        found.append(PolicyIsInvalid("assign_within_s", "a search has time for two offers at least"))
    if not now <= given.valid_from <= now + AHEAD:
        found.append(PolicyIsInvalid("valid_from", "a policy begins now or within a year: nothing of the past changes"))
    ordered = given.rule is DispatchRule.COMPANY_ORDER
    if ordered != bool(given.companies):
        found.append(PolicyIsInvalid("companies", "companies are named for COMPANY_ORDER, and for it alone"))
    if len(given.companies) > MAX_COMPANIES or len(set(given.companies)) < len(given.companies):
        found.append(PolicyIsInvalid("companies", f"at most {MAX_COMPANIES} companies, each once"))
    if given.batch < given.together:
        found.append(PolicyIsInvalid("batch", "a batch of one hub takes no fewer than any trip"))
    if found:
        raise all_of(found)
