"""A company's cash of one WIB day: what its riders collected against what was asked, what went on, and what is still open. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from services.contracts.delivery import RiderId
from services.contracts.ordering import OrderId
from services.contracts.places import WIB
from services.ordering.domain.statement import cell


@dataclass(frozen=True, slots=True)
class CashOfOrder:
    """`rider_id` is who carried it; None where the company had it at once."""

    at: datetime
    order_id: OrderId
    order_code: str
    rider_id: RiderId | None
    due: int
    collected: int
    short: int
    over: int


@dataclass(frozen=True, slots=True)
class CashDay:
    """`collected` is what payments say, `booked` what the ledger says of the same orders: they are one. `opening` and `closing` are what
    the company answers for, of which its riders carry `with_riders` at the end."""

    day: date
    orders: int
    due: int
    collected: int
    booked: int
    short: int
    over: int
    opening: int
    from_riders: int
    handed_on: int
    kept: int
    closing: int
    with_riders: int

    @property
    def matches(self) -> bool:
        return (
            self.collected == self.booked == self.due - self.short + self.over
            and self.opening + self.booked - self.handed_on - self.kept == self.closing
        )


HEADINGS: Final = ("Jam (WIB)", "Kode pesanan", "Pengantar", "Diminta", "Diterima", "Kurang", "Lebih")
_TOTALS: Final = (
    ("opening", "Tunai awal hari"), ("collected", "Diterima dari pembeli"), ("handed_on", "Disetor ke penjual dan Wlijo"),
    ("kept", "Diambil sebagai bagian jasa antar"), ("closing", "Tunai akhir hari"), ("with_riders", "Di antaranya di tangan pengantar"),
    ("from_riders", "Disetor pengantar hari ini"),
)  # fmt: skip


def rows(found: CashDay, orders: Iterable[CashOfOrder]) -> Iterable[Sequence[str]]:
    yield HEADINGS
    for each in orders:
        yield [
            each.at.astimezone(WIB).strftime("%H:%M:%S"),
            cell(each.order_code),
            str(each.rider_id or ""),
            *map(str, (each.due, each.collected, each.short, each.over)),
        ]
    yield ["", "Jumlah", "", *map(str, (found.due, found.collected, found.short, found.over))]
    for name, said in _TOTALS:
        yield ["", said, "", "", str(getattr(found, name)), "", ""]
