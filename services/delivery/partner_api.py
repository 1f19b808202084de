"""The partner contract over HTTP: events to read from a cursor on, replies to post. Who speaks is proved by the token alone."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import msgspec
from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.contracts import printed
from services.contracts.delivery import PartnerId
from services.contracts.partner import DropCode, Location
from services.contracts.roles import Role, partner_of
from services.delivery import partner_event
from services.delivery.commands import positions, replies
from services.delivery.commands.budget import Patience
from services.delivery.commands.positions import Places
from services.delivery.commands.replies import Answer
from services.delivery.domain.reply import ReplyRefused, Rules, TakesNoPart, is_usable, printable
from services.delivery.partner_feed import Feed, Page
from services.delivery.partner_own import PartnerOwn
from services.delivery.partner_topics import REPLIES
from services.delivery.store import partners
from services.delivery.store.answers import Came
from services.kit import tasks
from services.kit.database.db import TRANSIENT, Database, reason
from services.kit.http.identity import Identity
from services.kit.http.problem import HttpProblem, answer, away, known_caller
from services.kit.http.rate import RateLimit, RateLimited
from services.kit.http.tokens import TokenVerifier
from services.kit.observe import telemetry
from services.kit.photos.made import Place as Photos

_log = logging.getLogger(__name__)
MAX_WAIT_S = 30
READERS_AT_ONCE = 8
PATHS = {
    "events": "GET",
    "replies": "POST",
    "locations": "POST",
    "riders": "GET",
    "jobs": "GET",
}
_OF_ONE = {"replies/": "GET", "riders/": "GET, PUT, DELETE", "jobs/": "GET"}
"""One thing by its id."""


class _Anything(Convertor[str]):
    """Starlette's own `path` stops at a line feed."""

    regex = "(?s:.*)"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("anything", _Anything())


class PartnerApi:
    """`GET /partner/v1/events`, `POST /partner/v1/replies` and `POST /partner/v1/locations`; what a company sees of its own beside."""

    def __init__(
        self,
        db: Database,
        verifier: TokenVerifier,
        feed: Feed,
        rules: Rules,
        places: Places,
        *,
        burst: int = 200,
        patience: Patience | None = None,
        photos: Photos | None = None,
    ) -> None:
        self._db = db
        self._verifier = verifier
        self._feed = feed
        self._rules = rules
        self._places = places
        self._haste = RateLimit(burst=burst, per_second=burst / 4)
        self._patience = patience or Patience()
        self._haste_of_positions = RateLimit(burst=burst * 5 // 2, per_second=burst)
        self._reading: Counter[PartnerId] = Counter()
        self._own = PartnerOwn(db, self._own_speaker, photos)

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/partner/v1/events", _answered(self._events), methods=["GET"]),
            Route("/partner/v1/replies", _answered(self._replies), methods=["POST"]),
            Route("/partner/v1/replies/{reply_id:anything}", _answered(self._outcome), methods=["GET"]),
            Route("/partner/v1/locations", _answered(self._locations), methods=["POST"]),
            Route("/partner/v1/riders", _answered(self._own.riders), methods=["GET"]),
            Route("/partner/v1/riders/{rider:anything}", _answered(self._own.rider), methods=["GET"]),
            Route("/partner/v1/riders/{rider:anything}", _answered(self._own.save_rider), methods=["PUT"]),
            Route("/partner/v1/riders/{rider:anything}", _answered(self._own.end_rider), methods=["DELETE"]),
            Route("/partner/v1/jobs", _answered(self._own.jobs), methods=["GET"]),
            Route("/partner/v1/jobs/{job_id}", _answered(self._own.job), methods=["GET"]),
            Route("/partner/v1/jobs/{job_id}/proofs", _answered(self._own.proof), methods=["POST"]),
            Route("/partner/v1/asyncapi.json", _answered(_contract), methods=["GET"]),
            Route("/partner/v1/schemas/{type}.json", _answered(_schema), methods=["GET"]),
            Route(
                "/partner/v1/{path:anything}", _answered(_elsewhere), methods=["GET", "POST", "PUT", "PATCH", "DELETE"]
            ),
        ]

    async def _hasty(self, request: Request) -> PartnerId:
        """Who speaks, by the token alone; counted as one of the company's requests. Raises HttpProblem, RateLimited."""
        partner_id, _ = await self._speaker(request)
        self._haste.take(str(partner_id))
        return partner_id

    async def _own_speaker(self, request: Request) -> tuple[PartnerId, str]:
        partner_id, identity = await self._speaker(request)
        self._haste.take(str(partner_id))
        await self._takes_part(partner_id)
        return partner_id, str(identity.subject)

    async def _speaker(self, request: Request) -> tuple[PartnerId, Identity]:
        identity = await known_caller(self._verifier, request)
        partner_id = partner_of(identity.claims)
        if partner_id is None:
            raise _forbidden("the token speaks for no partner")
        if not identity.has(Role.PARTNER):
            raise _forbidden("this needs the role partner")
        return partner_id, identity

    async def _takes_part(self, partner_id: PartnerId) -> None:
        async with self._db.acquire() as conn:
            if not await partners.may_reply(conn, partner_id):
                raise _no_part()

    async def _events(self, request: Request) -> Response:
        partner_id, identity = await self._speaker(request)
        self._haste.take(str(partner_id))
        wait_s = _wait_s(request.query_params.get("wait", "0"))
        with self._one_more_reader(partner_id):
            reading = self._feed.read(partner_id, request.query_params.get("after", ""), wait_s, member=True)
            try:
                page = await (self._read_while_good(request, identity, reading) if wait_s else reading)
            except TakesNoPart:
                raise _no_part() from None
        events = b",".join(event.structured() for event in page.events)
        return answer(b'{"events":[%b],"cursor":%b}' % (events, msgspec.json.encode(page.cursor)))

    async def _read_while_good(self, request: Request, identity: Identity, reading: Coroutine[Any, Any, Page]) -> Page:
        """Whoever waits hears nothing more once the token is over, be it that its credentials were revoked. Raises HttpProblem."""
        over = self._verifier.ended(identity, request.headers.get("authorization"))
        async with (
            tasks.running(reading, "a company reads") as read,
            tasks.running(over, "a company's token") as ended,
        ):
            await asyncio.wait({read, ended}, return_when=asyncio.FIRST_COMPLETED)
            if ended.done():
                raise HttpProblem(401, "TOKEN_EXPIRED", "the token is over; get a new one")
            found: Page = read.result()
        return found

    @contextmanager
    def _one_more_reader(self, partner_id: PartnerId) -> Iterator[None]:
        if self._reading[partner_id] >= READERS_AT_ONCE:
            raise HttpProblem(
                429, "RATE_LIMITED", f"more than {READERS_AT_ONCE} requests wait for events", {"retry-after": "1"}
            )
        self._reading[partner_id] += 1
        try:
            yield
        finally:
            self._reading[partner_id] -= 1
            if not self._reading[partner_id]:
                del self._reading[partner_id]

    async def _replies(self, request: Request) -> Response:
        time = asyncio.get_running_loop().time
        arrived = time()
        partner_id = await self._hasty(request)
        with self._patience.judging(partner_id) as judging:
            sent = await partner_event.read(request)
            with telemetry.span(
                f"reply {sent.type[:60]}", traceparent=sent.traceparent, attributes={"partner": str(partner_id)}
            ):
                # The answer leaves when effect, stored answer and outcome event are committed together: no broker has a part in it.
                try:
                    outcome = await replies.take_reply(
                        self._db,
                        self._rules,
                        partner_id,
                        sent.id,
                        sent.data,
                        sent.type,
                        Came(waited_s=time() - arrived),
                        carried_back=True,
                        member=True,
                    )
                except TakesNoPart:
                    raise _no_part() from None
            judging.changed = outcome.changed
        REPLIES.labels(str(outcome.code or "applied").lower()).inc()
        return answer(_shown(outcome))

    async def _outcome(self, request: Request) -> Response:
        """The outcome that stands, whatever channel the reply came by."""
        partner_id = await self._hasty(request)
        await self._takes_part(partner_id)
        reply_id = request.path_params["reply_id"]
        async with self._db.acquire() as conn:
            outcome = await replies.outcome_of(conn, partner_id, reply_id) if is_usable(reply_id) else None
        if outcome is None:
            detail = "no reply of yours with this id has an outcome that stands: send it, or send it again"
            raise HttpProblem(404, "NOT_FOUND", detail, field="reply_id")
        return answer(_shown(outcome))

    async def _locations(self, request: Request) -> Response:
        """202 whether they were of use or not, for positions may be dropped; why, is said of each."""
        partner_id, _ = await self._speaker(request)
        await self._takes_part(partner_id)
        batch = await partner_event.read_batch(request)
        many = batch is not None
        given = batch if batch is not None else [await partner_event.read(request)]
        self._haste_of_positions.take(str(partner_id), len(given))
        told: list[Location] = []
        for index, sent in enumerate(given):
            at = f"[{index}]." if many else ""
            if sent.type != Location.type:
                detail = f"type is {printable(sent.type[:80])!r}, and here is to be {Location.type}"
                raise HttpProblem(400, "MALFORMED", detail, field=f"{at}type")
            try:
                told.append(positions.read(sent.data))
            except ReplyRefused as refused:
                raise HttpProblem(400, "MALFORMED", refused.message, field=f"{at}{refused.field}") from refused
        found = await self._places.tell(partner_id, told)
        dropped = [
            {**({"id": sent.id} if many else {}), "code": str(no.code), "message": no.message, "field": no.field}
            for sent, no in zip(given, found, strict=True)
            if no
        ]
        if dropped and all(each["code"] == DropCode.LOST for each in dropped) and len(dropped) == len(given):
            raise away()
        taken = len(given) - len(dropped)
        outcome = "accepted" if taken else "dropped"
        return answer({"outcome": outcome, "taken": taken, "dropped": dropped}, status=202)


def _answered(endpoint: Callable[[Request], Awaitable[Response]]) -> Callable[[Request], Awaitable[Response]]:
    async def answering(request: Request) -> Response:
        try:
            return await endpoint(request)
        except HttpProblem as problem:
            return problem.response()
        except RateLimited as haste:
            wait_s = -(-haste.retry_after_ms // 1000)
            return HttpProblem(429, "RATE_LIMITED", str(haste), {"retry-after": str(wait_s)}).response()
        except TRANSIENT as error:
            _log.warning("a partner was not served: %s", reason(error))
            return away(error).response()
        except ClientDisconnect:
            return Response(status_code=400)  # to nobody
        except Exception:  # noqa: BLE001 - whatever it is, the partner is told to say it again
            _log.exception("a partner was not served")
            return HttpProblem(500, "INTERNAL", "a fault of ours; send it again").response()

    return answering


async def _contract(_: Request) -> Response:
    """For anybody: who writes a client reads it first."""
    return _public(_asyncapi())


async def _schema(request: Request) -> Response:
    found = printed.messages().get(request.path_params["type"])
    if found is None:
        raise HttpProblem(404, "NOT_FOUND", f"there are schemas of {', '.join(printed.messages())}")
    return _public(found)


@cache
def _asyncapi() -> bytes:
    return msgspec.json.encode(printed.partner_document())


def _public(document: bytes) -> Response:
    return Response(document, headers={"cache-control": "public, max-age=300"}, media_type="application/json")


async def _elsewhere(request: Request) -> Response:
    path = request.path_params["path"]
    method = next((said for begins, said in _OF_ONE.items() if path.startswith(begins)), PATHS.get(path))
    if method:
        raise HttpProblem(405, "METHOD_NOT_ALLOWED", f"this is for {method}", {"allow": method})
    there = ", ".join(f"{method} /partner/v1/{path}" for path, method in PATHS.items())
    raise HttpProblem(404, "NOT_FOUND", f"there is nothing at this path; there are {there}")


def _no_part() -> HttpProblem:
    return _forbidden("the company takes no part yet")


def _forbidden(detail: str) -> HttpProblem:
    return HttpProblem(403, "FORBIDDEN", detail)


def _wait_s(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) <= 2 and int(text) <= MAX_WAIT_S):
        raise HttpProblem(400, "MALFORMED", f"wait is whole seconds, 0 to {MAX_WAIT_S}", field="wait")
    return int(text)


def _shown(outcome: Answer) -> dict[str, str | None]:
    shown = {
        "reply_id": outcome.reply_id,
        "job_id": str(outcome.job_id) if outcome.job_id else None,
        "outcome": "refused" if outcome.code else "applied",
    }
    if outcome.code:
        shown |= {"code": str(outcome.code), "message": outcome.message}
        if outcome.field:
            shown["field"] = outcome.field
    return shown
