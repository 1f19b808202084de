"""Codes that somebody hands on to somebody else, who shows them once: made of letters that nobody takes for others, kept as their hash."""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

LIVES_DAYS: Final = 7
# Crockford's base 32, 60 bits: whoever guesses a million a second for a year meets one of a million open codes once in ten thousand years.
_LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH, _GROUP = 12, 4
_READ: Final = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


def made() -> str:
    """A new code, as it is shown once: `7K2M-9QXT-04BD`."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    return "-".join(letters[at : at + _GROUP] for at in range(0, _LENGTH, _GROUP))


def digest(code: str) -> bytes:
    """Of what somebody typed: in any letter case, with or without hyphens, O for 0, I and L for 1. Unkeyed, as a code is long."""
    return hashlib.sha256(code.upper().translate(_READ).encode()).digest()
