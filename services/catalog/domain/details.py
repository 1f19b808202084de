"""What is said of a product beside its name: where it comes from, how fresh it is, what it is compared with, what its category asks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Final

from services.catalog.domain.offering import OfferingInvalid, TextIsInvalid
from services.catalog.domain.tree import Attribute, CommodityIsUnknown, values
from services.kit.invalid import FieldInvalid, all_of, gathered
from services.kit.text import NotText, line

MAX_ORIGIN_CHARACTERS: Final = 60
MAX_HARVEST_DAYS: Final = 730
"""Coffee and rice keep; what is said to be older is a slip of the finger."""


class HarvestIsImplausible(OfferingInvalid):
    """In the future, or longer ago than anything is sold."""


class ProductIsUnknown(FieldInvalid):
    """One of several that were named does not exist, or is not the caller's."""

    def __init__(self, field: str) -> None:
        super().__init__(field, "there is no such product of yours")


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody says anew, by its name; what is not named stays as it was, and None takes it out."""

    harvested_on: date | None = None
    origin_group: str | None = None
    region_mark: str | None = None
    commodity: str | None = None
    attributes: Sequence[tuple[str, str]] = ()
    named: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Details:
    """As they are kept."""

    harvested_on: date | None = None
    origin_group: str | None = None
    region_mark: str | None = None
    commodity: str | None = None
    attributes: Mapping[str, str] | None = None


def detailed(
    present: Details,
    given: Given,
    *,
    asked: Mapping[str, Attribute],
    commodities: frozenset[str],
    today: date,
    at: str,
) -> Details:
    """Raises HarvestIsImplausible, TextIsInvalid, CommodityIsUnknown, AttributeDoesNotFit or a group of them. What a category does not ask
    any more, as after a move, is not kept."""
    found: list[FieldInvalid] = []
    at = f"{at}." if at else ""
    harvested = present.harvested_on
    if "harvested_on" in given.named:
        harvested = given.harvested_on
        if harvested is not None:
            gathered(found, partial(check_harvest, harvested, today, at=f"{at}harvestedOn"))
    group = present.origin_group
    if "origin_group" in given.named:
        group = gathered(found, lambda: _text(given.origin_group, f"{at}originGroup"))
    mark = present.region_mark
    if "region_mark" in given.named:
        mark = gathered(found, lambda: _text(given.region_mark, f"{at}regionMark"))
    commodity = present.commodity
    if "commodity" in given.named:
        commodity = given.commodity
        if commodity is not None and commodity not in commodities:
            found.append(CommodityIsUnknown(f"{at}commodityCode", "no commodity has this code"))
    said: Mapping[str, str] | None = {code: each for code, each in (present.attributes or {}).items() if code in asked}
    if "attributes" in given.named:
        said = gathered(found, lambda: values(asked, given.attributes, at=f"{at}attributes"))
    if found:
        raise all_of(found)
    return Details(harvested, group, mark, commodity, said)


def check_harvest(on: date, today: date, *, at: str) -> None:
    """Raises HarvestIsImplausible."""
    if not timedelta(0) <= today - on <= timedelta(days=MAX_HARVEST_DAYS):
        raise HarvestIsImplausible(at, f"today or up to {MAX_HARVEST_DAYS} days before, in WIB")


def _text(given: str | None, at: str) -> str | None:
    if given is None:
        return None
    try:
        return line(given, longest=MAX_ORIGIN_CHARACTERS)
    except NotText as error:
        raise TextIsInvalid(at, str(error), 1, MAX_ORIGIN_CHARACTERS) from error
