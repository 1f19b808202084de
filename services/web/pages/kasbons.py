"""What a buyer owes a seller: my kasbons, one of them with its book for both, and all of a shop."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Final

from starlette.responses import Response

from services.web.answers import Outcome
from services.web.answers_kasbons import KasbonPage, MyKasbons, ShopKasbons
from services.web.graph import NoAnswer, Trouble
from services.web.saying import money_of
from services.web.visit import Notes, Visit
from services.web.words import N_

STATES: Mapping[str, str] = {
    "NONE": N_("Belum ada yang meminta"),
    "ASKED": N_("Menunggu jawaban penjual"),
    "OFFERED": N_("Menunggu jawaban pembeli"),
    "OPEN": N_("Terbuka"),
    "DECLINED": N_("Tidak jadi"),
    "CLOSED": N_("Ditutup"),
}
KINDS: Mapping[str, str] = {
    "BOUGHT": N_("Belanja"),
    "PAID": N_("Dibayar"),
    "FORGIVEN": N_("Diikhlaskan penjual"),
    "TAKEN_BACK": N_("Pembayaran dicabut"),
    "CLAIMED": N_("Klaim dikabulkan"),
    "ASKED": N_("Kasbon diminta"),
    "OFFERED": N_("Kasbon ditawarkan"),
    "OPENED": N_("Kasbon dibuka"),
    "DECLINED": N_("Tidak jadi"),
    "LIMIT_SET": N_("Batas diubah"),
    "CLOSED": N_("Kasbon ditutup"),
    "DISPUTED": N_("Ada yang keliru"),
}
SIDES: Mapping[str, str] = {"BUYER": N_("pembeli"), "MERCHANT": N_("penjual")}
USUAL: Final = (5_000, 10_000, 20_000, 50_000, 100_000)
"""Sums that are paid most, by one touch."""
_NO_MONEY = N_("Tulis jumlah uang, misalnya 300.000.")
_NO_WORDS = N_("Tulis alasannya, supaya pihak lain tahu.")
_NEEDS_WORDS = ("forgive", "take_back", "dispute")


async def mine(visit: Visit) -> Response:
    visit.must_be_signed_in()
    answer = await visit.ask("my_kasbons", MyKasbons, after=visit.query("sesudah") or None)
    if answer.data.me is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.REFUSED)
    found = answer.data.me.kasbons
    return visit.page("kasbons.html", kasbons=found, states=STATES, partial=answer.partial)


async def show(visit: Visit) -> Response:
    return await _page(visit, Notes())


async def _page(visit: Visit, notes: Notes, status: int = 200) -> Response:
    visit.must_be_signed_in()
    asked = {"id": visit.path("kasbon")[:64], "after": visit.query("sesudah") or None}
    answer = await visit.ask("kasbon", KasbonPage, **asked)
    found = answer.data.kasbon
    if found is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.GONE)
    return visit.page(
        "kasbon.html",
        status=status,
        kasbon=found,
        states=STATES,
        kinds=KINDS,
        sides=SIDES,
        usual=[each for each in USUAL if each < found.owed],
        key=visit.typed("key") or secrets.token_hex(16),
        notes=notes,
        partial=answer.partial,
    )


async def change(visit: Visit) -> Response:
    """What either side does with one: yes or no, a limit, its end, a payment, a word about a line."""
    visit.must_be_signed_in()
    kasbon, what, notes = visit.path("kasbon")[:64], visit.typed("do"), Notes()
    about = visit.typed("about")[:64]
    amount = money_of(visit.typed("sum") or visit.typed("amount"))
    words = visit.typed("why")[:200] or None
    outcome: Outcome | None = None
    if what in ("pay", "forgive", "limit", "give") and amount is None:
        notes.add(what, visit.speaking(_NO_MONEY))
    elif what in _NEEDS_WORDS and not words:
        notes.add(about or what, visit.speaking(_NO_WORDS))
    elif what == "pay":
        asked = {"id": kasbon, "amount": amount, "note": words, "key": visit.typed("key")}
        outcome = await visit.change("note_kasbon_payment", **asked)
    elif what == "forgive":
        asked = {"id": kasbon, "amount": amount, "reason": words, "key": visit.typed("key")}
        outcome = await visit.change("forgive_kasbon", **asked)
    elif what == "limit":
        outcome = await visit.change("set_kasbon_limit", id=kasbon, limit=amount)
    elif what == "give":
        outcome = await visit.change("accept_kasbon", id=kasbon, limit=amount)
    elif what == "take":
        outcome = await visit.change("accept_kasbon", id=kasbon, limit=None)
    elif what == "decline":
        outcome = await visit.change("decline_kasbon", id=kasbon, reason=words)
    elif what == "close":
        outcome = await visit.change("close_kasbon", id=kasbon, reason=words)
    elif what == "take_back":
        outcome = await visit.change("take_back_kasbon_payment", id=about, reason=words)
    elif what == "dispute":
        outcome = await visit.change("dispute_kasbon_entry", id=about, reason=words)
    for text in visit.notes(outcome.problems).but() if outcome else ():
        notes.add(about or what, text)
    if notes:
        return await _page(visit, notes, 422)
    return visit.go(f"/kasbon/{kasbon}", visit.speaking(N_("Sudah disimpan.")))


async def shop(visit: Visit) -> Response:
    return await _shop(visit, Notes())


async def _shop(visit: Visit, notes: Notes, status: int = 200) -> Response:
    visit.must_be_signed_in()
    owing = visit.query("semua") != "ya"
    asked = {"slug": visit.path("shop")[:80], "owing": owing, "after": visit.query("sesudah") or None}
    answer = await visit.ask("shop_kasbons", ShopKasbons, **asked)
    found = answer.data.merchant_by_slug
    if found is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.GONE)
    if found.kasbons is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.REFUSED)  # somebody else's
    return visit.page(
        "shop_kasbons.html",
        status=status,
        shop=found,
        kasbons=found.kasbons,
        asked=[edge.node for edge in found.asked.edges] if found.asked else [],
        owing=owing,
        states=STATES,
        part=visit.typed("part")[:64] or visit.query("untuk")[:64],
        limit=visit.typed("amount"),
        called=visit.typed("called"),
        notes=notes,
        partial=answer.partial,
    )


async def offer(visit: Visit) -> Response:
    """To who has bought here."""
    visit.must_be_signed_in()
    notes, limit = Notes(), money_of(visit.typed("amount"))
    if limit is None:
        notes.add("offer", visit.speaking(_NO_MONEY))
    else:
        asked = {"part": visit.typed("part")[:64], "limit": limit, "called": visit.typed("called")[:60] or None}
        for text in visit.notes((await visit.change("offer_kasbon", **asked)).problems).but():
            notes.add("offer", text)
    if notes:
        return await _shop(visit, notes, 422)
    said = visit.speaking(N_("Kasbon ditawarkan. Pembeli diminta menjawab."))
    return visit.go(f"/jualan/{visit.path('shop')[:80]}/kasbon?semua=ya", said)
