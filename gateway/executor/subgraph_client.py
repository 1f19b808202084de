"""Sends operations to subgraphs and tells what went wrong."""

import asyncio
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

import aiohttp
import orjson

from gateway.executor.breaker import Breaker, Rules
from gateway.executor.http1 import Lost, Malformed, Origin

_RETRIES = 1
_RETRY_AFTER_S = 0.02
# What proxies and servers say while they start, stop or are full.
_PASSING = frozenset((502, 503, 504))
# Below the five seconds after which uvicorn closes an idle connection: a mutation is not sent into a closing one.
_KEPT_FOR_S = 4


@dataclass(slots=True)
class SubgraphTrouble(Exception):
    """No usable answer. `code` is SERVICE_UNAVAILABLE, TIMEOUT or INTERNAL_SERVER_ERROR."""

    code: str
    message: str


_Flight = tuple[str, bytes, tuple[tuple[str, str], ...]]


class Observer(Protocol):
    """Told of each request: subgraph, outcome ("ok" or a code), seconds."""

    def __call__(self, subgraph: str, outcome: str, seconds: float) -> None: ...


# Opens the span of one request to a subgraph and gives the traceparent to send.
Trace = Callable[[str], AbstractContextManager[str]]


def _unobserved(subgraph: str, outcome: str, seconds: float) -> None:
    return None


@dataclass(slots=True)
class SubgraphClient:
    """Kept connections to all subgraphs. `urls`: subgraph id -> address. `session` is for all but operations."""

    urls: Mapping[str, str]
    observe: Observer = _unobserved
    connections_per_subgraph: int = 64
    rules: Rules = field(default_factory=Rules)
    trace: Trace | None = None
    breakers: dict[str, Breaker] = field(default_factory=dict)
    _session: aiohttp.ClientSession | None = None
    _origins: dict[str, Origin] = field(default_factory=dict)
    _in_flight: dict["_Flight", "asyncio.Task[bytes]"] = field(default_factory=dict)

    async def start(self) -> None:
        connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=_KEPT_FOR_S, ttl_dns_cache=10)
        self._session = aiohttp.ClientSession(
            connector=connector,
            auto_decompress=True,
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(None),
        )

    async def close(self) -> None:
        for origin in self._origins.values():
            origin.close()
        if self._session is not None:
            await self._session.close()

    @property
    def session(self) -> aiohttp.ClientSession:
        assert self._session is not None, "start() comes first"
        return self._session

    def reroute(self, urls: Mapping[str, str]) -> None:
        """Other addresses from now on. What is under way ends where it began."""
        for subgraph, url in urls.items():
            if self.urls.get(subgraph) != url and (moved := self._origins.pop(subgraph, None)) is not None:
                moved.close()
                self.breakers.pop(subgraph, None)
        # Those that are gone stay known to operations that were planned with them.
        self.urls = {**self.urls, **urls}

    async def send(
        self, subgraph: str, body: bytes, headers: Mapping[str, str], deadline: float, *, idempotent: bool
    ) -> dict[str, Any]:
        """The GraphQL answer; only what is idempotent is sent again. `deadline` is in the loop's time.

        Raises SubgraphTrouble.
        """
        if self.trace is None:
            return await self._guarded(subgraph, body, headers, deadline, idempotent)
        with self.trace(subgraph) as traceparent:
            return await self._guarded(subgraph, body, {**headers, "traceparent": traceparent}, deadline, idempotent)

    async def _guarded(
        self, subgraph: str, body: bytes, headers: Mapping[str, str], deadline: float, idempotent: bool
    ) -> dict[str, Any]:
        loop = asyncio.get_running_loop()
        breaker = self.breakers.get(subgraph)
        if breaker is None:
            breaker = self.breakers[subgraph] = Breaker(subgraph, self.rules, loop.time)
        if deadline <= loop.time():
            raise SubgraphTrouble("TIMEOUT", f"no time left to ask {subgraph}")
        if not breaker.allows():
            raise SubgraphTrouble("SERVICE_UNAVAILABLE", f"{subgraph} failed too often and is left alone for a while")
        started = time.perf_counter()
        outcome = "ok"
        try:
            raw = await (self._shared if idempotent else self._post)(subgraph, body, headers, deadline, idempotent)
            answer = _decode(raw)
        except SubgraphTrouble as trouble:
            outcome = trouble.code
            breaker.failed()
            raise
        except BaseException:
            outcome = "cancelled"
            breaker.left()
            raise
        finally:
            self.observe(subgraph, outcome, time.perf_counter() - started)
        breaker.succeeded()
        return answer

    async def _shared(
        self, subgraph: str, body: bytes, headers: Mapping[str, str], deadline: float, idempotent: bool
    ) -> bytes:
        """Equal queries of one identity that are under way at the same time are one request."""
        identity = tuple(sorted((name, value) for name, value in headers.items() if name != "traceparent"))
        key = (subgraph, body, identity)
        task = self._in_flight.get(key)
        if task is None:
            task = asyncio.ensure_future(self._post(subgraph, body, headers, deadline, idempotent))
            self._in_flight[key] = task
            task.add_done_callback(lambda done: self._landed(key, done))
            return await asyncio.shield(task)  # it keeps the deadline itself
        left = deadline - asyncio.get_running_loop().time()
        done, _ = await asyncio.wait((task,), timeout=max(left, 0))
        if not done:
            raise SubgraphTrouble("TIMEOUT", f"{subgraph} did not answer in time")
        return task.result()

    def _landed(self, key: "_Flight", done: "asyncio.Task[bytes]") -> None:
        self._in_flight.pop(key, None)
        if not done.cancelled():
            done.exception()  # read, so that nobody is warned when every waiter has left

    async def _post(
        self, subgraph: str, body: bytes, headers: Mapping[str, str], deadline: float, idempotent: bool
    ) -> bytes:
        tries = 1 + (_RETRIES if idempotent else 0)
        loop = asyncio.get_running_loop()
        origin = self._origin(subgraph)
        for attempt in range(1, tries + 1):
            left = deadline - loop.time()
            if left <= 0:
                raise SubgraphTrouble("TIMEOUT", f"no time left to ask {subgraph}")
            try:
                async with asyncio.timeout(left):
                    answer = await origin.post(body, headers)
            except TimeoutError as error:
                raise SubgraphTrouble("TIMEOUT", f"{subgraph} did not answer in time") from error
            except Lost as error:
                if attempt == tries:
                    raise SubgraphTrouble("SERVICE_UNAVAILABLE", f"{subgraph} cannot be reached: {error}") from error
                await asyncio.sleep(min(_RETRY_AFTER_S, max(deadline - loop.time(), 0)))
            except Malformed as error:
                raise SubgraphTrouble("SERVICE_UNAVAILABLE", f"{subgraph}: {error}") from error
            else:
                if answer.status >= 500 and not _is_graphql(answer.body):
                    if answer.status in _PASSING and attempt < tries:
                        await asyncio.sleep(min(_RETRY_AFTER_S, max(deadline - loop.time(), 0)))
                        continue
                    raise SubgraphTrouble(
                        "SERVICE_UNAVAILABLE", f"{subgraph} answered {answer.status} {answer.content_type}"
                    )
                return answer.body
        raise AssertionError("unreachable")

    def _origin(self, subgraph: str) -> Origin:
        known = self._origins.get(subgraph)
        if known is None:
            known = Origin(self.urls[subgraph], self.connections_per_subgraph, _KEPT_FOR_S)
            self._origins[subgraph] = known
        return known


def _is_graphql(raw: bytes) -> bool:
    try:
        answer = orjson.loads(raw)
    except orjson.JSONDecodeError:
        return False
    return isinstance(answer, dict) and ("data" in answer or isinstance(answer.get("errors"), list))


def _decode(raw: bytes) -> dict[str, Any]:
    try:
        answer = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise SubgraphTrouble("SERVICE_UNAVAILABLE", f"not JSON: {error}") from error
    if not isinstance(answer, dict) or not ("data" in answer or isinstance(answer.get("errors"), list)):
        raise SubgraphTrouble("SERVICE_UNAVAILABLE", "not a GraphQL answer")
    return answer
