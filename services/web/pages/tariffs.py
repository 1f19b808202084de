"""Dated rules of fares, as officers see and enter them, and a fare that is reckoned again."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from starlette.responses import Response

from services.web import saying
from services.web.answers_zones import Tariffs
from services.web.graph import NoAnswer, Trouble
from services.web.visit import Notes, Visit
from services.web.words import N_

_NUMBERS: Mapping[str, str] = {
    "min_fee": "minFee", "included_m": "includedM", "per_km": "perKm", "per_stop": "perStop", "included_gram": "includedGram",
    "per_kg": "perKg", "rounding": "rounding", "rider": "riderSharePercent", "partner": "partnerSharePercent",
    "platform": "platformSharePercent",
}  # fmt: skip
_BAND: Mapping[str, str] = {
    "km_low": "perKmLow",
    "km_high": "perKmHigh",
    "min_low": "minFeeLow",
    "min_high": "minFeeHigh",
}
_FIELDS = (*_NUMBERS, *_BAND, "from", "to", "night", "night_begins", "night_ends", "basis", "why", "binding")
_OF_INPUT: Mapping[str, str] = {
    "validFrom": "from",
    "validUntil": "to",
    **{theirs: ours for ours, theirs in _NUMBERS.items()},
}
_KIND_OF_ID = ("ord_", "dlv_", "quo_")


async def show(visit: Visit) -> Response:
    return await _page(visit, Notes())


async def _page(visit: Visit, notes: Notes, status: int = 200) -> Response:
    visit.must_be_signed_in()
    which = visit.query("ulang")[:64]
    replay = which.startswith(_KIND_OF_ID)
    answer = await visit.ask(
        "tariffs",
        Tariffs,
        after=visit.query("lanjut") or None,
        rates=visit.query("tarif") or None,
        id=which or "-",
        replay=replay,
    )
    if answer.data.tariffs is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.REFUSED)
    page, rates = answer.data.tariffs.page_info, answer.data.company_rates
    return visit.page(
        "officer_tariffs.html",
        status=status,
        rules=[edge.node for edge in answer.data.tariffs.edges],
        after=page.end_cursor if page.has_next_page else None,
        rates=[edge.node for edge in rates.edges] if rates else [],
        more_rates=rates.page_info.end_cursor if rates and rates.page_info.has_next_page else None,
        which=which,
        replayed=answer.data.replayed_fare,
        typed={name: visit.typed(name) for name in _FIELDS},
        key=visit.typed("key") or secrets.token_hex(16),
        notes=notes,
        partial=answer.partial,
    )


async def enter(visit: Visit) -> Response:
    visit.must_be_signed_in()
    notes = Notes()
    given = _given(visit, notes)
    if not notes:
        outcome = await visit.change("enter_tariff", input=given, key=visit.typed("key"))
        for field, texts in visit.notes(outcome.problems).said.items():
            at = field.removeprefix("input.")
            for text in texts:
                notes.add(_OF_INPUT.get(at, at), text)
    if notes:
        return await _page(visit, notes, 422)
    return visit.go("/petugas/tarif", visit.speaking(N_("Aturan tersimpan dan berlaku mulai tanggalnya.")))


def _given(visit: Visit, notes: Notes) -> dict[str, Any]:
    given: dict[str, Any] = {
        "validFrom": visit.typed("from"),
        "validUntil": visit.typed("to") or None,
        "legalBasis": visit.typed("basis"),
        "why": visit.typed("why"),
        "binding": bool(visit.typed("binding")),
    }
    for name in ("from", "basis", "why"):
        if not visit.typed(name):
            notes.add(name, visit.speaking(N_("Isi ini.")))
    for name, theirs in _NUMBERS.items():
        if (number := _number(visit, name, notes)) is not None:
            given[theirs] = number
        elif name in ("min_fee", "included_m", "per_km", "rider", "partner", "platform"):
            notes.add(name, visit.speaking(N_("Isi ini.")))
    night = _number(visit, "night", notes)
    if night:
        given["night"] = {"amount": night, "begins": visit.typed("night_begins"), "ends": visit.typed("night_ends")}
        if not (visit.typed("night_begins") and visit.typed("night_ends")):
            notes.add("night", visit.speaking(N_("Isi kedua jamnya.")))
    band = {theirs: _number(visit, name, notes) for name, theirs in _BAND.items()}
    if any(each is not None for each in band.values()):
        given["band"] = band
        if any(each is None for each in band.values()):
            notes.add("km_low", visit.speaking(N_("Isi keempat batasnya, atau kosongkan semua.")))
    return given


def _number(visit: Visit, name: str, notes: Notes) -> int | None:
    text = visit.typed(name)
    if not text:
        return None
    number = saying.money_of(text)
    if number is None:
        notes.add(name, visit.speaking(N_("Tulis angka, tanpa titik.")))
    return number
