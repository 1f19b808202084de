"""Pages that turn by themselves: web follows at the gateway, once for each open page, and sends what has changed by server-sent events.

A stream ends by itself before the gateway would end it (gateway.rest), and the browser takes it up again.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from services.web.answers_crews import CompanyChanges, TripChanges
from services.web.answers_orders import FollowOrder, ShopChanges
from services.web.answers_rounds import FollowRound
from services.web.app import Web
from services.web.graph import NoAnswer
from services.web.pages import market, orders
from services.web.visit import Visit

LASTS_S = 45.0
_BEGUN = b"retry: 2000\n\n"
_ALIVE = b":\n\n"
_END = b"event: end\ndata: \n\n"
_LONGEST_ID = 64

T = TypeVar("T", bound=msgspec.Struct)


async def order(shared: Web, visit: Visit) -> Response:
    """The order's part of the page, at each change. `end` when nothing more will come."""
    kept = _lean(visit)

    def event(answer: FollowOrder) -> bytes:
        if answer.order_changed is None:
            return _END
        return _event("part", kept.render("_order.html", **orders.context(answer.order_changed)))

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
    kept = _lean(visit)

    def event(answer: FollowRound) -> bytes:
        now = answer.round_changed.round if answer.round_changed else None
        return _event("part", kept.render("_round.html", round=now, map=market.round_map(now))) if now else _END

    return await _stream(shared, visit, "follow_round", FollowRound, event, guests=True)


def _lean(visit: Visit) -> Visit:
    """Without what was read off the request so far: as long as the page is open it would be held for nothing."""
    return replace(visit, http=Request(visit.http.scope))


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
    if shared.live >= shared.settings.live_pages or shared.draining:
        # Not 200: the browser asks no more, and the page is as good as its last reload.
        return Response(status_code=503, headers={"retry-after": "30"})
    return _Live(shared, visit.graph.follow(visit.caller, document, kind, id=wanted, **variables), event)


class _Live(Response):
    """Open pages are many, and most of the time nothing happens: one task and one wait beside the request's own, where Starlette's
    streaming and a wait for each of four things took five and a fifth of the memory of all."""

    media_type = "text/event-stream"

    def __init__(self, shared: Web, answers: AsyncIterator[T | None], event: Callable[[T], bytes]) -> None:
        self.status_code = 200
        self.background = None
        self.init_headers({"x-accel-buffering": "no"})
        self._shared, self._answers, self._event = shared, answers, event

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        shared = self._shared
        shared.live += 1
        until = asyncio.timeout(LASTS_S)
        gone = asyncio.ensure_future(_gone(receive))
        try:
            async with until:
                shared.streams.add(until)
                gone.add_done_callback(lambda _: shared.end(until))
                await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
                await send(_piece(_BEGUN))
                async for answer in self._answers:
                    await send(_piece(_ALIVE if answer is None else self._event(answer)))
                await send(_piece(_END))
        except (TimeoutError, NoAnswer):
            pass
        finally:
            shared.streams.discard(until)
            shared.live -= 1
            gone.cancel()
            await self._answers.aclose()  # type: ignore[attr-defined]  # an async generator
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _piece(text: bytes) -> dict[str, object]:
    return {"type": "http.response.body", "body": text, "more_body": True}


async def _gone(receive: Receive) -> None:
    """Until the browser has closed it."""
    while (await receive())["type"] != "http.disconnect":
        pass
