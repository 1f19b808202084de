"""The kinds of goods, and the units in which they are sold: few, so that all of them are one list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from services.catalog.domain import finding
from services.kit.invalid import FieldInvalid

MAX_CATEGORIES: Final = 200
MAX_NAME_CHARACTERS: Final = 60


MAX_UNITS: Final = 100
MAX_BASE_PER_UNIT: Final = 1_000_000
"""A ton by the gram."""


class UnitsAreTooMany(Exception):
    def __init__(self) -> None:
        super().__init__(f"there are at most {MAX_UNITS} sale units")


class UnitIsAnother(FieldInvalid):
    """The code is taken by a unit of another kind or size, which goods are sold in: that never changes."""

    def __init__(self) -> None:
        super().__init__("code", "a unit of this code is of another kind or size, or has another label")


class UnitIsNone(FieldInvalid):
    """No unit has so many base units."""

    def __init__(self) -> None:
        super().__init__("basePerUnit", f"a unit has 1 to {MAX_BASE_PER_UNIT} base units, a piece one")


class CategoriesAreTooMany(Exception):
    def __init__(self) -> None:
        super().__init__(f"there are at most {MAX_CATEGORIES} categories")


def called(names: Mapping[str, str], begun: Iterable[str]) -> list[list[str]]:
    """For each of these, the codes of those in whose names a word begins so."""
    words = {code: finding.words_of(name) for code, name in names.items()}
    return [
        [code for code, of_name in words.items() if any(word.startswith(each) for word in of_name)] for each in begun
    ]


def check_room(categories: int) -> None:
    """For one more. Raises CategoriesAreTooMany."""
    if categories >= MAX_CATEGORIES:
        raise CategoriesAreTooMany
