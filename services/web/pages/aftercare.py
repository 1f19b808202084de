"""What a buyer says of an order that was delivered: what was wrong, how it was, and what a person is to look at."""

from __future__ import annotations

import secrets
from collections.abc import Mapping

from starlette.responses import Response

from services.web.answers import Outcome
from services.web.answers_aftercare import AftercarePage, Ended, MyTickets
from services.web.graph import NoAnswer, Trouble
from services.web.pages import claim_photos
from services.web.visit import Notes, Visit
from services.web.words import N_

KINDS: Mapping[str, str] = {
    "SPOILED": N_("Rusak, busuk, atau basi"),
    "SHORT": N_("Kurang jumlah atau timbangannya"),
    "WRONG": N_("Barangnya lain"),
    "MISSING": N_("Tidak ada di bungkusan"),
}
STATES: Mapping[str, str] = {
    "OPENED": N_("Menunggu jawaban penjual"),
    "OFFERED": N_("Penjual menawarkan sebagian"),
    "DECLINED": N_("Penjual menolak"),
    "ESCALATED": N_("Diperiksa petugas"),
    "GRANTED": N_("Dikabulkan, uangnya belum dikembalikan"),
    "PAID": N_("Kata penjual uangnya sudah dikembalikan"),
    "SETTLED": N_("Selesai, uang sudah kembali"),
    "REFUSED": N_("Tidak dikabulkan"),
    "WITHDRAWN": N_("Dicabut"),
}
ACTORS: Mapping[str, str] = {
    "BUYER": N_("Pembeli"),
    "MERCHANT": N_("Penjual"),
    "COMPANY": N_("Jasa antar"),
    "TIMER": N_("Waktunya habis"),
    "PLATFORM": N_("Wlijo"),
    "OFFICER": N_("Petugas"),
}
CATEGORIES: Mapping[str, str] = {
    "ORDER": N_("Pesanan"),
    "PAYMENT": N_("Uang"),
    "DELIVERY": N_("Pengantaran"),
    "ACCOUNT": N_("Akun saya"),
    "OTHER": N_("Lainnya"),
}
TICKET_STATES: Mapping[str, str] = {
    "OPEN": N_("Menunggu petugas"),
    "WAITING_FOR_OPENER": N_("Menunggu jawaban pengirim"),
    "RESOLVED": N_("Sudah beres"),
    "REOPENED": N_("Dibuka lagi"),
    "CLOSED": N_("Ditutup"),
}
WORDS = {"kinds": KINDS, "states": STATES, "actors": ACTORS, "categories": CATEGORIES, "ticket_states": TICKET_STATES}
_DONE: Mapping[str, str] = {
    "claim": N_("Klaim terkirim. Penjual menjawab paling lambat besok. Tambahkan fotonya kalau ada."),
    "agree": N_("Tawaran penjual diterima."),
    "escalate": N_("Petugas akan memutuskan."),
    "withdraw": N_("Klaim dicabut."),
    "received": N_("Terima kasih. Klaim selesai."),
    "not_received": N_("Baik, uangnya masih ditagih."),
    "goods": N_("Terima kasih atas ulasannya."),
    "delivery": N_("Terima kasih atas ulasannya."),
    "ticket": N_("Pengaduan terkirim. Lihat jawabannya di halaman pengaduan."),
}


async def show(visit: Visit) -> Response:
    notes = Notes()
    claim_photos.came_back(visit, notes)
    return await _page(visit, notes, 422 if notes else 200)


async def _order(visit: Visit) -> tuple[Ended, bool]:
    visit.must_be_signed_in()
    answer = await visit.ask("aftercare", AftercarePage, code=visit.path("code")[:40], language=visit.language)
    if answer.data.order_by_code is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.GONE)
    return answer.data.order_by_code, answer.partial


async def _page(visit: Visit, notes: Notes, status: int = 200, photo_of: str = "") -> Response:
    """`photo_of`: a claim, or a line of which there is one by now, that the buyer is to take a photo for."""
    order, partial = await _order(visit)
    claim = next((each for each in reversed(order.claims) if photo_of in (each.id, each.line_id)), None)
    uploads = await claim_photos.ask(visit, claim.id, visit.http.url.path, notes) if claim else {}
    reviewed = {each.line_id: each for each in order.reviews if each.kind == "GOODS"}
    brought = next((each for each in order.reviews if each.kind == "DELIVERY"), None)
    return visit.page(
        "aftercare.html",
        status=status,
        order=order,
        lines=[line for part in order.seller_orders for line in part.lines],
        reviewed=reviewed,
        brought=brought,
        notes=notes,
        uploads=uploads,
        key=visit.typed("key") or secrets.token_hex(16),
        partial=partial,
        **WORDS,
    )


async def say(visit: Visit) -> Response:
    """Claims, agrees, goes to an officer, reviews, complains."""
    order, _ = await _order(visit)
    what, about, words = visit.typed("do"), visit.typed("about")[:64], visit.typed("words")
    notes = Notes()
    outcome: Outcome | None = None
    match what:
        case "claim":
            line = next((each for part in order.seller_orders for each in part.lines if each.id == about), None)
            amount = rupiah(visit.typed("amount"))
            if line is None or amount is None or not words:
                notes.add(about, visit.speaking(N_("Isi berapa rupiah yang diminta dan apa yang terjadi.")))
            else:
                kind = visit.typed("kind") if visit.typed("kind") in KINDS else "SPOILED"
                asked = {
                    "orderLineId": about,
                    "kind": kind,
                    "quantity": line.quantity,
                    "amount": amount,
                    "words": words,
                }
                outcome = await visit.change("open_claim", input=asked, key=visit.typed("key"))
        case "escalate" | "ticket" if not words:
            notes.add(about, visit.speaking(N_("Tulis apa yang terjadi.")))
        case "escalate":
            outcome = await visit.change("escalate_claim", id=about, words=words)
        case "agree":
            outcome = await visit.change("agree_to_claim", id=about)
        case "withdraw":
            outcome = await visit.change("withdraw_claim", id=about)
        case "received" | "not_received":
            outcome = await visit.change("confirm_claim", id=about, received=what == "received")
        case "goods":
            by_name = visit.typed("by_name") == "yes"
            outcome = await visit.change(
                "review_goods", line=about, stars=stars(visit), words=words or None, byName=by_name
            )
        case "delivery":
            outcome = await visit.change("review_delivery", order=order.id, stars=stars(visit), words=words or None)
        case "ticket":
            category = visit.typed("category") if visit.typed("category") in CATEGORIES else "ORDER"
            asked = {"category": category, "words": words, "orderId": order.id}
            outcome = await visit.change("open_ticket", input=asked, key=visit.typed("key"))
    for text in visit.notes(outcome.problems).but() if outcome else ():
        notes.add(about, text)
    if notes:
        return await _page(visit, notes, 422)
    if what in ("claim", "photo") and about:
        visit.session.said = visit.speaking(_DONE.get(what, ""))
        return await _page(visit, notes, photo_of=about)
    return visit.go(f"/pesanan/{visit.path('code')[:40]}/masalah", visit.speaking(_DONE.get(what, "")))


def rupiah(typed: str) -> int | None:
    """As people write it: 12.500. None of what is no amount."""
    digits = typed.replace(".", "").replace(" ", "")
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 9 else None


def stars(visit: Visit) -> int:
    typed = visit.typed("stars")
    return int(typed) if typed in ("1", "2", "3", "4", "5") else 0


async def tickets(visit: Visit) -> Response:
    return await _tickets(visit, Notes())


async def _tickets(visit: Visit, notes: Notes, status: int = 200) -> Response:
    visit.must_be_signed_in()
    answer = await visit.ask("my_tickets", MyTickets)
    if answer.data.my_tickets is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.REFUSED)
    return visit.page(
        "tickets.html",
        status=status,
        tickets=[edge.node for edge in answer.data.my_tickets.edges],
        notes=notes,
        key=visit.typed("key") or secrets.token_hex(16),
        partial=answer.partial,
        **WORDS,
    )


async def write(visit: Visit) -> Response:
    """A new ticket, or more words of one."""
    visit.must_be_signed_in()
    what, about, words, key = visit.typed("do"), visit.typed("about")[:64], visit.typed("words"), visit.typed("key")
    notes = Notes()
    if not words:
        notes.add(about, visit.speaking(N_("Tulis apa yang terjadi.")))
        return await _tickets(visit, notes, 422)
    if what == "open":
        category = visit.typed("category") if visit.typed("category") in CATEGORIES else "OTHER"
        outcome = await visit.change("open_ticket", input={"category": category, "words": words}, key=key)
    else:
        outcome = await visit.change("reply_to_ticket", id=about, words=words, key=key)
    for text in visit.notes(outcome.problems).but():
        notes.add(about, text)
    if notes:
        return await _tickets(visit, notes, 422)
    return visit.go("/pengaduan", visit.speaking(N_("Terkirim.")))
