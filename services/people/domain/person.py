"""What a person says of themselves, and what they may not have."""

from __future__ import annotations

import re
from typing import Final

from services.kit.text import NotText, line
from services.people.domain.refusal import Refused

LONGEST_NAME: Final = 80
LONGEST_DEVICE: Final = 80
MOST_VERSION: Final = 1_000_000
MOST_CHANGES_A_DAY: Final = 100
MOST_CONSENTS: Final = 200
"""Of one person, to all versions of all texts."""
_LATER_MS: Final = 3_600_000
_DOCUMENT: Final = re.compile(r"[a-z][a-z0-9-]{0,39}", re.ASCII)


class TextIsInvalid(Refused):
    """`field` is the argument's name."""

    def __init__(self, field: str, reason: str, maximum: int) -> None:
        super().__init__(reason)
        self.field = field
        self.maximum = maximum


class NumberIsTaken(Refused):
    """Somebody signs in with it, who was heard of lately. Only who has proved the number learns it."""

    def __init__(self) -> None:
        super().__init__("somebody else signs in with this number")


class TooManyChanges(Refused):
    """Of what is written down for ever; more after `retry_after_ms`."""

    def __init__(self) -> None:
        super().__init__("as much was agreed to and withdrawn as may be")
        self.retry_after_ms = _LATER_MS


def named(given: str) -> str:
    """Raises TextIsInvalid."""
    return _line("name", given, LONGEST_NAME)


def device(given: str | None) -> str | None:
    """What the app calls the phone that it runs on. Raises TextIsInvalid."""
    return None if given is None or not given.strip() else _line("device", given, LONGEST_DEVICE)


def document(given: str) -> str:
    """The name of a text that people agree to: `terms`, `privacy`. Raises TextIsInvalid."""
    if not _DOCUMENT.fullmatch(given):
        raise TextIsInvalid("document", "1 to 40 small letters, digits and hyphens", 40)
    return given


def _line(field: str, given: str, longest: int) -> str:
    try:
        return line(given, longest=longest)
    except NotText as error:
        raise TextIsInvalid(field, str(error), longest) from error
