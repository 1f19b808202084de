"""What every protocol shares: the pipeline, who asks, how much is under way, and whether the process is leaving."""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gateway import identity
from gateway.documents import Documents
from gateway.errors import RequestError
from gateway.executor import subgraph_socket
from gateway.executor.run import Call
from gateway.executor.subgraph_client import SubgraphClient, SubgraphTrouble
from gateway.identity import Verifier
from gateway.metrics import Metrics
from gateway.operation import Operation
from gateway.pipeline import Caller, Pipeline, Request
from gateway.protocols.connections import Connections
from gateway.settings import Settings
from gateway.shares import Shares
from gateway.spans import Spans, failed
from services.kit.cache import Counts
from services.kit.codes import ErrorCode, masked
from services.kit.http.identity import Identity
from services.kit.http.rate import RateLimit, RateLimited
from services.kit.observe import trace

# So many characters of a document that has to be read beside the loop are worth a call: about a millisecond of reading.
_CHARACTERS_A_CALL = 400
# Calls that the counts of this process are worth.
COUNTS = 5

if TYPE_CHECKING:
    from gateway.reload import Reloading


@dataclass(slots=True)
class Serving:
    """`pipeline` and `documents` may be others from one request to the next; whoever runs keeps what it began with."""

    settings: Settings
    pipeline: Pipeline
    client: SubgraphClient
    verifier: Verifier
    metrics: Metrics
    documents: Documents
    watched: "Reloading"
    rate: RateLimit | None = None
    spans: Spans | None = None
    draining: asyncio.Event = field(default_factory=asyncio.Event)
    connections: Connections = field(init=False)
    # What each caller may have standing at once.
    operations: Shares = field(init=False)
    follows: Shares = field(init=False)
    sockets: Shares = field(init=False)
    under_way: int = 0
    subscriptions: int = 0

    def __post_init__(self) -> None:
        bounds = self.settings.limits
        self.connections = Connections(bounds.connections)
        self.operations = Shares("requests under way", bounds.in_flight_per_caller, bounds.in_flight_per_address)
        self.follows = Shares(
            "open subscriptions", bounds.subscriptions_per_caller, bounds.subscriptions_per_address, 5_000
        )
        self.sockets = Shares("open sockets", bounds.sockets_per_caller, bounds.sockets_per_address, 5_000)

    def cache_counts(self) -> dict[str, Counts]:
        caches = self.pipeline.caches
        return {
            "operations": caches.operations.counts,
            "plans": caches.plans.counts,
            "introspection": caches.introspection.counts,
            "persisted": self.documents.store.counts,
        }

    # -- before a request is understood -----------------------------------------------------------------------------

    @property
    def file_prefixes(self) -> list[str]:
        """How paths begin where files are sent: as far as they are the same for all."""
        return [path.partition("{")[0] for path in self.watched.addresses.files(self.pipeline.supergraph)]

    def subgraphs(self) -> dict[str, str]:
        """Name -> where it answers GraphQL, of those that the supergraph has now."""
        known = self.pipeline.supergraph.subgraphs
        return {each.name: self.client.urls[id_] for id_, each in known.items() if id_ in self.client.urls}

    @property
    def shares(self) -> dict[str, Shares]:
        return {"operations": self.operations, "subscriptions": self.follows, "sockets": self.sockets}

    async def identify(
        self, authorization: str | None, traceparent: str | None, address: str = "", calls: int = 1
    ) -> tuple[Caller, Identity]:
        """Who asks; counts a call of theirs, or work that is worth several. Raises Refused."""
        span = trace.start(traceparent) if self.spans is None else self.spans.start(traceparent)
        caller = Caller(span.trace_id, {}, address=address)
        try:
            try:
                who = await self.verifier.authenticate(authorization)
            except RequestError:
                self.charge(caller, calls)
                raise
            headers = {"traceparent": str(span)}
            if authorization:
                headers["authorization"] = authorization
            caller = Caller(span.trace_id, headers, who, address)
            self.charge(caller, calls)
        except RequestError as refused:
            raise Refused(refused, span.trace_id) from refused
        return caller, who

    def charge(self, caller: Caller, calls: int = 1) -> None:
        """Counts a call of the token's subject, else of the address. Raises RequestError."""
        if self.rate is None:
            return
        try:
            self.rate.take(caller.key, calls)
        except RateLimited as limited:
            raise RequestError.of(
                ErrorCode.RATE_LIMITED, "Too many requests.", status=429, retry_after_ms=limited.retry_after_ms
            ) from limited

    async def operation(self, request: Request, caller: Caller) -> Operation:
        """As the pipeline reads it. A long document is worth calls by its length, and is work under way. Raises RequestError."""
        if not self.pipeline.is_long(request):
            return await self.pipeline.read(request)
        self.charge(caller, len(request.query) // _CHARACTERS_A_CALL)
        with self.operations.one(caller):
            return await self.pipeline.read(request)

    async def read(self, body: Any, caller: Caller) -> Request:
        """GraphQL's request parameters, with the document that they name. Raises RequestError."""
        request, told = self.documents.read(body)
        if told is not None:
            try:
                await self.operation(request, caller)
            except RequestError:
                return request  # refused later, by whoever runs it; not worth remembering
            self.documents.remember(told, request.query)
        return request

    # -- operations -------------------------------------------------------------------------------------------------

    async def execute(self, request: Request, caller: Caller, operation: Operation | None = None) -> dict[str, Any]:
        """`operation`: what the caller has from the pipeline already."""
        if self.under_way >= self.settings.limits.in_flight:
            raise RequestError.of(
                ErrorCode.RATE_LIMITED, "Too many requests are under way.", status=429, retry_after_ms=1_000
            )
        pipeline = self.pipeline
        if operation is None:
            operation = await self.operation(request, caller)
        with self.operations.one(caller):
            return await self._execute(pipeline, operation, request, caller)

    async def _execute(
        self, pipeline: Pipeline, operation: Operation, request: Request, caller: Caller
    ) -> dict[str, Any]:
        self.under_way += 1
        self.metrics.in_flight.inc()
        began = time.perf_counter()
        try:
            if self.settings.explain and (wanted := request.extensions.get("explain")):
                return await self._explained(pipeline, operation, request, caller, wanted)
            if self.spans is None:
                answer = await pipeline.run(operation, request, caller)
            else:
                with self.spans.operation(operation.kind.value, operation.name) as span:
                    answer = await pipeline.run(operation, request, caller)
                    if "errors" in answer:
                        failed(span, answer["errors"][0]["extensions"]["code"])
        except RequestError as refused:
            self._count_error(operation, refused.code.value)
            raise
        finally:
            self.under_way -= 1
            self.metrics.in_flight.dec()
            observe = operation.observe or self._observer(operation)
            observe(time.perf_counter() - began)
        if "errors" in answer:
            for error in answer["errors"]:
                self._count_error(operation, error["extensions"]["code"])
        return answer

    async def subscribe(self, request: Request, caller: Caller) -> AsyncIterator[dict[str, Any]]:
        """The answers to a subscription. It stays on the schema that it began with.

        Raises RequestError when it may not be or may not go on, when its service stays away, and with TOKEN_EXPIRED when a service
        says that the token has ended: its clock may be ahead of ours.
        """
        if self.subscriptions >= self.settings.limits.subscriptions:
            raise RequestError.of(
                ErrorCode.RATE_LIMITED, "Too many subscriptions are open.", status=429, retry_after_ms=5_000
            )
        with self.follows.one(caller):
            async for answer in self._subscribe(request, caller):
                yield answer

    async def _subscribe(self, request: Request, caller: Caller) -> AsyncIterator[dict[str, Any]]:
        self.subscriptions += 1
        self.metrics.subscriptions.inc()
        try:
            async for answer in self.pipeline.subscribe(request, caller, self._events):
                if _says_expired(answer):
                    raise identity.expired()
                yield answer
        except SubgraphTrouble as trouble:
            known = ErrorCode(trouble.code)
            if known is ErrorCode.TOKEN_EXPIRED:
                raise identity.expired() from trouble
            raise RequestError.of(
                known, trouble.message if known is ErrorCode.UNAUTHENTICATED else masked(known)
            ) from trouble
        finally:
            self.subscriptions -= 1
            self.metrics.subscriptions.dec()

    def _events(self, subgraph: str, payload: dict[str, Any], call: Call) -> AsyncIterator[dict[str, Any]]:
        return subgraph_socket.events(self.client, subgraph, payload, call.headers)

    async def _explained(
        self, pipeline: Pipeline, operation: Operation, request: Request, caller: Caller, wanted: Any
    ) -> dict[str, Any]:
        """With the plan and the cost; `dry-run` asks no subgraph, and tells the cost also above the limit."""
        plan, cost = pipeline.explain(request, caller.who)
        told = {"cost": cost, "limit": pipeline.most(caller.who), "plan": plan.render()}
        answer = {"data": None} if wanted == "dry-run" else await pipeline.run(operation, request, caller)
        return {**answer, "extensions": {"explain": told}}

    def _observer(self, operation: Operation) -> Any:
        labels = self.metrics.name(operation.name), operation.kind.value
        operation.observe = self.metrics.operation_seconds.labels(*labels).observe
        return operation.observe

    def _count_error(self, operation: Operation, code: str) -> None:
        known = code if code in ErrorCode.__members__ else ErrorCode.INTERNAL_SERVER_ERROR.value
        self.metrics.operation_errors.labels(self.metrics.name(operation.name), known).inc()


def _says_expired(answer: Mapping[str, Any]) -> bool:
    return any(error["extensions"].get("code") == ErrorCode.TOKEN_EXPIRED for error in answer.get("errors", ()))


@dataclass(slots=True)
class Refused(Exception):
    """A request refused before it was understood, with the trace id that its answer carries."""

    error: RequestError
    trace_id: str
