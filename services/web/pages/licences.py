"""Licences: sellers submit them and say what is not halal, officers look at them; what goods need and lack stands beside them."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date
from urllib.parse import quote

from starlette.responses import Response

from services.web.answers import Outcome
from services.web.answers_licences import Licences, ShopLicences
from services.web.graph import NoAnswer, Trouble
from services.web.visit import Notes, Visit
from services.web.words import N_

KINDS: Mapping[str, str] = {
    "NIB": N_("NIB, nomor induk berusaha"),
    "PIRT": N_("P-IRT, pangan olahan rumahan"),
    "HALAL": N_("Sertifikat halal"),
    "BPOM_MD": N_("Izin edar BPOM (MD)"),
    "QRIS_NMID": N_("NMID QRIS"),
}
STATUS: Mapping[str, str] = {
    "SUBMITTED": N_("menunggu petugas"),
    "VERIFIED": N_("berlaku"),
    "REJECTED": N_("ditolak"),
    "REVOKED": N_("dicabut"),
    "EXPIRED": N_("sudah habis"),
    "WITHDRAWN": N_("ditarik"),
}
HALAL: Mapping[str, str] = {
    "NOT_REQUIRED": N_("tidak perlu sertifikat halal"),
    "NOT_CERTIFIED": N_("belum bersertifikat halal"),
    "PENDING": N_("sertifikat halal sedang diperiksa"),
    "CERTIFIED": N_("bersertifikat halal"),
    "NOT_CERTIFIABLE_NAME": N_("nama ini tidak bisa disertifikasi halal"),
    "NOT_HALAL": N_("tidak halal"),
}
_WHOLE = ("NIB", "QRIS_NMID")
"""Of the merchant; they name no goods."""
_FIELDS = ("kind", "number", "issued", "expires", "photo")
_OF_INPUT: Mapping[str, str] = {
    "issuedOn": "issued",
    "expiresOn": "expires",
    "documentPhotoId": "photo",
    "productIds": "goods",
}


async def shop(visit: Visit) -> Response:
    return await _shop(visit, Notes())


async def _shop(visit: Visit, notes: Notes, status: int = 200) -> Response:
    visit.must_be_signed_in()
    answer = await visit.ask("shop_licences", ShopLicences, slug=visit.path("shop")[:80])
    found = answer.data.merchant_by_slug
    if found is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.GONE)
    goods = [edge.node for edge in found.products.edges]
    return visit.page(
        "shop_licences.html",
        status=status,
        shop=found,
        goods=goods,
        named={
            lic.id: [each.name for each in goods if lic.id in {has.id for has in each.licences}]
            for lic in found.licences
        },
        kinds=KINDS,
        states=STATUS,
        halal=HALAL,
        typed={name: visit.typed(name) for name in _FIELDS},
        chosen=[each for each in visit.form if each.startswith("g-")],
        key=visit.typed("key") or secrets.token_hex(16),
        notes=notes,
        partial=answer.partial,
    )


async def change_shop(visit: Visit) -> Response:
    visit.must_be_signed_in()
    what, who = visit.typed("do"), visit.typed("id")[:64]
    notes, done = Notes(), ""
    outcome: Outcome | None = None
    match what:
        case "submit":
            given = _given(visit, notes)
            if not notes:
                outcome = await visit.change("submit_licence", merchant=who, input=given, key=visit.typed("key"))
            done = N_("Izin terkirim. Petugas memeriksanya.")
        case "withdraw":
            outcome, done = await visit.change("withdraw_licence", id=who), N_("Izin ditarik.")
        case "not-halal" | "no-word":
            outcome = await visit.change("declare_not_halal", id=who, declared=what == "not-halal")
            done = N_("Sudah disimpan.")
    for field, texts in visit.notes(outcome.problems).said.items() if outcome else ():
        at = field.removeprefix("input.").partition(".")[0]
        for text in texts:
            notes.add(_OF_INPUT.get(at, at) if what == "submit" else who, text)
    if notes:
        return await _shop(visit, notes, 422)
    return visit.go(f"/jualan/{quote(visit.path('shop')[:80], safe='')}/izin", visit.speaking(done))


def _given(visit: Visit, notes: Notes) -> dict[str, object]:
    days = {}
    for name in ("issued", "expires"):
        try:
            days[name] = f"{date.fromisoformat(visit.typed(name))}" if visit.typed(name) else None
        except ValueError:
            notes.add(name, visit.speaking(N_("Tulis tanggalnya, misalnya 2026-03-01.")))
    if not visit.typed("number"):
        notes.add("number", visit.speaking(N_("Isi ini.")))
    if not visit.typed("issued"):
        notes.add("issued", visit.speaking(N_("Isi ini.")))
    kind = visit.typed("kind") if visit.typed("kind") in KINDS else "NIB"
    goods = [each.removeprefix("g-")[:64] for each in visit.form if each.startswith("g-")]
    return {
        "kind": kind,
        "number": visit.typed("number"),
        "issuedOn": days.get("issued"),
        "expiresOn": days.get("expires"),
        "productIds": None if kind in _WHOLE or not goods else goods,
        "documentPhotoId": visit.typed("photo")[:64] or None,
    }


async def officer(visit: Visit) -> Response:
    return await _officer(visit, Notes())


async def _officer(visit: Visit, notes: Notes, status: int = 200) -> Response:
    visit.must_be_signed_in()
    answer = await visit.ask("licences", Licences, after=visit.query("lanjut") or None)
    waiting, due = answer.data.licences_waiting, answer.data.licences_due
    if waiting is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.REFUSED)
    page = waiting.page_info
    return visit.page(
        "officer_licences.html",
        status=status,
        waiting=[edge.node for edge in waiting.edges],
        due=[edge.node for edge in due.edges] if due else [],
        after=page.end_cursor if page and page.has_next_page else None,
        kinds=KINDS,
        states=STATUS,
        notes=notes,
        partial=answer.partial,
    )


async def decide(visit: Visit) -> Response:
    visit.must_be_signed_in()
    what, who, reason = visit.typed("do"), visit.typed("id")[:64], visit.typed("reason")
    notes, done = Notes(), ""
    outcome: Outcome | None = None
    match what:
        case "verify":
            outcome, done = await visit.change("verify_licence", id=who), N_("Izin dinyatakan berlaku.")
        case "reject" | "revoke" if not reason:
            notes.add(who, visit.speaking(N_("Tulis alasannya.")))
        case "reject" | "revoke":
            outcome = await visit.change(f"{what}_licence", id=who, reason=reason)
            done = N_("Pemiliknya diberi tahu alasannya.")
    for text in visit.notes(outcome.problems).but() if outcome else ():
        notes.add(who, text)
    return await _officer(visit, notes, 422) if notes else visit.go("/petugas/izin", visit.speaking(done))
