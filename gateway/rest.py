"""Passes the paths of REST_ROUTES to the service that owns each. Knows nothing of what is said there, but that a GET with `wait` is one
that waits, and with `wait=0` would not, and that a POST answered 429 is not to be sent again before its `Retry-After`."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Coroutine, Mapping
from dataclasses import dataclass, field

import aiohttp
import orjson
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send
from yarl import URL

from gateway.errors import RequestError
from gateway.pauses import Pauses
from gateway.pipeline import Caller
from gateway.protocols.http import GONE, read_body, refusal, unless_gone
from gateway.serving import Refused, Serving
from services.kit.codes import ErrorCode
from services.kit.http.address import HEADER as FORWARDED
from services.kit.http.address import HOST_HEADER
from services.kit.observe import trace

# They belong to one connection; the length is counted anew.
_HOP_BY_HOP = frozenset(
    (
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "host",
        "content-length",
        "expect",
    )
)
_TIMEOUT_S = 60.0

# Whole, or as it comes.
Body = bytes | AsyncIterator[bytes]


@dataclass(slots=True)
class Passage:
    """`base`: the address of the service; None while nobody says where it is."""

    serving: Serving
    base: str | None
    within_s: float = _TIMEOUT_S
    pauses: Pauses = field(default_factory=Pauses)

    async def __call__(self, http: Request) -> Response:
        span = trace.start(http.headers.get("traceparent"))
        try:
            caller = await self._caller(http, str(span))
            if http.method == "POST":
                self.pauses.check(http.url.path, http.headers.get("authorization", ""))
            if self.base is None:
                raise RequestError.of(ErrorCode.SERVICE_UNAVAILABLE, "A service is not available.", status=503)
            with contextlib.ExitStack() as place:
                place.enter_context(self.serving.operations.one(caller))
                body = await read_body(http, self.serving.settings)
                work = self._pass(http, self.base, body, str(span))
                # Who only asks may leave, and nothing goes on for nobody; what changes something is done all the same.
                response = await (unless_gone(http, work) if http.method == "GET" else work)
                if isinstance(response, Passing):
                    response.place = place.pop_all()
                return response
        except ClientDisconnect:
            return Response(status_code=GONE)
        except RequestError as error:
            return told(error, span.trace_id)

    async def _caller(self, http: Request, traceparent: str) -> Caller:
        """Whose call it is, counted. A token that proves nothing counts for the address: what of it is for the service to say."""
        address = http.client.host if http.client else ""
        try:
            caller, _ = await self.serving.identify(http.headers.get("authorization"), traceparent, address)
        except Refused as refused:
            if refused.error.code is ErrorCode.RATE_LIMITED:
                raise refused.error from refused
            return Caller(refused.trace_id, {}, address=address)
        return caller

    async def _pass(self, http: Request, base: str, body: Body, traceparent: str) -> Response:
        dropped = _HOP_BY_HOP | _named_hops(http.headers.get("connection", ""))
        headers = {name: value for name, value in http.headers.items() if name not in dropped}
        headers["traceparent"] = traceparent
        headers[FORWARDED] = http.client.host if http.client else ""  # whatever the client said of it
        headers[HOST_HEADER] = http.headers.get("host", "")
        url = base + http.scope["raw_path"].decode("ascii")
        query = http.url.query
        answer = None
        if http.method == "GET" and "wait" in http.query_params:
            answer = await self._unless_draining(self._ask(http.method, url, query, body, headers))
            query = _without_wait(query)
        if answer is None:
            answer = await self._ask(http.method, url, query, body, headers)
        if answer.status == 429 and http.method == "POST":
            self.pauses.told(http.url.path, http.headers.get("authorization", ""), answer.headers.get("retry-after"))
        dropped = (_HOP_BY_HOP - {"content-length"}) | _named_hops(answer.headers.get("connection", ""))
        streaming = Passing(_stream(answer), answer.status)
        streaming.raw_headers = [
            (name.lower().encode("latin-1"), value.encode("latin-1"))
            for name, value in answer.headers.items()
            if name.lower() not in dropped
        ]
        return streaming

    async def _unless_draining(
        self, asking: Coroutine[None, None, aiohttp.ClientResponse]
    ) -> aiohttp.ClientResponse | None:
        """None when the process is to end: nobody is kept waiting then, and whoever waited is answered with what there is."""
        answer = asyncio.ensure_future(asking)
        draining = asyncio.ensure_future(self.serving.draining.wait())
        try:
            await asyncio.wait((answer, draining), return_when=asyncio.FIRST_COMPLETED)
            return await answer if answer.done() else None
        finally:
            answer.cancel()
            draining.cancel()

    async def _ask(
        self, method: str, url: str, query: str, body: Body, headers: Mapping[str, str]
    ) -> aiohttp.ClientResponse:
        """Raises RequestError."""
        try:
            return await self.serving.client.session.request(
                method,
                URL(f"{url}?{query}" if query else url, encoded=True),
                data=body or None,
                headers=headers,
                allow_redirects=False,
                auto_decompress=False,
                timeout=aiohttp.ClientTimeout(total=self.within_s),
            )
        except TimeoutError as error:
            raise RequestError.of(ErrorCode.TIMEOUT, "A service did not answer in time.", status=504) from error
        except aiohttp.ClientError as error:
            raise RequestError.of(ErrorCode.SERVICE_UNAVAILABLE, "A service is not available.", status=503) from error


class Passing(StreamingResponse):
    """An answer under way: it holds its caller's place until the body's end, for a body may be long, and a client slow."""

    place: contextlib.ExitStack

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        with self.place:
            await super().__call__(scope, receive, send)


def _without_wait(query: str) -> str:
    return "&".join([*(each for each in query.split("&") if each.partition("=")[0] != "wait"), "wait=0"])


async def _stream(answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    try:
        async for part in answer.content.iter_any():
            yield part
    except (aiohttp.ClientError, ClientDisconnect):
        return
    finally:
        answer.release()


def _named_hops(connection: str) -> frozenset[str]:
    return frozenset(part.strip().lower() for part in connection.split(",") if part.strip())


def told(error: RequestError, trace_id: str) -> Response:
    """RFC 9457, as the services behind the paths say it; with `errors`, as it is said at /graphql."""
    code = "TOO_LARGE" if error.status == 413 else error.code.value
    said = {"type": "about:blank", "status": error.status, "code": code, "detail": error.errors[0]["message"]}
    answer = refusal(error, trace_id)
    answer.body = orjson.dumps({**said, **error.answer(trace_id)})
    answer.headers["content-type"] = "application/problem+json"
    answer.headers["content-length"] = str(len(answer.body))
    return answer
