"""The platform as an outsider meets it: a token, GraphQL over HTTP, and a subscription over WebSocket."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Protocol, Self

import aiohttp

_PROTOCOL = "graphql-transport-ws"
_RENEW_BEFORE_S = 60.0
_TIMEOUT_S = 20.0
_LOOK_EVERY_S = 0.2
_KEEP_S = 4.0  # less than the gateway keeps an idle connection: what is sent as it closes one is not answered
# Six digits by themselves: an order's code has as many, of its day, between hyphens.
_CODE = re.compile(r"(?<![\d-])\d{6}(?![\d-])")
_SEND = "mutation Send($phone: String!) { requestSignInCode(phone: $phone) { problems { code message } } }"
_ENTER = """mutation Enter($phone: String!, $code: String!, $device: String) {
  signIn(phone: $phone, code: $code, device: $device) {
    tokens { accessToken refreshToken expiresIn }
    problems { code message }
  }
}"""
_GO_ON = """mutation GoOn($token: String!) {
  refreshSession(refreshToken: $token) { tokens { accessToken refreshToken expiresIn } problems { code message } }
}"""


class PlatformError(Exception):
    """The platform answered with errors, or did not answer. The text is for the log."""


class Credentials(Protocol):
    async def token(self, http: aiohttp.ClientSession) -> tuple[str, float]:
        """A bearer token and how many seconds it is good for. Raises PlatformError."""


@dataclass(slots=True)
class Machine:
    """A company's program: tokens of the development issuer, as a company has them from wherever it has its credentials."""

    token_url: str
    role: str
    name: str

    async def token(self, http: aiohttp.ClientSession) -> tuple[str, float]:
        try:
            async with http.post(self.token_url, json={"role": self.role, "as": self.name}) as answer:
                said = await answer.json()
                if answer.status != 200:
                    raise PlatformError(f"no token: {said.get('error_description', said)}")
        except (aiohttp.ClientError, TimeoutError, ValueError) as problem:
            raise PlatformError(f"no token from {self.token_url}: {_why(problem)}") from problem
        return str(said["access_token"]), float(said["expires_in"])


@dataclass(slots=True)
class Client:
    """A company's program with credentials of its own, which its people made: OAuth 2, client_credentials."""

    url: str
    client_id: str
    client_secret: str

    async def token(self, http: aiohttp.ClientSession) -> tuple[str, float]:
        proof = aiohttp.BasicAuth(self.client_id, self.client_secret)
        form = {"grant_type": "client_credentials"}
        try:
            async with http.post(f"{self.url}/oauth2/token", auth=proof, data=form) as answer:
                said = await answer.json(content_type=None)
                if answer.status != 200:
                    raise PlatformError(f"no token: {said.get('error', said)}")
        except (aiohttp.ClientError, TimeoutError, ValueError) as problem:
            raise PlatformError(f"no token of {self.url}: {_why(problem)}") from problem
        return str(said["access_token"]), float(said["expires_in"])


class Messages(Protocol):
    async def codes(self, http: aiohttp.ClientSession, phone: str) -> list[tuple[str, str]]:
        """Of each message with a code that came to the phone what tells it from others, and the code. Raises PlatformError."""


@dataclass(frozen=True, slots=True)
class Inbox:
    """Where messages end in local mode."""

    url: str

    async def codes(self, http: aiohttp.ClientSession, phone: str) -> list[tuple[str, str]]:
        try:
            async with http.get(
                f"{self.url}/inbox", params={"phone": phone}, headers={"accept": "application/json"}
            ) as answer:
                if answer.status != 200:
                    raise PlatformError(f"no inbox to read a code in: status {answer.status}")
                messages = await answer.json()
        except (aiohttp.ClientError, TimeoutError, ValueError) as problem:
            raise PlatformError(f"no inbox to read a code in: {_why(problem)}") from problem
        return [(each["sentAt"], code) for each in messages if (code := code_in(each["text"]))]


@dataclass(slots=True)
class Person:
    """Who signs in with the code that is sent to their phone, and stays signed in."""

    url: str
    phone: str
    device: str = "robot"
    messages: Messages | None = None
    _refresh: str = ""

    async def token(self, http: aiohttp.ClientSession) -> tuple[str, float]:
        tokens = (await self._go_on(http) if self._refresh else None) or await self._sign_in(http)
        self._refresh = str(tokens["refreshToken"])
        return str(tokens["accessToken"]), float(tokens["expiresIn"])

    async def _go_on(self, http: aiohttp.ClientSession) -> dict[str, Any] | None:
        """None when the session has ended."""
        said = await _asked(http, self.url, _GO_ON, {"token": self._refresh}, {})
        tokens: dict[str, Any] | None = said["refreshSession"]["tokens"]
        return tokens

    async def _sign_in(self, http: aiohttp.ClientSession) -> dict[str, Any]:
        messages = self.messages or Inbox(self.url)
        tried = {sent for sent, _ in await messages.codes(http, self.phone)}
        _unless_refused((await _asked(http, self.url, _SEND, {"phone": self.phone}, {}))["requestSignInCode"])
        until = asyncio.get_running_loop().time() + _TIMEOUT_S
        said = ""
        while asyncio.get_running_loop().time() < until:
            for sent, code in await messages.codes(http, self.phone):
                if sent not in tried:
                    tried.add(sent)
                    wanted = {"phone": self.phone, "code": code, "device": self.device}
                    answer = (await _asked(http, self.url, _ENTER, wanted, {}))["signIn"]
                    if tokens := answer["tokens"]:
                        found: dict[str, Any] = tokens
                        return found
                    said = _problems(answer)  # another who is called so has used it: each gets one of their own
            await asyncio.sleep(_LOOK_EVERY_S)
        raise PlatformError(f"no code came for {self.phone}{f': {said}' if said else ''}")


class Platform:
    """One caller of the platform. Tokens are fetched when needed and renewed before they end."""

    def __init__(self, url: str, credentials: Credentials) -> None:
        self.url = url.rstrip("/")
        self._credentials = credentials
        self._token = ""
        self._renew_at = 0.0
        self._renewing = asyncio.Lock()
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(keepalive_timeout=_KEEP_S)
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_TIMEOUT_S), connector=connector)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._http:
            await self._http.close()

    @property
    def _session(self) -> aiohttp.ClientSession:
        if self._http is None:
            raise RuntimeError("use it as a context: async with Platform(…)")
        return self._http

    async def token(self) -> str:
        """Raises PlatformError."""
        async with self._renewing:  # a refresh token is used once
            now = asyncio.get_running_loop().time()
            if now >= self._renew_at:
                self._token, lives_s = await self._credentials.token(self._session)
                self._renew_at = now + max(1.0, lives_s - _RENEW_BEFORE_S)
            return self._token

    async def get(self, path: str) -> tuple[int, Any]:
        """Status and JSON body. Raises PlatformError when there is no answer."""
        return await self._ask("GET", path, None)

    async def post(self, path: str, event: dict[str, Any]) -> tuple[int, Any]:
        """One CloudEvent in structured mode; status and JSON body. Raises PlatformError when there is no answer."""
        return await self._ask("POST", path, json.dumps(event).encode())

    async def _ask(self, method: str, path: str, body: bytes | None) -> tuple[int, Any]:
        try:
            headers = {"authorization": f"Bearer {await self.token()}"}
            if body is not None:
                headers["content-type"] = "application/cloudevents+json"
            async with self._session.request(method, f"{self.url}{path}", data=body, headers=headers) as answer:
                return answer.status, await answer.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, ValueError) as problem:
            raise PlatformError(f"{path}: {_why(problem)}") from problem

    async def query(self, document: str, variables: dict[str, Any] | None = None) -> dict[str, Any]:
        """The data. Raises PlatformError on any error, also a partial one."""
        headers = {"authorization": f"Bearer {await self.token()}"}
        return await _asked(self._session, self.url, document, variables, headers)

    async def subscribe(self, document: str, variables: dict[str, Any] | None = None) -> AsyncIterator[dict[str, Any]]:
        """The data of each message until the platform completes it. Raises PlatformError, also when the line breaks."""
        token = f"Bearer {await self.token()}"
        address = f"{self.url}/graphql"
        identity = next(_numbers)
        try:
            async with self._session.ws_connect(
                address, protocols=(_PROTOCOL,), headers={"authorization": token}, heartbeat=15
            ) as line:
                await line.send_json({"type": "connection_init", "payload": {"authorization": token}})
                async for frame in line:
                    if frame.type is not aiohttp.WSMsgType.TEXT:
                        break
                    message = frame.json()
                    match message.get("type"):
                        case "connection_ack":
                            payload = {"query": document, "variables": variables or {}}
                            await line.send_json({"id": str(identity), "type": "subscribe", "payload": payload})
                        case "ping":
                            await line.send_json({"type": "pong"})
                        case "next":
                            yield _data(message["payload"])
                        case "error":
                            raise PlatformError(_errors(message["payload"]))
                        case "complete":
                            with contextlib.suppress(ConnectionError):
                                await line.close()
                            return
                raise PlatformError(f"the line broke ({line.close_code})")
        except (aiohttp.ClientError, TimeoutError, ValueError) as problem:
            raise PlatformError(f"the line broke: {_why(problem)}") from problem


_numbers = itertools.count(1)


async def _asked(
    http: aiohttp.ClientSession,
    url: str,
    document: str,
    variables: dict[str, Any] | None,
    headers: dict[str, str],
) -> dict[str, Any]:
    body = {"query": document, "variables": variables or {}}
    accept = {"accept": "application/graphql-response+json"}
    try:
        async with http.post(f"{url}/graphql", json=body, headers=accept | headers) as answer:
            said = await answer.json(content_type=None)
    except (aiohttp.ClientError, TimeoutError, ValueError) as problem:
        raise PlatformError(f"the platform does not answer: {_why(problem)}") from problem
    return _data(said)


def code_in(text: str) -> str | None:
    """The six digits of a message that has a code."""
    found = _CODE.search(text)
    return found[0] if found else None


def _unless_refused(payload: dict[str, Any]) -> None:
    if payload["problems"]:
        raise PlatformError(_problems(payload))


def _problems(payload: dict[str, Any]) -> str:
    return "; ".join(f"{each['code']}: {each['message']}" for each in payload["problems"])


def _data(answer: Any) -> dict[str, Any]:
    if not isinstance(answer, dict) or answer.get("errors") or not isinstance(answer.get("data"), dict):
        raise PlatformError(_errors(answer.get("errors") or answer if isinstance(answer, dict) else answer))
    data: dict[str, Any] = answer["data"]
    return data


def _why(problem: Exception) -> str:
    cause = problem.os_error if isinstance(problem, aiohttp.ClientConnectorError) else problem
    return str(cause) or type(cause).__name__


def _errors(errors: Any) -> str:
    if isinstance(errors, list):
        return "; ".join(
            f"{e.get('message')} ({e.get('extensions', {}).get('code')} at {e.get('path')})"
            for e in errors
            if isinstance(e, dict)
        )
    return str(errors)[:300]
