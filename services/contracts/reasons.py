"""Why something went wrong, and what follows: ONDC's reason codes as the base, with those that a regency's market needs beside them.

A code is added, never renamed or given another meaning. `docs/reasons.md` shows the table; a test holds both together.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.contracts.delivery import FailureCode
from services.contracts.ordering import BorneBy


class ReasonCode(StrEnum):
    ITEM_NOT_AVAILABLE = "ITEM_NOT_AVAILABLE"
    MERCHANT_REJECTED = "MERCHANT_REJECTED"
    LATE = "LATE"
    NOT_READY = "NOT_READY"
    BUYER_UNREACHABLE = "BUYER_UNREACHABLE"
    BUYER_REFUSED = "BUYER_REFUSED"
    ADDRESS_NOT_FOUND = "ADDRESS_NOT_FOUND"
    ACCIDENT = "ACCIDENT"
    DELIVERY_IMPOSSIBLE = "DELIVERY_IMPOSSIBLE"
    AREA_NOT_SERVED = "AREA_NOT_SERVED"
    LOST_IN_TRANSIT = "LOST_IN_TRANSIT"
    PACKED_INCOMPLETE = "PACKED_INCOMPLETE"
    SPOILED_OR_BROKEN = "SPOILED_OR_BROKEN"
    WRONG_QUANTITY = "WRONG_QUANTITY"
    OTHER_THAN_ORDERED = "OTHER_THAN_ORDERED"
    DAMAGED_IN_TRANSIT = "DAMAGED_IN_TRANSIT"
    PLATFORM_FAULT = "PLATFORM_FAULT"
    AREA_CLOSED = "AREA_CLOSED"
    MERCHANT_CLOSED = "MERCHANT_CLOSED"


class Use(StrEnum):
    """Where a code may be said: by a merchant that refuses its part of an order, by an ojek company of a trip that failed, by a merchant
    or an officer who grants a claim."""

    REFUSAL = "REFUSAL"
    FAILED_TRIP = "FAILED_TRIP"
    CLAIM = "CLAIM"


@dataclass(frozen=True, slots=True)
class Reason:
    """`ondc` is its number there, R of a return, None of one that is ours alone. `goods_back`: whether what was fetched goes back."""

    ondc: str | None
    indonesian: str
    english: str
    borne_by: BorneBy
    goods_back: bool
    uses: frozenset[Use]


def _reason(
    ondc: str | None, indonesian: str, english: str, borne_by: BorneBy, *uses: Use, goods_back: bool = False
) -> Reason:
    return Reason(ondc, indonesian, english, borne_by, goods_back, frozenset(uses))


_C, _BUYER, _MERCHANT, _PARTNER = ReasonCode, BorneBy.BUYER, BorneBy.MERCHANT, BorneBy.PARTNER
REASONS: Final[Mapping[ReasonCode, Reason]] = {
    _C.ITEM_NOT_AVAILABLE: _reason("002", "Barang tidak ada", "Not available", _MERCHANT, Use.REFUSAL, Use.CLAIM),
    _C.MERCHANT_REJECTED: _reason("005", "Ditolak penjual", "Refused by the seller", _MERCHANT, Use.REFUSAL),
    _C.LATE: _reason("006", "Terlambat dari janji", "Later than promised", _PARTNER, Use.CLAIM, goods_back=True),
    _C.NOT_READY: _reason("008", "Pesanan belum siap diambil", "Not ready for pickup", _MERCHANT, Use.FAILED_TRIP),
    _C.BUYER_UNREACHABLE: _reason(
        "011", "Pembeli tidak bisa dihubungi", "The buyer cannot be reached", _BUYER, Use.FAILED_TRIP, goods_back=True
    ),
    _C.BUYER_REFUSED: _reason(
        "013", "Pembeli menolak menerima", "The buyer refused it", _BUYER, Use.FAILED_TRIP, goods_back=True
    ),
    _C.ADDRESS_NOT_FOUND: _reason(
        "014", "Alamat tidak ketemu", "The address was not found", _BUYER, Use.FAILED_TRIP, goods_back=True
    ),
    _C.ACCIDENT: _reason(
        "016",
        "Kecelakaan, hujan, atau kendaraan rusak",
        "Accident, rain, or a vehicle that broke down",
        _PARTNER,
        Use.FAILED_TRIP,
        Use.CLAIM,
    ),
    _C.DELIVERY_IMPOSSIBLE: _reason(
        "017", "Pengantaran batal atau tertunda", "Delivery delayed or not possible", _PARTNER, Use.FAILED_TRIP
    ),
    _C.AREA_NOT_SERVED: _reason("018", "Daerah tidak dilayani", "The area is not served", _MERCHANT, Use.REFUSAL),
    _C.LOST_IN_TRANSIT: _reason("020", "Hilang di jalan", "Lost on the way", _PARTNER, Use.FAILED_TRIP, Use.CLAIM),
    _C.PACKED_INCOMPLETE: _reason("021", "Pesanan dibungkus tidak lengkap", "Packed incomplete", _MERCHANT, Use.CLAIM),
    _C.SPOILED_OR_BROKEN: _reason(
        "R003", "Rusak, busuk, atau basi", "Spoiled, or not in a usable state", _MERCHANT, Use.CLAIM
    ),
    _C.WRONG_QUANTITY: _reason("R004", "Jumlah atau timbangan kurang", "Less than ordered", _MERCHANT, Use.CLAIM),
    _C.OTHER_THAN_ORDERED: _reason(
        "R005", "Barang lain dari yang dipesan", "Other than what was ordered", _MERCHANT, Use.CLAIM, goods_back=True
    ),
    _C.DAMAGED_IN_TRANSIT: _reason(None, "Rusak di jalan", "Damaged on the way", _PARTNER, Use.FAILED_TRIP, Use.CLAIM),
    _C.PLATFORM_FAULT: _reason(None, "Kesalahan Wlijo", "A fault of Wlijo's", BorneBy.PLATFORM, Use.CLAIM),
    _C.AREA_CLOSED: _reason(
        None,
        "Daerah ditutup karena bahaya",
        "The area is closed for a hazard",
        BorneBy.PLATFORM,
        Use.FAILED_TRIP,
        goods_back=True,
    ),
    _C.MERCHANT_CLOSED: _reason(
        None, "Tempat penjual tutup", "The seller's place is closed", _MERCHANT, Use.FAILED_TRIP
    ),
}

OF_FAILURE: Final[Mapping[FailureCode, ReasonCode]] = {
    FailureCode.RIDER_GAVE_UP: ReasonCode.DELIVERY_IMPOSSIBLE,
    FailureCode.GOODS_NOT_READY: ReasonCode.NOT_READY,
    FailureCode.BUYER_UNREACHABLE: ReasonCode.BUYER_UNREACHABLE,
    FailureCode.BUYER_REFUSED: ReasonCode.BUYER_REFUSED,
    FailureCode.ADDRESS_NOT_FOUND: ReasonCode.ADDRESS_NOT_FOUND,
    FailureCode.ACCIDENT: ReasonCode.ACCIDENT,
    FailureCode.LOST_IN_TRANSIT: ReasonCode.LOST_IN_TRANSIT,
    FailureCode.AREA_CLOSED: ReasonCode.AREA_CLOSED,
    FailureCode.MERCHANT_CLOSED: ReasonCode.MERCHANT_CLOSED,
    FailureCode.BREAKDOWN: ReasonCode.ACCIDENT,
    FailureCode.SPOILED_IN_TRANSIT: ReasonCode.DAMAGED_IN_TRANSIT,
}
"""What an ojek company says of a trip that failed."""


def usable(use: Use) -> list[ReasonCode]:
    return [code for code, reason in REASONS.items() if use in reason.uses]


def as_table() -> list[str]:
    """The lines of docs/reasons.md."""
    return [
        "| code | ONDC | Indonesia | English | for | borne by | goods back |",
        "|---|---|---|---|---|---|---|",
        *(
            f"| `{code}` | {each.ondc or '–'} | {each.indonesian} | {each.english} | {', '.join(sorted(each.uses))} | {each.borne_by}"
            f" | {'yes' if each.goods_back else 'no'} |"
            for code, each in REASONS.items()
        ),
    ]
