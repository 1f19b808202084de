"""Where photos are sent, `PUT` or `POST /media/upload/{token}`, and where they are seen. Refusals are `application/problem+json` (RFC 9457)
with a `code`; who sent a form of a page goes back to that page instead, with `photo` or `trouble` behind its address."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Final
from urllib.parse import urlencode

from starlette.requests import ClientDisconnect, Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from services.catalog.commands import photos as commands
from services.catalog.domain.caller import NotFound
from services.catalog.domain.photo import EDGES, Media, MediaState, PhotoInState
from services.catalog.media.media import Photos, addresses, keep
from services.catalog.media.names import key_of, media_of
from services.catalog.media.pictures import Fault, Unfit
from services.catalog.media.receiving import Receiving, busy
from services.catalog.media.signing import Destination
from services.catalog.media.storage import StorageAway
from services.catalog.store import photos as stored
from services.kit.database import fair
from services.kit.database.db import TRANSIENT, Database, transaction
from services.kit.database.fair import Crowded, FairQueue
from services.kit.http.problem import HttpProblem, answer, away

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


@dataclass(slots=True)
class _Serving:
    db: Database
    photos: Photos
    receiving: Receiving = field(default_factory=Receiving)
    turns: FairQueue = field(default_factory=lambda: FairQueue(_AT_ONCE, _EACH, waiting=_EACH))


def routes(db: Database, photos: Photos) -> list[BaseRoute]:
    serving = _Serving(db, photos)
    return [
        Route("/media/upload/{token}", _answering(partial(_upload, serving)), methods=["PUT", "POST"]),
        Route("/media/private/{token}", _answering(partial(_private, serving)), methods=["GET"]),
        Route("/media/{name}", _answering(partial(_public, serving)), methods=["GET"]),
    ]


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
    to = serving.photos.signer.destination(request.path_params["token"])
    if to is None:
        raise _nowhere()
    fair.speak_for(str(to.merchant_id))
    async with serving.db.acquire() as conn:
        awaited = await stored.find(conn, to.media_id)
    if awaited is None or (awaited.state is MediaState.AWAITED and awaited.overdue):
        raise _nowhere()
    try:
        there = await _taken(serving, to, awaited, request)
    except HttpProblem as problem:
        if awaited.return_to is None:
            raise
        return _back(awaited.return_to, trouble=problem.code)
    if awaited.return_to is not None:
        return _back(awaited.return_to, photo=str(there.id))
    sizes = [] if there.purpose.private else addresses(there.sizes)
    return answer({"id": str(there.id), "sizes": sizes}, 201 if awaited.state is MediaState.AWAITED else 200)


async def _taken(serving: _Serving, to: Destination, awaited: Media, request: Request) -> Media:
    """Raises HttpProblem, ClientDisconnect, StorageAway."""
    caller = str(to.merchant_id)
    try:
        async with serving.turns.place(caller, _TURN_WITHIN_S):
            content = await serving.receiving.photo(request)
            source = await asyncio.to_thread(_digest, content)
            if awaited.state is not MediaState.AWAITED:  # the answer to the first was lost, or an address is used twice
                if awaited.source != source:
                    raise _another()
                return awaited
            drawn = await serving.photos.decoders.draw(caller, content, EDGES[awaited.purpose])
            del content
            made = await keep(serving.photos.storage, to.media_id, awaited.purpose, drawn, source)
    except Crowded as error:
        raise busy() from error
    except Unfit as unfit:
        raise HttpProblem(422, unfit.fault.value, _SAID[unfit.fault]) from unfit
    try:
        async with transaction(serving.db) as conn:
            return await commands.arrived(conn, to.media_id, made)
    except NotFound as error:
        raise _nowhere() from error
    except PhotoInState as error:
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
    if media_of(name) is None:
        raise _unseen()
    etag = f'"{name.partition(".")[0][33:]}"'
    if etag in (each.strip().removeprefix("W/") for each in request.headers.get("if-none-match", "").split(",")):
        return Response(status_code=304, headers={**_FOR_GOOD, "etag": etag})
    return await _file(serving, key_of(name, private=False), {**_FOR_GOOD, "etag": etag})


async def _private(serving: _Serving, request: Request) -> Response:
    """Raises HttpProblem, StorageAway."""
    found = serving.photos.signer.shown(request.path_params["token"])
    if found is None:
        raise _unseen()
    name, until = found
    fair.speak_for("documents")
    async with serving.db.acquire() as conn:
        over = await stored.now(conn) >= until
    if over:
        raise _unseen()
    return await _file(serving, key_of(name, private=True), _FOR_NOBODY_ELSE)


async def _file(serving: _Serving, key: str, headers: dict[str, str]) -> Response:
    content = await serving.photos.storage.get(key)
    if content is None:
        raise _unseen()
    return Response(content, headers=headers, media_type="image/webp")


def _unseen() -> HttpProblem:
    return HttpProblem(404, "NOT_FOUND", "there is no such photo, or it is not shown any more")
