"""Who has not signed in: their cart in the graph, opened by a token that the cookie keeps, and what becomes of it when they sign in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.contracts.problems import ProblemCode
from services.web.answers import Problem
from services.web.answers_cart import LeftOut, OpenGuestCart, TakeOver
from services.web.graph import NoAnswer, Trouble
from services.web.visit import Visit

_MOST_TOLD = 5


async def put(visit: Visit, line: dict[str, Any]) -> list[Problem]:
    """Sets a line of the guest's cart, which is opened with it if there is none, or none any more. Raises NoAnswer."""
    await settle(visit)
    if visit.session.guest:
        given = {name: value for name, value in line.items() if name != "variantId"}
        outcome = await visit.change("set_line", variant=line["variantId"], guest=visit.session.guest, **given)
        if not gone(outcome.problems):
            return outcome.problems
        visit.session.forget_guest()
    return await _open(visit, [line])


async def settle(visit: Visit) -> None:
    """What the release before kept in the cookie is a cart of the graph. What is not for sale any more stays behind. Raises NoAnswer."""
    kept, visit.session.lines = visit.session.lines, []
    lines = [{"variantId": each.variant, "quantity": each.quantity} for each in kept]
    if not lines or visit.session.guest:
        return
    wrong = {(each.field or "").split(".")[1] for each in await _open(visit, lines) if (each.field or "").count(".")}
    if wrong and (fine := [line for n, line in enumerate(lines) if str(n) not in wrong]):
        await _open(visit, fine)


async def _open(visit: Visit, lines: Sequence[dict[str, Any]]) -> list[Problem]:
    opened = (await visit.ask("open_guest_cart", OpenGuestCart, lines=lines)).data.open_guest_cart
    if opened is None:
        raise NoAnswer(Trouble.AWAY)
    if opened.token:
        visit.session.guest, visit.session.guest_lines = opened.token, len(lines)
    return opened.problems


def gone(problems: Sequence[Problem]) -> bool:
    """Whether there is no such cart any more, by what a change of it was refused with."""
    return any(each.code == ProblemCode.NOT_FOUND and each.field == "guest" for each in problems)


async def take_along(visit: Visit) -> list[str] | None:
    """What a guest had put in is the buyer's who has just signed in. What did not come along, in words; None when it is not known yet, and
    is tried again where the cart is shown."""
    try:
        await settle(visit)
        if not visit.session.guest:
            return []
        done = (await visit.ask("take_over", TakeOver, token=visit.session.guest)).data.take_over_guest_cart
    except NoAnswer:
        return None
    if done is None or any(each.code != ProblemCode.NOT_FOUND for each in done.problems):
        return None
    if not done.left_out:
        visit.session.forget_guest()
    return left_out(visit, done.left_out)


def left_out(visit: Visit, lines: Sequence[LeftOut] | None) -> list[str]:
    """Each with the reason; of very many the first."""
    return [f"{each.name}: {' '.join(visit.notes(each.problems).but())}" for each in (lines or ())[:_MOST_TOLD]]
