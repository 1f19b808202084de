"""How notices say what the market calls by a code: Indonesian, then English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.contracts.catalog import ApplicationFault
from services.contracts.claims import ClaimKind
from services.contracts.licences import LicenceKind
from services.contracts.ordering import BorneBy, CancelReason, HandoverWay
from services.contracts.packing import LineChange, QuestionKind

FAULTS: Final[Mapping[ApplicationFault, tuple[str, str]]] = {
    ApplicationFault.NAME: ("nama usaha", "the name"),
    ApplicationFault.CONTACT: ("nama kontak atau nomor telepon", "whom to ask for, or the phone"),
    ApplicationFault.PLACE: ("tempat usaha", "the place"),
    ApplicationFault.SIZE: ("penjualan atau modal", "sales or capital"),
    ApplicationFault.OTHER: ("ada catatan petugas", "an officer's note"),
}
WAYS: Final[Mapping[HandoverWay, tuple[str, str]]] = {
    HandoverWay.DELIVERY: ("diantar", "to be brought"),
    HandoverWay.ROUTE_STOP: ("diambil di pemberhentian", "to be collected at a stop"),
    HandoverWay.PICKUP: ("diambil pembeli", "to be collected"),
}
CLAIMS: Final[Mapping[ClaimKind, tuple[str, str]]] = {
    ClaimKind.SHORT: ("kurang jumlah atau timbangannya", "less than was ordered"),
    ClaimKind.SPOILED: ("rusak, busuk, atau basi", "spoiled or broken"),
    ClaimKind.WRONG: ("barangnya lain", "other goods"),
    ClaimKind.MISSING: ("tidak ada di bungkusan", "not there at all"),
}
REFUNDS: Final[Mapping[str, tuple[str, str]]] = {
    "CANCELLED": ("pesanan batal", "the order was cancelled"),
    "PAID_LATE": ("pembayaran datang sesudah waktunya", "it was paid too late"),
    "PAID_TWICE": ("dibayar dua kali", "it was paid twice"),
    "PAID_SHORT": ("pembayarannya kurang", "too little was paid"),
    "PAID_OVER": ("pembayarannya lebih", "too much was paid"),
    "GOODS_CHANGED": ("isi pesanan berkurang", "there is less in the order"),
    "CLAIM": ("klaim dikabulkan", "a claim was granted"),
}
"""By the reason that ordering tells, which may get new words: then `ANY_REFUND`."""
ANY_REFUND: Final = ("rinciannya ada di Wlijo", "Wlijo shows why")
BY_HAND: Final = (" oleh petugas", " by a person")
LICENCES: Final[Mapping[LicenceKind, tuple[str, str]]] = {
    LicenceKind.NIB: ("NIB", "The NIB"),
    LicenceKind.PIRT: ("Nomor P-IRT", "The P-IRT number"),
    LicenceKind.HALAL: ("Sertifikat halal", "The halal certificate"),
    LicenceKind.BPOM_MD: ("Izin edar BPOM MD", "The BPOM MD registration"),
    LicenceKind.QRIS_NMID: ("NMID QRIS", "The QRIS NMID"),
}
QUESTIONS: Final[Mapping[QuestionKind, tuple[str, str]]] = {
    QuestionKind.OVERWEIGHT: ("beratnya lebih dari perkiraan.", "it weighs more than agreed."),
    QuestionKind.SHORT: ("tidak ada, atau kurang.", "there is none, or less."),
    QuestionKind.REPLACEMENT: ("penjual menawarkan gantinya.", "the seller offers something else."),
}
CHANGES: Final[Mapping[LineChange, tuple[str, str]]] = {
    LineChange.WEIGHED: ("sudah ditimbang.", "it was weighed."),
    LineChange.DROPPED: ("tidak ada, atau kurang.", "there is none, or less."),
    LineChange.REPLACED: ("diganti dengan yang serupa.", "something similar comes instead."),
}
REASONS: Final[Mapping[CancelReason, tuple[str, str]]] = {
    CancelReason.BUYER_CANCELLED: ("dibatalkan pembeli", "by the buyer"),
    CancelReason.STOCK_SHORT: ("stok tidak cukup", "there was not enough in stock"),
    CancelReason.STOCK_TIMEOUT: ("stok tidak dapat dipastikan", "the stock could not be made sure"),
    CancelReason.MERCHANT_REJECTED: ("ditolak penjual", "a seller could not take it"),
    CancelReason.MERCHANT_TIMEOUT: ("penjual tidak menjawab", "a seller did not answer"),
    CancelReason.NO_RIDER: ("tidak ada pengantar", "no rider was found"),
    CancelReason.DELIVERY_TIMEOUT: ("pengantaran terlalu lama", "the delivery took too long"),
    CancelReason.DELIVERY_FAILED: ("barang tidak dapat diantar", "the goods could not be handed over"),
    CancelReason.NOT_FETCHED: ("tidak diambil", "nobody came for it"),
    CancelReason.PAYMENT_TIMEOUT: ("tidak dibayar pada waktunya", "it was not paid in time"),
}
BEARERS: Final[Mapping[BorneBy, tuple[str, str]]] = {
    BorneBy.NOBODY: ("Tidak ada biaya.", "Nobody pays."),
    BorneBy.BUYER: ("Biaya ditanggung pembeli.", "The buyer bears the cost."),
    BorneBy.MERCHANT: ("Biaya ditanggung penjual.", "The seller bears the cost."),
    BorneBy.PARTNER: ("Biaya ditanggung jasa antar.", "The delivery company bears the cost."),
    BorneBy.PLATFORM: ("Biaya ditanggung Wlijo.", "Wlijo bears the cost."),
}
