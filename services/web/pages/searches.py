"""Searches that find no rider, for officers and operators: who was asked, and what a person can still do."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from services.web import saying
from services.web.answers_dispatch import Searches
from services.web.graph import NoAnswer, Trouble
from services.web.visit import Notes, Visit
from services.web.words import N_

_DONE = {
    "offer": ("offer_to_partner", N_("Ditawarkan.")),
    "extend": ("extend_search", N_("Pencarian diperpanjang.")),
    "cancel": ("cancel_search", N_("Pencarian diakhiri; pesanannya ikut batal.")),
}


async def show(visit: Visit) -> Response:
    return await _page(visit, Notes())


async def _page(visit: Visit, notes: Notes, status: int = 200) -> Response:
    visit.must_be_signed_in()
    which = visit.query("antaran")[:64]
    one = which.startswith("dlv_")
    after = visit.query("lanjut") or None
    answer = await visit.ask("searches", Searches, after=after, id=which if one else "-", one=one)
    found, companies = answer.data.searches_wanting_a_person, answer.data.partners
    if found is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.REFUSED)
    return visit.page(
        "officer_searches.html",
        status=status,
        waiting=[edge.node for edge in found.edges],
        after=found.page_info.end_cursor if found.page_info.has_next_page else None,
        which=which,
        one=answer.data.rider_search,
        companies=[each.node for each in companies.edges if each.node.status in ("ACTIVE", "SANDBOX")]
        if companies
        else [],
        typed={name: visit.typed(name) for name in ("id", "why", "minutes", "company")},
        notes=notes,
        partial=answer.partial,
    )


async def act(visit: Visit) -> Response:
    visit.must_be_signed_in()
    notes, what, trip = Notes(), visit.typed("do"), visit.typed("id")[:64]
    given: dict[str, Any] = {"id": trip, "reason": visit.typed("why")}
    if not visit.typed("why"):
        notes.add(trip, visit.speaking(N_("Tulis alasannya.")))
    if what == "offer":
        given["partner"] = visit.typed("company")
        if not given["partner"]:
            notes.add(trip, visit.speaking(N_("Pilih jasa antarnya.")))
    elif what == "extend":
        minutes = saying.money_of(visit.typed("minutes"))
        given["minutes"] = minutes
        if minutes is None or not 1 <= minutes <= 60:
            notes.add(trip, visit.speaking(N_("Tulis 1 sampai 60 menit.")))
    if not notes and what in _DONE:
        document, told = _DONE[what]
        outcome = await visit.change(document, **given)
        for texts in visit.notes(outcome.problems).said.values():
            for text in texts:
                notes.add(trip, text)
        if not notes:
            return visit.go("/petugas/pencarian", visit.speaking(told))
    return await _page(visit, notes, 422)
