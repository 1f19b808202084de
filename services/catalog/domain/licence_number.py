"""Numbers of licences: what each kind looks like, as it is kept.

NIB: 13 digits (PP 5/2021, article 176). P-IRT: 13 digits, a hyphen and the year in which it ends as two, where the fourth to the seventh
say province and regency (Peraturan BPOM 22/2018, annex). Halal: `ID` and 17 digits (BPJPH). MD: 12 digits, 15 of what was registered by
risk (BPOM). NMID: `ID` and 13 digits (QRIS, field 51).
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from services.contracts.licences import LicenceKind
from services.kit.invalid import FieldInvalid

REGENCY: Final = "3508"
MAX_CHARACTERS: Final = 60
"""Of what is typed, with signs and words that do not count."""

_K = LicenceKind
_SAID: Final = {
    _K.NIB: "13 digits",
    _K.PIRT: "13 digits, a hyphen and two, the first of them 1 to 8: 2063508010012-31",
    _K.HALAL: "ID and 17 digits",
    _K.BPOM_MD: "MD and 12 or 15 digits",
    _K.QRIS_NMID: "ID and 13 digits",
}
_BEFORE: Final = {
    _K.NIB: "NIB",
    _K.PIRT: "P-?IRT",
    _K.HALAL: "(?:NO)?HALAL",
    _K.BPOM_MD: "BPOM(?:RI)?",
    _K.QRIS_NMID: "NMID",
}
"""What people write in front of it."""
_PATTERNS: Final = {
    _K.NIB: r"(\d{13})",
    _K.PIRT: r"([1-8]\d{12})-?(\d\d)",
    _K.HALAL: r"(ID\d{17})",
    _K.BPOM_MD: r"(MD(?:\d{15}|\d{12}))",
    _K.QRIS_NMID: r"(ID\d{13})",
}
_KNOWN: Final = {kind: re.compile(f"(?:{_BEFORE[kind]}[:-]?)?{_PATTERNS[kind]}", re.ASCII) for kind in _K}
_IGNORED: Final = re.compile(r"[\s.]")


class NumberIsInvalid(FieldInvalid):
    def __init__(self, field: str, kind: LicenceKind) -> None:
        super().__init__(field, f"not a number of {kind}: {_SAID[kind]}")
        self.kind = kind


class NumberIsForeign(FieldInvalid):
    """Another regency has given it."""

    def __init__(self, field: str, kind: LicenceKind) -> None:
        super().__init__(field, f"digits 4 to 7 of a P-IRT number say the regency: {REGENCY} is Lumajang")
        self.kind = kind


def checked(kind: LicenceKind, given: str, *, at: str) -> str:
    """As it is kept: without blanks, dots and what people write in front. Raises NumberIsInvalid, NumberIsForeign."""
    if len(given) > MAX_CHARACTERS:
        raise NumberIsInvalid(at, kind)
    found = _KNOWN[kind].fullmatch(_IGNORED.sub("", unicodedata.normalize("NFKC", given)).upper())
    if found is None:
        raise NumberIsInvalid(at, kind)
    number = "-".join(found.groups())
    if kind is _K.PIRT and number[3:7] != REGENCY:
        raise NumberIsForeign(at, kind)
    return number


def ends_in(kind: LicenceKind, number: str) -> int | None:
    """The year in which it ends, where the number says it."""
    return 2000 + int(number[-2:]) if kind is _K.PIRT else None
