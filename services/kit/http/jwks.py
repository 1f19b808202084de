"""The public keys of an issuer: fetched when needed, kept while the issuer is away."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable

import aiohttp
import orjson
from cryptography.exceptions import UnsupportedAlgorithm
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey

from services.kit import tasks

_log = logging.getLogger(__name__)
_MAX_BYTES = 256 * 1024
_TIMEOUT_S = 3

_SIGNING = ("Ed25519", "Ed448")
"""Curves of kind OKP that sign; X25519 and X448 agree on secrets."""

PublicKey = RSAKey | ECKey | OKPKey
Fetch = Callable[[], Awaitable[bytes]]


class IssuerUnavailable(Exception):
    """The issuer has never told a key, and tells none now."""


class Jwks:
    """A JWKS document by address.

    An unknown `kid` makes it look again, at most once in `retry_s`; known keys are looked up again in the background
    after `refresh_s`, so that a withdrawn key is forgotten even when every token was seen before; after twice as long, which is after
    some quiet, a caller waits for it. What is no longer in the document is withdrawn, be it the last key; a document that cannot be
    had or is no JWKS withdraws nothing. `generation` changes whenever the set of keys does.
    """

    def __init__(
        self,
        url: str,
        *,
        fetch: Fetch | None = None,
        retry_s: float = 3,
        refresh_s: float = 30,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.generation = 0
        self._url = url
        self._fetch = fetch or self._get
        self._retry_s = retry_s
        self._refresh_s = refresh_s
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None
        self._keys: dict[str, PublicKey] = {}
        self._known = False
        self._content = b""
        self._asked_at = float("-inf")
        self._reading = asyncio.Lock()
        self._background: asyncio.Task[None] | None = None

    async def close(self) -> None:
        if self._background:
            await tasks.stop(self._background)
        if self._session:
            await self._session.close()

    async def reason_down(self) -> str | None:
        if not self._keys:
            await self._read()
        return None if self._keys else "the issuer's keys are not known yet"

    async def find(self, kid: str | None) -> PublicKey | None:
        """The key of that id; without an id the only key there is. Raises IssuerUnavailable."""
        key = self._pick(kid)
        if key is None:
            await self._read()
            key = self._pick(kid)
            if not self._known:
                raise IssuerUnavailable("the issuer's keys cannot be read")
        return key

    async def freshen(self) -> None:
        """Looks again when the keys were last asked for long ago; for every token, new or not."""
        old_s = self._clock() - self._asked_at
        if not self._known or old_s <= self._refresh_s:
            return
        if not self._refreshing:
            self._background = tasks.start(self._read(), "issuer's keys")
        if old_s > 2 * self._refresh_s and self._background:
            await asyncio.shield(self._background)

    @property
    def _refreshing(self) -> bool:
        return self._background is not None and not self._background.done()

    def _pick(self, kid: str | None) -> PublicKey | None:
        if kid is not None:
            return self._keys.get(kid)
        return next(iter(self._keys.values())) if len(self._keys) == 1 else None

    async def _read(self) -> None:
        async with self._reading:
            if self._clock() - self._asked_at < self._retry_s:
                return
            self._asked_at = self._clock()
            try:
                content = await self._fetch()
                if content != self._content:
                    self._keys = _parse(content)
                    self._content = content
                    self._known = self._known or bool(self._keys)
                    self.generation += 1
            except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
                _log.warning(
                    "cannot read the issuer's keys", extra={"url": self._url, "error": str(error) or repr(error)}
                )

    async def _get(self) -> bytes:
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_TIMEOUT_S))
        async with self._session.get(self._url, allow_redirects=False) as response:
            if response.status != 200:
                raise ValueError(f"status {response.status}")
            content = await response.content.read(_MAX_BYTES + 1)
            while len(content) <= _MAX_BYTES and (more := await response.content.read(_MAX_BYTES)):
                content += more
            if len(content) > _MAX_BYTES:
                raise ValueError("the document is too large")
            return content


def _parse(content: bytes) -> dict[str, PublicKey]:
    document = orjson.loads(content)
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise ValueError("not a JWKS")
    keys: dict[str, PublicKey] = {}
    for data in listed:
        # An issuer may publish keys of other kinds and uses beside those that sign tokens.
        if not isinstance(data, dict) or data.get("use", "sig") != "sig" or data.get("kty") not in ("RSA", "EC", "OKP"):
            continue
        try:
            key = JWKRegistry.import_key(data)
        # KeyError: a curve that is not known; UnsupportedAlgorithm: one that this build of the library leaves out.
        except (JoseError, ValueError, TypeError, KeyError, UnsupportedAlgorithm) as error:
            _log.warning("skipping a key of the issuer", extra={"kid": str(data.get("kid")), "error": repr(error)})
            continue
        if isinstance(key, RSAKey | ECKey | OKPKey) and not (
            isinstance(key, OKPKey) and key.curve_name not in _SIGNING
        ):
            keys[str(data.get("kid") or key.thumbprint())] = key
    if not keys:
        _log.error("the issuer publishes no key that can verify a token")
    return keys
