"""Asks the gateway. Documents are files; an answer is typed, or there was none."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Generic, TypeVar

import aiohttp
import msgspec

from services.kit.http.address import HEADER as FORWARDED
from services.kit.observe.telemetry import current_traceparent
from services.web.answers import Outcome

_log = logging.getLogger(__name__)
DOCUMENTS = {file.stem: file.read_text("utf-8") for file in (Path(__file__).parent / "documents").glob("*.graphql")}
"""By name."""
MOST_BYTES = 2 * 1024 * 1024
_WITHIN_S = 12.0
_MOST_LINE = 512 * 1024

T = TypeVar("T", bound=msgspec.Struct)


class Trouble(StrEnum):
    """Why there is no answer."""

    AWAY = "away"  # the platform, or the part of it that was wanted
    BUSY = "busy"  # this caller has asked too often
    SIGNED_OUT = "signed out"
    REFUSED = "refused"  # the caller is known, and may not
    GONE = "gone"
    TOO_MUCH = "too much"  # what a page of ours asks for at once
    FAULT = "fault"  # ours, as far as can be told


class NoAnswer(Exception):
    """`retry_after_s` where the gateway said so; `trace_id` is what to look for in the logs."""

    def __init__(self, trouble: Trouble, *, retry_after_s: int = 0, trace_id: str = "") -> None:
        super().__init__(trouble.value)
        self.trouble = trouble
        self.retry_after_s = retry_after_s
        self.trace_id = trace_id


_TROUBLE = {
    "SERVICE_UNAVAILABLE": Trouble.AWAY,
    "TIMEOUT": Trouble.AWAY,
    "RATE_LIMITED": Trouble.BUSY,
    "UNAUTHENTICATED": Trouble.SIGNED_OUT,
    "TOKEN_EXPIRED": Trouble.SIGNED_OUT,
    "FORBIDDEN": Trouble.REFUSED,
    "OPERATION_TOO_EXPENSIVE": Trouble.TOO_MUCH,
    "NOT_FOUND": Trouble.GONE,
    "BAD_USER_INPUT": Trouble.GONE,
}
_OURS = frozenset({Trouble.TOO_MUCH, Trouble.FAULT})
"""What nobody can mend but who wrote the document, or the platform."""
_NEVER_THERE = frozenset({Trouble.GONE, Trouble.REFUSED})
"""Of a part of an answer: no reload brings it."""


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """`partial`: something is missing because a service is away."""

    data: T
    partial: bool = False


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose request it is: their token, and the address that limits count by."""

    token: str | None = None
    address: str = ""


@dataclass(slots=True)
class Graph:
    url: str
    _session: aiohttp.ClientSession | None = field(default=None, init=False)
    asked: int = field(default=0, init=False)
    """Requests to the gateway so far."""

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(
            timeout=aiohttp.ClientTimeout(total=_WITHIN_S),
            connector=aiohttp.TCPConnector(limit=4_000),
            read_bufsize=_MOST_LINE,
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def ask(self, caller: Caller, name: str, kind: type[T], /, **variables: Any) -> Answer[T]:
        """Raises NoAnswer."""
        return _read(await self._post(caller, name, variables), kind)

    async def change(self, caller: Caller, name: str, /, **variables: Any) -> Outcome:
        """A mutation of which the problems alone are wanted. Raises NoAnswer."""
        said = await self._post(caller, name, variables)
        (payload,) = (said.get("data") or {None: None}).values()
        if payload is None:
            raise _why(said.get("errors") or [])
        return _convert(payload, Outcome)

    async def follow(self, caller: Caller, name: str, kind: type[T], /, **variables: Any) -> AsyncIterator[T | None]:
        """A subscription's answers by server-sent events, and None where the gateway says that it is there still, until it is complete.
        Raises NoAnswer when it ended otherwise."""
        assert self._session is not None
        self.asked += 1
        headers = {**_headers(caller), "accept": "text/event-stream"}
        body = {"query": DOCUMENTS[name], "variables": variables}
        try:
            async with self._session.post(
                f"{self.url}/graphql", json=body, headers=headers, timeout=aiohttp.ClientTimeout(sock_connect=5)
            ) as answer:
                if answer.content_type != "text/event-stream":
                    raise _why((await _json(answer)).get("errors") or [])
                event = ""
                async for raw in answer.content:
                    line = raw.decode("utf-8").rstrip("\r\n")
                    if line.startswith("event:"):
                        event = line.removeprefix("event:").strip()
                        if event == "complete":
                            return
                    elif line.startswith(":"):
                        yield None
                    elif line.startswith("data:") and event == "next":
                        yield _read(msgspec.json.decode(line.removeprefix("data:")), kind).data
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise NoAnswer(Trouble.AWAY) from error
        raise NoAnswer(Trouble.AWAY)

    async def send(self, caller: Caller, method: str, path: str, content: bytes, *, key: str = "") -> dict[str, Any]:
        """Beside the graph: what is said of it, refusals too. Raises NoAnswer."""
        assert self._session is not None
        self.asked += 1
        headers = {**_headers(caller), **({"idempotency-key": key} if key else {})}
        try:
            async with self._session.request(
                method, f"{self.url}{path}", data=content, headers=headers, allow_redirects=False
            ) as answer:
                said = await _json(answer)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise NoAnswer(Trouble.AWAY) from error
        if answer.status >= 400 and (trouble := _TROUBLE.get(str(said.get("code")))) not in (None, Trouble.GONE):
            assert trouble is not None
            raise NoAnswer(trouble)
        return said

    async def fetch(self, caller: Caller, path: str) -> AsyncIterator[bytes]:
        """A file beside the graph, as it comes. Raises NoAnswer."""
        assert self._session is not None
        self.asked += 1
        try:
            answer = await self._session.get(f"{self.url}{path}", headers=_headers(caller), allow_redirects=False)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise NoAnswer(Trouble.AWAY) from error
        if answer.status != 200:
            async with answer:
                said = await _json(answer)
            raise NoAnswer(_TROUBLE.get(str(said.get("code")), Trouble.FAULT))

        async def parts() -> AsyncIterator[bytes]:
            async with answer:
                async for part in answer.content.iter_any():
                    yield part

        return parts()

    async def _post(self, caller: Caller, name: str, variables: dict[str, Any]) -> dict[str, Any]:
        assert self._session is not None
        self.asked += 1
        body = {"query": DOCUMENTS[name], "variables": variables}
        try:
            async with self._session.post(
                f"{self.url}/graphql", json=body, headers=_headers(caller), allow_redirects=False
            ) as answer:
                said = await _json(answer)
        except (aiohttp.ClientError, TimeoutError) as error:
            _log.warning("no answer to %s: %s", name, type(error).__name__)
            raise NoAnswer(Trouble.AWAY) from error
        for each in said.get("errors") or []:
            if _trouble(each) in _OURS:
                _log.error("%s was answered with %s", name, _told(each))
        return said


def _told(error: Any) -> str:
    """Code, path and trace of an error; its message may have what somebody typed."""
    found = error if isinstance(error, dict) else {}
    extensions = found.get("extensions")
    extensions = extensions if isinstance(extensions, dict) else {}
    return f"{extensions.get('code')} at {found.get('path')} (trace {extensions.get('traceId')})"


async def _parts(answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    async with answer:
        async for part in answer.content.iter_any():
            yield part


def _headers(caller: Caller) -> dict[str, str]:
    headers = {"accept": "application/json"}
    if caller.address:
        headers[FORWARDED] = caller.address
    if caller.token:
        headers["authorization"] = f"Bearer {caller.token}"
    if traceparent := current_traceparent():
        headers["traceparent"] = traceparent
    return headers


async def _json(answer: aiohttp.ClientResponse) -> dict[str, Any]:
    """Raises NoAnswer for what is no answer of GraphQL, or larger than one may be."""
    text = bytearray()
    async for part in answer.content.iter_any():
        text += part
        if len(text) > MOST_BYTES:
            raise NoAnswer(Trouble.FAULT)
    try:
        said = msgspec.json.decode(bytes(text))
    except msgspec.DecodeError as error:
        raise NoAnswer(Trouble.AWAY if answer.status >= 500 else Trouble.FAULT) from error
    if not isinstance(said, dict):
        raise NoAnswer(Trouble.FAULT)
    return said


def _read(said: dict[str, Any], kind: type[T]) -> Answer[T]:
    data, errors = said.get("data"), said.get("errors") or []
    if data is None or (errors and all(value is None for value in data.values())):
        raise _why(errors)
    return Answer(_convert(data, kind), partial=any(_trouble(each) not in _NEVER_THERE for each in errors))


def _convert(data: Any, kind: type[T]) -> T:
    try:
        return msgspec.convert(data, kind)
    except msgspec.ValidationError as error:
        _log.error("the gateway answers what the schema does not have: %s", error)
        raise NoAnswer(Trouble.FAULT) from error


def _trouble(error: Any) -> Trouble:
    extensions = error.get("extensions") if isinstance(error, dict) else None
    code = extensions.get("code") if isinstance(extensions, dict) else None
    return _TROUBLE.get(str(code), Trouble.FAULT)


def _why(errors: list[Any]) -> NoAnswer:
    """Of several what says most: who is signed out need not know what else was wrong."""
    if not errors:
        return NoAnswer(Trouble.FAULT)
    order = [
        Trouble.SIGNED_OUT,
        Trouble.BUSY,
        Trouble.AWAY,
        Trouble.TOO_MUCH,
        Trouble.FAULT,
        Trouble.REFUSED,
        Trouble.GONE,
    ]
    error = min(errors, key=lambda each: order.index(_trouble(each)))
    told = error.get("extensions") if isinstance(error, dict) else None
    told = told if isinstance(told, dict) else {}
    after = told.get("retryAfterMs")
    return NoAnswer(
        _trouble(error),
        retry_after_s=-(-after // 1000) if isinstance(after, int) else 0,
        trace_id=str(told.get("traceId") or ""),
    )
