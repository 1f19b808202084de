"""Sessions of an issuer that are over before their tokens are, as the issuer tells them while it runs: a stream of lines of JSON."""

from __future__ import annotations

import asyncio
import logging
import random
import time
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import Annotated

import aiohttp
import msgspec

_log = logging.getLogger(__name__)
_CONNECT_S = 3.0
# The issuer gives a sign of life each second.
_SILENT_S = 15.0
_PAUSE_S = (0.05, 2.0)
_LONGEST_S = 86_400

Lines = Callable[[], AbstractAsyncContextManager[AsyncIterator[bytes]]]


class Over(msgspec.Struct, frozen=True, kw_only=True):
    """A session that is over, and for how long a token of it could still be shown."""

    sid: Annotated[str, msgspec.Meta(min_length=1, max_length=255)]
    for_s: Annotated[float, msgspec.Meta(ge=0, le=_LONGEST_S)]


_DECODER = msgspec.json.Decoder(Over)
UNHEARD: tuple[type[Exception], ...] = (aiohttp.ClientError, OSError, TimeoutError, ValueError, msgspec.MsgspecError)
"""What hearing may raise."""


class SessionsOver:
    """Those of one issuer, by the claim `sid` of its tokens.

    `lines` opens what the issuer tells: all that are over now, then each that ends. Whoever is away withdraws nothing, and what was heard
    is kept until no token can be left.
    """

    def __init__(self, lines: Lines, *, issuer: str = "", clock: Callable[[], float] = time.monotonic) -> None:
        self.is_heard = False
        self._lines = lines
        self._issuer = issuer
        self._clock = clock
        self._until: dict[str, float] = {}
        self._watchers: dict[str, set[asyncio.Event]] = {}
        self._said = ""

    def has(self, claims: Mapping[str, object]) -> bool:
        sid = claims.get("sid")
        return isinstance(sid, str) and sid in self._until

    @contextmanager
    def watching(self, claims: Mapping[str, object]) -> Iterator[asyncio.Event]:
        """Set once the session of this token is over."""
        over, sid = asyncio.Event(), claims.get("sid")
        if not isinstance(sid, str):
            yield over
            return
        watchers = self._watchers.setdefault(sid, set())
        watchers.add(over)
        try:
            yield over
        finally:
            watchers.discard(over)
            if not watchers:
                self._watchers.pop(sid, None)

    async def run(self) -> None:
        """Hears until cancelled; who breaks off is asked again, soon at first."""
        pause = _PAUSE_S[0]
        while True:
            try:
                async with self._lines() as lines:
                    async for line in lines:
                        self.hear(line)
                        pause, self._said = _PAUSE_S[0], ""
                        self.is_heard = True
            except UNHEARD as error:
                self._complain(error)
            self.is_heard = False
            await asyncio.sleep(pause * random.uniform(0.5, 1))  # noqa: S311  no secret: all who lost it do not return at once
            pause = min(2 * pause, _PAUSE_S[1])

    def hear(self, line: bytes) -> None:
        """Of an empty line nothing is to be known. Raises UNHEARD."""
        self._forget()
        if not line.strip():
            return
        told = _DECODER.decode(line)
        self._until[told.sid] = max(self._until.get(told.sid, 0), self._clock() + told.for_s)
        for over in self._watchers.get(told.sid, ()):
            over.set()

    def _forget(self) -> None:
        """From the oldest on: they are told about as they end."""
        now = self._clock()
        while self._until and (oldest := next(iter(self._until))) and self._until[oldest] <= now:
            del self._until[oldest]

    def _complain(self, error: BaseException) -> None:
        said = str(error) or repr(error)
        if said != self._said:
            self._said = said
            _log.warning("an issuer's ended sessions are not heard", extra={"issuer": self._issuer, "error": said})


class OverStream:
    """The lines at an address."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._session:
            await self._session.close()

    @asynccontextmanager
    async def open(self) -> AsyncIterator[AsyncIterator[bytes]]:
        """Raises UNHEARD."""
        if self._session is None:
            timeout = aiohttp.ClientTimeout(total=None, connect=_CONNECT_S, sock_read=_SILENT_S)
            self._session = aiohttp.ClientSession(timeout=timeout)
        async with self._session.get(self._url, allow_redirects=False) as response:
            if response.status != 200:
                raise ValueError(f"{self._url}: status {response.status}")
            yield aiter(response.content)
