"""What a company rides for: its people see it, and enter it from a day to come."""

from __future__ import annotations

import re
import secrets
from typing import Final

from starlette.responses import Response

from services.web.answers_rates import CompanyRates
from services.web.graph import NoAnswer, Trouble
from services.web.visit import Notes, Visit
from services.web.words import N_

_PERCENT: Final = re.compile(r"(\d{1,3})(?:[.,](\d))?\s*%?", re.ASCII)


async def show(visit: Visit) -> Response:
    return await _page(visit, Notes())


async def _page(visit: Visit, notes: Notes, status: int = 200) -> Response:
    visit.must_be_signed_in()
    answer = await visit.ask("company_rates", CompanyRates, id=visit.path("company")[:64])
    found = answer.data.partner
    if found is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.GONE)
    if found.rates is None and not answer.partial:
        raise NoAnswer(Trouble.REFUSED)  # somebody else's
    return visit.page(
        "company_rates.html",
        status=status,
        company=found,
        typed={name: visit.typed(name) for name in ("percent", "from")},
        key=visit.typed("key")[:64] if status != 200 else secrets.token_hex(16),
        notes=notes,
        partial=answer.partial,
    )


async def enter(visit: Visit) -> Response:
    visit.must_be_signed_in()
    notes = Notes()
    per_mille = per_mille_of(visit.typed("percent"))
    if per_mille is None:
        notes.add("input.perMille", visit.speaking(N_("Tulis persennya, misalnya 92,5.")))
    if not visit.typed("from"):
        notes.add("input.validFrom", visit.speaking(N_("Isi ini.")))
    if notes:
        return await _page(visit, notes, 422)
    company = visit.path("company")[:64]
    given = {"validFrom": visit.typed("from"), "perMille": per_mille}
    outcome = await visit.change("enter_rate", id=company, input=given, key=visit.typed("key")[:64])
    if outcome.problems:
        return await _page(visit, visit.notes(outcome.problems), 422)
    return visit.go(f"/jasa-antar/{company}/tarif", visit.speaking(N_("Tarif tersimpan dan berlaku mulai tanggalnya.")))


def per_mille_of(text: str) -> int | None:
    """What was typed as 92, 92,5 or 92.5 %; None for what is no percentage of so many places."""
    found = _PERCENT.fullmatch(text.strip())
    return int(found[1]) * 10 + int(found[2] or 0) if found else None
