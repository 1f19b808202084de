"""What each kind of notice says in both languages, whether it may wait for the morning, and how long it matters."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from services.people.domain.notice_kinds import NoticeKind, Rule

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
    NoticeKind.PAYMENT_ASKED: Rule(
        "Semua penjual menyanggupi pesanan {code}. Bayar {amount} dengan QRIS di Wlijo sebelum {answer_by} WIB.",
        "All sellers have agreed to order {code}. Pay {amount} by QRIS in Wlijo before {answer_by} (Jakarta).",
        15 * _MINUTES,
    ),
    NoticeKind.REFUND_COMING: Rule(
        "{amount} untuk pesanan {code} dikembalikan kepada Anda: {why}.",
        "{amount} of order {code} goes back to you: {why}.",
        24 * _HOURS,
    ),
    NoticeKind.REFUND_BY_HAND: Rule(
        "{amount} untuk pesanan {code} akan dikembalikan petugas Wlijo. Uangnya tetap milik Anda.",
        "{amount} of order {code} will be given back by Wlijo's people. The money stays yours.",
        72 * _HOURS,
        may_wait=True,
    ),
    NoticeKind.REFUND_DONE: Rule(
        "{amount} untuk pesanan {code} sudah dikembalikan{hand}.",
        "{amount} of order {code} has gone back to you{hand}.",
        72 * _HOURS,
        may_wait=True,
    ),
    NoticeKind.CLAIM_OPENED: Rule(
        "Klaim {amount} untuk pesanan {code}, {merchant}: {claim}. Jawab di Wlijo sebelum {answer_by} WIB.",
        "A claim of {amount} of order {code}, {merchant}: {claim}. Answer in Wlijo before {answer_by} (Jakarta).",
        24 * _HOURS,
        may_wait=True,
    ),
    NoticeKind.CLAIM_OFFERED: Rule(
        "Klaim pesanan {code}: {merchant} menawarkan {amount}. Berlaku, kecuali Anda minta petugas memutuskan sebelum {answer_by} WIB.",
        "Claim of order {code}: {merchant} offers {amount}. It stands unless you go to an officer before {answer_by} (Jakarta).",
        72 * _HOURS,
        may_wait=True,
    ),
    NoticeKind.CLAIM_DECLINED: Rule(
        "Klaim pesanan {code} ditolak {merchant}. Tidak setuju? Minta petugas memutuskan sebelum {answer_by} WIB.",
        "Claim of order {code}: {merchant} refuses. If you do not agree, go to an officer before {answer_by} (Jakarta).",
        72 * _HOURS,
        may_wait=True,
    ),
    NoticeKind.CLAIM_ESCALATED: Rule(
        "Klaim pesanan {code} diputuskan petugas, paling lambat {answer_by} WIB.",
        "An officer decides the claim of order {code}, by {answer_by} (Jakarta).",
        72 * _HOURS,
        may_wait=True,
    ),
    NoticeKind.CLAIM_GRANTED: Rule(
        "Klaim Anda, pesanan {code}, dikabulkan: {amount} dikembalikan kepada Anda.",
        "Your claim, order {code}, was granted: {amount} goes back to you.",
        72 * _HOURS,
        may_wait=True,
    ),
    NoticeKind.CLAIM_REFUSED: Rule(
        "Klaim Anda, pesanan {code}, tidak dikabulkan. Alasannya ada di Wlijo.",
        "Your claim, order {code}, was not granted. Wlijo shows why.",
        72 * _HOURS,
        may_wait=True,
    ),
    NoticeKind.CLAIM_DECIDED: Rule(
        "Petugas memutuskan klaim pesanan {code}, {merchant}: {amount} untuk pembeli. {bearer}",
        "An officer has decided the claim of order {code}, {merchant}: {amount} for the buyer. {bearer}",
        72 * _HOURS,
        may_wait=True,
    ),
    NoticeKind.CLAIM_PAID: Rule(
        "Klaim pesanan {code}: kata {merchant}, {amount} sudah kembali. Benar? Jawab sebelum {answer_by} WIB, kalau tidak dianggap sudah.",
        "Claim of order {code}: {merchant} says you have got {amount}. Is it so? Without an answer before {answer_by} it counts as had.",
        7 * 24 * _HOURS,
        may_wait=True,
    ),
    NoticeKind.CLAIM_SETTLED: Rule(
        "Klaim Anda, pesanan {code}, selesai: {amount} sudah kembali.",
        "Your claim, order {code}, is settled: {amount} has come back.",
        72 * _HOURS,
        may_wait=True,
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
    NoticeKind.WEBHOOK_FAILS: Rule(
        "Alamat webhook {company} tidak bisa dihubungi. Kabar tugas menunggu di sana; tawaran bisa terlewat.",
        "The webhook of {company} cannot be reached. News of jobs waits; offers may be missed.",
        12 * _HOURS,
        apart=_HOURS,
    ),
    NoticeKind.WEBHOOK_WORKS: Rule(
        "Alamat webhook {company} bisa dihubungi lagi.",
        "The webhook of {company} can be reached again.",
        2 * _HOURS,
        apart=_HOURS,
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
    NoticeKind.KASBON_ASKED: Rule(
        "Ada pembeli yang meminta kasbon di {merchant}. Jawab di Wlijo.",
        "A buyer asks {merchant} for a kasbon. Answer in Wlijo.",
        72 * _HOURS,
        may_wait=True,
        apart=_HOURS,
    ),
    NoticeKind.KASBON_OFFERED: Rule(
        "{merchant} menawarkan kasbon sampai {limit}. Jawab di Wlijo.",
        "{merchant} offers you a kasbon up to {limit}. Answer in Wlijo.",
        72 * _HOURS,
        may_wait=True,
    ),
    NoticeKind.KASBON_OPENED: Rule(
        "Kasbon di {merchant} dibuka, sampai {limit}. Tanpa bunga.",
        "A kasbon at {merchant} is open, up to {limit}. No interest.",
        72 * _HOURS,
        may_wait=True,
    ),
    NoticeKind.KASBON_LIMIT: Rule(
        "Batas kasbon di {merchant} sekarang {limit}.",
        "The limit of a kasbon at {merchant} is {limit} now.",
        72 * _HOURS,
        may_wait=True,
    ),
    NoticeKind.KASBON_CLOSED: Rule(
        "Kasbon di {merchant} ditutup untuk belanja baru. Yang belum dibayar {owed}.",
        "A kasbon at {merchant} was ended for what is new. Not paid yet: {owed}.",
        72 * _HOURS,
        may_wait=True,
    ),
    NoticeKind.KASBON_PAID: Rule(
        "Kasbon di {merchant}: dibayar {amount}, sisa {owed}. Kalau keliru, katakan di Wlijo.",
        "A kasbon at {merchant}: {amount} was paid, {owed} is left. If that is wrong, say so in Wlijo.",
        72 * _HOURS,
        may_wait=True,
    ),
    NoticeKind.KASBON_TAKEN_BACK: Rule(
        "Kasbon di {merchant}: pembayaran {amount} dicabut, sisa {owed}. Baca alasannya di Wlijo.",
        "A kasbon at {merchant}: a payment of {amount} was taken back, {owed} is left. Read why in Wlijo.",
        72 * _HOURS,
        may_wait=True,
    ),
    NoticeKind.KASBON_DISPUTED: Rule(
        "Kasbon di {merchant}: ada catatan yang menurut pihak lain keliru. Baca di Wlijo.",
        "A kasbon at {merchant}: the other side says that an entry is wrong. Read it in Wlijo.",
        72 * _HOURS,
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
