"""Where photos are sent, `PUT` or `POST {path}/upload/{token}`, and where they are seen: `{path}/private/{token}`, and `{path}/{name}` of
what is for everybody. Refusals are `application/problem+json` (RFC 9457) with a `code`; who sent a form of a page goes back to that page
instead, with `photo` or `trouble` behind its address."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Final, Protocol
from urllib.parse import urlencode
from uuid import UUID

from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from services.kit.database import fair
from services.kit.database.db import TRANSIENT, Connection, Database, Transaction, transaction
from services.kit.database.fair import Crowded, FairQueue
from services.kit.http.problem import HttpProblem, answer, away
from services.kit.photos.drawn import Fault, Unfit
from services.kit.photos.made import Place, addresses, keep
from services.kit.photos.names import key_of, photo_of
from services.kit.photos.receiving import Receiving, busy
from services.kit.photos.signing import Destination
from services.kit.photos.sizes import Made, Size
from services.kit.photos.storage import StorageAway

_log = logging.getLogger(__name__)
_AWAY: Final[tuple[type[Exception], ...]] = (*TRANSIENT, StorageAway)
_AT_ONCE: Final = 24
_EACH: Final = 2
_TURN_WITHIN_S: Final = 5.0
_SAID: Final = {
    Fault.NOT_A_PHOTO: "it is no photo: JPEG, PNG or WebP is wanted",
    Fault.ANIMATED: "it moves; a photo of one picture is wanted",
    Fault.TOO_SMALL: "it is too small, or too narrow",
    Fault.TOO_MANY_PIXELS: "it has more pixels than are read",
    Fault.DAMAGED: "it is damaged, or ended early",
}
_SAFE: Final = {"x-content-type-options": "nosniff", "content-security-policy": "default-src 'none'; sandbox"}
_FOR_GOOD: Final = {**_SAFE, "cache-control": "public, max-age=31536000, immutable"}
_FOR_NOBODY_ELSE: Final = {**_SAFE, "cache-control": "private, no-store"}


class NoneAwaited(Exception):
    """No such photo is awaited, or not any more."""


class AnotherCame(Exception):
    """Another file than this one was sent there."""


@dataclass(frozen=True, slots=True)
class Awaited:
    """A photo from when its address was asked for. `name` is what it is called outside, `edges` are the longer sides of what is made of
    it, `room` is where its files are; `source` is None until it has come. Of one that is `private` no address is told."""

    name: str
    edges: Sequence[int]
    room: str
    private: bool
    overdue: bool
    return_to: str | None
    source: bytes | None
    sizes: Sequence[Size]


class Rows(Protocol):
    """What whoever keeps rows of photos says of them."""

    async def find(self, conn: Connection, photo: UUID) -> Awaited | None: ...

    async def arrived(self, conn: Transaction, photo: UUID, made: Made) -> Awaited:
        """What is there now: of what was sent twice, the first. Raises NoneAwaited and AnotherCame."""

    async def now(self, conn: Connection) -> datetime: ...


@dataclass(slots=True)
class _Serving:
    db: Database
    place: Place
    rows: Rows
    private_room: str
    public_room: str | None
    receiving: Receiving = field(default_factory=Receiving)
    turns: FairQueue = field(default_factory=lambda: FairQueue(_AT_ONCE, _EACH, waiting=_EACH))


def routes(
    db: Database, place: Place, rows: Rows, *, private_room: str, public_room: str | None = None
) -> list[BaseRoute]:
    serving = _Serving(db, place, rows, private_room, public_room)
    found: list[BaseRoute] = [
        Route(f"{place.path}/upload/{{token}}", _answering(partial(_upload, serving)), methods=["PUT", "POST"]),
        Route(f"{place.path}/private/{{token}}", _answering(partial(_private, serving)), methods=["GET"]),
    ]
    if public_room is not None:
        found.append(Route(f"{place.path}/{{name}}", _answering(partial(_public, serving)), methods=["GET"]))
    return found


def _answering(serve: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    async def served(request: Request) -> Response:
        try:
            return await serve(request)
        except HttpProblem as problem:
            return problem.response()
        except ClientDisconnect:
            return Response(status_code=499)
        except _AWAY as error:
            _log.warning("a photo could not be served", extra={"error": repr(error)})
            return away(error).response()

    return served


# -- what is sent -----------------------------------------------------------------------------------------------------------


async def _upload(serving: _Serving, request: Request) -> Response:
    """Raises HttpProblem, ClientDisconnect, StorageAway."""
    to = serving.place.signer.destination(request.path_params["token"])
    if to is None:
        raise _nowhere()
    fair.speak_for(str(to.owner))
    async with serving.db.acquire() as conn:
        awaited = await serving.rows.find(conn, to.photo)
    if awaited is None or (awaited.source is None and awaited.overdue):
        raise _nowhere()
    try:
        there = await _taken(serving, to, awaited, request)
    except HttpProblem as problem:
        if awaited.return_to is None:
            raise
        return _back(awaited.return_to, trouble=problem.code)
    if awaited.return_to is not None:
        return _back(awaited.return_to, photo=there.name)
    sizes = [] if there.private else addresses(serving.place.path, there.sizes)
    return answer({"id": there.name, "sizes": sizes}, 201 if awaited.source is None else 200)


async def _taken(serving: _Serving, to: Destination, awaited: Awaited, request: Request) -> Awaited:
    """Raises HttpProblem, ClientDisconnect, StorageAway."""
    caller = str(to.owner)
    try:
        async with serving.turns.place(caller, _TURN_WITHIN_S):
            content = await serving.receiving.photo(request)
            source = await asyncio.to_thread(_digest, content)
            if awaited.source is not None:  # the answer to the first was lost, or an address is used twice
                if awaited.source != source:
                    raise _another()
                return awaited
            drawn = await serving.place.decoders.draw(caller, content, awaited.edges)
            del content
            made = await keep(serving.place.storage, to.photo, awaited.room, drawn, source)
    except Crowded as error:
        raise busy() from error
    except Unfit as unfit:
        raise HttpProblem(422, unfit.fault.value, _SAID[unfit.fault]) from unfit
    try:
        async with transaction(serving.db) as conn:
            return await serving.rows.arrived(conn, to.photo, made)
    except NoneAwaited as error:
        raise _nowhere() from error
    except AnotherCame as error:
        raise _another() from error


def _digest(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def _back(path: str, **said: str) -> Response:
    return RedirectResponse(f"{path}{'&' if '?' in path else '?'}{urlencode(said)}", 303, {"cache-control": "no-store"})


def _nowhere() -> HttpProblem:
    return HttpProblem(404, "NOT_FOUND", "no photo is awaited here, or not any more; ask for another address")


def _another() -> HttpProblem:
    return HttpProblem(409, "ALREADY_SENT", "another photo was sent here; ask for another address")


# -- what is seen -----------------------------------------------------------------------------------------------------------


async def _public(serving: _Serving, request: Request) -> Response:
    """A name has one content for good, so that no row is asked. Raises HttpProblem, StorageAway."""
    name = request.path_params["name"]
    if photo_of(name) is None or serving.public_room is None:
        raise _unseen()
    etag = f'"{name.partition(".")[0][33:]}"'
    if etag in (each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")):
        return Response(status_code=304, headers={**_FOR_GOOD, "etag": etag})
    return await _file(serving, key_of(name, serving.public_room), {**_FOR_GOOD, "etag": etag})


async def _private(serving: _Serving, request: Request) -> Response:
    """Raises HttpProblem, StorageAway."""
    found = serving.place.signer.shown(request.path_params["token"])
    if found is None:
        raise _unseen()
    name, until = found
    fair.speak_for("private photos")
    async with serving.db.acquire() as conn:
        over = await serving.rows.now(conn) >= until
    if over:
        raise _unseen()
    return await _file(serving, key_of(name, serving.private_room), _FOR_NOBODY_ELSE)


async def _file(serving: _Serving, key: str, headers: dict[str, str]) -> Response:
    content = await serving.place.storage.get(key)
    if content is None:
        raise _unseen()
    return Response(content, headers=headers, media_type="image/webp")


def _unseen() -> HttpProblem:
    return HttpProblem(404, "NOT_FOUND", "there is no such photo, or it is not shown any more")
