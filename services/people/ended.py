"""Which sessions are over, and which machines' credentials were revoked, told to whoever verifies tokens (services.kit.http.over): all that
are now, then each that ends."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence

import orjson
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from services.kit import tasks
from services.kit.database.db import TRANSIENT, Database
from services.kit.database.live import Live
from services.kit.http.issuer import SKEW_S
from services.kit.http.problem import away
from services.kit.ids import Id
from services.people.domain.session import ACCESS_S
from services.people.store import clients, sessions

_log = logging.getLogger(__name__)
_KEPT_S = ACCESS_S + SKEW_S
"""After it no token of an ended session is left."""
# What was ended before what is known already may be committed after it: seldom later than a lock is waited for, and then by what is idle.
_JUST_NOW_S = 10.0
_LATE_S = 120.0
_LATE_EVERY = 10
_LOOK_S = 1.0
_APART_S = 0.1
_WHOLE_EVERY = 100


def routes(db: Database, live: Live) -> Sequence[BaseRoute]:
    """`/ended-sessions`, which the gateway does not pass on: it is for our own processes."""

    async def ended(_: Request) -> Response:
        told = Told(db)
        try:
            first = await told.news(_KEPT_S)
        except TRANSIENT as error:
            return away(error).response()
        return StreamingResponse(_lines(live, told, first), media_type="application/x-ndjson")

    return [Route("/ended-sessions", ended)]


def _within_s(looks: int) -> float:
    """Much is looked at seldom: where many sign out at once, each look would see them all again."""
    if looks % _WHOLE_EVERY == 0:
        return _KEPT_S
    return _LATE_S if looks % _LATE_EVERY == 0 else _JUST_NOW_S


class Told:
    """What one listener has been told."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._ids: set[Id] = set()

    async def news(self, within_s: float) -> bytes:
        """A line each; an empty one, a sign of life, when there are none. Raises TRANSIENT."""
        async with self._db.acquire() as conn:
            found: list[tuple[Id, float]] = [
                *await sessions.ended(conn, within_s, _KEPT_S),
                *await clients.ended(conn, within_s, _KEPT_S),
            ]
        new = [(each, left_s) for each, left_s in found if each not in self._ids]
        known = {each for each, _ in found}
        self._ids = known if within_s == _KEPT_S else self._ids | known
        return (
            b"".join(orjson.dumps({"sid": str(each), "for_s": max(0, left_s)}) + b"\n" for each, left_s in new) or b"\n"
        )


async def _lines(live: Live, told: Told, first: bytes) -> AsyncIterator[bytes]:
    yield first
    with live.watching(sessions.ENDED) as changed:
        looks = 0
        while not live.draining:
            changed.clear()
            looks += 1
            try:
                yield await told.news(_within_s(looks))
            except TRANSIENT as error:
                _log.warning("ended sessions cannot be told", extra={"error": repr(error)})
                return  # whoever listens keeps what he knows and comes back
            await asyncio.sleep(_APART_S)
            await tasks.pause(_LOOK_S, changed)
