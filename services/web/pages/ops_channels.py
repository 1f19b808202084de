"""How each ojek company is reached and whether it answers, for operators, who pause one and let it go on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from starlette.responses import Response

from services.web.answers_ops import OpsChannels
from services.web.graph import NoAnswer, Trouble
from services.web.pages.companies import STATUS
from services.web.visit import Notes, Visit
from services.web.words import N_

_DEEDS: Final[Mapping[str, tuple[str, dict[str, Any], str]]] = {
    "pause": ("set_company_status", {"status": "PAUSED"}, N_("Jasa antar dijeda; tawarannya yang terbuka berakhir.")),
    "resume": ("set_company_status", {"status": "ACTIVE"}, N_("Jasa antar mendapat pekerjaan lagi.")),
    "pause_webhook": ("pause_webhook", {}, N_("Webhook dijeda; yang belum terkirim menunggu.")),
    "resume_webhook": ("resume_webhook", {}, N_("Webhook jalan lagi.")),
}


async def show(visit: Visit) -> Response:
    return await _page(visit, Notes())


async def _page(visit: Visit, notes: Notes, status: int = 200) -> Response:
    visit.must_be_signed_in()
    answer = await visit.ask("ops_channels", OpsChannels, after=visit.query("lanjut") or None)
    found = answer.data.partners
    if found is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.REFUSED)
    companies = [edge.node for edge in found.edges]
    # What operators alone are told is null for everybody else, who have no business here.
    if any(each.unanswered_offers is None for each in companies):
        raise NoAnswer(Trouble.REFUSED)
    return visit.page(
        "ops_channels.html",
        status=status,
        companies=companies,
        company_states=STATUS,
        after=found.page_info.end_cursor if found.page_info.has_next_page else None,
        typed={name: visit.typed(name) for name in ("id", "why")},
        notes=notes,
        partial=answer.partial,
    )


async def act(visit: Visit) -> Response:
    visit.must_be_signed_in()
    notes, what, company = Notes(), visit.typed("do"), visit.typed("id")[:64]
    if what in _DEEDS:
        document, given, told = _DEEDS[what]
        if document == "set_company_status":
            if not visit.typed("why"):
                notes.add(company, visit.speaking(N_("Tulis alasannya.")))
            given = {**given, "id": company, "reason": visit.typed("why")}
        else:
            given = {"company": company}
        if not notes:
            for texts in visit.notes((await visit.change(document, **given)).problems).said.values():
                for text in texts:
                    notes.add(company, text)
        if not notes:
            return visit.go("/petugas/saluran", visit.speaking(told))
    return await _page(visit, notes, 422)
