"""GraphQL over HTTP: GET and POST, both media types, the statuses of the specification."""

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from graphql import OperationType
from starlette.requests import ClientDisconnect
from starlette.requests import Request as HttpRequest
from starlette.responses import Response

from gateway import csrf, exact, explorer
from gateway.errors import RequestError
from gateway.pipeline import Caller, Request
from gateway.protocols import keeping, sse
from gateway.serving import Refused, Serving
from gateway.settings import Settings
from services.kit.codes import ErrorCode, masked

logger = logging.getLogger(__name__)

JSON = "application/json"
RESPONSE = "application/graphql-response+json"
EVENTS = "text/event-stream"
# Of the answer: the trace id, by which errors and logs know the request.
REQUEST_ID = "x-request-id"
# nginx's word in its logs for a client that closed its request; nobody sees it.
GONE = 499
_T = TypeVar("_T")


@dataclass(slots=True)
class GraphQLEndpoint:
    serving: Serving

    async def __call__(self, http: HttpRequest) -> Response:
        accept = http.headers.get("accept", "")
        if http.method == "GET" and self._wants_page(http, accept):
            return explorer.page(http)
        media = _media_type(accept)
        trace_id = ""
        try:
            caller, who = await self.serving.identify(
                http.headers.get("authorization"),
                http.headers.get("traceparent"),
                http.client.host if http.client else "",
            )
            trace_id = caller.trace_id
            if not media:
                raise RequestError.of(
                    ErrorCode.BAD_USER_INPUT, f"This address answers {RESPONSE}, {JSON} or {EVENTS}.", status=406
                )
            request = await self._read(http, caller)
            if media == EVENTS:
                self._count("sse", "ok")
                return sse.stream(self.serving, request, caller, who, mutations=http.method == "POST")
            return await self._answer(http, request, caller, media)
        except Refused as refused:
            return self._refuse(refused.error, refused.trace_id, media)
        except RequestError as error:
            return self._refuse(error, trace_id, media)
        except Exception:
            # A fault of ours that nobody foresaw: the client gets its trace id, the log the rest.
            logger.exception("request failed", extra={"trace_id": trace_id})
            fault = RequestError.of(
                ErrorCode.INTERNAL_SERVER_ERROR, masked(ErrorCode.INTERNAL_SERVER_ERROR), status=500
            )
            return self._refuse(fault, trace_id, media)

    def _wants_page(self, http: HttpRequest, accept: str) -> bool:
        return bool(self.serving.settings.explorer) and "text/html" in accept and "query" not in http.query_params

    async def _answer(self, http: HttpRequest, request: Request, caller: Caller, media: str) -> Response:
        try:
            operation = await self.serving.operation(request, caller)
        except RequestError as error:
            return self._refuse(error, caller.trace_id, media, understood=True)
        if operation.kind is OperationType.SUBSCRIPTION:
            raise RequestError.of(
                ErrorCode.OPERATION_RESOLUTION_FAILURE,
                f"Subscriptions need a WebSocket or Accept: {EVENTS}.",
                status=405,
            )
        if http.method == "GET" and operation.kind is not OperationType.QUERY:
            raise RequestError.of(
                ErrorCode.OPERATION_RESOLUTION_FAILURE, "A mutation must be sent by POST.", status=405
            )
        try:
            running = self.serving.execute(request, caller, operation)
            # A mutation is done all the same: half of one that nobody knows of would be worse.
            answer = await (running if operation.kind is OperationType.MUTATION else unless_gone(http, running))
        except RequestError as error:
            return self._refuse(error, caller.trace_id, media, understood=True)
        except ClientDisconnect:
            self._count("http", "gone")
            return Response(status_code=GONE)
        self._count("http", "partial" if "errors" in answer else "ok")
        if http.method == "GET" and self._may_be_kept(http, request, answer):
            known = http.headers.get("if-none-match", "")
            headers = {REQUEST_ID: caller.trace_id}
            return keeping.kept(exact.dumps(answer), _typed(media), self.serving.settings.cache_s, known, headers)
        return _respond(answer, media, 200, caller.trace_id)

    def _may_be_kept(self, http: HttpRequest, request: Request, answer: dict[str, Any]) -> bool:
        return (
            request.named
            and "authorization" not in http.headers
            and "errors" not in answer
            and "extensions" not in answer  # a plan, for who asked by a header
        )

    async def _read(self, http: HttpRequest, caller: Caller) -> Request:
        if http.method == "GET":
            if self.serving.settings.csrf:
                csrf.check(http.headers)
            return self._explained(http, await self.serving.read(_from_query(http), caller))
        content_type, _, parameters = http.headers.get("content-type", "").partition(";")
        if content_type.strip().lower() != JSON:
            raise RequestError.of(ErrorCode.BAD_USER_INPUT, f"Content-Type must be {JSON}.", status=415)
        charset = parameters.lower().replace('"', "").partition("charset=")[2].partition(";")[0].strip()
        if charset not in ("", "utf-8", "utf8"):
            raise RequestError.of(ErrorCode.BAD_USER_INPUT, "The charset must be utf-8.", status=415)
        body = await read_body(http, self.serving.settings)
        try:
            said = exact.loads(body)
        except ValueError as error:
            raise RequestError.of(ErrorCode.BAD_USER_INPUT, "The body is not JSON.") from error
        return self._explained(http, await self.serving.read(said, caller))

    def _explained(self, http: HttpRequest, request: Request) -> Request:
        if self.serving.settings.explain and (wanted := http.headers.get("wlijo-explain")):
            return replace(request, extensions={**request.extensions, "explain": wanted})
        return request

    def _refuse(self, error: RequestError, trace_id: str, media: str, *, understood: bool = False) -> Response:
        """Under application/json a well-formed request that cannot be run gets status 200, as older clients expect."""
        self._count("http", error.code.value)
        status = 200 if understood and media == JSON and error.status == 400 else error.status
        return _respond(error.answer(trace_id), media or JSON, status, trace_id, error)

    def _count(self, protocol: str, outcome: str) -> None:
        self.serving.metrics.requests.labels(protocol, outcome).inc()


async def unless_gone(http: HttpRequest, work: Coroutine[Any, Any, _T]) -> _T:
    """What the work gives; it is cancelled when the client leaves before. Raises ClientDisconnect then.

    The body must have been read.
    """
    working = asyncio.ensure_future(work)
    watching = asyncio.ensure_future(_left(http))
    try:
        await asyncio.wait((working, watching), return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise ClientDisconnect
    finally:
        watching.cancel()
        if not working.done():
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)


async def _left(http: HttpRequest) -> None:
    while (await http.receive())["type"] != "http.disconnect":
        pass


async def read_body(http: HttpRequest, settings: Settings) -> bytes:
    """The whole body, within a size and a time."""
    limit = settings.limits.body_bytes
    length = http.headers.get("content-length", "")
    too_large = RequestError.of(
        ErrorCode.OPERATION_TOO_EXPENSIVE, f"The body is larger than {limit} bytes.", status=413
    )
    if length.isdigit() and int(length) > limit:
        raise too_large
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(settings.body_s):
            async for part in http.stream():
                size += len(part)
                if size > limit:
                    raise too_large
                parts.append(part)
    except TimeoutError as error:
        raise RequestError.of(ErrorCode.BAD_USER_INPUT, "The body came too slowly.", status=408) from error
    except ClientDisconnect as error:
        raise RequestError.of(ErrorCode.BAD_USER_INPUT, "The body ended early.") from error
    return b"".join(parts)


def _from_query(http: HttpRequest) -> dict[str, Any]:
    given: dict[str, Any] = {}
    for name in ("query", "operationName", "documentId"):
        if name in http.query_params:
            given[name] = http.query_params[name]
    for name in ("variables", "extensions"):
        if text := http.query_params.get(name):
            try:
                given[name] = exact.loads(text)
            except ValueError as error:
                raise RequestError.of(ErrorCode.BAD_USER_INPUT, f"{name} is not JSON.") from error
    return given


def _media_type(accept: str) -> str:
    """The first of the best liked that we speak; "" when there is none."""
    if not accept.strip():
        return JSON
    best, weight = "", 0.0
    for part in accept.split(","):
        name, *parameters = (piece.strip().lower() for piece in part.split(";"))
        quality = 1.0
        charset = ""
        for parameter in parameters:
            key, _, value = parameter.partition("=")
            if key == "q":
                try:
                    quality = float(value)
                except ValueError:
                    quality = 0.0
            elif key == "charset":
                charset = value.strip('"')
        if charset not in ("", "utf-8", "utf8"):
            continue
        spoken = {RESPONSE: RESPONSE, JSON: JSON, EVENTS: EVENTS, "*/*": JSON, "application/*": JSON}.get(name, "")
        if spoken and quality > weight:
            best, weight = spoken, quality
    return best


def refusal(error: RequestError, trace_id: str) -> Response:
    """Of a request that is no operation."""
    return _respond(error.answer(trace_id), JSON, error.status, trace_id, error)


def _respond(
    answer: dict[str, Any], media: str, status: int, trace_id: str, error: RequestError | None = None
) -> Response:
    headers = {"cache-control": keeping.NEVER, REQUEST_ID: trace_id}
    if media == EVENTS:
        media = JSON
    if error is not None and status == 401:
        headers["www-authenticate"] = "Bearer"
    if error is not None and status == 405:
        headers["allow"] = "POST"
    if error is not None and error.retry_after_ms:
        headers["retry-after"] = str(-(-error.retry_after_ms // 1000))
    return Response(exact.dumps(answer), status, headers, _typed(media))


def _typed(media: str) -> str:
    return f"{media}; charset=utf-8"
