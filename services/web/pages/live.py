"""Pages that turn by themselves: web follows at the gateway, once for each open page, and sends what has changed by server-sent events.

A stream ends by itself before the gateway would end it (gateway.rest), and the browser takes it up again.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

import msgspec
from starlette.responses import Response, StreamingResponse

from services.web.answers_crews import CompanyChanges, TripChanges
from services.web.answers_orders import FollowOrder, ShopChanges
from services.web.answers_rounds import FollowRound
from services.web.app import Web
from services.web.graph import NoAnswer
from services.web.pages import orders
from services.web.visit import Visit

LASTS_S = 45.0
_ALIVE_S = 15.0
_END = b"event: end\ndata: \n\n"
_LONGEST_ID = 64

T = TypeVar("T", bound=msgspec.Struct)


async def order(shared: Web, visit: Visit) -> Response:
    """The order's part of the page, at each change. `end` when nothing more will come."""

    def event(answer: FollowOrder) -> bytes:
        if answer.order_changed is None:
            return _END
        return _event("part", visit.render("_order.html", **orders.context(answer.order_changed)))

    return await _stream(shared, visit, "follow_order", FollowOrder, event, language=visit.language)


async def shop(shared: Web, visit: Visit) -> Response:
    return await _changes(shared, visit, "shop_changes", ShopChanges)


async def company(shared: Web, visit: Visit) -> Response:
    return await _changes(shared, visit, "company_changes", CompanyChanges)


async def trip(shared: Web, visit: Visit) -> Response:
    return await _changes(shared, visit, "trip_changes", TripChanges)


async def _changes(shared: Web, visit: Visit, document: str, kind: type[T]) -> Response:
    """That something has changed: the page asks for itself anew, but not for what it has begun with. Taken up again it is `begun` again,
    for what came in between."""
    first = True

    def event(_: T) -> bytes:
        nonlocal first
        began, first = first, False
        return _event("begun" if began else "changed", "")

    return await _stream(shared, visit, document, kind, event)


def _event(name: str, text: str) -> bytes:
    return f"event: {name}\ndata: {json.dumps(text)}\n\n".encode()


async def round_of(shared: Web, visit: Visit) -> Response:
    """Where a wlijo is, for everybody, at each change; `end` when she is home."""

    def event(answer: FollowRound) -> bytes:
        now = answer.round_changed.round if answer.round_changed else None
        return _event("part", visit.render("_round.html", round=now)) if now else _END

    return await _stream(shared, visit, "follow_round", FollowRound, event, guests=True)


async def _stream(
    shared: Web,
    visit: Visit,
    document: str,
    kind: type[T],
    event: Callable[[T], bytes],
    *,
    guests: bool = False,
    **variables: str,
) -> Response:
    if not guests:
        visit.must_be_signed_in()
    wanted = visit.query("id")[:_LONGEST_ID]
    if shared.live >= shared.settings.live_pages or shared.draining.is_set():
        # Not 200: the browser asks no more, and the page is as good as its last reload.
        return Response(status_code=503, headers={"retry-after": "30"})
    answers = visit.graph.follow(visit.caller, document, kind, id=wanted, **variables)
    return StreamingResponse(
        _events(shared, answers, event), media_type="text/event-stream", headers={"x-accel-buffering": "no"}
    )


async def _events(shared: Web, answers: AsyncIterator[T], event: Callable[[T], bytes]) -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    until = loop.time() + LASTS_S
    shared.live += 1
    following = asyncio.ensure_future(_next(answers))
    draining = asyncio.ensure_future(shared.draining.wait())
    try:
        yield b"retry: 2000\n\n"
        while (left := until - loop.time()) > 0:
            await asyncio.wait((following, draining), timeout=min(left, _ALIVE_S), return_when=asyncio.FIRST_COMPLETED)
            if draining.done():
                return
            if not following.done():
                yield b":\n\n"
                continue
            answer = following.result()
            if answer is None:
                yield _END
                return
            yield event(answer)
            following = asyncio.ensure_future(_next(answers))
    except NoAnswer:
        return
    finally:
        shared.live -= 1
        draining.cancel()
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
        await answers.aclose()  # type: ignore[attr-defined]  # an async generator


async def _next(answers: AsyncIterator[T]) -> T | None:
    return await anext(answers, None)
