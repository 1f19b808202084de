"""Refunds that a person has to make, for operators, and commission rules, for officers."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation

from starlette.responses import Response

from services.contracts.places import WIB
from services.web.answers_by_hand import Commissions, RefundsByHand
from services.web.graph import NoAnswer, Trouble
from services.web.pages.officer import KINDS
from services.web.visit import Notes, Visit
from services.web.words import N_

REASONS: Mapping[str, str] = {
    "CANCELLED": N_("Pesanan batal setelah dibayar"),
    "PAID_LATE": N_("Uangnya datang terlambat"),
    "PAID_TWICE": N_("Dibayar dua kali"),
    "PAID_SHORT": N_("Uangnya kurang"),
    "PAID_OVER": N_("Uangnya lebih"),
    "GOODS_CHANGED": N_("Barangnya berubah"),
    "CLAIM": N_("Klaim disetujui"),
}
_FIELDS = ("percent", "from", "kind", "category", "basis")
_OF_INPUT: Mapping[str, str] = {"permille": "percent", "startsAt": "from", "merchantKind": "kind"}
_MOST_PERMILLE = 300


async def refunds(visit: Visit) -> Response:
    return await _refunds(visit, Notes())


async def _refunds(visit: Visit, notes: Notes, status: int = 200) -> Response:
    visit.must_be_signed_in()
    answer = await visit.ask("refunds_by_hand", RefundsByHand, after=visit.query("lanjut") or None)
    found = answer.data.refunds_by_hand
    if found is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.REFUSED)
    return visit.page(
        "officer_refunds.html",
        status=status,
        refunds=[edge.node for edge in found.edges],
        after=found.page_info.end_cursor if found.page_info.has_next_page else None,
        reasons=REASONS,
        notes=notes,
        partial=answer.partial,
    )


async def settle(visit: Visit) -> Response:
    visit.must_be_signed_in()
    who, notes = visit.typed("id")[:64], Notes()
    if not visit.typed("proof"):
        notes.add(who, visit.speaking(N_("Tulis buktinya: nomor transfer, atau siapa yang menyerahkan.")))
    else:
        for text in visit.notes(
            (await visit.change("settle_refund", id=who, proof=visit.typed("proof"))).problems
        ).but():
            notes.add(who, text)
    return await _refunds(visit, notes, 422) if notes else visit.go("/petugas/kembali", visit.speaking(N_("Tercatat.")))


async def commissions(visit: Visit) -> Response:
    return await _commissions(visit, Notes())


async def _commissions(visit: Visit, notes: Notes, status: int = 200) -> Response:
    visit.must_be_signed_in()
    answer = await visit.ask("commissions", Commissions, after=visit.query("lanjut") or None, language=visit.language)
    found = answer.data.commission_rules
    if found is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.REFUSED)
    return visit.page(
        "officer_commissions.html",
        status=status,
        rules=[edge.node for edge in found.edges],
        after=found.page_info.end_cursor if found.page_info.has_next_page else None,
        categories=answer.data.categories or [],
        names={each.code: each.name for each in answer.data.categories or []},
        kinds=KINDS,
        typed={name: visit.typed(name) for name in _FIELDS},
        key=visit.typed("key") or secrets.token_hex(16),
        notes=notes,
        partial=answer.partial,
    )


async def set_commission(visit: Visit) -> Response:
    visit.must_be_signed_in()
    notes = Notes()
    permille, starts = _permille(visit.typed("percent")), _start(visit.typed("from"))
    if permille is None:
        notes.add("percent", visit.speaking(N_("Tulis angka dari 0 sampai 30, misalnya 2,5.")))
    if starts is None:
        notes.add("from", visit.speaking(N_("Tulis tanggalnya, misalnya 2026-03-01.")))
    if not visit.typed("basis"):
        notes.add("basis", visit.speaking(N_("Isi ini.")))
    if not notes:
        given = {
            "permille": permille,
            "startsAt": starts,
            "basis": visit.typed("basis"),
            "merchantKind": visit.typed("kind") if visit.typed("kind") in KINDS else None,
            "category": visit.typed("category")[:40] or None,
        }
        outcome = await visit.change("set_commission", input=given, key=visit.typed("key"))
        for field, texts in visit.notes(outcome.problems).said.items():
            at = field.removeprefix("input.")
            for text in texts:
                notes.add(_OF_INPUT.get(at, at), text)
    if notes:
        return await _commissions(visit, notes, 422)
    return visit.go("/petugas/komisi", visit.speaking(N_("Aturannya tersimpan, dan berlaku mulai tanggal itu.")))


def _permille(text: str) -> int | None:
    """Of per cent as they are typed: 2,5 is 25."""
    try:
        found = Decimal(text.replace(",", ".")) * 10
    except InvalidOperation:
        return None
    whole = found.is_finite() and found == found.to_integral_value()
    return int(found) if whole and 0 <= found <= _MOST_PERMILLE else None


def _start(text: str) -> str | None:
    """The WIB midnight of a day."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return f"{datetime.combine(day, time(), WIB).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
