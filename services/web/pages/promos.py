"""Promotions: a shop's own, which its owner makes, and the programmes of platform and regency, which officers make."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from starlette.responses import Response

from services.contracts.places import KECAMATAN, WIB
from services.web import saying
from services.web.answers import Category, Outcome
from services.web.answers_promos import Programmes, Promos, ShopPromos
from services.web.graph import NoAnswer, Trouble
from services.web.visit import Notes, Visit
from services.web.words import N_

STATUSES: Mapping[str, str] = {
    "DRAFT": N_("belum mulai"),
    "RUNNING": N_("berjalan"),
    "PAUSED": N_("berhenti sementara"),
    "ENDED": N_("selesai"),
}
_FIELDS = (
    "name_id", "name_en", "kind", "value", "cap", "minimum", "code", "from", "to", "budget", "uses", "per_buyer", "category",
    "kecamatan", "first", "programme",
)  # fmt: skip
_MOVES: Mapping[str, str] = {
    "start_promotion": N_("Promo dimulai."),
    "pause_promotion": N_("Promo berhenti sementara."),
    "end_promotion": N_("Promo diakhiri."),
}
_OF_INPUT: Mapping[str, str] = {
    "nameId": "name_id",
    "nameEn": "name_en",
    "usesPerBuyer": "per_buyer",
    "endsAt": "to",
    "categories": "category",
    "kecamatanCodes": "kecamatan",
}


async def shop(visit: Visit) -> Response:
    return await _shop_page(visit, Notes())


async def _shop_page(visit: Visit, notes: Notes, status: int = 200) -> Response:
    visit.must_be_signed_in()
    answer = await visit.ask(
        "shop_promos",
        ShopPromos,
        slug=visit.path("shop")[:80],
        after=visit.query("lanjut") or None,
        language=visit.language,
    )
    found = answer.data.merchant_by_slug
    if found is None or found.promotions is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.GONE)
    context = _context(visit, notes, found.promotions, answer.data.categories)
    return visit.page("shop_promo.html", status=status, shop=found, partial=answer.partial, **context)


async def programmes(visit: Visit) -> Response:
    return await _programmes_page(visit, Notes())


async def _programmes_page(visit: Visit, notes: Notes, status: int = 200) -> Response:
    visit.must_be_signed_in()
    answer = await visit.ask("programmes", Programmes, after=visit.query("lanjut") or None, language=visit.language)
    if answer.data.programmes is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.REFUSED)
    context = _context(visit, notes, answer.data.programmes, answer.data.categories)
    kecamatan = sorted(KECAMATAN, key=visit.speaking.kecamatan)
    return visit.page("officer_promo.html", status=status, kecamatan=kecamatan, partial=answer.partial, **context)


def _context(visit: Visit, notes: Notes, found: Promos, categories: Sequence[Category] | None) -> dict[str, Any]:
    return {
        "promos": [edge.node for edge in found.edges],
        "after": found.page_info.end_cursor if found.page_info.has_next_page else None,
        "categories": categories or [],
        "statuses": STATUSES,
        "typed": {name: visit.typed(name) for name in _FIELDS},
        "key": visit.typed("key") or secrets.token_hex(16),
        "notes": notes,
    }


async def change_shop(visit: Visit) -> Response:
    notes, said = await _change(visit, visit.typed("id")[:64])
    return await _shop_page(visit, notes, 422) if notes else visit.go(visit.http.url.path, said)


async def change_programme(visit: Visit) -> Response:
    notes, said = await _change(visit, "")
    return await _programmes_page(visit, notes, 422) if notes else visit.go(visit.http.url.path, said)


async def _change(visit: Visit, merchant: str) -> tuple[Notes, str]:
    """What is wrong, at which field or promotion, and what is to be said when nothing is."""
    visit.must_be_signed_in()
    notes, do = Notes(), visit.typed("do")
    outcome: Outcome | None = None
    promo = visit.typed("promo")[:64]
    if do in _MOVES:
        outcome = await visit.change(do, id=promo)
    else:
        asked = _input(visit, merchant, notes)
        if not notes:
            outcome = await visit.change("create_promotion", input=asked, key=visit.typed("key"))
    for problem in outcome.problems if outcome else ():
        field = (problem.field or "").removeprefix("input.")
        where = promo if do in _MOVES else _OF_INPUT.get(field, field)
        for text in visit.notes([problem]).but():
            notes.add(where, text)
    done = _MOVES.get(do, N_("Promo disimpan. Tekan Mulai kalau sudah benar."))
    return notes, visit.speaking(done)


def _input(visit: Visit, merchant: str, notes: Notes) -> dict[str, Any]:
    kind = visit.typed("kind")
    kinds = ("PERCENT", "AMOUNT") if merchant else ("PERCENT", "AMOUNT", "FREE_DELIVERY")
    free = kind == "FREE_DELIVERY"
    first, last = _day(visit.typed("from")), _day(visit.typed("to"))
    if first is None or last is None:
        notes.add("to", visit.speaking(N_("Pilih tanggal mulai dan tanggal akhir.")))
    programme = visit.typed("programme").lower()
    name = visit.typed("name_id")
    return {
        "merchantId": merchant or None,
        "nameId": name,
        "nameEn": visit.typed("name_en") or name,
        "kind": kind if kind in kinds else "PERCENT",
        "value": 0 if free else _number(visit, "value", notes, needed=True),
        "cap": _number(visit, "cap", notes),
        "minimum": _number(visit, "minimum", notes) or 0,
        "categories": [visit.typed("category")] if visit.typed("category") else [],
        "kecamatanCodes": [visit.typed("kecamatan")] if visit.typed("kecamatan") else [],
        "firstOrderOnly": visit.typed("first") == "yes",
        "programme": programme or None if not merchant else None,
        "code": visit.typed("code") or None,
        "startsAt": _moment(first),
        "endsAt": _moment(last + timedelta(days=1)) if last else None,
        "budget": _number(visit, "budget", notes),
        "uses": _number(visit, "uses", notes),
        "usesPerBuyer": _number(visit, "per_buyer", notes),
    }


def _number(visit: Visit, name: str, notes: Notes, *, needed: bool = False) -> int | None:
    typed = visit.typed(name)
    if not typed and not needed:
        return None
    found = saying.money_of(typed)
    if found is None:
        notes.add(name, visit.speaking(N_("Tulis dengan angka, misalnya 5000.")))
    return found


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None


def _moment(day: date | None) -> str | None:
    return datetime.combine(day, time(), WIB).astimezone(UTC).isoformat() if day else None
