"""Text that people type for people to read: one rule for all of it.

It is kept in NFC, in one line, with its white space folded, and counted in characters and in bytes of UTF-8. Refused is what cannot be
read: control characters (so NUL and terminals' escapes), halves of surrogate pairs, private use and non-characters, and everything that is
not seen but changes what is: marks and overrides of direction, zero-width and filling characters, tags. Emoji keep the two invisible
characters that they are made with: a joiner between two pictures, and a selector (U+FE0E, U+FE0F) behind one.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Final

_MOST_COMPOSED: Final = 4  # characters that NFC makes one of, at most
_JOINER: Final = "\u200d"
_SELECTORS: Final = "\ufe0e\ufe0f"
_KEYCAPS: Final = frozenset("0123456789#*")
_REFUSED: Final = frozenset(("Cc", "Cf", "Cs", "Co"))
# Unicode's Default_Ignorable_Code_Point beyond what is of a refused category, and the blank of Braille: letters and marks by category.
_UNSEEN: Final = frozenset(
    (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, *range(0x180B, 0x1810), 0x2065, 0x2800, 0x3164, *range(0xFE00, 0xFE10),
     0xFFA0, *range(0xFFF0, 0xFFF9), *range(0xE0000, 0xE1000))
)  # fmt: skip


class NotText(ValueError):
    """Too short, too long, or with characters that cannot be read. The message says which, for developers."""


def line(given: str, *, longest: int, shortest: int = 1, most_bytes: int | None = None) -> str:
    """The text as it is kept. `most_bytes` is three for each character unless said: a script's letters fit, a wall of emoji does not.
    Raises NotText."""
    try:
        given.encode()
    except UnicodeEncodeError as error:
        raise NotText("no control characters or halves of surrogate pairs") from error
    folded = " ".join(given.split())
    # Before it is composed: marks in the wrong order are sorted in a time that grows with the square of their number.
    if len(folded) > _MOST_COMPOSED * longest:
        raise NotText(f"{shortest} to {longest} characters")
    folded = unicodedata.normalize("NFC", folded)
    for place, letter in enumerate(folded):
        if not letter.isascii() or not letter.isprintable():
            _check(folded, place)
    if not shortest <= len(folded) <= longest:
        raise NotText(f"{shortest} to {longest} characters")
    if len(folded.encode()) > (allowed := most_bytes or 3 * longest):
        raise NotText(f"at most {allowed} bytes")
    return folded


def check_all(content: object, *, longest: int = 10_000) -> None:
    """Every text inside of what a file held, keys left out. Raises NotText, saying which."""
    match content:
        case str():
            try:
                line(content, shortest=0, longest=longest)
            except NotText as error:
                raise NotText(f"{content[:40]!a}: {error}") from error
        case Mapping():
            for each in content.values():
                check_all(each, longest=longest)
        case Sequence():
            for each in content:
                check_all(each, longest=longest)


def _check(text: str, place: int) -> None:
    """Raises NotText when the character there cannot be read, or cannot be seen where it stands."""
    letter, before = text[place], text[place - 1] if place else ""
    if letter in _SELECTORS and (_is_picture(before) or before in _KEYCAPS):
        return
    if letter == _JOINER and _is_picture(_base(text, place)) and _is_picture(text[place + 1 : place + 2]):
        return
    code = ord(letter)
    if unicodedata.category(letter) in _REFUSED or code & 0xFFFE == 0xFFFE or 0xFDD0 <= code <= 0xFDEF:
        raise NotText(f"no control characters or characters that are not seen (U+{code:04X})")
    if code in _UNSEEN:
        raise NotText(f"no characters that are not seen (U+{code:04X})")


def _base(text: str, place: int) -> str:
    """What stands before, a selector left out."""
    before = text[max(0, place - 2) : place]
    return before[:1] if len(before) == 2 and before[1] in _SELECTORS else before[-1:]


def _is_picture(letter: str) -> bool:
    """Whether it can be part of an emoji: a symbol, a tone of skin, or of the blocks of pictures, which grow with each Unicode."""
    if not letter:
        return False
    return unicodedata.category(letter) in ("So", "Sm") or 0x1F000 <= ord(letter) <= 0x1FAFF or letter in "‼⁉〰ℹ"
