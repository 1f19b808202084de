"""Dated rules of trips, as officers see and enter them: what proves a handover, and what a trip in vain pays."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date
from typing import Any

from starlette.responses import Response

from services.web import saying
from services.web.answers import Outcome
from services.web.answers_trip_rules import TripRules
from services.web.graph import NoAnswer, Trouble
from services.web.visit import Notes, Visit
from services.web.words import N_

HERE = "/petugas/perjalanan"
_VAIN: Mapping[str, str] = {
    "called_off": "calledOffPercent", "at_pickup": "atPickupPercent", "way_back": "wayBackPercent", "free": "freeMinutes",
    "minute": "perMinute", "most": "most",
}  # fmt: skip
_PHOTO: Mapping[str, str] = {
    "NEVER": N_("Tidak pernah"),
    "WISHED": N_("Kalau pembeli minta ditaruh di depan pintu"),
    "UNREACHABLE": N_("Kalau diminta, atau setelah pembeli tidak bisa dihubungi"),
}
_FIELDS = (*_VAIN, "from", "basis", "photo", "signature", "cash")
_OF_INPUT: Mapping[str, str] = {
    "validFrom": "from", "legalBasis": "basis", "signatureCash": "cash", **{theirs: ours for ours, theirs in _VAIN.items()},
}  # fmt: skip


async def show(visit: Visit) -> Response:
    return await _page(visit, Notes())


async def _page(visit: Visit, notes: Notes, status: int = 200) -> Response:
    visit.must_be_signed_in()
    answer = await visit.ask("trip_rules", TripRules)
    if answer.data.proof_rules is None or answer.data.trip_in_vain_rules is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.REFUSED)
    return visit.page(
        "officer_trip_rules.html",
        status=status,
        proofs=answer.data.proof_rules,
        vain=answer.data.trip_in_vain_rules,
        photo=_PHOTO,
        which=visit.typed("do"),
        typed={name: visit.typed(name) for name in _FIELDS},
        key=visit.typed("key") or secrets.token_hex(16),
        notes=notes,
        partial=answer.partial,
    )


async def enter(visit: Visit) -> Response:
    visit.must_be_signed_in()
    notes, outcome = Notes(), Outcome(problems=[])
    document = "enter_proof_rule" if visit.typed("do") == "proofs" else "enter_trip_in_vain_rule"
    given = _proofs(visit, notes) if visit.typed("do") == "proofs" else _in_vain(visit, notes)
    if not notes:
        outcome = await visit.change(document, input=given, key=visit.typed("key"))
    for field, texts in visit.notes(outcome.problems).said.items():
        at = field.removeprefix("input.")
        for text in texts:
            notes.add(_OF_INPUT.get(at, at), text)
    if notes:
        return await _page(visit, notes, 422)
    return visit.go(HERE, visit.speaking(N_("Aturan tersimpan dan berlaku mulai tanggalnya.")))


def _dated(visit: Visit, notes: Notes) -> dict[str, Any]:
    try:
        date.fromisoformat(visit.typed("from"))
    except ValueError:
        notes.add("from", visit.speaking(N_("Tulis tanggalnya, misalnya 2026-03-01.")))
    if not visit.typed("basis"):
        notes.add("basis", visit.speaking(N_("Isi ini.")))
    return {"validFrom": visit.typed("from"), "legalBasis": visit.typed("basis")}


def _proofs(visit: Visit, notes: Notes) -> dict[str, Any]:
    photo = visit.typed("photo")
    if photo not in _PHOTO:
        notes.add("photo", visit.speaking(N_("Isi ini.")))
    return {
        **_dated(visit, notes),
        "photo": photo,
        "signature": bool(visit.typed("signature")),
        "signatureCash": _number(visit, "cash", notes) if visit.typed("cash") else 0,
    }


def _in_vain(visit: Visit, notes: Notes) -> dict[str, Any]:
    return {**_dated(visit, notes), **{theirs: _number(visit, name, notes) for name, theirs in _VAIN.items()}}


def _number(visit: Visit, name: str, notes: Notes) -> int | None:
    number = saying.money_of(visit.typed(name))
    if number is None:
        notes.add(name, visit.speaking(N_("Tulis angka, tanpa titik.")))
    return number
