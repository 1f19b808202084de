"""What is wrong with what somebody filled in: all of it at once, each at its field."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class FieldInvalid(Exception):
    """`field` is its name, or path, in the input."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


def gathered(found: list[FieldInvalid], check: Callable[[], T]) -> T | None:
    """What the check gives; what it refuses is added to what was found."""
    try:
        return check()
    except FieldInvalid as refused:
        found.append(refused)
    except ExceptionGroup as several:
        refusals, other = several.split(FieldInvalid)
        if refusals is None or other is not None:
            raise
        found.extend(each for each in refusals.exceptions if isinstance(each, FieldInvalid))
    return None


def all_of(found: list[FieldInvalid]) -> Exception:
    """To be raised: the one, or the group."""
    return found[0] if len(found) == 1 else ExceptionGroup("refused", found)
