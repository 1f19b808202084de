"""The kinds of goods: few, so that all of them are one list."""

from __future__ import annotations

from typing import Final

MAX_CATEGORIES: Final = 200
MAX_NAME_CHARACTERS: Final = 60


class CategoriesAreTooMany(Exception):
    def __init__(self) -> None:
        super().__init__(f"there are at most {MAX_CATEGORIES} categories")


def check_room(categories: int) -> None:
    """For one more. Raises CategoriesAreTooMany."""
    if categories >= MAX_CATEGORIES:
        raise CategoriesAreTooMany
