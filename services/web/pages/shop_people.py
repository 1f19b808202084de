"""Who is of a shop, and who may come."""

from __future__ import annotations

from starlette.responses import Response

from services.web.answers import Outcome
from services.web.answers_crews import InviteToShop, ShopPeoplePage
from services.web.graph import NoAnswer, Trouble
from services.web.visit import Notes, Visit
from services.web.words import N_


async def show(visit: Visit) -> Response:
    return await _page(visit, Notes())


async def _page(visit: Visit, notes: Notes, status: int = 200, code: str = "") -> Response:
    visit.must_be_signed_in()
    answer = await visit.ask("shop_people", ShopPeoplePage, slug=visit.path("shop")[:80])
    found = answer.data.merchant_by_slug
    if found is None:
        raise NoAnswer(Trouble.AWAY if answer.partial else Trouble.GONE)
    if not found.members and not answer.partial:
        raise NoAnswer(Trouble.REFUSED)
    return visit.page("shop_people.html", status=status, shop=found, code=code, notes=notes, partial=answer.partial)


async def change(visit: Visit) -> Response:
    """Makes a code for somebody to come, takes one back, and lets people go."""
    visit.must_be_signed_in()
    shop, who, what = visit.typed("id")[:64], visit.typed("who")[:64], visit.typed("do")
    outcome: Outcome | None = None
    match what:
        case "invite-STAFF" | "invite-OWNER":
            role = what.removeprefix("invite-")
            invited = (await visit.ask("invite_to_shop", InviteToShop, id=shop, role=role)).data.invite_to_merchant
            if invited is None:
                raise NoAnswer(Trouble.AWAY)
            if invited.code is not None:
                return await _page(visit, Notes(), code=invited.code)
            outcome, who = Outcome(problems=invited.problems), "invite"
        case "withdraw":
            outcome = await visit.change("withdraw_shop_invitation", id=shop, invitation=who)
        case "remove":
            outcome = await visit.change("remove_shop_member", id=shop, member=who)
    notes = Notes()
    for text in visit.notes(outcome.problems).but() if outcome else ():
        notes.add(who, text)
    if notes:
        return await _page(visit, notes, 422)
    return visit.go(f"/jualan/{visit.path('shop')[:80]}/orang", visit.speaking(N_("Sudah disimpan.")))
