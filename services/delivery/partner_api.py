"""The partner contract over HTTP: events to read from a cursor on, replies to post. Who speaks is proved by the token alone."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import msgspec
from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.contracts.delivery import PartnerId
from services.contracts.partner import Location
from services.contracts.roles import Role, partner_of
from services.delivery import partner_event
from services.delivery.commands import positions, replies
from services.delivery.commands.budget import Patience
from services.delivery.commands.replies import Answer
from services.delivery.domain.reply import ReplyRefused, Rules, is_usable, printable
from services.delivery.partner_feed import Feed
from services.delivery.partner_topics import REPLIES
from services.delivery.store import clock, partners
from services.kit.database.db import TRANSIENT, Database, reason, transaction
from services.kit.http.problem import HttpProblem, answer, away, known_caller
from services.kit.http.rate import RateLimit, RateLimited
from services.kit.http.tokens import TokenVerifier
from services.kit.observe import telemetry

_log = logging.getLogger(__name__)
MAX_WAIT_S = 30
READERS_AT_ONCE = 8
PATHS = {"events": "GET", "replies": "POST", "locations": "POST"}
_OF_ONE_REPLY = "replies/"


class _Anything(Convertor[str]):
    """Starlette's own `path` stops at a line feed."""

    regex = "(?s:.*)"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("anything", _Anything())


class PartnerApi:
    """`GET /partner/v1/events`, `POST /partner/v1/replies` and `POST /partner/v1/locations`."""

    def __init__(
        self,
        db: Database,
        verifier: TokenVerifier,
        feed: Feed,
        rules: Rules,
        *,
        burst: int = 200,
        patience: Patience | None = None,
    ) -> None:
        self._db = db
        self._verifier = verifier
        self._feed = feed
        self._rules = rules
        self._haste = RateLimit(burst=burst, per_second=burst / 4)
        self._patience = patience or Patience()
        self._haste_of_positions = RateLimit(burst=burst * 5 // 2, per_second=burst)
        self._reading: Counter[PartnerId] = Counter()

    def routes(self) -> list[BaseRoute]:
        return [
            Route("/partner/v1/events", _answered(self._events), methods=["GET"]),
            Route("/partner/v1/replies", _answered(self._replies), methods=["POST"]),
            Route("/partner/v1/replies/{reply_id:anything}", _answered(self._outcome), methods=["GET"]),
            Route("/partner/v1/locations", _answered(self._locations), methods=["POST"]),
            Route(
                "/partner/v1/{path:anything}", _answered(_elsewhere), methods=["GET", "POST", "PUT", "PATCH", "DELETE"]
            ),
        ]

    async def _hasty(self, request: Request) -> PartnerId:
        """Who speaks, by the token alone; counted as one of the company's requests. Raises HttpProblem, RateLimited."""
        partner_id = await self._speaker(request)
        self._haste.take(str(partner_id))
        return partner_id

    async def _speaker(self, request: Request) -> PartnerId:
        identity = await known_caller(self._verifier, request)
        partner_id = partner_of(identity.claims)
        if partner_id is None:
            raise _forbidden("the token speaks for no partner")
        if not identity.has(Role.PARTNER):
            raise _forbidden("this needs the role partner")
        return partner_id

    async def _takes_part(self, partner_id: PartnerId) -> None:
        async with self._db.acquire() as conn:
            if not await partners.may_reply(conn, partner_id):
                raise _forbidden("the company takes no part yet")

    async def _events(self, request: Request) -> Response:
        partner_id = await self._hasty(request)
        await self._takes_part(partner_id)
        wait_s = _wait_s(request.query_params.get("wait", "0"))
        with self._one_more_reader(partner_id):
            page = await self._feed.read(partner_id, request.query_params.get("after", ""), wait_s)
        events = b",".join(event.structured() for event in page.events)
        return answer(b'{"events":[%b],"cursor":%b}' % (events, msgspec.json.encode(page.cursor)))

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
            await self._takes_part(partner_id)
            sent = await partner_event.read(request)
            with telemetry.span(
                f"reply {sent.type[:60]}", traceparent=sent.traceparent, attributes={"partner": str(partner_id)}
            ):
                # The answer leaves when effect, stored answer and outcome event are committed together: no broker has a part in it.
                async with transaction(self._db) as conn:
                    arrived_at = await clock.seconds_ago(conn, time() - arrived)
                    outcome = await replies.receive_reply(
                        conn, self._rules, partner_id, sent.id, sent.data, sent.type, arrived_at, carried_back=True
                    )
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
        """202 whether it was of use or not, for positions may be dropped; why, is said."""
        partner_id = await self._speaker(request)
        await self._takes_part(partner_id)
        sent = await partner_event.read(request)
        if sent.type != Location.type:
            detail = f"type is {printable(sent.type[:80])!r}, and here is to be {Location.type}"
            raise HttpProblem(400, "MALFORMED", detail, field="type")
        self._haste_of_positions.take(str(partner_id))
        try:
            place = positions.read(sent.data)
        except ReplyRefused as refused:
            raise HttpProblem(400, "MALFORMED", refused.message, field=refused.field) from refused
        async with transaction(self._db) as conn:
            dropped = await positions.move_rider(conn, partner_id, place)
        if dropped is None:
            return answer({"outcome": "accepted", "taken": 1, "dropped": []}, status=202)
        why = {"code": str(dropped.code), "message": dropped.message, "field": dropped.field}
        return answer({"outcome": "dropped", "taken": 0, "dropped": [why]}, status=202)


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


async def _elsewhere(request: Request) -> Response:
    path = request.path_params["path"]
    method = "GET" if path.startswith(_OF_ONE_REPLY) else PATHS.get(path)
    if method:
        raise HttpProblem(405, "METHOD_NOT_ALLOWED", f"this is for {method}", {"allow": method})
    there = ", ".join(f"{method} /partner/v1/{path}" for path, method in PATHS.items())
    raise HttpProblem(404, "NOT_FOUND", f"there is nothing at this path; there are {there}")


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
