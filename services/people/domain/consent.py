"""Texts that people agree to: what one may be, and which version is next."""

from __future__ import annotations

from typing import Final

from services.kit.text import NotText, line
from services.people.domain.refusal import Refused

LONGEST_TEXT: Final = 100_000
_LONGEST_LINE: Final = 5_000


class TextIsNone(Refused):
    """Nothing that can be published; the message says why."""


def text(given: str) -> str:
    """Its lines as they are kept, blank ones between. Raises TextIsNone."""
    if len(given) > 2 * LONGEST_TEXT:
        raise TextIsNone(f"at most {LONGEST_TEXT} characters")
    try:
        lines = [line(each, shortest=0, longest=_LONGEST_LINE) for each in given.splitlines()]
    except NotText as error:
        raise TextIsNone(str(error)) from error
    kept = "\n".join(lines).strip("\n")
    if not kept or len(kept) > LONGEST_TEXT:
        raise TextIsNone(f"1 to {LONGEST_TEXT} characters")
    return kept


def check_next(version: int, newest: int) -> None:
    """Versions come one after the other; another language of one that is there is no new one. Raises TextIsNone."""
    if not 1 <= version <= newest + 1:
        raise TextIsNone(f"the next version is {newest + 1}")
