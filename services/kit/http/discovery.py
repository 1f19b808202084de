"""Where an issuer's keys are: an address that settings name, or the one in its discovery document (OpenID Connect Discovery 1.0)."""

from __future__ import annotations

import asyncio
import logging
import ssl
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import orjson

from services.kit.http.trust import Trust, file_of, unfit

_log = logging.getLogger(__name__)
_MAX_BYTES = 256 * 1024
_TIMEOUT_S = 3
# How long a discovered address is taken for granted.
_KEPT_S = 300
UNREADABLE = (aiohttp.ClientError, OSError, TimeoutError, ValueError)
"""What reading a document may raise."""


class Documents:
    """Documents of one issuer: not redirected, not large, not awaited for long. `tls` as aiohttp takes it."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._tls = tls
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._session:
            await self._session.close()

    async def get(self, url: str) -> bytes:
        """Raises UNREADABLE."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                timeout=aiohttp.ClientTimeout(total=_TIMEOUT_S),
                connector=aiohttp.TCPConnector(ssl=self._tls or True),
            )
        async with self._session.get(url, allow_redirects=False) as response:
            if response.status != 200:
                raise ValueError(f"{url}: status {response.status}")
            content = await response.content.read(_MAX_BYTES + 1)
            while len(content) <= _MAX_BYTES and (more := await response.content.read(_MAX_BYTES)):
                content += more
            if len(content) > _MAX_BYTES:
                raise ValueError(f"{url}: the document is too large")
            return content


class KeyDocument:
    """The JWKS of one issuer, wherever it is.

    A discovered address is kept for five minutes and longer while discovery fails, and looked for again when nothing can be read there.
    """

    def __init__(
        self,
        trust: Trust,
        documents: Documents,
        *,
        plain_http: bool,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._trust = trust
        self._documents = documents
        self._plain_http = plain_http
        self._clock = clock
        self._discovered = ""
        self._look_at = float("-inf")

    async def close(self) -> None:
        await self._documents.close()

    async def read(self) -> bytes:
        """Raises UNREADABLE."""
        if file := file_of(self._trust.jwks_url):
            return await asyncio.to_thread(_content, file)
        if self._trust.jwks_url:
            return await self._documents.get(self._trust.jwks_url)
        if self._clock() >= self._look_at:
            await self._discover()
        try:
            return await self._documents.get(self._discovered)
        except UNREADABLE:
            self._look_at = float("-inf")
            raise

    async def _discover(self) -> None:
        try:
            self._discovered = self._address(await self._documents.get(discovery_url(self._trust.issuer)))
        except UNREADABLE as error:
            if not self._discovered:
                raise
            _log.warning(
                "an issuer's discovery document cannot be used, its keys are read where they were",
                extra={"issuer": self._trust.issuer, "error": str(error) or repr(error)},
            )
        self._look_at = self._clock() + _KEPT_S

    def _address(self, content: bytes) -> str:
        document = orjson.loads(content)
        if not isinstance(document, dict) or document.get("issuer") != self._trust.issuer:
            raise ValueError("the discovery document is not of this issuer")
        url = document.get("jwks_uri")
        if not isinstance(url, str):
            raise ValueError("the discovery document names no keys")
        if reason := unfit(url, plain_http=self._plain_http):
            raise ValueError(f"jwks_uri {reason}")
        if _scheme(self._trust.issuer) == "https" != _scheme(url):
            raise ValueError("jwks_uri is plain http, and its document was not")
        return url


def _content(file: Path) -> bytes:
    with file.open("rb") as stream:
        content = stream.read(_MAX_BYTES + 1)
    if len(content) > _MAX_BYTES:
        raise ValueError(f"{file}: the document is too large")
    return content


def discovery_url(issuer: str) -> str:
    return f"{issuer.removesuffix('/')}/.well-known/openid-configuration"


def _scheme(url: str) -> str:
    return urlsplit(url).scheme
