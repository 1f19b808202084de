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
from services.kit.http.discovery import UNREADABLE
from services.kit.http.identity import IssuerUnavailable

_log = logging.getLogger(__name__)
# More would be work for whoever shares the process; issuers have a handful.
_MAX_KEYS = 100

_SIGNING = ("Ed25519", "Ed448")
"""Curves of kind OKP that sign; X25519 and X448 agree on secrets."""

PublicKey = RSAKey | ECKey | OKPKey
Fetch = Callable[[], Awaitable[bytes]]


class Jwks:
    """The keys of one issuer, from what `fetch` gives, a JWKS document.

    An unknown `kid` makes it look again, at most once in `retry_s`, once for all who wait; known keys are looked up again in the background
    after `refresh_s`, so that a withdrawn key is forgotten even when every token was seen before; after twice as long, which is after
    some quiet, a caller waits for it. What is no longer in the document is withdrawn, be it the last key; a document that cannot be
    had or is no JWKS withdraws nothing. `generation` changes whenever the set of keys does.
    """

    def __init__(
        self,
        fetch: Fetch,
        *,
        issuer: str = "",
        retry_s: float = 3,
        refresh_s: float = 30,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.generation = 0
        self.trouble = "not looked for yet"
        """Why they are not known, where they are not."""
        self._fetch = fetch
        self._issuer = issuer
        self._retry_s = retry_s
        self._refresh_s = refresh_s
        self._clock = clock
        self._keys: dict[str, PublicKey] = {}
        self._known = False
        self._content = b""
        self._asked_at = float("-inf")
        self._looking: asyncio.Task[None] | None = None

    async def close(self) -> None:
        if self._looking:
            await tasks.stop(self._looking)

    @property
    def usable(self) -> bool:
        return bool(self._keys)

    async def find(self, kid: str | None) -> PublicKey | None:
        """The key of that id; without an id the only key there is. Raises IssuerUnavailable."""
        key = self._pick(kid)
        if key is None:
            if looking := self.look():
                await asyncio.shield(looking)
            key = self._pick(kid)
            if not self._known:
                raise IssuerUnavailable("the issuer's keys cannot be read")
        return key

    async def freshen(self) -> None:
        """Looks again when the keys were last asked for long ago; for every token, new or not."""
        old_s = self._clock() - self._asked_at
        if not self._known or old_s <= self._refresh_s:
            return
        looking = self._look()
        if old_s > 2 * self._refresh_s:
            await asyncio.shield(looking)

    def look(self) -> asyncio.Task[None] | None:
        """The look that is under way, for whoever waits for it (shielded: it is everybody's); None right after one."""
        recent = self._clock() - self._asked_at < self._retry_s
        return None if recent and not self._is_looking else self._look()

    def _look(self) -> asyncio.Task[None]:
        if self._looking is None or not self._is_looking:
            self._looking = tasks.start(self._read(), "issuer's keys")
        return self._looking

    @property
    def _is_looking(self) -> bool:
        return self._looking is not None and not self._looking.done()

    def _pick(self, kid: str | None) -> PublicKey | None:
        if kid is not None:
            return self._keys.get(kid)
        return next(iter(self._keys.values())) if len(self._keys) == 1 else None

    async def _read(self) -> None:
        try:
            content = await self._fetch()
            if content != self._content:
                self._keys = _parse(content)
                self._content = content
                self._known = self._known or bool(self._keys)
                self.generation += 1
            self.trouble = "" if self._keys else "it publishes no key that can verify a token"
        except UNREADABLE as error:
            self.trouble = _why(error)
            _log.warning("cannot read the issuer's keys", extra={"issuer": self._issuer, "error": self.trouble})
        finally:
            self._asked_at = self._clock()


def _why(error: Exception) -> str:
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return f"its certificate is signed by no authority known here; of a private one, name its certificate in JWT_CA: {error}"
    return str(error) or repr(error)


def _parse(content: bytes) -> dict[str, PublicKey]:
    document = orjson.loads(content)
    listed = document.get("keys") if isinstance(document, dict) else None
    if not isinstance(listed, list):
        raise ValueError("not a JWKS")
    if len(listed) > _MAX_KEYS:
        raise ValueError(f"a JWKS of more than {_MAX_KEYS} keys")
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
