"""What people say for what goods are called, as operators enter it."""

from __future__ import annotations

from typing import Final

from services.catalog.domain.finding import words
from services.kit.invalid import FieldInvalid

MAX_SYNONYMS: Final = 1_000
MAX_WORD_CHARACTERS: Final = 40
MAX_MEANING_WORDS: Final = 3


class SynonymsAreTooMany(Exception):
    def __init__(self) -> None:
        super().__init__(f"there are at most {MAX_SYNONYMS} synonyms")


class SynonymIsNone(FieldInvalid):
    """It says nothing, or what it says is no word."""


def checked(word: str, means: str) -> tuple[str, str]:
    """As a search splits them. Raises SynonymIsNone."""
    said, meant = words(word), words(means)
    if len(said) != 1:
        raise SynonymIsNone("word", "one word")
    if not 1 <= len(meant) <= MAX_MEANING_WORDS:
        raise SynonymIsNone("means", f"1 to {MAX_MEANING_WORDS} words")
    if said == meant:
        raise SynonymIsNone("means", "it means itself")
    return said[0], " ".join(meant)
