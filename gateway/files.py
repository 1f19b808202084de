"""Passes the paths of `<SUBGRAPH>_FILES` to the service that owns each: files that are sent, which are large and slow, and files that are
fetched, which are many. Both have places and a rate of their own, so that they take none from those who ask the graph."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from gateway.errors import RequestError
from gateway.pipeline import Caller
from gateway.protocols.http import GONE, unless_gone
from gateway.rest import Passage, Passing, told
from gateway.settings import Settings
from gateway.shares import Shares
from services.kit.codes import ErrorCode
from services.kit.http.rate import RateLimit, RateLimited
from services.kit.observe import trace

# A page of a market has two dozen pictures.
_FETCHES_A_CALL = 10
_ANSWER_S = 60.0


@dataclass(slots=True)
class Holding:
    """How much is sent and fetched, of one process."""

    most: int
    sent: Shares
    fetched: Shares
    rate: RateLimit | None
    uploads: int = 0

    @classmethod
    def of(cls, settings: Settings) -> "Holding":
        bounds = settings.limits
        rate = (
            RateLimit(
                burst=settings.rate_burst * _FETCHES_A_CALL, per_second=settings.rate_per_second * _FETCHES_A_CALL
            )
            if settings.rate_per_second
            else None
        )
        return cls(
            bounds.uploads,
            Shares("files to send", bounds.uploads_per_caller, bounds.uploads_per_address, 5_000),
            Shares("files under way", bounds.in_flight_per_address, bounds.in_flight_per_address),
            rate,
        )

    @contextlib.contextmanager
    def sending(self, caller: Caller) -> Iterator[None]:
        """Raises RequestError."""
        if self.uploads >= self.most:
            raise RequestError.of(
                ErrorCode.RATE_LIMITED, "Too many files are being sent.", status=429, retry_after_ms=5_000
            )
        with self.sent.one(caller):
            self.uploads += 1
            try:
                yield
            finally:
                self.uploads -= 1

    @contextlib.contextmanager
    def fetching(self, caller: Caller) -> Iterator[None]:
        """Raises RequestError."""
        if self.rate is not None:
            try:
                self.rate.take(caller.key)
            except RateLimited as limited:
                raise RequestError.of(
                    ErrorCode.RATE_LIMITED, "Too many requests.", status=429, retry_after_ms=limited.retry_after_ms
                ) from limited
        with self.fetched.one(caller):
            yield


@dataclass(slots=True, kw_only=True)
class Files(Passage):
    holding: Holding

    def __post_init__(self) -> None:
        self.within_s = self.serving.settings.upload_s + _ANSWER_S

    async def __call__(self, http: Request) -> Response:
        span = trace.start(http.headers.get("traceparent"))
        fetches = http.method in ("GET", "HEAD")
        try:
            # Whoever fetches shows no token and is no caller of the graph: what it costs is counted here.
            address = http.client.host if http.client else ""
            caller = Caller(span.trace_id, {}, address=address) if fetches else await self._caller(http, str(span))
            if self.base is None:
                raise RequestError.of(ErrorCode.SERVICE_UNAVAILABLE, "A service is not available.", status=503)
            with contextlib.ExitStack() as place:
                place.enter_context(self.holding.fetching(caller) if fetches else self.holding.sending(caller))
                if fetches:
                    response = await unless_gone(http, self._pass(http, self.base, b"", str(span)))
                else:
                    response = await self._send(http, self.base, str(span))
                if isinstance(response, Passing):
                    response.place = place.pop_all()
                return response
        except ClientDisconnect:
            return Response(status_code=GONE)
        except RequestError as error:
            return told(error, span.trace_id)

    async def _send(self, http: Request, base: str, traceparent: str) -> Response:
        """Raises RequestError, ClientDisconnect."""
        settings = self.serving.settings
        sending = _Sending(http, settings.limits.upload_bytes)
        length = http.headers.get("content-length", "")
        if length.isdigit() and int(length) > sending.limit:
            raise sending.too_large()
        try:
            async with asyncio.timeout(settings.upload_s + _ANSWER_S):
                return await self._pass(http, base, sending.parts(), traceparent)
        except TimeoutError as error:
            raise RequestError.of(ErrorCode.TIMEOUT, "A service did not answer in time.", status=504) from error
        except RequestError:
            if sending.fault is not None:
                raise sending.fault from None  # it was not the service that failed
            raise


@dataclass(slots=True)
class _Sending:
    """What comes of a body, on its way: as much of it as may come is passed on, and no more than a part of it is held."""

    http: Request
    limit: int
    fault: RequestError | ClientDisconnect | None = field(default=None, init=False)

    async def parts(self) -> AsyncIterator[bytes]:
        size = 0
        try:
            async for part in self.http.stream():
                size += len(part)
                if size > self.limit:
                    raise self.too_large()
                if part:
                    yield part
        except (RequestError, ClientDisconnect) as fault:
            self.fault = fault
            raise

    def too_large(self) -> RequestError:
        message = f"The body is larger than {self.limit} bytes."
        return RequestError.of(ErrorCode.OPERATION_TOO_EXPENSIVE, message, status=413)
