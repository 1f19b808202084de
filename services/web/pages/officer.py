"""What an officer sees: who wants to sell or to bring, and waits to be looked at."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from services.web.answers import Outcome
from services.web.answers_crews import Applications
from services.web.graph import NoAnswer, Trouble
from services.web.visit import Notes, Visit
from services.web.words import N_

KINDS: Mapping[str, str] = {
    "FIXED_STALL": N_("Lapak atau toko"),
    "WLIJO": N_("Wlijo keliling"),
    "HOME": N_("Usaha rumahan"),
    "FARMER_GROUP": N_("Kelompok tani"),
    "HUB": N_("Mall UMKM"),
}
CLASSES: Mapping[str, str] = {"MIKRO": N_("usaha mikro"), "KECIL": N_("usaha kecil"), "MENENGAH": N_("usaha menengah")}
FAULTS: Mapping[str, str] = {
    "NAME": N_("Namanya"),
    "CONTACT": N_("Orang yang bisa dihubungi"),
    "PLACE": N_("Tempatnya"),
    "SIZE": N_("Besar usahanya"),
    "OTHER": N_("Lainnya"),
}
_DONE: Mapping[str, str] = {
    "verify_shop": N_("Toko sudah dinyatakan benar. Pemiliknya diberi tahu."),
    "send_back_shop": N_("Dikembalikan untuk diperbaiki. Pemiliknya diberi tahu."),
    "verify_company": N_("Jasa antar dinyatakan benar, dan mendapat tugas percobaan."),
    "send_back_company": N_("Dikembalikan untuk diperbaiki. Pemiliknya diberi tahu."),
    "activate_company": N_("Jasa antar mulai mendapat tugas."),
}


async def show(visit: Visit) -> Response:
    return await _page(visit, Notes())


async def _page(visit: Visit, notes: Notes, status: int = 200) -> Response:
    visit.must_be_signed_in()
    answer = await visit.ask("applications", Applications)
    found = answer.data
    if found.merchant_applications is None and found.partner_applications is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.REFUSED)
    trying = [edge.node for edge in found.partners.edges if edge.node.status == "SANDBOX"] if found.partners else []
    return visit.page(
        "officer.html",
        status=status,
        shops=[edge.node for edge in found.merchant_applications.edges] if found.merchant_applications else [],
        companies=[edge.node for edge in found.partner_applications.edges] if found.partner_applications else [],
        trying=trying,
        kinds=KINDS,
        classes=CLASSES,
        faults=FAULTS,
        notes=notes,
        partial=answer.partial,
    )


async def decide(visit: Visit) -> Response:
    visit.must_be_signed_in()
    what, who, reason = visit.typed("do"), visit.typed("id")[:64], visit.typed("reason")
    notes: Notes = Notes()
    outcome: Outcome | None = None
    match what:
        case "verify_shop" | "verify_company" | "activate_company":
            outcome = await visit.change(what, id=who)
        case "send_back_shop" | "send_back_company" if not reason:
            notes.add(who, visit.speaking(N_("Tulis apa yang harus diperbaiki.")))
        case "send_back_shop":
            fault = visit.typed("fault") if visit.typed("fault") in FAULTS else "OTHER"
            outcome = await visit.change(what, id=who, reason=reason, fault=fault)
        case "send_back_company":
            outcome = await visit.change(what, id=who, reason=reason)
    for text in visit.notes(outcome.problems).but() if outcome else ():
        notes.add(who, text)
    if notes:
        return await _page(visit, notes, 422)
    return visit.go("/petugas", visit.speaking(_DONE.get(what, "")))
