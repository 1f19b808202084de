"""Categories as a tree, and what the goods of each say of themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Final

from services.catalog.domain.offering import CategoryIsUnknown
from services.contracts.catalog import UnitKind
from services.kit.invalid import FieldInvalid, all_of, gathered
from services.kit.text import NotText, line

MAX_DEPTH: Final = 4
MAX_BELOW: Final = 50
"""Categories right below one."""
MAX_POSITION: Final = 1_000
MAX_ATTRIBUTES: Final = 300
MAX_OF_CATEGORY: Final = 20
"""Attributes that one category asks of its goods itself; with those above it, 80 at most."""
MAX_CHOICES: Final = 30
MAX_NAME_CHARACTERS: Final = 40
MAX_UNIT_CHARACTERS: Final = 12
MAX_VALUE_CHARACTERS: Final = 60
MAX_NUMBER: Final = Decimal(1_000_000_000)
MAX_DECIMALS: Final = 3
MAX_COMMODITIES: Final = 300
MAX_VALUES: Final = MAX_DEPTH * MAX_OF_CATEGORY


class AttributeKind(StrEnum):
    TEXT = "TEXT"
    NUMBER = "NUMBER"
    CHOICE = "CHOICE"
    BOOLEAN = "BOOLEAN"


class ParentDoesNotFit(FieldInvalid):
    """It lies below the category itself, or too deep."""


class AttributeIsAnother(FieldInvalid):
    """The code is taken by an attribute of another kind or category, or a choice would go that goods may have."""


class AttributeDoesNotFit(FieldInvalid):
    """A value that the attribute's kind does not know, or an attribute that the category does not have."""


class AttributeIsMissing(FieldInvalid):
    """The category asks for it."""

    def __init__(self, field: str, code: str) -> None:
        super().__init__(field, f"the category asks for {code}")


class AttributesAreTooMany(Exception):
    def __init__(self, limit: int) -> None:
        super().__init__(f"there are at most {limit} attributes")
        self.limit = limit


class CommodityIsUnknown(FieldInvalid):
    pass


class CommodityIsAnother(FieldInvalid):
    """The code is taken by a commodity of another kind."""


class CommoditiesAreTooMany(Exception):
    def __init__(self) -> None:
        super().__init__(f"there are at most {MAX_COMMODITIES} commodities")


@dataclass(frozen=True, slots=True)
class Node:
    """A category; `path` leads from the root to itself. `name` is Indonesian, `english` null where nobody has named it so."""

    code: str
    name: str
    parent: str | None
    path: Sequence[str]
    position: int
    commodity: str | None
    english: str | None = None


@dataclass(frozen=True, slots=True)
class Attribute:
    """`choices` are those of a CHOICE, `unit` that of a NUMBER."""

    code: str
    category: str
    name: str
    kind: AttributeKind
    unit: str | None
    choices: Sequence[str]
    required: bool


@dataclass(frozen=True, slots=True)
class Commodity:
    code: str
    name: str
    kind: UnitKind


def walked(known: Mapping[str, Node]) -> list[Node]:
    """Each right behind what it lies below, those of one parent in their order."""
    place = {code: n for n, code in enumerate(known)}
    return sorted(known.values(), key=lambda each: [place[code] for code in each.path])


def within(known: Mapping[str, Node], code: str) -> frozenset[str]:
    """The category of this code and all that lie below it."""
    return frozenset(each.code for each in known.values() if code in each.path)


def commodity_of(known: Mapping[str, Node], code: str) -> str | None:
    """What goods of a category are compared as, unless they say it: as the nearest above it has it that has any."""
    above = reversed(known[code].path) if code in known else ()
    return next((known[each].commodity for each in above if known[each].commodity), None)


def compared(known: Mapping[str, Node], commodity: str) -> list[str]:
    """What the rows of goods are called that are compared as this commodity: those that say so, and those of categories that mean it."""
    return [f"~{commodity}", *(f"#{code}" for code in known if commodity_of(known, code) == commodity)]


def check_place(known: Mapping[str, Node], code: str, parent: str | None, *, at: str) -> None:
    """That a category may lie below that one, with all that lies below itself. Raises CategoryIsUnknown, ParentDoesNotFit."""
    if parent is None:
        return
    if parent not in known:
        raise CategoryIsUnknown(at, "no category has this code")
    above = known[parent].path
    if code in above:
        raise ParentDoesNotFit(at, "a category does not lie below itself")
    if known[code].parent != parent and sum(each.parent == parent for each in known.values()) >= MAX_BELOW:
        raise ParentDoesNotFit(at, f"at most {MAX_BELOW} categories lie right below one")
    place = len(known[code].path)
    below = max(len(each.path) - place for each in known.values() if code in each.path)
    if len(above) + 1 + below > MAX_DEPTH:
        raise ParentDoesNotFit(at, f"categories are at most {MAX_DEPTH} deep")


def changed(present: Attribute | None, given: Attribute) -> None:
    """That this attribute may be so. Raises AttributeIsAnother or AttributeDoesNotFit."""
    if (given.kind is AttributeKind.CHOICE) != bool(given.choices) or len(given.choices) > MAX_CHOICES:
        raise AttributeDoesNotFit("choices", f"a CHOICE has 1 to {MAX_CHOICES} choices, and nothing else has any")
    if len(set(given.choices)) != len(given.choices):
        raise AttributeDoesNotFit("choices", "each choice once")
    if given.unit is not None and given.kind is not AttributeKind.NUMBER:
        raise AttributeDoesNotFit("unit", "only a NUMBER has a unit")
    if present is None:
        return
    if (present.kind, present.category) != (given.kind, given.category):
        raise AttributeIsAnother("code", "an attribute of this code is of another kind or category")
    if set(present.choices) - set(given.choices):
        raise AttributeIsAnother("choices", "choices are added, and none goes: goods may have it")


def value(attribute: Attribute, given: str, *, at: str) -> str:
    """As it is kept: a number without needless zeros, a boolean as true or false. Raises AttributeDoesNotFit."""
    match attribute.kind:
        case AttributeKind.TEXT:
            return _text(given, at)
        case AttributeKind.NUMBER:
            return _number(given, at)
        case AttributeKind.CHOICE:
            if given not in attribute.choices:
                raise AttributeDoesNotFit(at, f"one of {', '.join(attribute.choices)}")
            return given
        case AttributeKind.BOOLEAN:
            if given not in ("true", "false"):
                raise AttributeDoesNotFit(at, "true or false")
            return given


def values(asked: Mapping[str, Attribute], given: Sequence[tuple[str, str]], *, at: str) -> dict[str, str]:
    """What goods say of themselves, by what their category asks; each once. Raises AttributeDoesNotFit or a group of it."""
    found: list[FieldInvalid] = []
    said: dict[str, str] = {}
    for place, (code, text) in enumerate(given):
        field = f"{at}.{place}"
        attribute = asked.get(code)
        if attribute is None:
            found.append(AttributeDoesNotFit(f"{field}.code", "the category has no attribute of this code"))
        elif code in said:
            found.append(AttributeDoesNotFit(f"{field}.code", "each attribute once"))
        else:
            one = gathered(found, lambda each=attribute, text=text, field=field: value(each, text, at=f"{field}.value"))  # type: ignore[misc]
            said[code] = one or ""
    if found:
        raise all_of(found)
    return said


def check_whole(asked: Mapping[str, Attribute], said: Mapping[str, str], *, at: str) -> None:
    """That nothing lacks which has to be said of what is for sale. Raises AttributeIsMissing or a group of it."""
    found: list[FieldInvalid] = [
        AttributeIsMissing(f"{at}.{code}", code) for code, each in asked.items() if each.required and code not in said
    ]
    if found:
        raise all_of(found)


def _text(given: str, at: str) -> str:
    try:
        return line(given, longest=MAX_VALUE_CHARACTERS)
    except NotText as error:
        raise AttributeDoesNotFit(at, str(error)) from error


def _number(given: str, at: str) -> str:
    reason = f"a number with a point, up to {MAX_NUMBER:f} and {MAX_DECIMALS} decimals: 2.5"
    if len(given) > 20 or not given.isascii() or not set(given) <= set("0123456789.-"):
        raise AttributeDoesNotFit(at, reason)
    try:
        number = Decimal(given)
    except InvalidOperation as error:
        raise AttributeDoesNotFit(at, reason) from error
    if abs(number) > MAX_NUMBER or number != round(number, MAX_DECIMALS):
        raise AttributeDoesNotFit(at, reason)
    shown = f"{number:f}"
    if "." in shown:
        shown = shown.rstrip("0").rstrip(".")
    return "0" if shown in ("-0", "") else shown
