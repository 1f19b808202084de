"""Goods, counts and prices as rows of a file that is read again as it was written."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from services.catalog.domain.bulk import (
    COLUMNS,
    NAMES,
    Column,
    ImportKind,
    hours,
    in_units,
    marked,
    status_name,
    written_number,
)
from services.catalog.domain.sheet import Written
from services.contracts.catalog import ProductStatus

REPORT: Final = ("baris", "kode", "hasil", "masalah", "kolom", "keterangan")


@dataclass(frozen=True, slots=True)
class Good:
    """A variant with its product. `on_hand` is all that lies there."""

    sku: str
    product: str
    category: str
    description: str
    label: str
    unit: str
    base_per_unit: int
    price_rupiah: int
    price_basis: int
    step: int
    min: int
    gram_per_unit: int
    origin: str | None
    keeps_for_s: int | None
    status: ProductStatus
    on_hand: int


def header(kind: ImportKind) -> list[str]:
    return [NAMES[column] for column in COLUMNS[kind]]


def cells(kind: ImportKind, good: Good, written: Written) -> list[str]:
    """In the order of the header. What lies there is in a file of counts alone: goods would be counted by a file that is a day old."""
    sign = written.decimal

    def units(base: int) -> str:
        return written_number(in_units(base, good.base_per_unit), sign)

    found = {
        Column.SKU: marked(good.sku),
        Column.PRODUCT: marked(good.product),
        Column.CATEGORY: good.category,
        Column.DESCRIPTION: marked(good.description),
        Column.VARIANT: marked(good.label),
        Column.UNIT: good.unit,
        Column.PRICE: f"{good.price_rupiah}",
        Column.PRICE_FOR: units(good.price_basis),
        Column.STEP: units(good.step),
        Column.MIN: units(good.min),
        Column.GRAM: f"{good.gram_per_unit}",
        Column.OPENING: "",
        Column.ORIGIN: good.origin or "",
        Column.KEEPS: "" if good.keeps_for_s is None else written_number(hours(good.keeps_for_s), sign),
        Column.STATUS: status_name(good.status),
        Column.STOCK: units(good.on_hand),
    }
    return [found[column] for column in COLUMNS[kind]]


def lines(rows: Iterable[Sequence[str]], written: Written) -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=written.delimiter, lineterminator="\r\n").writerows(rows)
    return text.getvalue()
