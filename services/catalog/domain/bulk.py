"""Goods, counts and prices as rows of a file: its columns, what may stand in a cell, and how a cell is written.

One way of writing for both directions, so that what was written out changes nothing when it is read again. An empty cell leaves as it is.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final

from services.catalog.domain.sheet import Sheet, Written
from services.contracts.catalog import ProductStatus
from services.kit.invalid import FieldInvalid

MAX_SKU_CHARACTERS: Final = 40
MAX_PART_BYTES: Final = 192 * 1024
"""Of a file that comes in parts: each fits into one request."""
MAX_PARTS: Final = 48
KEPT: Final = 5
"""Imports of a merchant whose reports are kept, the newest."""
_SKU: Final = re.compile(rf"[A-Za-z0-9](?:[A-Za-z0-9 ._/-]{{0,{MAX_SKU_CHARACTERS - 2}}}[A-Za-z0-9])?", re.ASCII)
_PLATFORMS: Final = re.compile(r"var_[0-9a-z]{26}", re.ASCII)
_DANGEROUS: Final = ("=", "+", "-", "@", "\t", "\r")
"""What makes a spreadsheet reckon a cell (CWE-1236)."""
_MARKED: Final = (*_DANGEROUS, "'")
_MOST_DIGITS: Final = 15


class ImportKind(StrEnum):
    GOODS = "GOODS"
    STOCK = "STOCK"
    PRICES = "PRICES"


class ImportStatus(StrEnum):
    UPLOADING = "UPLOADING"
    WAITING = "WAITING"
    WORKING = "WORKING"
    DONE = "DONE"
    REFUSED = "REFUSED"
    STOPPED = "STOPPED"


class RowOutcome(StrEnum):
    CREATED = "CREATED"
    CHANGED = "CHANGED"
    UNCHANGED = "UNCHANGED"
    REFUSED = "REFUSED"


OPEN: Final = (ImportStatus.UPLOADING, ImportStatus.WAITING, ImportStatus.WORKING)
"""Of these a merchant has one at most."""


class Column(StrEnum):
    """By its English name, which is `field` of what is wrong with a cell."""

    SKU = "sku"
    PRODUCT = "product"
    CATEGORY = "category"
    DESCRIPTION = "description"
    VARIANT = "variant"
    UNIT = "unit"
    PRICE = "price"
    PRICE_FOR = "price for"
    STEP = "step"
    MIN = "min"
    GRAM = "gram per unit"
    OPENING = "opening stock"
    ORIGIN = "origin"
    KEEPS = "keeps hours"
    STATUS = "status"
    STOCK = "stock"


NAMES: Final[Mapping[Column, str]] = {
    Column.SKU: "kode",
    Column.PRODUCT: "produk",
    Column.CATEGORY: "kategori",
    Column.DESCRIPTION: "keterangan",
    Column.VARIANT: "varian",
    Column.UNIT: "satuan",
    Column.PRICE: "harga",
    Column.PRICE_FOR: "harga untuk",
    Column.STEP: "kelipatan",
    Column.MIN: "minimum",
    Column.GRAM: "gram per satuan",
    Column.OPENING: "stok awal",
    Column.ORIGIN: "asal",
    Column.KEEPS: "tahan jam",
    Column.STATUS: "status",
    Column.STOCK: "stok",
}
"""As they are written; the English ones are read too."""
COLUMNS: Final[Mapping[ImportKind, Sequence[Column]]] = {
    ImportKind.GOODS: tuple(each for each in Column if each is not Column.STOCK),
    ImportKind.STOCK: (Column.SKU, Column.PRODUCT, Column.VARIANT, Column.UNIT, Column.STOCK),
    ImportKind.PRICES: (Column.SKU, Column.PRODUCT, Column.VARIANT, Column.UNIT, Column.PRICE_FOR, Column.PRICE),
}
"""In the order in which they are written. Of counts and prices those between the first and the last only tell people what it is."""
NEEDED: Final[Mapping[ImportKind, Sequence[Column]]] = {
    ImportKind.GOODS: (Column.SKU,),
    ImportKind.STOCK: (Column.SKU, Column.STOCK),
    ImportKind.PRICES: (Column.SKU, Column.PRICE),
}
STATUSES: Final[Mapping[ProductStatus, str]] = {
    ProductStatus.DRAFT: "draf",
    ProductStatus.PUBLISHED: "dijual",
    ProductStatus.HIDDEN: "disembunyikan",
    ProductStatus.BLOCKED: "diblokir",
}
_BY_NAME: Final = {**{name: each for each, name in NAMES.items()}, **{each.value: each for each in Column}}


class ColumnIsMissing(FieldInvalid):
    """Or is there twice."""


class CellInvalid(FieldInvalid):
    """`field` is the column's English name."""


class CellIsNoNumber(CellInvalid):
    pass


class CellIsFormula(CellInvalid):
    pass


class StatusIsUnknown(CellInvalid):
    pass


class SkuIsInvalid(CellInvalid):
    pass


class SkuIsUnknown(CellInvalid):
    """There are no goods of this code, and it is no code that a seller gives: an id of the platform, or a file that makes nothing."""


class RowIsMalformed(Exception):
    pass


class RowIsDouble(CellInvalid):
    pass


class ImportUnderWay(Exception):
    def __init__(self) -> None:
        super().__init__("a merchant has one import at a time")


class PartIsNone(Exception):
    """There is no such part of the file, or it came before with another content."""


class ImportInState(Exception):
    def __init__(self, status: ImportStatus) -> None:
        super().__init__(f"the import is {status}")
        self.status = status


def column_of(name: str) -> Column | None:
    """However it is written: Harga_Untuk, "price for "."""
    return _BY_NAME.get(" ".join(re.sub(r"[\W_]+", " ", unmarked(name)).casefold().split()))


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the columns of a kind stand in a file's rows, how many they are in all, and those that are not read."""

    places: Mapping[Column, int]
    width: int
    ignored: Sequence[str]

    @classmethod
    def of(cls, sheet: Sheet, kind: ImportKind) -> Layout:
        """Raises ColumnIsMissing."""
        places: dict[Column, int] = {}
        ignored: list[str] = []
        for place, name in enumerate(sheet.header):
            column = column_of(name)
            if column is None or column not in COLUMNS[kind]:
                ignored += [name.strip()] if name.strip() else []
            elif column in places:
                raise ColumnIsMissing(column.value, f"the column {column.value} ({NAMES[column]}) is there twice")
            else:
                places[column] = place
        for column in NEEDED[kind]:
            if column not in places:
                raise ColumnIsMissing(column.value, f"there is no column {NAMES[column]} ({column.value})")
        return cls(places, len(sheet.header), ignored)

    def picked(self, cells: Sequence[str]) -> list[str] | None:
        """The cells of its columns; None of a row that was cut, or has more than there are columns."""
        if len(cells) < self.width or any(each.strip() for each in cells[self.width :]):
            return None
        return [cells[place] for place in self.places.values()]


def name_key(name: str) -> str:
    """Two products of one merchant whose names differ in nothing else are one."""
    return " ".join(unicodedata.normalize("NFC", name[:400]).casefold().split())


def is_own(sku: str) -> bool:
    """Whether a seller may have given it."""
    return _SKU.fullmatch(sku) is not None and _PLATFORMS.fullmatch(sku) is None


def marked(text: str) -> str:
    """So that no spreadsheet reckons it: what may be a formula begins with an apostrophe, and so does what began with one."""
    return f"'{text}" if text.startswith(_MARKED) else text


def unmarked(text: str) -> str:
    return text[1:] if text.startswith("'") and text[1:].startswith(_MARKED) else text


def text_of(column: Column, cell: str) -> str | None:
    """None of an empty one. Raises CellIsFormula."""
    cell = cell.strip(" \u00a0")
    if cell.startswith(_DANGEROUS):
        raise CellIsFormula(
            column.value, "a spreadsheet takes this for a formula; an apostrophe before it makes it text"
        )
    return unmarked(cell).strip() or None


def number_of(column: Column, cell: str, decimal: str) -> Decimal | None:
    """None of an empty one. Thousands may be divided, and three digits behind the other sign are such. Raises CellIsNoNumber."""
    text = re.sub(r"[\s\u00a0]", "", unmarked(cell.strip()))
    if not text:
        return None
    other = "." if decimal == "," else ","
    plain = r"-?\d{1,3}(?:[.,]\d{3})*(?:[.,]\d+)?|-?\d+(?:[.,]\d+)?"
    if len(text) > 2 * _MOST_DIGITS or not re.fullmatch(plain, text, re.ASCII):
        raise CellIsNoNumber(column.value, f"{cell.strip()[:30]!a} is no number")
    whole, sign, part = text.rpartition(decimal)
    if not sign:
        # Groups of three behind the other sign are thousands; anything else that stands behind one of it can only be decimals.
        grouped = re.fullmatch(rf"-?[1-9]\d{{0,2}}(?:\{other}\d{{3}})+", text, re.ASCII)
        text = text.replace(other, "") if grouped else text.replace(other, ".")
        return _decimal(column, cell, text)
    if re.fullmatch(rf"-?[1-9]\d{{0,2}}(?:\{decimal}\d{{3}}){{2,}}", text, re.ASCII):
        return _decimal(column, cell, text.replace(decimal, ""))  # twice: it divides thousands after all
    if other in part:
        whole, _, part = text.rpartition(other)
        return _decimal(column, cell, f"{whole.replace(decimal, '')}.{part}")
    return _decimal(column, cell, f"{whole.replace(other, '')}.{part}")


def _decimal(column: Column, cell: str, text: str) -> Decimal:
    if text.count(".") > 1 or "," in text or sum(map(str.isdigit, text)) > _MOST_DIGITS:
        raise CellIsNoNumber(column.value, f"{cell.strip()[:30]!a} is no number")
    return Decimal(text)


def rupiah_of(column: Column, cell: str, decimal: str) -> int | None:
    """As `Rp12.500`, `12,500`, `12500,00`: rupiah have no decimals, so three digits behind either sign are thousands. Raises
    CellIsNoNumber."""
    text = re.sub(r"[\s\u00a0]", "", unmarked(cell.strip()))
    text = re.sub(r"^rp\.?", "", text, flags=re.IGNORECASE).removesuffix(",-")
    if not text and not cell.strip():
        return None
    if re.fullmatch(r"-?[1-9]\d{0,2}(?:([.,])\d{3})(?:\1\d{3})*", text, re.ASCII):
        text = re.sub(r"[.,]", "", text)
    number = number_of(column, text, decimal)
    if number is None or number != number.to_integral_value():
        raise CellIsNoNumber(column.value, f"{cell.strip()[:30]!a} is no number of rupiah")
    return int(number)


def base_of(column: Column, cell: str, decimal: str, base_per_unit: int) -> int | None:
    """Base units of so many units: 1,5 of a kg are 1,500. Raises CellIsNoNumber for what is no whole number of them."""
    number = number_of(column, cell, decimal)
    if number is None:
        return None
    base = int((number * base_per_unit).to_integral_value())
    if in_units(base, base_per_unit) != number:
        raise CellIsNoNumber(column.value, f"{cell.strip()[:30]!a} is no whole number of pieces, grams or millilitres")
    return base


def in_units(base: int, base_per_unit: int) -> Decimal:
    """Exact enough to come back as it was: a unit has a million base units at most."""
    return round(Decimal(base) / base_per_unit, 6)


def seconds_of(cell: str, decimal: str, present: int | None) -> int | None:
    """Of hours; what is as it is written of the present ones is these. Raises CellIsNoNumber."""
    number = number_of(Column.KEEPS, cell, decimal)
    if number is None:
        return None
    if present is not None and number == hours(present):
        return present
    return int(number * 3600)


def hours(seconds: int) -> Decimal:
    return round(Decimal(seconds) / 3600, 2)


def status_of(cell: str) -> ProductStatus | None:
    """By its Indonesian or English name. Raises StatusIsUnknown."""
    text = (text_of(Column.STATUS, cell) or "").casefold()
    if not text:
        return None
    for each in ProductStatus:
        if text in (status_name(each), each.value.casefold()):
            return each
    raise StatusIsUnknown(Column.STATUS.value, f"one of {', '.join(map(status_name, ProductStatus))}")


def status_name(status: ProductStatus) -> str:
    return STATUSES.get(status, status.value.casefold())


def written_number(number: Decimal | int, decimal: str) -> str:
    """Without thousands, which each country divides otherwise."""
    text = f"{number:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace(".", decimal)


OUT: Final = Written("utf-8-sig", ";")
"""As a spreadsheet in Indonesia opens it."""
OUT_PLAIN: Final = Written("utf-8", ",")
"""For programs."""
