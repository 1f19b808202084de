"""What a buyer says beside a quantity: a note for who packs it, and what to do when there is less."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.kit.text import NotText, line
from services.ordering.domain.refusal import Refused

MAX_NOTE: Final = 200
"""Characters: two lines on a packing list."""


class WhenShort(StrEnum):
    """What is to become of a line of which there is less, or nothing."""

    DROP = "DROP"
    SIMILAR = "SIMILAR"
    ASK = "ASK"


class NoteIsInvalid(Refused):
    """Longer than MAX_NOTE, or with characters that cannot be read."""


def checked_note(given: str) -> str:
    """As it is kept, in one line; empty when nothing is said. Raises NoteIsInvalid."""
    try:
        return line(given, shortest=0, longest=MAX_NOTE)
    except NotText as error:
        raise NoteIsInvalid(str(error)) from error


@dataclass(frozen=True, slots=True)
class Wish:
    """What is said of a line; None of a part leaves it as it was. An empty note takes it away."""

    note: str | None = None
    when_short: WhenShort | None = None

    def checked(self) -> Wish:
        """Raises NoteIsInvalid."""
        return self if self.note is None else Wish(checked_note(self.note), self.when_short)


NOTHING: Final = Wish()
