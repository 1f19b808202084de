"""Short stable names for addresses and filters: small letters and digits in words that hyphens join."""

from __future__ import annotations

import re
from typing import Final

MAX_CODE_CHARACTERS: Final = 40
"""Of a category's code."""
MAX_SLUG_CHARACTERS: Final = 200
_SLUG: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)


def is_slug(given: str, longest: int = MAX_SLUG_CHARACTERS) -> bool:
    return len(given) <= longest and _SLUG.fullmatch(given) is not None
