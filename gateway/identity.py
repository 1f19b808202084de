"""Who asks: verifies bearer tokens against the issuer's keys, when the gateway is told where they are."""

import asyncio
import base64
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import aiohttp
import orjson
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from gateway.errors import Code, RequestError

_ALGORITHMS = ["RS256", "ES256", "EdDSA", "Ed25519"]
_SKEW_S = 60
_KEYS_FOR_S = 600
# Between two looks for an unknown key: forged key ids must not make the issuer's life hard.
_REFETCH_AFTER_S = 5
_REMEMBERED_TOKENS = 4_096


@dataclass(frozen=True, slots=True)
class Identity:
    """`expires` is Unix time in seconds, 0 when the token does not say or was not verified.

    `scopes`: the token's, and `role:…` for each of its roles. `known`: a token was verified.
    """

    subject: str = ""
    expires: int = 0
    scopes: frozenset[str] = frozenset()
    known: bool = False


ANONYMOUS = Identity()


@dataclass(slots=True)
class Verifier:
    """`authenticate` answers at once for a token seen before. Raises RequestError with status 401."""

    jwks_url: str
    issuer: str
    audience: str
    _keys: KeySet | None = None
    _fetched: float = 0.0
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    _known: OrderedDict[str, Identity] = field(default_factory=OrderedDict)

    async def authenticate(self, authorization: str | None) -> Identity:
        """No token is an anonymous caller; the services decide what that may do."""
        if not authorization or not self.jwks_url:
            return ANONYMOUS
        scheme, _, token = authorization.partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            raise _refused("The Authorization header is not a bearer token.")
        known = self._known.get(token)
        if known is None:
            known = await self._verify(token)
            self._known[token] = known
            if len(self._known) > _REMEMBERED_TOKENS:
                self._known.popitem(last=False)
        if known.expires and known.expires + _SKEW_S <= time.time():
            raise expired()
        return known

    async def _verify(self, token: str) -> Identity:
        kid = _key_id(token)
        keys = await self._keys_for(kid)
        try:
            claims = jwt.decode(token, keys, algorithms=_ALGORITHMS).claims
        except (JoseError, ValueError) as error:
            raise _refused("The token is not valid.") from error
        return self._identity(claims)

    def _identity(self, claims: dict[str, Any]) -> Identity:
        now = time.time()
        expires, not_before = claims.get("exp"), claims.get("nbf", 0)
        if not isinstance(expires, (int, float)) or not isinstance(not_before, (int, float)):
            raise _refused("The token has no valid time of expiry.")
        if self.issuer and claims.get("iss") != self.issuer:
            raise _refused("The token is of another issuer.")
        audience = claims.get("aud")
        if self.audience and self.audience not in (audience if isinstance(audience, list) else [audience]):
            raise _refused("The token is for another audience.")
        if not_before > now + _SKEW_S:
            raise _refused("The token is not valid yet.")
        return Identity(str(claims.get("sub", "")), int(expires), _scopes(claims), known=True)

    async def _keys_for(self, kid: str) -> KeySet:
        age = time.monotonic() - self._fetched
        if self._keys is None or age > _KEYS_FOR_S or (not self._has(kid) and age > _REFETCH_AFTER_S):
            async with self._lock:
                if self._keys is None or time.monotonic() - self._fetched > min(age, _REFETCH_AFTER_S):
                    await self._fetch()
        if self._keys is None:
            raise RequestError.of(Code.SERVICE_UNAVAILABLE, "The issuer of tokens cannot be reached.", status=503)
        return self._keys

    def _has(self, kid: str) -> bool:
        return self._keys is not None and any(key.kid == kid for key in self._keys.keys)

    async def _fetch(self) -> None:
        try:
            async with (
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=3)) as session,
                session.get(self.jwks_url) as answer,
            ):
                document = orjson.loads(await answer.read())
            self._keys = KeySet.import_key_set(document)
        except (aiohttp.ClientError, TimeoutError, ValueError, KeyError, JoseError):
            return  # the old keys, if any, stay in use
        finally:
            self._fetched = time.monotonic()


def expired() -> RequestError:
    return RequestError.of(Code.TOKEN_EXPIRED, "The token has expired.", status=401)


def seconds_left(identity: Identity) -> float | None:
    """Until the token's own end, as the services count it for what is open; None when nothing is known of it."""
    return max(identity.expires - time.time(), 0) if identity.expires else None


def _scopes(claims: Mapping[str, Any]) -> frozenset[str]:
    """RFC 8693 has `scope` as words in one text; some issuers say `scp`, or make it a list."""
    found: set[str] = set()
    for name in ("scope", "scp"):
        value = claims.get(name)
        words = value.split() if isinstance(value, str) else value if isinstance(value, list) else []
        found.update(word for word in words if isinstance(word, str))
    roles = claims.get("roles")
    if isinstance(roles, list):
        found.update(f"role:{role}" for role in roles if isinstance(role, str))
    return frozenset(found)


def _refused(message: str) -> RequestError:
    return RequestError.of(Code.UNAUTHENTICATED, message, status=401)


def _key_id(token: str) -> str:
    try:
        head = token.split(".", 1)[0]
        header = orjson.loads(base64.urlsafe_b64decode(head + "=" * (-len(head) % 4)))
        return str(header.get("kid", ""))
    except (ValueError, AttributeError) as error:
        raise _refused("The token is not a JWT.") from error
