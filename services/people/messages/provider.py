"""A provider's HTTP interface: a deadline for the whole exchange, a bound on the answer, no redirects, and faults told as the port's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import Final

import aiohttp

from services.people.messages.port import Later, Refused, Unclear

DEADLINE_S: Final = 10.0
_CONNECT_S: Final = 5.0
_MOST_BYTES: Final = 64 * 1024
_LONGEST_PAUSE_S: Final = 3_600.0
MENDED_AFTER_S: Final = 60.0
"""Until somebody may have mended what is wrong at our own end: a token, a template, an address."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def is_success(self) -> bool:
        return 200 <= self.status < 300

    @property
    def retry_after_s(self) -> float | None:
        """In seconds, or as a date beside the provider's own (RFC 9110, 10.2.3); an hour at most. None when it says neither."""
        said = self.headers.get("Retry-After", "").strip()
        if said.isascii() and said.isdigit():
            return min(float(said[:9]), _LONGEST_PAUSE_S)
        try:
            apart = parsedate_to_datetime(said) - parsedate_to_datetime(self.headers.get("Date", ""))
        except (ValueError, TypeError):
            return None
        return min(max(0.0, apart.total_seconds()), _LONGEST_PAUSE_S)


class Provider:
    """Connections to one provider, made when they are first needed."""

    def __init__(self, *, deadline_s: float = DEADLINE_S, connect_s: float = _CONNECT_S) -> None:
        self._timeout = aiohttp.ClientTimeout(total=deadline_s, sock_connect=connect_s)
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._session:
            await self._session.close()

    async def ask(self, method: str, url: str, headers: Mapping[str, str], body: bytes | None) -> Answer:
        """Raises Later when no connection came about, Unclear when it broke, took too long or said too much."""
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout, cookie_jar=aiohttp.DummyCookieJar())
        try:
            async with self._session.request(
                method, url, headers=headers, data=body, allow_redirects=False
            ) as response:
                return Answer(response.status, response.headers, await _bounded(response))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise Later(f"no connection: {type(error).__name__}") from error
        except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError) as error:
            raise Later("the address is none", MENDED_AFTER_S) from error
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            raise Unclear(f"no answer: {type(error).__name__}") from error


def check(answer: Answer) -> None:
    """What a status alone says. Raises Later, Unclear or Refused; returns for a success."""
    match answer.status:
        case status if 200 <= status < 300:
            return
        case 408 | 425 | 429 | 503:
            raise Later(f"status {answer.status}", answer.retry_after_s)
        case status if status >= 500 or 100 <= status < 200:
            raise Unclear(f"status {status}")
        case status if 300 <= status < 400 or status in (401, 402, 403, 405, 407):
            raise Later(f"status {status}: is the account in order?", MENDED_AFTER_S)
        case status:
            raise Refused(f"status {status}")


async def _bounded(response: aiohttp.ClientResponse) -> bytes:
    content = b""
    while part := await response.content.read(_MOST_BYTES):
        content += part
        if len(content) > _MOST_BYTES:
            response.close()
            raise Unclear("an answer without end")
    return content
