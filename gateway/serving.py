"""What every protocol shares: the pipeline, who asks, how much is under way, and whether the process is leaving."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway import identity, trace
from gateway.errors import Code, RequestError
from gateway.executor import subgraph_socket
from gateway.executor.run import Call
from gateway.executor.subgraph_client import SubgraphClient, SubgraphTrouble
from gateway.identity import Identity, Verifier
from gateway.metrics import Metrics
from gateway.pipeline import Caller, Pipeline, Request
from gateway.settings import Settings


@dataclass(slots=True)
class Serving:
    settings: Settings
    pipeline: Pipeline
    client: SubgraphClient
    verifier: Verifier
    metrics: Metrics
    draining: asyncio.Event = field(default_factory=asyncio.Event)
    under_way: int = 0
    subscriptions: int = 0

    async def identify(self, authorization: str | None, traceparent: str | None) -> tuple[Caller, Identity]:
        trace_id, passed_on = trace.start(traceparent)
        try:
            who = await self.verifier.authenticate(authorization)
        except RequestError as refused:
            raise Refused(refused, trace_id) from refused
        headers = {"traceparent": passed_on}
        if authorization:
            headers["authorization"] = authorization
        return Caller(trace_id, headers), who

    async def execute(self, request: Request, caller: Caller) -> dict[str, Any]:
        if self.under_way >= self.settings.limits.in_flight:
            raise RequestError.of(
                Code.RATE_LIMITED, "Too many requests are under way.", status=429, retry_after_ms=1_000
            )
        self.under_way += 1
        self.metrics.in_flight.inc()
        try:
            return await self.pipeline.execute(request, caller)
        finally:
            self.under_way -= 1
            self.metrics.in_flight.dec()

    async def subscribe(self, request: Request, caller: Caller) -> AsyncIterator[dict[str, Any]]:
        """The answers to a subscription; a subgraph that stays away is a last answer with an error.

        Raises RequestError with TOKEN_EXPIRED when a service says that the token has ended: its clock may be ahead of ours.
        """
        if self.subscriptions >= self.settings.limits.subscriptions:
            raise RequestError.of(
                Code.RATE_LIMITED, "Too many subscriptions are open.", status=429, retry_after_ms=5_000
            )
        self.subscriptions += 1
        self.metrics.subscriptions.inc()
        try:
            async for answer in self.pipeline.subscribe(request, caller, self._events):
                if _says_expired(answer):
                    raise identity.expired()
                yield answer
        except SubgraphTrouble as trouble:
            known = Code(trouble.code)
            if known is Code.TOKEN_EXPIRED:
                raise identity.expired() from trouble
            yield RequestError.of(
                known, trouble.message if known is Code.UNAUTHENTICATED else "A service is not available."
            ).answer(caller.trace_id)
        finally:
            self.subscriptions -= 1
            self.metrics.subscriptions.dec()

    def _events(self, subgraph: str, payload: dict[str, Any], call: Call) -> AsyncIterator[dict[str, Any]]:
        return subgraph_socket.events(self.client, subgraph, payload, call.headers)


def _says_expired(answer: Mapping[str, Any]) -> bool:
    return any(error["extensions"].get("code") == Code.TOKEN_EXPIRED for error in answer.get("errors", ()))


@dataclass(slots=True)
class Refused(Exception):
    """A request refused before it was understood, with the trace id that its answer carries."""

    error: RequestError
    trace_id: str


def read_request(body: Any) -> Request:
    """GraphQL's request parameters. Raises RequestError for wrong types (null counts as absent)."""
    if not isinstance(body, Mapping):
        raise RequestError.of(Code.BAD_USER_INPUT, "The body must be one JSON object.")
    query, name = body.get("query"), body.get("operationName")
    variables, extensions = body.get("variables"), body.get("extensions")
    if not isinstance(query, str) or not query.strip():
        if query is None and isinstance(extensions, Mapping) and "persistedQuery" in extensions:
            raise RequestError.of(Code.PERSISTED_QUERY_NOT_SUPPORTED, "PersistedQueryNotSupported", status=200)
        raise RequestError.of(Code.BAD_USER_INPUT, "query must be a string that is not empty.")
    if name is not None and not isinstance(name, str):
        raise RequestError.of(Code.BAD_USER_INPUT, "operationName must be a string.")
    if variables is not None and not isinstance(variables, Mapping):
        raise RequestError.of(Code.BAD_USER_INPUT, "variables must be an object.")
    if extensions is not None and not isinstance(extensions, Mapping):
        raise RequestError.of(Code.BAD_USER_INPUT, "extensions must be an object.")
    return Request(query, name or None, variables or {}, extensions or {})
