"""Text that people type for people to read: one rule for all of it."""

from __future__ import annotations

import unicodedata


class NotText(ValueError):
    """Too short, too long, or with characters that cannot be read. The message says which, for developers."""


def line(given: str, *, longest: int, shortest: int = 1) -> str:
    """In one line: white space is folded and stripped, then the characters are counted. Raises NotText."""
    folded = " ".join(given.split())
    if not shortest <= len(folded) <= longest:
        raise NotText(f"{shortest} to {longest} characters")
    # A control character has no business in what people read, and PostgreSQL takes neither NUL nor half a surrogate pair.
    if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in folded):
        raise NotText("no control characters")
    return folded
