"""Who is calling: bearer JWTs of an OIDC issuer, verified by its JWKS, and the identity that comes out of one."""

import asyncio
import hashlib
import math
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeGuard

import orjson
from joserfc import jws
from joserfc.errors import JoseError

from services.kit.cache import Cache
from services.kit.http.jwks import IssuerUnavailable as IssuerUnavailable
from services.kit.http.jwks import Jwks

SKEW_S = 60
# RFC 6750: one scheme, spaces, a b64token. What is no part of one is not stripped: whoever passes the header on would send it too.
_BEARER = re.compile(r"bearer +([A-Za-z0-9._~+/-]+=*) *", re.IGNORECASE)
_MAX_TOKEN = 8_192
_MAX_CACHED = 4_096
# How often whoever has something open is looked at again.
_LOOK_S = 5.0
# Asymmetric only: with a shared secret whoever can verify can also forge.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")


class Unauthenticated(Exception):
    """No token where one is needed, or one that proves nothing."""


class TokenExpired(Unauthenticated):
    """A token that was good once: the client gets another and tries again."""


class Forbidden(Exception):
    """The caller is known and has none of the roles that this needs."""


@dataclass(frozen=True, slots=True)
class Identity:
    """What a verified token says. `subject` is '' for an anonymous caller; `expires_at` is in Unix seconds.

    `roles` and `scopes` are as the issuer wrote them; which of them mean something is the reader's to know. `claims` are all of the token.
    """

    subject: str
    roles: frozenset[str] = frozenset()
    expires_at: float | None = None
    scopes: frozenset[str] = frozenset()
    claims: Mapping[str, object] = field(default_factory=dict, compare=False)

    @property
    def anonymous(self) -> bool:
        return not self.subject

    def has(self, *roles: str) -> bool:
        """Whether the caller has at least one of these."""
        return not self.roles.isdisjoint(roles)

    def require(self, *roles: str) -> str:
        """The subject. Raises Unauthenticated for an anonymous caller, Forbidden for one with none of the roles.

        With no roles given, any known caller will do.
        """
        if self.anonymous:
            raise Unauthenticated("this needs a bearer token")
        if roles and not self.has(*roles):
            raise Forbidden(f"this needs the role {' or '.join(roles)}")
        return self.subject


ANONYMOUS = Identity("")


class TokenVerifier:
    """Turns tokens into identities. What was verified is remembered until it expires or the issuer's keys change, by its hash.

    `issuer` and `audience` are what a token must name; None asks for nothing.
    """

    def __init__(
        self,
        keys: Jwks,
        *,
        issuer: str | None,
        audience: str | None,
        clock: Callable[[], float] = time.time,  # noqa: TID251  tokens are dated by the issuer's wall clock, not by ours
        look_s: float = _LOOK_S,
    ) -> None:
        self._keys = keys
        self._issuer = issuer
        self._audience = audience
        self._clock = clock
        self._look_s = look_s
        self._known: Cache[bytes, Identity] = Cache(_MAX_CACHED)
        self._known_with = keys.generation

    @classmethod
    def of(cls, issuer: str | None, audience: str | None, jwks_url: str) -> "TokenVerifier":
        return cls(Jwks(jwks_url), issuer=issuer, audience=audience)

    async def close(self) -> None:
        await self._keys.close()

    async def reason_down(self) -> str | None:
        """For readiness: None once the issuer's keys are known, even if the issuer is away now."""
        return await self._keys.reason_down()

    async def ended(self, identity: Identity, authorization: str | None) -> None:
        """Returns when what this caller has open must end: the token's own expiry, without skew, or the issuer has withdrawn the key
        that signed it. Never for an anonymous caller."""
        if identity.expires_at is None:
            await asyncio.get_running_loop().create_future()
            return
        while (left := identity.expires_at - self._clock()) > 0:
            await asyncio.sleep(min(left, self._look_s))
            try:
                await self.identify(authorization)
            except IssuerUnavailable:
                continue  # an issuer that is away withdraws nothing
            except Unauthenticated:
                return

    async def identify(self, authorization: str | None) -> Identity:
        """The identity behind an `Authorization` header; ANONYMOUS without one.

        Raises Unauthenticated, TokenExpired or IssuerUnavailable.
        """
        if not authorization:
            return ANONYMOUS
        found = _BEARER.fullmatch(authorization)
        if found is None:
            raise Unauthenticated("the Authorization header is not a bearer token")
        return await self.verify(found[1])

    async def verify(self, token: str) -> Identity:
        """Raises Unauthenticated, TokenExpired or IssuerUnavailable."""
        if len(token) > _MAX_TOKEN:
            raise Unauthenticated("the token is too long")
        await self._keys.freshen()
        self._forget_if_keys_changed()
        digest = hashlib.sha256(token.encode()).digest()
        identity = self._known.get(digest)
        if identity is None:
            identity = self._identity(await self._signed_claims(token))
            self._forget_if_keys_changed()
            self._known.put(digest, identity)
        if identity.expires_at is not None and identity.expires_at + SKEW_S <= self._clock():
            self._known.discard(digest)
            raise TokenExpired("the token has expired")
        return identity

    def _forget_if_keys_changed(self) -> None:
        """A key may have been withdrawn, and with it every token that it signed."""
        if self._known_with != self._keys.generation:
            self._known.clear()
            self._known_with = self._keys.generation

    async def _signed_claims(self, token: str) -> dict[str, Any]:
        try:
            found = jws.extract_compact(token.encode())
            header: Any = found.headers()  # signed by anyone: any JSON
            if not isinstance(header, dict):
                raise Unauthenticated("the token is malformed")
            if header.get("alg") not in ALGORITHMS:
                raise Unauthenticated("the token's algorithm is not accepted")
            kid = header.get("kid")
            key = await self._keys.find(kid if isinstance(kid, str) else None)
            if key is None or not jws.validate_compact(found, key, ALGORITHMS):
                raise Unauthenticated("the token is not signed by a key of the issuer")
            claims = orjson.loads(found.payload)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise Unauthenticated("the token is malformed") from error
        if not isinstance(claims, dict):
            raise Unauthenticated("the token is malformed")
        return claims

    def _identity(self, claims: dict[str, Any]) -> Identity:
        audience, subject = claims.get("aud"), claims.get("sub")
        audiences = audience if isinstance(audience, list) else [audience]
        if self._issuer is not None and claims.get("iss") != self._issuer:
            raise Unauthenticated("the token is of another issuer")
        if self._audience is not None and self._audience not in audiences:
            raise Unauthenticated("the token is for another audience")
        if not isinstance(subject, str) or not 0 < len(subject) <= 255 or not subject.isprintable():
            raise Unauthenticated("the token names no subject")
        expires_at, not_before = claims.get("exp"), claims.get("nbf", 0)
        if not _is_time(expires_at) or not _is_time(not_before):
            raise Unauthenticated("the token's times are malformed")
        if not_before - SKEW_S > self._clock():
            raise Unauthenticated("the token is not valid yet")
        roles = claims.get("roles", [])
        if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
            raise Unauthenticated("the token's roles are malformed")
        return Identity(subject, frozenset(roles), float(expires_at), _scopes(claims), claims)


def _scopes(claims: Mapping[str, Any]) -> frozenset[str]:
    """RFC 8693 has `scope` as words in one text; some issuers say `scp`, or make it a list."""
    found: set[str] = set()
    for name in ("scope", "scp"):
        value = claims.get(name)
        words = value.split() if isinstance(value, str) else value if isinstance(value, list) else []
        found.update(word for word in words if isinstance(word, str))
    return frozenset(found)


def _is_time(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
