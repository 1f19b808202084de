"""What a QRIS payment costs who is paid (merchant discount rate). Pure.

The merchant bears it, and may not ask it of the buyer (PBI 23/6/PBI/2021, article 52): it is a transfer of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final


class MerchantClass(StrEnum):
    """Of whom the code names, as the provider has registered it."""

    MICRO = "MICRO"
    REGULAR = "REGULAR"


@dataclass(frozen=True, slots=True)
class Rate:
    """From a WIB day on. In hundredths of a per cent, of payments up to `up_to_rupiah` and of larger ones."""

    since: date
    of: MerchantClass
    up_to_rupiah: int
    below: int
    above: int
    source: str


RATES: Final[Sequence[Rate]] = (
    Rate(date(2023, 9, 1), MerchantClass.MICRO, 100_000, 0, 30,
         "https://finansial.bisnis.com/read/20230727/90/1678934/catat-tidak-semua-transaksi-qris-di-bawah-rp100000-gratis"),
    Rate(date(2024, 12, 1), MerchantClass.MICRO, 500_000, 0, 30,
         "https://antaranews.com/berita/4402101/bi-bebaskan-biaya-mdr-qris-untuk-transaksi-hingga-rp500-ribu"),
    Rate(date(2020, 1, 1), MerchantClass.REGULAR, 0, 70, 70,
         "https://merdeka.com/amp/uang/mulai-1-desember-transaksi-qris-hingga-rp500-ribu-bebas-biaya-217080-mvk.html"),
)  # fmt: skip


def mdr(amount_rupiah: int, of: MerchantClass, day: date) -> int:
    """Half-up. What is before all rates costs nothing that is known."""
    known = [rate for rate in RATES if rate.of is of and rate.since <= day]
    if not known:
        return 0
    rate = max(known, key=lambda each: each.since)
    share = rate.below if amount_rupiah <= rate.up_to_rupiah else rate.above
    return (2 * amount_rupiah * share + 10_000) // 20_000
