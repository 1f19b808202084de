"""What a merchant puts up for sale: a product and the units in which it is sold, checked before it is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from services.catalog.domain import product, weighing
from services.catalog.domain.product import PriceOutOfRange
from services.catalog.domain.stock import MAX_ON_HAND
from services.contracts import regency
from services.contracts.catalog import UnitKind
from services.contracts.problems import LimitUnit
from services.kit.invalid import FieldInvalid, all_of, gathered
from services.kit.text import NotText, line

MAX_PRODUCTS: Final = 2_000
"""Of one merchant."""
MAX_VARIANTS: Final = 20
"""Of one product, those that are offered: they are told whole with every change of it."""
MAX_RETIRED: Final = 80
"""Of one product, beside those that are offered: orders name them."""
MAX_NAME_CHARACTERS: Final = 60
MAX_DESCRIPTION_CHARACTERS: Final = 1_000
MAX_LABEL_CHARACTERS: Final = 40
MAX_QUANTITY: Final = 1_000_000
"""Base units of a step, a least quantity or a price's basis: a ton by the gram."""
MAX_UNIT_GRAM: Final = 100_000
MAX_FRESH_S: Final = 5 * 366 * 24 * 3_600
_BASE: Final = LimitUnit.BASE_UNIT


class OfferingInvalid(FieldInvalid):
    """`field` is the path of the argument."""


class TextIsInvalid(OfferingInvalid):
    def __init__(self, field: str, reason: str, least: int, most: int) -> None:
        super().__init__(field, reason)
        self.least = least
        self.most = most


class NumberIsOutOfRange(OfferingInvalid):
    def __init__(self, field: str, least: int, most: int, unit: LimitUnit) -> None:
        super().__init__(field, f"{least} to {most}")
        self.least = least
        self.most = most
        self.unit = unit


class UnitDoesNotFit(OfferingInvalid):
    """A step, a least quantity, a basis or a mass that the unit cannot have."""


class CategoryIsUnknown(OfferingInvalid):
    pass


class UnitIsUnknown(OfferingInvalid):
    pass


class RegionIsUnknown(OfferingInvalid):
    pass


class ProductsAreTooMany(Exception):
    def __init__(self) -> None:
        super().__init__(f"a merchant has at most {MAX_PRODUCTS} products")


class LastVariant(Exception):
    """A product is sold in one way at least; hidden or archived, it is not sold at all."""

    def __init__(self) -> None:
        super().__init__("it is the last variant of its product")


class VariantsAreTooMany(Exception):
    def __init__(self) -> None:
        super().__init__(f"a product has 1 to {MAX_VARIANTS} variants")


@dataclass(frozen=True, slots=True)
class Unit:
    code: str
    label: str
    kind: UnitKind
    base_per_unit: int


@dataclass(frozen=True, slots=True)
class Described:
    """What a product is called and where it is found."""

    name: str
    description: str
    category: str
    origin_desa_code: str | None
    keeps_for_s: int | None


@dataclass(frozen=True, slots=True)
class Sold:
    """How a variant is sold, as it is asked for. None is what is usual for its unit. `gram_per_unit` is the mass of one unit. Of pieces
    that are `priced_by` MASS the price is of `price_basis` grams."""

    label: str
    unit: str
    step: int | None
    min: int | None
    price_rupiah: int
    price_basis: int | None
    gram_per_unit: int | None
    on_hand: int
    max: int | None = None
    priced_by: UnitKind | None = None
    overrun_percent: int | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """Of a variant; None is as before, and a `max` of 0 is none."""

    label: str | None
    step: int | None
    min: int | None
    gram_per_unit: int | None
    max: int | None = None
    overrun_percent: int | None = None


@dataclass(frozen=True, slots=True)
class Weighed:
    """What the scales decide: a price of `basis` grams; a piece may come to so much more than its estimate."""

    price_rupiah: int
    basis: int
    overrun_percent: int


@dataclass(frozen=True, slots=True)
class Offered:
    """As it is kept. What is weighed has the price of a piece of its usual mass."""

    label: str
    unit: Unit
    step: int
    min: int
    price_rupiah: int
    price_basis: int
    gram_per_base: float
    on_hand: int
    max: int | None = None
    weighed: Weighed | None = None


def described(given: Described, categories: Sequence[str], *, at: str) -> Described:
    """Its texts as they are kept. Raises OfferingInvalid, or a group of it, one for each field; `at` is the argument's name."""
    found: list[FieldInvalid] = []
    name = gathered(found, lambda: _text(f"{at}.name", given.name, 1, MAX_NAME_CHARACTERS))
    description = gathered(found, lambda: _text(f"{at}.description", given.description, 0, MAX_DESCRIPTION_CHARACTERS))
    if given.category not in categories:
        found.append(CategoryIsUnknown(f"{at}.category", "no category has this code"))
    if given.origin_desa_code is not None and not regency.is_village(given.origin_desa_code):
        found.append(RegionIsUnknown(f"{at}.originDesaCode", "not the code of a village of Lumajang"))
    if given.keeps_for_s is not None:
        gathered(found, lambda: _number(f"{at}.keepsForS", given.keeps_for_s or 0, 1, MAX_FRESH_S, LimitUnit.SECOND))
    if name is None or description is None or found:
        raise all_of(found)
    return Described(name, description, given.category, given.origin_desa_code, given.keeps_for_s)


def offered(given: Sold, unit: Unit | None, *, at: str) -> Offered:
    """Raises OfferingInvalid, or a group of it, one for each field."""
    found: list[FieldInvalid] = []
    label = gathered(found, lambda: _text(f"{at}.label", given.label, 1, MAX_LABEL_CHARACTERS))
    price = gathered(found, lambda: _price(f"{at}.price", given.price_rupiah))
    gathered(found, lambda: _number(f"{at}.onHand", given.on_hand, 0, MAX_ON_HAND, _BASE))
    if unit is None:
        found.append(UnitIsUnknown(f"{at}.unit", "no sale unit has this code"))
        raise all_of(found)
    step = gathered(found, lambda: _number(f"{at}.step", given.step or usual_step(unit), 1, MAX_QUANTITY, _BASE))
    least = gathered(found, lambda: _number(f"{at}.min", given.min or step or 1, 1, MAX_QUANTITY, _BASE))
    weight = gathered(found, lambda: _by_weight(f"{at}.pricedBy", given.priced_by, unit)) or False
    basis = gathered(found, lambda: _basis(f"{at}.priceBasis", given.price_basis, _KILOGRAM if weight else unit))
    gram = gathered(found, lambda: _gram_per_base(f"{at}.gramPerUnit", given.gram_per_unit, unit))
    if step is not None and least is not None and least % step:
        found.append(UnitDoesNotFit(f"{at}.min", "the least quantity is a multiple of the step"))
    if given.max is not None:
        gathered(found, lambda: _number(f"{at}.max", given.max or 0, least or 1, MAX_QUANTITY, _BASE))
    overrun = gathered(found, lambda: _overrun(f"{at}.overrunPercent", given.overrun_percent, weight=weight))
    if found or label is None or price is None or step is None or least is None or basis is None or gram is None:
        raise all_of(found)
    if not weight or overrun is None:
        return Offered(label, unit, step, least, price, basis, gram, given.on_hand, given.max)
    piece = _price(f"{at}.price", weighing.estimate(price, basis, gram))
    return Offered(label, unit, step, least, piece, 1, gram, given.on_hand, given.max, Weighed(price, basis, overrun))


def changed(present: Sold, given: Changed) -> Sold:
    """A step alone takes the least quantity along, when that does not fit it."""
    step = present.step if given.step is None else given.step
    least = given.min if given.min is not None else present.min
    if given.min is None and given.step and least and least % given.step:
        least = given.step
    return replace(
        present,
        label=present.label if given.label is None else given.label,
        step=step,
        min=least,
        max=present.max if given.max is None else given.max or None,
        overrun_percent=present.overrun_percent if given.overrun_percent is None else given.overrun_percent,
        gram_per_unit=present.gram_per_unit if given.gram_per_unit is None else given.gram_per_unit,
    )


def check_products(count: int) -> None:
    """Room for one more. Raises ProductsAreTooMany."""
    if count >= MAX_PRODUCTS:
        raise ProductsAreTooMany


def check_variants(count: int, retired: int = 0) -> None:
    """That a product may have so many, beside those that are retired. Raises VariantsAreTooMany."""
    if not 1 <= count <= MAX_VARIANTS or retired > MAX_RETIRED:
        raise VariantsAreTooMany


_KILOGRAM: Final = Unit("kg", "kg", UnitKind.MASS, weighing.USUAL_BASIS)


def usual_step(unit: Unit) -> int:
    """Whole pieces; a quarter of what is weighed or poured, where that comes out even."""
    quarter, rest = divmod(unit.base_per_unit, 4)
    return unit.base_per_unit if unit.kind is UnitKind.COUNT or rest or not quarter else quarter


def _basis(field: str, given: int | None, unit: Unit) -> int:
    """A price is for whole units, or for an even part of one: per kg, per 100 g."""
    basis = _number(field, unit.base_per_unit if given is None else given, 1, MAX_QUANTITY, _BASE)
    if basis % unit.base_per_unit and unit.base_per_unit % basis:
        raise UnitDoesNotFit(field, f"a price is for a multiple or an even part of {unit.base_per_unit} base units")
    return basis


def _by_weight(field: str, given: UnitKind | None, unit: Unit) -> bool:
    """Whether it is counted and priced by mass."""
    if given in (None, unit.kind):
        return False
    if (unit.kind, given) != (UnitKind.COUNT, UnitKind.MASS):
        raise UnitDoesNotFit(field, "only what is sold by the piece can be priced by mass")
    return True


def _overrun(field: str, given: int | None, *, weight: bool) -> int | None:
    if not weight:
        if given is not None:
            raise UnitDoesNotFit(field, "only what is weighed later can come to more")
        return None
    most = weighing.MAX_OVERRUN_PERCENT
    return _number(field, weighing.USUAL_OVERRUN_PERCENT if given is None else given, 0, most, LimitUnit.PERCENT)


def _gram_per_base(field: str, given: int | None, unit: Unit) -> float:
    """What is weighed weighs what it weighs; a millilitre is taken for a gram unless it is said; a piece's mass has to be said."""
    if unit.kind is UnitKind.MASS:
        if given not in (None, unit.base_per_unit):
            raise UnitDoesNotFit(field, "what is sold by mass weighs as much as is sold")
        return 1.0
    if given is None:
        if unit.kind is UnitKind.COUNT:
            raise UnitDoesNotFit(field, "how much a piece weighs decides whether a rider can carry it")
        return 1.0
    return _number(field, given, 1, MAX_UNIT_GRAM, LimitUnit.GRAM) / unit.base_per_unit


def _text(field: str, given: str, least: int, most: int) -> str:
    try:
        return line(given, shortest=least, longest=most)
    except NotText as error:
        raise TextIsInvalid(field, str(error), least, most) from error


def _price(field: str, given: int) -> int:
    try:
        return product.price(given)
    except PriceOutOfRange as error:
        raise NumberIsOutOfRange(field, 1, product.MAX_PRICE_RUPIAH, LimitUnit.RUPIAH) from error


def _number(field: str, given: int, least: int, most: int, unit: LimitUnit) -> int:
    if not least <= given <= most:
        raise NumberIsOutOfRange(field, least, most, unit)
    return given
