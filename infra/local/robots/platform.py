"""The platform as an outsider meets it: a token, GraphQL over HTTP, and a subscription over WebSocket."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any, Self

import aiohttp

_PROTOCOL = "graphql-transport-ws"
_RENEW_BEFORE_S = 60.0
_TIMEOUT_S = 20.0


class PlatformError(Exception):
    """The platform answered with errors, or did not answer. The text is for the log."""


class Platform:
    """One caller of the platform. Tokens are fetched when needed and renewed before they end."""

    def __init__(self, url: str, *, token_url: str, role: str, name: str) -> None:
        self.url = url.rstrip("/")
        self._token_url = token_url
        self._asked = {"role": role, "as": name}
        self._token = ""
        self._renew_at = 0.0
        self._http: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        self._http = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_TIMEOUT_S))
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
        now = asyncio.get_running_loop().time()
        if now >= self._renew_at:
            try:
                async with self._session.post(self._token_url, json=self._asked) as answer:
                    said = await answer.json()
                    if answer.status != 200:
                        raise PlatformError(f"no token: {said.get('error_description', said)}")
            except (aiohttp.ClientError, TimeoutError, ValueError) as problem:
                raise PlatformError(f"no token from {self._token_url}: {_why(problem)}") from problem
            self._token = str(said["access_token"])
            self._renew_at = now + max(1.0, float(said["expires_in"]) - _RENEW_BEFORE_S)
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
        body = {"query": document, "variables": variables or {}}
        try:
            headers = {"authorization": f"Bearer {await self.token()}", "accept": "application/graphql-response+json"}
            async with self._session.post(f"{self.url}/graphql", json=body, headers=headers) as answer:
                said = await answer.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, ValueError) as problem:
            raise PlatformError(f"the platform does not answer: {_why(problem)}") from problem
        return _data(said)

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
