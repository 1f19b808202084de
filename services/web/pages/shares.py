"""How work is shared out: a company sees its own days, an officer those of all, and how good estimates were."""

from __future__ import annotations

from starlette.responses import Response

from services.web.answers_shares import AllSharesPage, CompanySharePage
from services.web.graph import NoAnswer, Trouble
from services.web.visit import Visit


async def company(visit: Visit) -> Response:
    visit.must_be_signed_in()
    answer = await visit.ask("company_share", CompanySharePage, id=visit.path("company")[:64])
    found = answer.data.partner
    if found is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.GONE)
    if found.is_connected is None and not answer.partial:
        raise NoAnswer(Trouble.REFUSED)  # somebody else's
    return visit.page("company_share.html", company=found, partial=answer.partial)


async def all_of_them(visit: Visit) -> Response:
    visit.must_be_signed_in()
    answer = await visit.ask("all_shares", AllSharesPage, after=visit.query("sesudah") or None)
    found = answer.data
    if found.estimate_accuracy is None or found.partners is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.REFUSED)
    return visit.page("officer_shares.html", shares=found, partial=answer.partial)
