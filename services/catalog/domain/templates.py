"""Usual goods that sellers copy: what they are called and how they are sold, without a price."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from services.catalog.domain import offering
from services.catalog.domain.offering import Described, Sold, Unit
from services.kit.invalid import FieldInvalid, all_of, gathered

MAX_TEMPLATES: Final = 1_000
MAX_ITEMS: Final = 60
"""Of one call: a load of a wlijo."""


class TemplatesAreTooMany(Exception):
    def __init__(self) -> None:
        super().__init__(f"there are at most {MAX_TEMPLATES} usual goods")


class TemplateIsUnknown(FieldInvalid):
    pass


@dataclass(frozen=True, slots=True)
class Template:
    """`gram_per_unit` is the mass of one unit; None of what weighs what it weighs."""

    code: str
    name: str
    description: str
    category: str
    unit: str
    label: str
    gram_per_unit: int | None
    keeps_for_s: int | None

    @property
    def described(self) -> Described:
        return Described(self.name, self.description, self.category, None, self.keeps_for_s)

    def sold(self, unit: str | None, price_rupiah: int, on_hand: int) -> Sold:
        """In its own unit, or in another that the seller names: then nothing is known of its mass."""
        if unit is None or unit == self.unit:
            return Sold(self.label, self.unit, None, None, price_rupiah, None, self.gram_per_unit, on_hand)
        return Sold(f"per {unit}", unit, None, None, price_rupiah, None, None, on_hand)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a seller copies; None of `quantity` leaves what lies there, `unit` and `gram_per_unit` are the template's."""

    code: str
    price_rupiah: int
    unit: str | None
    gram_per_unit: int | None
    quantity: int | None


def checked(given: Template, categories: list[str], units: dict[str, Unit], *, at: str) -> Template:
    """That what is made of it will be goods; its texts as they are kept. Raises OfferingInvalid or a group of it."""
    found: list[FieldInvalid] = []
    said = gathered(found, lambda: offering.described(given.described, categories, at=at))
    sold = gathered(found, lambda: offering.offered(given.sold(None, 1, 0), units.get(given.unit), at=at))
    if said is None or sold is None or found:
        raise all_of(found)
    return replace(given, name=said.name, description=said.description, label=sold.label)
