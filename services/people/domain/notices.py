"""Notices: what each says in both languages, whether it may wait for the morning, and how long it matters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Final

from services.contracts.amounts import Language, rupiah_text
from services.contracts.catalog import ApplicationFault
from services.contracts.licences import LicenceKind
from services.contracts.ordering import BorneBy, CancelReason, HandoverWay
from services.contracts.packing import LineChange, QuestionKind
from services.contracts.places import WIB
from services.people.domain import notice_words

QUIET_FROM: Final = time(22)
QUIET_UNTIL: Final = time(5)

Facts = Mapping[str, str | int]
"""By name: texts, and amounts and counts as numbers. No name and no number of a person."""


class NoticeKind(StrEnum):
    SELLER_ORDER_NEW = "SELLER_ORDER_NEW"
    SELLER_ORDER_LATER = "SELLER_ORDER_LATER"
    SELLER_ORDER_DEADLINE = "SELLER_ORDER_DEADLINE"
    SELLER_ORDER_CANCELLED = "SELLER_ORDER_CANCELLED"
    ORDER_PART_LEFT = "ORDER_PART_LEFT"
    ORDER_ASKS = "ORDER_ASKS"
    ORDER_ACCEPTED = "ORDER_ACCEPTED"
    ORDER_LATER = "ORDER_LATER"
    ORDER_TO_COLLECT = "ORDER_TO_COLLECT"
    ORDER_READY = "ORDER_READY"
    ORDER_QUESTION = "ORDER_QUESTION"
    ORDER_CHANGED = "ORDER_CHANGED"
    ORDER_ON_THE_WAY = "ORDER_ON_THE_WAY"
    ORDER_AT_THE_DOOR = "ORDER_AT_THE_DOOR"
    ORDER_CANCELLED = "ORDER_CANCELLED"
    ORDER_DELIVERED = "ORDER_DELIVERED"
    APPLICATION_WAITING = "APPLICATION_WAITING"
    APPLICATION_VERIFIED = "APPLICATION_VERIFIED"
    APPLICATION_SENT_BACK = "APPLICATION_SENT_BACK"
    LICENCE_WAITING = "LICENCE_WAITING"
    LICENCE_VERIFIED = "LICENCE_VERIFIED"
    LICENCE_REJECTED = "LICENCE_REJECTED"
    LICENCE_REVOKED = "LICENCE_REVOKED"
    LICENCE_DUE = "LICENCE_DUE"
    LICENCE_DUE_SOON = "LICENCE_DUE_SOON"
    LICENCE_EXPIRED = "LICENCE_EXPIRED"
    LICENCE_NEEDED = "LICENCE_NEEDED"
    JOB_OFFERED = "JOB_OFFERED"
    JOB_OFFER_OVER = "JOB_OFFER_OVER"
    TRIP_ASSIGNED = "TRIP_ASSIGNED"
    TRIP_CANCELLED = "TRIP_CANCELLED"
    PARTNER_PAUSED = "PARTNER_PAUSED"
    PARTNER_RESUMED = "PARTNER_RESUMED"
    REPORT_OVERDUE = "REPORT_OVERDUE"
    EXPORT_READY = "EXPORT_READY"
    WLIJO_NEAR = "WLIJO_NEAR"


class NoticeChannel(StrEnum):
    """What people may choose by; the values are those of the port."""

    WHATSAPP = "whatsapp"
    SMS = "sms"
    MAIL = "mail"
    PUSH = "push"


class NoticeOutcome(StrEnum):
    """What became of a notice by the channels; it can be read in any case."""

    WAITING = "WAITING"
    TOLD = "TOLD"
    FAILED = "FAILED"
    LATE = "LATE"
    OFF = "OFF"
    UNREACHABLE = "UNREACHABLE"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table. A cash amount is told only when there is one. `apart`: between two messages of the kind to one person, for what
    strangers can cause; all of it can be read at once."""

    indonesian: str
    english: str
    matters_for: timedelta
    may_wait: bool = False
    cash: tuple[str, str] = ("", "")
    apart: timedelta | None = None


_MINUTES: Final = timedelta(minutes=1)
_HOURS: Final = timedelta(hours=1)
RULES: Final[Mapping[NoticeKind, Rule]] = {
    NoticeKind.SELLER_ORDER_NEW: Rule(
        "Pesanan baru {code} untuk {merchant}, barang {goods}. Jawab dalam {minutes} menit.",
        "New order {code} for {merchant}, goods {goods}. Answer within {minutes} minutes.",
        15 * _MINUTES,
    ),
    NoticeKind.SELLER_ORDER_LATER: Rule(
        "Pesanan {code} untuk {merchant}, barang {goods}, {how} {when} WIB. Jawab sebelum {answer_by} WIB.",
        "Order {code} for {merchant}, goods {goods}, {how} {when} (Jakarta). Answer before {answer_by}.",
        12 * _HOURS,
    ),
    NoticeKind.SELLER_ORDER_DEADLINE: Rule(
        "Pesanan {code} untuk {merchant} belum dijawab. Tanpa jawaban, pesanan ini segera batal.",
        "Order {code} for {merchant} has no answer yet. Without one it is cancelled soon.",
        5 * _MINUTES,
    ),
    NoticeKind.SELLER_ORDER_CANCELLED: Rule(
        "Pesanan {code} untuk {merchant} dibatalkan: {reason}. {bearer}",
        "Order {code} for {merchant} was cancelled: {reason}. {bearer}",
        12 * _HOURS,
    ),
    NoticeKind.ORDER_PART_LEFT: Rule(
        "{merchant} tidak dapat memenuhi bagiannya dari pesanan {code}. Bagian itu tidak dibayar.",
        "{merchant} cannot bring its part of order {code}. That part is not paid.",
        30 * _MINUTES,
    ),
    NoticeKind.ORDER_ASKS: Rule(
        "Sebagian pesanan {code} tidak ada. Sisanya tetap disiapkan, kecuali Anda batalkan sebelum {answer_by} WIB.",
        "Part of order {code} cannot be had. The rest is prepared, unless you cancel before {answer_by}.",
        30 * _MINUTES,
    ),
    NoticeKind.ORDER_ACCEPTED: Rule(
        "Pesanan {code} diterima penjual dan sedang disiapkan.",
        "Order {code} was accepted and is being prepared.",
        30 * _MINUTES,
    ),
    NoticeKind.ORDER_LATER: Rule(
        "Pesanan {code} diterima penjual dan akan diantar mulai {when} WIB.",
        "Order {code} was accepted and will be brought from {when} (Jakarta) on.",
        12 * _HOURS,
    ),
    NoticeKind.ORDER_TO_COLLECT: Rule(
        "Pesanan {code} diterima penjual. Ambil mulai {when} WIB; tempat dan kodenya ada di Wlijo.{cash}",
        "Order {code} was accepted. Collect it from {when} (Jakarta) on; place and code are in Wlijo.{cash}",
        12 * _HOURS,
        cash=(" Siapkan tunai {amount}.", " Have {amount} in cash."),
    ),
    NoticeKind.ORDER_READY: Rule(
        "Pesanan {code} siap diambil. Tunjukkan kodenya di Wlijo.{cash}",
        "Order {code} is ready. Show its code in Wlijo.{cash}",
        2 * _HOURS,
        cash=(" Siapkan tunai {amount}.", " Have {amount} in cash."),
    ),
    NoticeKind.ORDER_QUESTION: Rule(
        "Pesanan {code}, {name}: {question} Jawab di Wlijo sebelum {answer_by} WIB.",
        "Order {code}, {name}: {question} Answer in Wlijo before {answer_by} (Jakarta).",
        5 * _MINUTES,
    ),
    NoticeKind.ORDER_CHANGED: Rule(
        "Pesanan {code}, {name}: {change} Total barunya ada di Wlijo.",
        "Order {code}, {name}: {change} The new total is in Wlijo.",
        2 * _HOURS,
    ),
    NoticeKind.ORDER_ON_THE_WAY: Rule(
        "Pesanan {code} sedang diantar.{cash}",
        "Order {code} is on its way.{cash}",
        30 * _MINUTES,
        cash=(" Siapkan tunai {amount}.", " Have {amount} in cash."),
    ),
    NoticeKind.ORDER_AT_THE_DOOR: Rule(
        "Pengantar pesanan {code} sudah sampai. Beri tahu PIN Anda saat barang diterima.{cash}",
        "The rider of order {code} is at your door. Say your PIN when you get the goods.{cash}",
        15 * _MINUTES,
        cash=(" Bayar {amount}.", " Pay {amount}."),
    ),
    NoticeKind.ORDER_CANCELLED: Rule(
        "Pesanan {code} dibatalkan: {reason}. {bearer}",
        "Order {code} was cancelled: {reason}. {bearer}",
        12 * _HOURS,
    ),
    NoticeKind.ORDER_DELIVERED: Rule(
        "Pesanan {code} sudah diterima. Terima kasih telah berbelanja.",
        "Order {code} was delivered. Thank you for buying.",
        24 * _HOURS,
        may_wait=True,
    ),
    NoticeKind.APPLICATION_WAITING: Rule(
        "Pendaftaran usaha menunggu diperiksa sejak {since} WIB. Buka Wlijo untuk memeriksanya.",
        "An application to sell has waited since {since} (Jakarta). Open Wlijo to look at it.",
        24 * _HOURS,
        may_wait=True,
        apart=_HOURS,
    ),
    NoticeKind.APPLICATION_VERIFIED: Rule(
        "Pendaftaran usaha Anda disetujui. Atur jam buka di Wlijo, lalu buka toko Anda.",
        "Your application to sell was approved. Set your hours in Wlijo, then open your shop.",
        72 * _HOURS,
        may_wait=True,
    ),
    NoticeKind.APPLICATION_SENT_BACK: Rule(
        "Pendaftaran usaha Anda perlu diperbaiki: {fault}. Baca alasannya di Wlijo, lalu ajukan lagi.",
        "Your application to sell has to be corrected: {fault}. Read why in Wlijo, then apply again.",
        72 * _HOURS,
        may_wait=True,
    ),
    NoticeKind.LICENCE_WAITING: Rule(
        "{licence} menunggu diperiksa sejak {since} WIB. Buka Wlijo untuk memeriksanya.",
        "{licence} has waited since {since} (Jakarta). Open Wlijo to look at it.",
        24 * _HOURS,
        may_wait=True,
        apart=_HOURS,
    ),
    NoticeKind.LICENCE_VERIFIED: Rule(
        "{licence} {merchant} disetujui{ends}. Barang yang memerlukannya dapat dijual.",
        "{licence} of {merchant} was verified{ends}. Goods that need it may be sold.",
        72 * _HOURS,
        may_wait=True,
    ),
    NoticeKind.LICENCE_REJECTED: Rule(
        "{licence} {merchant} belum dapat disetujui. Baca alasannya di Wlijo, lalu ajukan lagi.",
        "{licence} of {merchant} was not accepted. Read why in Wlijo, then submit it again.",
        72 * _HOURS,
        may_wait=True,
    ),
    NoticeKind.LICENCE_REVOKED: Rule(
        "Persetujuan {licence} {merchant} dicabut. Barang yang memerlukannya tidak dijual lagi. Baca alasannya di Wlijo.",
        "{licence} of {merchant} is accepted no more. Goods that need it are not for sale now. Read why in Wlijo.",
        72 * _HOURS,
        may_wait=True,
    ),
    NoticeKind.LICENCE_DUE: Rule(
        "{licence} {merchant} berlaku{ends}, 60 hari lagi. Urus perpanjangannya, lalu ajukan di Wlijo.",
        "{licence} of {merchant} holds{ends}, 60 days from now. Renew it, then submit it in Wlijo.",
        14 * 24 * _HOURS,
        may_wait=True,
    ),
    NoticeKind.LICENCE_DUE_SOON: Rule(
        "{licence} {merchant} berlaku{ends}, tinggal dua minggu. Tanpa penggantinya, barang yang memerlukannya tidak dijual lagi.",
        "{licence} of {merchant} holds{ends}, two weeks from now. Without another, goods that need it will not be for sale.",
        7 * 24 * _HOURS,
        may_wait=True,
    ),
    NoticeKind.LICENCE_EXPIRED: Rule(
        "{licence} {merchant} sudah habis masa berlakunya. Barang yang memerlukannya tidak dijual sampai ada penggantinya.",
        "{licence} of {merchant} is over. Goods that need it are not for sale until there is another.",
        72 * _HOURS,
        may_wait=True,
    ),
    NoticeKind.LICENCE_NEEDED: Rule(
        "{licence} kini wajib untuk sebagian barang {merchant}. Tanpa itu, barangnya tidak dijual. Ajukan di Wlijo.",
        "{licence} is needed now for some goods of {merchant}. Without it they are not for sale. Submit it in Wlijo.",
        7 * 24 * _HOURS,
        may_wait=True,
    ),
    NoticeKind.JOB_OFFERED: Rule(
        "Tawaran antar {code} untuk {company}. Jawab sebelum pukul {until} WIB.",
        "Delivery {code} is offered to {company}. Answer before {until} WIB.",
        5 * _MINUTES,
    ),
    NoticeKind.JOB_OFFER_OVER: Rule(
        "Tawaran antar {code} untuk {company} sudah berakhir.",
        "The offer of delivery {code} to {company} is over.",
        5 * _MINUTES,
    ),
    NoticeKind.TRIP_ASSIGNED: Rule(
        "Anda mengantar pesanan {code} untuk {company}. Buka Wlijo untuk tempat penjemputan.",
        "You bring order {code} for {company}. Open Wlijo to see where to fetch it.",
        30 * _MINUTES,
    ),
    NoticeKind.TRIP_CANCELLED: Rule(
        "Pesanan {code} dibatalkan. Barang yang sudah Anda bawa, kembalikan ke penjual.",
        "Order {code} was cancelled. Bring goods that you carry back to the seller.",
        2 * _HOURS,
    ),
    NoticeKind.PARTNER_PAUSED: Rule(
        "{company} dijeda: {why}. Tawaran berhenti, antaran yang berjalan diteruskan.",
        "{company} was paused: {why}. Offers stop, deliveries under way go on.",
        24 * _HOURS,
    ),
    NoticeKind.PARTNER_RESUMED: Rule(
        "{company} menerima tawaran antar lagi.",
        "{company} gets offers again.",
        24 * _HOURS,
    ),
    NoticeKind.REPORT_OVERDUE: Rule(
        "Antaran {code} oleh {company} sudah lama tanpa kabar. Laporkan keadaannya.",
        "Nothing was heard of delivery {code} by {company} for long. Report how it is.",
        _HOURS,
    ),
    NoticeKind.EXPORT_READY: Rule(
        "Salinan data Anda sudah siap. Unduh di aplikasi dalam tujuh hari. Bila bukan Anda yang memintanya, akhiri semua sesi Anda.",
        "The copy of your data is ready. Download it in the app within seven days. If it was not you who asked, end all your sessions.",
        24 * _HOURS,
        may_wait=True,
    ),
    # In the quiet hours it waits, and by the morning it matters no more: it is there to be read.
    NoticeKind.WLIJO_NEAR: Rule(
        "{merchant} sedang keliling di dekat tempat Anda.",
        "{merchant} is on the round near your place.",
        20 * _MINUTES,
        may_wait=True,
    ),
}

_REASONS: Final[Mapping[CancelReason, tuple[str, str]]] = {
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
_BEARERS: Final[Mapping[BorneBy, tuple[str, str]]] = {
    BorneBy.NOBODY: ("Tidak ada biaya.", "Nobody pays."),
    BorneBy.BUYER: ("Biaya ditanggung pembeli.", "The buyer bears the cost."),
    BorneBy.MERCHANT: ("Biaya ditanggung penjual.", "The seller bears the cost."),
    BorneBy.PARTNER: ("Biaya ditanggung jasa antar.", "The delivery company bears the cost."),
    BorneBy.PLATFORM: ("Biaya ditanggung Wlijo.", "Wlijo bears the cost."),
}


def words(kind: NoticeKind, facts: Facts, language: Language) -> str:
    """What is told. Raises KeyError for a fact that the kind needs."""
    rule, place = RULES[kind], 0 if language is Language.ID else 1
    said = {name: str(value) for name, value in facts.items()}
    if "goods_rupiah" in facts:
        said["goods"] = rupiah_text(int(facts["goods_rupiah"]), language)
    if "reason" in facts:
        said["reason"] = _REASONS[CancelReason(str(facts["reason"]))][place]
        said["bearer"] = _BEARERS[BorneBy(str(facts["borne_by"]))][place]
    if "since" in facts:
        at = datetime.fromisoformat(str(facts["since"])).astimezone(WIB)
        said["since"] = f"{at:%d-%m-%Y %H:%M}"
    for name in ("when", "answer_by"):
        if name in facts:
            said[name] = f"{datetime.fromisoformat(str(facts[name])).astimezone(WIB):%d-%m %H.%M}"
    if "way" in facts:
        said["how"] = notice_words.WAYS[HandoverWay(str(facts["way"]))][place]
    if "question" in facts:
        said["question"] = notice_words.QUESTIONS[QuestionKind(str(facts["question"]))][place]
    if "change" in facts:
        said["change"] = notice_words.CHANGES[LineChange(str(facts["change"]))][place]
    if "fault" in facts:
        said["fault"] = notice_words.FAULTS[ApplicationFault(str(facts["fault"]))][place]
    if "licence" in facts:
        said["licence"] = notice_words.LICENCES[LicenceKind(str(facts["licence"]))][place]
        said["merchant"] = str(facts["merchant"]) or ("usaha Anda", "your business")[place]
        day = str(facts.get("expires_on", ""))
        said["ends"] = f" {('sampai', 'until')[place]} {date.fromisoformat(day):%d-%m-%Y}" if day else ""
    cash = int(facts.get("cash_rupiah", 0))
    said["cash"] = rule.cash[place].format(amount=rupiah_text(cash, language)) if cash else ""
    return (rule.indonesian, rule.english)[place].format_map(said)


def matters_until(kind: NoticeKind, happened_at: datetime) -> datetime:
    return happened_at + RULES[kind].matters_for


def send_at(kind: NoticeKind, now: datetime) -> datetime:
    """Now, or at the end of the quiet hours when it may wait."""
    local = now.astimezone(WIB)
    if not RULES[kind].may_wait or QUIET_UNTIL <= local.time() < QUIET_FROM:
        return now
    morning = local.replace(hour=QUIET_UNTIL.hour, minute=0, second=0, microsecond=0)
    return morning if local.time() < QUIET_UNTIL else morning + timedelta(days=1)


def superseded(kind: NoticeKind) -> tuple[NoticeKind, ...]:
    """Those of the same matter that no longer matter once this one is told."""
    return _SUPERSEDED.get(kind, ())


_BEFORE_THE_END: Final = (
    NoticeKind.ORDER_ACCEPTED,
    NoticeKind.ORDER_LATER,
    NoticeKind.ORDER_TO_COLLECT,
    NoticeKind.ORDER_READY,
    NoticeKind.ORDER_ON_THE_WAY,
    NoticeKind.ORDER_AT_THE_DOOR,
)
_SUPERSEDED: Final[Mapping[NoticeKind, tuple[NoticeKind, ...]]] = {
    NoticeKind.SELLER_ORDER_CANCELLED: (
        NoticeKind.SELLER_ORDER_NEW,
        NoticeKind.SELLER_ORDER_LATER,
        NoticeKind.SELLER_ORDER_DEADLINE,
    ),
    NoticeKind.ORDER_ACCEPTED: (NoticeKind.ORDER_LATER,),
    NoticeKind.ORDER_READY: (NoticeKind.ORDER_TO_COLLECT,),
    NoticeKind.ORDER_ON_THE_WAY: (NoticeKind.ORDER_ACCEPTED,),
    NoticeKind.ORDER_AT_THE_DOOR: (NoticeKind.ORDER_ACCEPTED, NoticeKind.ORDER_ON_THE_WAY),
    NoticeKind.ORDER_CANCELLED: _BEFORE_THE_END,
    NoticeKind.ORDER_DELIVERED: _BEFORE_THE_END,
    NoticeKind.JOB_OFFER_OVER: (NoticeKind.JOB_OFFERED,),
    NoticeKind.LICENCE_DUE_SOON: (NoticeKind.LICENCE_DUE,),
    NoticeKind.LICENCE_EXPIRED: (NoticeKind.LICENCE_DUE, NoticeKind.LICENCE_DUE_SOON),
    NoticeKind.LICENCE_REVOKED: (NoticeKind.LICENCE_VERIFIED, NoticeKind.LICENCE_DUE, NoticeKind.LICENCE_DUE_SOON),
}
