"""The province's price list as a file, what sellers ask beside it, and when that is an alarm. Pure."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.contracts.catalog import UnitKind
from services.kit.text import NotText, line

COLUMNS: Final = ("day", "commodity", "unit", "price_rupiah")
MOST_ROWS: Final = 2_000
MOST_BYTES: Final = 200_000
MOST_RUPIAH: Final = 100_000_000
LEAST_SELLERS: Final = 3
"""Of a median: prices are public in the catalog, but one seller's is no price of a place."""
ALARM_PERCENT: Final = 20
"""An alarm when the median is so much above the province's price, or above what it was a week before."""
UNITS: Final = {
    "kg": (UnitKind.MASS, 1_000), "ons": (UnitKind.MASS, 100), "gram": (UnitKind.MASS, 1), "liter": (UnitKind.VOLUME, 1_000),
    "buah": (UnitKind.COUNT, 1), "butir": (UnitKind.COUNT, 1), "ekor": (UnitKind.COUNT, 1), "ikat": (UnitKind.COUNT, 1),
}  # fmt: skip
_PER: Final = {UnitKind.MASS: 1_000, UnitKind.VOLUME: 1_000, UnitKind.COUNT: 1}
_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")


class NotAPriceList(ValueError):
    """The file as a whole is none: nothing of it was taken."""


@dataclass(frozen=True, slots=True)
class Price:
    """Of a kilogram, a litre or a piece, by `unit`."""

    day: date
    commodity: str
    unit: UnitKind
    rupiah: int


@dataclass(frozen=True, slots=True)
class Fault:
    """A row that was left out: its line in the file, the column at fault, and what stands there."""

    line: int
    column: str
    value: str


@dataclass(frozen=True, slots=True)
class PriceList:
    prices: Sequence[Price]
    faults: Sequence[Fault]


def is_commodity(code: str) -> bool:
    return _CODE.fullmatch(code) is not None


def read(text: str) -> PriceList:
    """A row that is broken is left out and named; the others are taken. Of two rows of one thing the later counts. Raises NotAPriceList."""
    if len(text.encode()) > MOST_BYTES:
        raise NotAPriceList(f"the file has more than {MOST_BYTES} bytes")
    if "\0" in text:
        raise NotAPriceList("the file is no text")
    body = text.removeprefix("﻿")
    delimiter = ";" if ";" in body.partition("\n")[0] else ","
    try:
        rows = list(csv.reader(io.StringIO(body), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise NotAPriceList(f"the file is no CSV: {error}") from error
    head = tuple(each.strip().lower() for each in rows[0]) if rows else ()
    if missing := [each for each in COLUMNS if each not in head]:
        raise NotAPriceList(f"the first line names no column {', '.join(missing)}")
    if len(rows) - 1 > MOST_ROWS:
        raise NotAPriceList(f"the file has more than {MOST_ROWS} rows")
    found: dict[tuple[date, str, UnitKind], Price] = {}
    faults: list[Fault] = []
    for number, row in enumerate(rows[1:], 2):
        if not any(each.strip() for each in row):
            continue
        said = {name: value.strip() for name, value in zip(head, row, strict=False)}
        read_ = _price(said)
        if isinstance(read_, str):
            faults.append(Fault(number, read_, said.get(read_, "")[:60]))
        else:
            found[read_.day, read_.commodity, read_.unit] = read_
    return PriceList(list(found.values()), faults)


def _price(said: dict[str, str]) -> Price | str:
    """The price, or the column at fault."""
    try:
        day = date.fromisoformat(said.get("day", ""))
    except ValueError:
        return "day"
    if not date(2020, 1, 1) <= day <= date(2100, 1, 1):
        return "day"
    if not _CODE.fullmatch(said.get("commodity", "")):
        return "commodity"
    unit = UNITS.get(said.get("unit", "").lower())
    if unit is None:
        return "unit"
    told = said.get("price_rupiah", "").replace(".", "")
    if not (told.isascii() and told.isdecimal() and 0 < int(told[:12]) <= MOST_RUPIAH) or len(told) > 12:
        return "price_rupiah"
    kind, base = unit
    return Price(day, said["commodity"], kind, per_unit(int(told), base, kind))


def per_unit(rupiah: int, basis: int, kind: UnitKind) -> int:
    """Of a kilogram, a litre or a piece, half-up."""
    return (2 * rupiah * _PER[kind] + basis) // (2 * basis)


def source(text: str) -> str:
    """Where the list is from. Raises NotAPriceList."""
    try:
        return line(text, longest=200)
    except NotText as error:
        raise NotAPriceList(f"the source {error}") from error


def is_alarm(median: int, reference: int | None, week_before: int | None) -> bool:
    return any(each is not None and median * 100 > each * (100 + ALARM_PERCENT) for each in (reference, week_before))
