"""How notices say what the market calls by a code: Indonesian, then English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.contracts.catalog import ApplicationFault
from services.contracts.licences import LicenceKind
from services.contracts.ordering import HandoverWay
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
