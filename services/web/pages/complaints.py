"""What waits for an officer: tickets, claims that two people could not settle, reviews that were reported."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence

from starlette.responses import Response

from services.contracts.reasons import REASONS, Use, usable
from services.web.answers import Outcome
from services.web.answers_aftercare import Claim, Complaints, Handover, Handovers
from services.web.graph import NoAnswer, Trouble
from services.web.pages.aftercare import WORDS, rupiah
from services.web.pages.riding import PROVEN
from services.web.visit import Notes, Visit
from services.web.words import N_

CODES = usable(Use.CLAIM)
_BEARERS: Mapping[str, str] = {
    "MERCHANT": N_("ditanggung penjual"),
    "PARTNER": N_("ditanggung jasa antar"),
    "PLATFORM": N_("ditanggung Wlijo"),
}
BEARERS: Mapping[str, str] = {str(code): _BEARERS[REASONS[code].borne_by] for code in CODES}
_DONE: Mapping[str, str] = {
    "reply": N_("Jawaban terkirim."),
    "resolve": N_("Pengaduan dinyatakan beres."),
    "decide": N_("Klaim diputuskan."),
    "settle": N_("Klaim selesai."),
    "hide": N_("Ulasan disembunyikan."),
    "keep": N_("Ulasan tetap tampil."),
}


async def show(visit: Visit) -> Response:
    return await _page(visit, Notes())


async def _page(visit: Visit, notes: Notes, status: int = 200) -> Response:
    visit.must_be_signed_in()
    answer = await visit.ask("complaints", Complaints)
    found = answer.data
    if found.tickets_waiting is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.REFUSED)
    claims = [edge.node for edge in found.claims_waiting.edges] if found.claims_waiting else []
    return visit.page(
        "complaints.html",
        status=status,
        handovers=await _handovers(visit, claims),
        proven=PROVEN,
        tickets=[edge.node for edge in found.tickets_waiting.edges],
        claims=claims,
        reviews=[edge.node for edge in found.reviews_reported.edges] if found.reviews_reported else [],
        reasons={
            str(code): REASONS[code].english if visit.language == "EN" else REASONS[code].indonesian for code in CODES
        },
        bearers=BEARERS,
        key=visit.typed("key") or secrets.token_hex(16),
        notes=notes,
        partial=answer.partial,
        **WORDS,
    )


async def _handovers(visit: Visit, claims: Sequence[Claim]) -> Mapping[str, Handover]:
    """How what is claimed about was handed over, by its order; of none, where delivery is away."""
    orders = sorted({each.order_id for each in claims if each.order_id})
    if not orders:
        return {}
    answer = await visit.ask("handovers", Handovers, orders=orders)
    return {each.order_id: each for each in answer.data.handovers or ()}


async def decide(visit: Visit) -> Response:
    visit.must_be_signed_in()
    what, about, words = visit.typed("do"), visit.typed("about")[:64], visit.typed("words")
    notes = Notes()
    outcome: Outcome | None = None
    amount = rupiah(visit.typed("amount"))
    match what:
        case _ if not words:
            notes.add(about, visit.speaking(N_("Tulis alasannya.")))
        case "reply":
            outcome = await visit.change("reply_to_ticket", id=about, words=words, key=visit.typed("key"))
        case "resolve":
            outcome = await visit.change("resolve_ticket", id=about, words=words)
        case "decide" if amount is None or visit.typed("reason") not in BEARERS:
            notes.add(about, visit.speaking(N_("Isi berapa yang dikabulkan (0 kalau tidak) dan pilih alasannya.")))
        case "decide":
            outcome = await visit.change(
                "decide_claim", id=about, amount=amount, reason=visit.typed("reason"), words=words
            )
        case "settle":
            outcome = await visit.change("settle_claim", id=about, proof=words)
        case "hide" | "keep":
            outcome = await visit.change("moderate_review", id=about, shown=what == "keep", why=words)
    for text in visit.notes(outcome.problems).but() if outcome else ():
        notes.add(about, text)
    if notes:
        return await _page(visit, notes, 422)
    return visit.go("/petugas/pengaduan", visit.speaking(_DONE.get(what, "")))
