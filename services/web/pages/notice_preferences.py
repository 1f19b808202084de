"""How somebody wants to hear of each kind of news, beside reading it here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import Response

from services.web.answers_me import NoticePreference, NoticeWishes
from services.web.graph import NoAnswer, Trouble
from services.web.visit import Notes, Visit
from services.web.words import N_

GROUPS: Final[Mapping[str, tuple[str, Mapping[str, str]]]] = {
    "BUYER": (
        N_("Belanja saya"),
        {
            "ORDER_ASKS": N_("Ada penjual yang tidak bisa; sisanya jalan kecuali saya batalkan"),
            "ORDER_PART_LEFT": N_("Pesanan jalan tanpa barang satu penjual"),
            "ORDER_ACCEPTED": N_("Semua penjual menerima"),
            "ORDER_LATER": N_("Diterima, dan diantar nanti"),
            "ORDER_TO_COLLECT": N_("Diterima, dan saya ambil sendiri"),
            "ORDER_READY": N_("Sudah bisa saya ambil"),
            "ORDER_QUESTION": N_("Penjual bertanya saat mengemas"),
            "ORDER_CHANGED": N_("Ada yang kurang, tidak ada, atau diganti"),
            "PAYMENT_ASKED": N_("Waktunya membayar dengan QRIS"),
            "REFUND_COMING": N_("Uang saya akan kembali"),
            "REFUND_BY_HAND": N_("Uang saya dikembalikan oleh petugas"),
            "REFUND_DONE": N_("Uang saya sudah kembali"),
            "ORDER_ON_THE_WAY": N_("Barang di jalan"),
            "ORDER_AT_THE_DOOR": N_("Pengantar di depan rumah"),
            "ORDER_CANCELLED": N_("Pesanan batal"),
            "ORDER_DELIVERED": N_("Barang sudah diterima"),
            "CLAIM_OFFERED": N_("Penjual menawar sebagian klaim"),
            "CLAIM_DECLINED": N_("Penjual menolak klaim"),
            "CLAIM_ESCALATED": N_("Klaim diputus petugas"),
            "CLAIM_GRANTED": N_("Klaim dikabulkan"),
            "CLAIM_REFUSED": N_("Klaim tidak dikabulkan"),
            "CLAIM_PAID": N_("Penjual bilang uang klaim sudah diberi"),
            "CLAIM_SETTLED": N_("Klaim selesai"),
            "WLIJO_NEAR": N_("Wlijo yang saya tunggu sudah dekat"),
        },
    ),
    "KASBON": (
        N_("Kasbon"),
        {
            "KASBON_ASKED": N_("Ada yang minta kasbon"),
            "KASBON_OFFERED": N_("Penjual menawarkan kasbon"),
            "KASBON_OPENED": N_("Kasbon dibuka"),
            "KASBON_LIMIT": N_("Batas kasbon berubah"),
            "KASBON_CLOSED": N_("Kasbon ditutup"),
            "KASBON_PAID": N_("Pembayaran kasbon dicatat"),
            "KASBON_TAKEN_BACK": N_("Pembayaran kasbon ditarik"),
            "KASBON_DISPUTED": N_("Catatan kasbon dibantah"),
        },
    ),
    "SELLER": (
        N_("Jualan saya"),
        {
            "SELLER_ORDER_NEW": N_("Pesanan baru menunggu jawaban"),
            "SELLER_ORDER_DEADLINE": N_("Waktu menjawab hampir habis"),
            "SELLER_ORDER_CANCELLED": N_("Pesanan dibatalkan"),
            "SELLER_ORDER_LATER": N_("Pesanan untuk nanti menunggu jawaban"),
            "CLAIM_OPENED": N_("Pembeli mengajukan klaim"),
            "CLAIM_DECIDED": N_("Petugas memutus klaim"),
            "APPLICATION_VERIFIED": N_("Pendaftaran diterima"),
            "APPLICATION_SENT_BACK": N_("Pendaftaran perlu diperbaiki"),
            "LICENCE_VERIFIED": N_("Izin sudah benar"),
            "LICENCE_REJECTED": N_("Izin belum benar"),
            "LICENCE_REVOKED": N_("Izin dicabut"),
            "LICENCE_DUE": N_("Izin habis dua bulan lagi"),
            "LICENCE_DUE_SOON": N_("Izin habis dua minggu lagi"),
            "LICENCE_EXPIRED": N_("Izin sudah habis"),
            "LICENCE_NEEDED": N_("Ada barang yang perlu izin dulu"),
        },
    ),
    "RIDING": (
        N_("Mengantar"),
        {
            "JOB_OFFERED": N_("Ada tawaran antar"),
            "JOB_OFFER_OVER": N_("Tawaran antar berakhir"),
            "TRIP_ASSIGNED": N_("Antaran untuk saya"),
            "TRIP_CANCELLED": N_("Antaran saya batal"),
            "REPORT_OVERDUE": N_("Antaran lama tidak ada kabar"),
            "WEBHOOK_FAILS": N_("Webhook tidak bisa dijangkau"),
            "WEBHOOK_WORKS": N_("Webhook jalan lagi"),
            "PARTNER_PAUSED": N_("Jasa antar dijeda"),
            "PARTNER_RESUMED": N_("Jasa antar jalan lagi"),
        },
    ),
    "OTHER": (
        N_("Lain-lain"),
        {
            "EXPORT_READY": N_("Salinan data saya siap"),
            "APPLICATION_WAITING": N_("Petugas: ada pendaftaran"),
            "LICENCE_WAITING": N_("Petugas: ada izin yang menunggu"),
        },
    ),
}
WAYS: Final[Mapping[str, str]] = {
    "": N_("Seperti biasa"),
    "PUSH": N_("Di peramban saja"),
    "PUSH,WHATSAPP": N_("Di peramban, kalau tidak bisa lewat WhatsApp"),
    "WHATSAPP": N_("Lewat WhatsApp"),
    "WHATSAPP,SMS": N_("Lewat WhatsApp, kalau tidak bisa lewat SMS"),
    "SMS": N_("Lewat SMS"),
    "MAIL": N_("Lewat surel"),
    "-": N_("Tidak usah; saya baca di sini saja"),
}
"""Channels by comma, the first choice first; none is a dash, and as the platform has it is nothing."""
_CHANNELS: Final = ("WHATSAPP", "SMS", "MAIL", "PUSH")
_FOR: Final[Mapping[str, frozenset[str]]] = {
    "SELLER": frozenset({"MERCHANT"}),
    "RIDING": frozenset({"COMPANY_OWNER", "DISPATCHER", "RIDER"}),
}


def _way(each: NoticePreference) -> str:
    return "" if each.channels is None else ",".join(each.channels) or "-"


async def show(visit: Visit) -> Response:
    return await _page(visit, Notes())


async def _page(visit: Visit, notes: Notes, status: int = 200) -> Response:
    visit.must_be_signed_in()
    answer = await visit.ask("notice_preferences", NoticeWishes)
    viewer = answer.data.viewer
    if viewer is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.REFUSED)
    found = {each.kind: _way(each) for each in viewer.notice_preferences}
    known = {kind for _, kinds in GROUPS.values() for kind in kinds}
    kinds = {each.kind for each in viewer.memberships}
    groups = [
        (title, [(kind, text, found[kind]) for kind, text in texts.items() if kind in found], _opens(name, kinds))
        for name, (title, texts) in GROUPS.items()
    ]
    # A kind that came with a newer people is shown by its name.
    new = [(kind, kind, way) for kind, way in found.items() if kind not in known]
    return visit.page(
        "notice_preferences.html",
        status=status,
        groups=[*groups, *([(N_("Baru"), new, False)] if new else [])],
        ways=WAYS,
        notes=notes,
        partial=answer.partial,
    )


def _opens(group: str, memberships: set[str]) -> bool:
    return group == "BUYER" or bool(_FOR.get(group, frozenset()) & memberships)


async def change(visit: Visit) -> Response:
    """What differs from what the page showed is sent: two pages that are open do not undo each other."""
    visit.must_be_signed_in()
    notes, wanted = Notes(), list[dict[str, Any]]()
    for name, way in visit.form.items():
        kind, was = name.removeprefix("k-"), visit.form.get(f"w-{name[2:]}")
        if not name.startswith("k-") or was is None or way == was or not kind.isidentifier():
            continue
        channels = None if way == "" else [] if way == "-" else way.split(",")
        if channels and not set(channels) <= set(_CHANNELS):
            notes.add("", visit.speaking(N_("Pilih caranya dari daftar.")))
            continue
        wanted.append({"kind": kind, "channels": channels})
    if wanted and not notes:
        outcome = await visit.change("set_notice_preferences", preferences=wanted)
        notes = visit.notes(outcome.problems)
    if notes:
        return await _page(visit, notes, 422)
    return visit.go("/pemberitahuan/cara", visit.speaking(N_("Sudah disimpan.")))
