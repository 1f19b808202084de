"""Sends operations to subgraphs and tells what went wrong."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Protocol

import aiohttp

from gateway import exact
from gateway.executor import budget
from gateway.executor.breaker import Breaker, Rules
from gateway.executor.http1 import LONGEST_ANSWER, Answer, Lost, Malformed, Origin, TooLong, Unsendable

_RETRIES = 1
_RETRY_AFTER_S = 0.02
# A request keeps its deadline itself, and says then whose fault it was; who waits for it gives it the time to say so.
_GRACE_S = 0.05
# What proxies and servers say while they start, stop or are full.
_PASSING = frozenset((502, 503, 504))
# Below the five seconds after which uvicorn closes an idle connection: a mutation is not sent into a closing one.
_KEPT_FOR_S = 4


@dataclass(slots=True)
class SubgraphTrouble(Exception):
    """No usable answer. `code` is SERVICE_UNAVAILABLE, TIMEOUT, INTERNAL_SERVER_ERROR or OPERATION_TOO_EXPENSIVE.

    `blames`: whether the subgraph had the request, or could not be reached, and failed; not when the fault is ours or the
    caller's, or when the time was used up elsewhere.
    """

    code: str
    message: str
    blames: bool = False


# How long after it was begun a query may still be joined by its equal, see `_shared`.
_SAME_MOMENT_S = 0.005

_Identity = tuple[tuple[str, str], ...]
_Asked = tuple[str, bytes]


@dataclass(slots=True)
class _Landed:
    """One answer for all who wait for it: each takes an object of their own, for what is merged is changed."""

    raw: bytes
    _first: dict[str, Any] | None

    @classmethod
    def of(cls, raw: bytes) -> "_Landed":
        """Raises SubgraphTrouble."""
        return cls(raw, _decode(raw))

    def take(self) -> dict[str, Any]:
        first, self._first = self._first, None
        return _decode(self.raw) if first is None else first


@dataclass(slots=True)
class _Deadline:
    """In the loop's time. Moved on when somebody joins who has more time."""

    at: float
    running: asyncio.Timeout | None = None

    def extend(self, to: float) -> None:
        if to > self.at:
            self.at = to
            if self.running is not None:
                self.running.reschedule(to)

    @contextlib.asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Raises TimeoutError when it has passed."""
        async with asyncio.timeout_at(self.at) as self.running:
            try:
                yield
            finally:
                self.running = None


@dataclass(slots=True)
class _Flight:
    """A request that is under way, since when, until when at most, and how many wait for it."""

    task: "asyncio.Task[_Landed]"
    begun: float
    deadline: _Deadline
    waiting: int = 0


class Observer(Protocol):
    """Told of each request: subgraph, outcome ("ok" or a code), seconds."""

    def __call__(self, subgraph: str, outcome: str, seconds: float) -> None: ...


# Opens the span of one request to a subgraph and gives the traceparent to send.
Trace = Callable[[str], AbstractContextManager[str]]


def _unobserved(subgraph: str, outcome: str, seconds: float) -> None:
    return None


@dataclass(slots=True)
class SubgraphClient:
    """Kept connections to all subgraphs. `urls`: subgraph id -> address. `session` is for all but operations.

    `patience_s`: a subgraph that had less time for its answer is not blamed for none. `answer_bytes` bounds one answer.
    `same_moment_s`: only what was begun less than this ago is joined by an equal query.
    """

    urls: Mapping[str, str]
    observe: Observer = _unobserved
    connections_per_subgraph: int = 64
    rules: Rules = field(default_factory=Rules)
    trace: Trace | None = None
    patience_s: float = 1.0
    answer_bytes: int = LONGEST_ANSWER
    same_moment_s: float = _SAME_MOMENT_S
    breakers: dict[str, Breaker] = field(default_factory=dict)
    _session: aiohttp.ClientSession | None = None
    _origins: dict[str, Origin] = field(default_factory=dict)
    # What may be joined, by who asks.
    _in_flight: dict[_Identity, dict[_Asked, _Flight]] = field(default_factory=dict)

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
            return await self._asked(subgraph, body, headers, deadline, idempotent)
        with self.trace(subgraph) as traceparent:
            return await self._asked(subgraph, body, {**headers, "traceparent": traceparent}, deadline, idempotent)

    async def _asked(
        self, subgraph: str, body: bytes, headers: Mapping[str, str], deadline: float, idempotent: bool
    ) -> dict[str, Any]:
        if deadline <= asyncio.get_running_loop().time():
            raise SubgraphTrouble("TIMEOUT", f"no time left to ask {subgraph}")
        # All that a subgraph is told of who asks; without it, all who are not known are one.
        identity = tuple(sorted((name, value) for name, value in headers.items() if name != "traceparent"))
        if idempotent:
            return _within_budget(await self._shared(subgraph, body, headers, deadline, identity))
        try:
            return _within_budget(await self._guarded(subgraph, body, headers, _Deadline(deadline), 1))
        finally:
            # Whoever knows of the change must see it: nothing that was begun before is joined from now on.
            self._in_flight.pop(identity, None)

    async def _shared(
        self, subgraph: str, body: bytes, headers: Mapping[str, str], deadline: float, identity: _Identity
    ) -> _Landed:
        """Equal queries of one identity at the same moment are one request, as long as anybody waits.

        Later ones ask for themselves: what changed since, by another process or another caller, is not to be missed. Each keeps
        the time limit of its own.
        """
        now = asyncio.get_running_loop().time()
        flights = self._in_flight.setdefault(identity, {})
        flight = flights.get((subgraph, body))
        if flight is None or now - flight.begun > self.same_moment_s:
            until = _Deadline(deadline)
            sent = asyncio.ensure_future(self._guarded(subgraph, body, headers, until, 1 + _RETRIES))
            flight = flights[subgraph, body] = _Flight(sent, now, until)
            sent.add_done_callback(_read)
        flight.waiting += 1
        flight.deadline.extend(deadline)
        try:
            done, _ = await asyncio.wait((flight.task,), timeout=max(deadline - now, 0) + _GRACE_S)
            if not done:
                raise SubgraphTrouble("TIMEOUT", f"{subgraph} did not answer in time")
            return flight.task.result()
        finally:
            flight.waiting -= 1
            if flight.task.done() or not flight.waiting:
                self._forget(identity, (subgraph, body), flight)
            if not flight.waiting:
                flight.task.cancel()  # so that the subgraph can end what nobody waits for

    def _forget(self, identity: _Identity, asked: _Asked, flight: _Flight) -> None:
        flights = self._in_flight.get(identity, {})
        if flights.get(asked) is flight:
            del flights[asked]
            if not flights:
                del self._in_flight[identity]

    async def _guarded(
        self, subgraph: str, body: bytes, headers: Mapping[str, str], deadline: _Deadline, tries: int
    ) -> _Landed:
        """Each request that is sent counts once, however many wait for it."""
        breaker = self.breakers.get(subgraph)
        if breaker is None:
            breaker = self.breakers[subgraph] = Breaker(subgraph, self.rules, asyncio.get_running_loop().time)
        if not breaker.allows():
            raise SubgraphTrouble("SERVICE_UNAVAILABLE", f"{subgraph} failed too often and is left alone for a while")
        started = time.perf_counter()
        outcome = "ok"
        try:
            landed = _Landed.of(await self._post(subgraph, body, headers, deadline, tries))
        except SubgraphTrouble as trouble:
            outcome = trouble.code
            if trouble.blames:
                breaker.failed()
            else:
                breaker.left()
            raise
        except BaseException:
            outcome = "cancelled"
            breaker.left()
            raise
        finally:
            self.observe(subgraph, outcome, time.perf_counter() - started)
        breaker.succeeded()
        return landed

    async def _post(
        self, subgraph: str, body: bytes, headers: Mapping[str, str], deadline: _Deadline, tries: int
    ) -> bytes:
        loop = asyncio.get_running_loop()
        for attempt in range(1, tries + 1):
            answer = await self._once(subgraph, body, headers, deadline, last=attempt == tries)
            if answer is not None:
                return answer.body
            await asyncio.sleep(min(_RETRY_AFTER_S, max(deadline.at - loop.time(), 0)))
        raise AssertionError("unreachable")

    async def _once(
        self, subgraph: str, body: bytes, headers: Mapping[str, str], deadline: _Deadline, *, last: bool
    ) -> Answer | None:
        """One try; None when another one may do better. Raises SubgraphTrouble."""
        loop = asyncio.get_running_loop()
        asked_at: float | None = None

        def begun() -> None:
            nonlocal asked_at
            asked_at = loop.time()

        try:
            async with deadline.kept():
                answer = await self._origin(subgraph).post(body, headers, begun)
        except TimeoutError as error:
            patient = asked_at is not None and loop.time() - asked_at >= self.patience_s
            raise SubgraphTrouble("TIMEOUT", f"{subgraph} did not answer in time", patient) from error
        except Lost as error:
            if not last:
                return None
            raise SubgraphTrouble("SERVICE_UNAVAILABLE", f"{subgraph} cannot be reached: {error}", True) from error
        except Malformed as error:
            raise SubgraphTrouble("SERVICE_UNAVAILABLE", f"{subgraph}: {error}", True) from error
        except Unsendable as error:
            raise SubgraphTrouble("INTERNAL_SERVER_ERROR", f"{subgraph} cannot be asked: {error}") from error
        except TooLong as error:
            raise SubgraphTrouble("OPERATION_TOO_EXPENSIVE", _too_large(self.answer_bytes)) from error
        if answer.status < 400 or _is_graphql(answer.body):
            return answer
        said = f"{subgraph} answered {answer.status} {answer.content_type}"
        if answer.status < 500:
            raise SubgraphTrouble("INTERNAL_SERVER_ERROR", said)  # it is well, and will not have this request
        if answer.status in _PASSING and not last:
            return None
        raise SubgraphTrouble("SERVICE_UNAVAILABLE", said, True)

    def _origin(self, subgraph: str) -> Origin:
        known = self._origins.get(subgraph)
        if known is None:
            known = Origin(self.urls[subgraph], self.connections_per_subgraph, _KEPT_FOR_S, self.answer_bytes)
            self._origins[subgraph] = known
        return known


def _within_budget(landed: _Landed) -> dict[str, Any]:
    """Raises SubgraphTrouble when the operation has received too much."""
    try:
        budget.take(len(landed.raw))
    except budget.Spent as error:
        raise SubgraphTrouble("OPERATION_TOO_EXPENSIVE", "The operation's answers are too large.") from error
    return landed.take()


def _read(done: "asyncio.Task[_Landed]") -> None:
    if not done.cancelled():
        done.exception()  # read, so that nobody is warned when every waiter has left


def _too_large(limit: int) -> str:
    return f"The answer would be larger than {limit} bytes."


def _is_graphql(raw: bytes) -> bool:
    try:
        answer = exact.loads(raw)
    except ValueError:
        return False
    return isinstance(answer, dict) and ("data" in answer or isinstance(answer.get("errors"), list))


def _decode(raw: bytes) -> dict[str, Any]:
    try:
        answer = exact.loads(raw)
    except ValueError as error:
        raise SubgraphTrouble("SERVICE_UNAVAILABLE", f"not JSON: {error}", True) from error
    if not isinstance(answer, dict) or not ("data" in answer or isinstance(answer.get("errors"), list)):
        raise SubgraphTrouble("SERVICE_UNAVAILABLE", "not a GraphQL answer", True)
    return answer
