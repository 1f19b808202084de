"""How riders are sought, as officers see and enter it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from starlette.responses import Response

from services.contracts.places import WIB
from services.web import saying
from services.web.answers_dispatch import DispatchPolicies
from services.web.graph import NoAnswer, Trouble
from services.web.visit import Notes, Visit
from services.web.words import N_

_NUMBERS: Mapping[str, str] = {
    "offer": "offerSeconds", "at_once": "atOnce", "rounds": "rounds", "pause": "pauseSeconds", "within": "assignWithinSeconds",
    "reach": "reachM", "escalate": "escalatePercent", "together": "together", "batch": "batch", "detour": "detourM",
}  # fmt: skip
_OF_INPUT: Mapping[str, str] = {"validFrom": "from", **{theirs: ours for ours, theirs in _NUMBERS.items()}}
_FIELDS = (*_NUMBERS, "rule", "from", "why", "companies")
_MOST_NAMED = 5


async def show(visit: Visit) -> Response:
    return await _page(visit, Notes())


async def _page(visit: Visit, notes: Notes, status: int = 200) -> Response:
    visit.must_be_signed_in()
    answer = await visit.ask("dispatch_policies", DispatchPolicies, after=visit.query("lanjut") or None)
    if answer.data.dispatch_policies is None or answer.data.dispatch_policy is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.REFUSED)
    page, companies = answer.data.dispatch_policies.page_info, answer.data.partners
    return visit.page(
        "officer_policies.html",
        status=status,
        holds=answer.data.dispatch_policy,
        entered=[edge.node for edge in answer.data.dispatch_policies.edges],
        after=page.end_cursor if page.has_next_page else None,
        companies=[edge.node for edge in companies.edges] if companies else [],
        places=range(1, _MOST_NAMED + 1),
        typed={name: visit.typed(name) for name in _FIELDS}
        | {f"c{each}": visit.typed(f"c{each}") for each in range(1, _MOST_NAMED + 1)},
        key=visit.typed("key") or secrets.token_hex(16),
        notes=notes,
        partial=answer.partial,
    )


async def enter(visit: Visit) -> Response:
    visit.must_be_signed_in()
    notes = Notes()
    given = _given(visit, notes)
    if not notes:
        outcome = await visit.change("enter_dispatch_policy", input=given, key=visit.typed("key"))
        for field, texts in visit.notes(outcome.problems).said.items():
            at = field.removeprefix("input.")
            for text in texts:
                notes.add(_OF_INPUT.get(at, at), text)
    if notes:
        return await _page(visit, notes, 422)
    return visit.go("/petugas/pembagian", visit.speaking(N_("Tersimpan. Pencarian yang berjalan ikut aturan ini.")))


def _given(visit: Visit, notes: Notes) -> dict[str, Any]:
    named = [visit.typed(f"c{each}") for each in range(1, _MOST_NAMED + 1)]
    given: dict[str, Any] = {
        "rule": visit.typed("rule") or "FAIR_SHARE",
        "why": visit.typed("why"),
        "companies": [each for each in named if each],
    }
    if not visit.typed("why"):
        notes.add("why", visit.speaking(N_("Isi ini.")))
    if typed := visit.typed("from"):
        try:
            given["validFrom"] = datetime.fromisoformat(typed).replace(tzinfo=WIB).isoformat()
        except ValueError:
            notes.add("from", visit.speaking(N_("Tulis tanggal dan jam.")))
    for name, theirs in _NUMBERS.items():
        if not (text := visit.typed(name)):
            continue
        number = saying.money_of(text)
        if number is None:
            notes.add(name, visit.speaking(N_("Tulis angka, tanpa titik.")))
        else:
            given[theirs] = number
    return given
