"""A statement: what moved what somebody is owed, in a period of WIB days, line by line; and how it is written as CSV. Pure."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from services.contracts.places import WIB
from services.ordering.domain.refusal import Refused

MOST_DAYS: Final = 366
MOST_LINES: Final = 15_000
"""In one file. Who sells more asks for shorter periods."""


class LineKind(StrEnum):
    ORDER = "ORDER"
    PAYOUT = "PAYOUT"
    PAYOUT_REVERSED = "PAYOUT_REVERSED"
    CASH_HANDOVER = "CASH_HANDOVER"


@dataclass(frozen=True, slots=True)
class Sums:
    """What makes up a change of what is owed: each with its sign, and together the change. `earned` is a merchant's goods or a company's
    share; `counter` is what a merchant took in cash itself; `paid` what was paid out or handed over to it."""

    earned: int = 0
    commission: int = 0
    discount: int = 0
    tax: int = 0
    mdr: int = 0
    counter: int = 0
    paid: int = 0
    other: int = 0

    @property
    def all(self) -> tuple[int, ...]:
        return (
            self.earned, self.commission, self.discount, self.tax, self.mdr, self.counter, self.paid, self.other,
        )  # fmt: skip

    @property
    def change(self) -> int:
        return sum(self.all)


@dataclass(frozen=True, slots=True)
class Line:
    """`balance` is what is owed after it; `number` tells lines of one moment apart."""

    at: datetime
    number: int
    kind: LineKind
    order_code: str | None
    reference: str | None
    sums: Sums
    balance: int


@dataclass(frozen=True, slots=True)
class Period:
    """Whole WIB days, both ends in it."""

    first: date
    last: date

    @property
    def begins(self) -> datetime:
        return datetime.combine(self.first, time(), WIB)

    @property
    def ends(self) -> datetime:
        return datetime.combine(self.last + timedelta(days=1), time(), WIB)


class PeriodIsWrong(Refused):
    pass


class TooManyLines(Refused):
    pass


def period(first: date, last: date) -> Period:
    """Raises PeriodIsWrong."""
    if not 2020 <= first.year <= last.year <= 2200 or not 0 <= (last - first).days < MOST_DAYS:
        raise PeriodIsWrong(f"a period is 1 to {MOST_DAYS} days, the first before the last")
    return Period(first, last)


@dataclass(frozen=True, slots=True)
class Statement:
    """`closing` is `opening` and all `sums`."""

    period: Period
    opening: int
    sums: Sums
    lines: int

    @property
    def closing(self) -> int:
        return self.opening + self.sums.change


HEADINGS: Final = (
    "Tanggal", "Jam (WIB)", "Keterangan", "Kode pesanan", "Rujukan", "Penjualan", "Komisi", "Potongan", "PPh 22", "MDR",
    "Diterima tunai", "Dibayarkan", "Lain-lain", "Jumlah", "Saldo",
)  # fmt: skip
_KINDS: Final = {
    LineKind.ORDER: "Pesanan",
    LineKind.PAYOUT: "Pembayaran",
    LineKind.PAYOUT_REVERSED: "Pembayaran dibatalkan",
    LineKind.CASH_HANDOVER: "Setoran tunai",
}
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "'")


def cell(text: str) -> str:
    """So that no spreadsheet reckons it: what may be a formula begins with an apostrophe, and so does what began with one."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def rows(found: Statement, lines: Iterable[Line]) -> Iterable[Sequence[str | int]]:
    """As a merchant reads it in a spreadsheet: opening, lines, sums, closing; rupiah are whole numbers without marks."""
    yield HEADINGS
    empty = [""] * 9
    yield [found.period.first.isoformat(), "", "Saldo awal", *empty, "", "", str(found.opening)]
    for each in lines:
        at = each.at.astimezone(WIB).isoformat()
        yield [
            at[:10],
            at[11:19],
            _KINDS[each.kind],
            cell(each.order_code or ""),
            cell(each.reference or ""),
            *_sums(each.sums),
            each.balance,
        ]
    yield [found.period.last.isoformat(), "", "Jumlah", "", "", *_sums(found.sums), ""]
    yield [found.period.last.isoformat(), "", "Saldo akhir", *empty, "", "", str(found.closing)]


def _sums(of: Sums) -> list[int]:
    return [*of.all, of.change]


def written(table: Iterable[Sequence[str | int]]) -> str:
    """CSV as spreadsheets here open it: semicolons, for a comma is our decimal sign, and a mark of UTF-8."""
    out = io.StringIO()
    csv.writer(out, delimiter=";", lineterminator="\r\n").writerows(table)
    return f"\ufeff{out.getvalue()}"
