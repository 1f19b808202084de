"""What buyers claim of a shop, and what its people answer."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.responses import Response

from services.web.answers import Outcome
from services.web.answers_aftercare import ShopClaims
from services.web.graph import NoAnswer, Trouble
from services.web.pages import claim_photos
from services.web.pages.aftercare import WORDS, rupiah
from services.web.visit import Notes, Visit
from services.web.words import N_

_DONE: Mapping[str, str] = {
    "answer": N_("Jawaban terkirim kepada pembeli."),
    "paid": N_("Pembeli diminta mengiyakan."),
}


async def show(visit: Visit) -> Response:
    notes = Notes()
    claim_photos.came_back(visit, notes)
    return await _page(visit, notes, 422 if notes else 200)


async def _page(visit: Visit, notes: Notes, status: int = 200, photo_of: str = "") -> Response:
    """`photo_of`: a claim that a photo is to be taken for."""
    visit.must_be_signed_in()
    answer = await visit.ask("shop_claims", ShopClaims, slug=visit.path("shop")[:80])
    found = answer.data.merchant_by_slug
    if found is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.GONE)
    if found.claims is None and not answer.partial:
        raise NoAnswer(Trouble.REFUSED)  # somebody else's
    uploads = await claim_photos.ask(visit, photo_of, visit.http.url.path, notes) if photo_of else {}
    listed = [edge.node for edge in found.claims.edges] if found.claims else []
    return visit.page(
        "shop_claims.html",
        status=status,
        shop=found,
        claims=sorted(listed, key=lambda each: each.due_at is None),
        notes=notes,
        uploads=uploads,
        partial=answer.partial,
        **WORDS,
    )


async def change(visit: Visit) -> Response:
    """Answers, or says that the money was given."""
    visit.must_be_signed_in()
    what, about, words = visit.typed("do"), visit.typed("about")[:64], visit.typed("words")
    notes = Notes()
    outcome: Outcome | None = None
    amount = rupiah(visit.typed("amount"))
    match what:
        case "answer" if amount is None or not words:
            notes.add(about, visit.speaking(N_("Isi berapa yang Anda ganti (0 kalau menolak) dan alasannya.")))
        case "answer":
            outcome = await visit.change("answer_claim", id=about, amount=amount, words=words)
        case "paid" if not words:
            notes.add(about, visit.speaking(N_("Tulis kapan dan bagaimana uangnya diberikan.")))
        case "paid":
            outcome = await visit.change("report_claim_paid", id=about, proof=words)
    for text in visit.notes(outcome.problems).but() if outcome else ():
        notes.add(about, text)
    if what == "photo" and about:
        return await _page(visit, notes, photo_of=about)
    if notes:
        return await _page(visit, notes, 422)
    return visit.go(f"/jualan/{visit.path('shop')[:80]}/klaim", visit.speaking(_DONE.get(what, "")))
