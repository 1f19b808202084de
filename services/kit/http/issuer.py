"""One issuer as a process knows it: its keys, the tokens of it that were seen, and what its claims mean here."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

import orjson
from joserfc import jws
from joserfc.errors import JoseError

from services.kit.cache import Cache
from services.kit.http.identity import Identity, TokenExpired, Unauthenticated
from services.kit.http.jwks import Jwks
from services.kit.http.over import SessionsOver
from services.kit.http.trust import Trust

SKEW_S = 60
_MAX_CACHED = 4_096
# Asymmetric only: with a shared secret whoever can verify can also forge.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")


@dataclass(frozen=True, slots=True)
class Unproven:
    """A token taken apart, once: whose it claims to be and what is believed of it in the end are the same text, read by the same reader."""

    signed: jws.CompactSignature
    kid: str | None
    claims: Mapping[str, Any]

    @classmethod
    def of(cls, token: str) -> Unproven:
        """Raises Unauthenticated."""
        try:
            signed = jws.extract_compact(token.encode())
            header: Any = signed.headers()  # signed by anyone: any JSON
            claims = orjson.loads(signed.payload)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise Unauthenticated("the token is malformed") from error
        if not isinstance(header, dict) or not isinstance(claims, dict):
            raise Unauthenticated("the token is malformed")
        if header.get("alg") not in ALGORITHMS:
            raise Unauthenticated("the token's algorithm is not accepted")
        kid = header.get("kid")
        return cls(signed, kid if isinstance(kid, str) else None, claims)

    @property
    def issuer(self) -> str | None:
        named = self.claims.get("iss")
        return named if isinstance(named, str) else None


class Issuer:
    """What was verified is remembered by its hash until it expires or this issuer's keys change, apart from what others' tokens take.

    `reserved`: how subjects of other issuers begin. This one cannot have such.
    """

    def __init__(
        self, trust: Trust, keys: Jwks, reserved: Sequence[str] = (), over: SessionsOver | None = None
    ) -> None:
        self.trust = trust
        self.keys = keys
        self.over = over
        self._reserved = tuple(each for each in reserved if each != trust.prefix)
        self._known: Cache[bytes, Identity] = Cache(_MAX_CACHED)
        self._known_with = keys.generation

    def has_seen(self, digest: bytes) -> bool:
        return self._known.peek(digest) is not None

    async def remembered(self, digest: bytes, now: float) -> Identity | None:
        """None also when the key that signed it was withdrawn. Raises TokenExpired."""
        await self.keys.freshen()
        self._forget_if_keys_changed()
        identity = self._known.get(digest)
        return identity and self._unexpired(identity, digest, now)

    async def believe(self, token: Unproven, digest: bytes, now: float) -> Identity:
        """Raises Unauthenticated, TokenExpired or IssuerUnavailable."""
        await self.keys.freshen()
        identity = await self._proven(token, now)
        self._forget_if_keys_changed()
        self._known.put(digest, identity)
        return self._unexpired(identity, digest, now)

    def _unexpired(self, identity: Identity, digest: bytes, now: float) -> Identity:
        if identity.expires_at is not None and identity.expires_at + SKEW_S <= now:
            self._known.discard(digest)
            raise TokenExpired("the token has expired")
        if self.over is not None and self.over.has(identity.claims):
            raise TokenExpired("the token's session is over")
        return identity

    def _forget_if_keys_changed(self) -> None:
        """A key may have been withdrawn, and with it every token that it signed."""
        if self._known_with != self.keys.generation:
            self._known.clear()
            self._known_with = self.keys.generation

    async def _proven(self, token: Unproven, now: float) -> Identity:
        key = await self.keys.find(token.kid)
        try:
            proven = key is not None and jws.validate_compact(token.signed, key, ALGORITHMS)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise Unauthenticated("the token is malformed") from error
        if not proven:
            raise Unauthenticated("the token is not signed by a key of the issuer")
        return self._identity(token.claims, now)

    def _identity(self, claims: Mapping[str, Any], now: float) -> Identity:
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        if self.trust.audience is not None and self.trust.audience not in audiences:
            raise Unauthenticated("the token is for another audience")
        expires_at, not_before = claims.get("exp"), claims.get("nbf", 0)
        if not _is_time(expires_at) or not _is_time(not_before):
            raise Unauthenticated("the token's times are malformed")
        if not_before - SKEW_S > now:
            raise Unauthenticated("the token is not valid yet")
        return Identity(self._subject(claims), self._roles(claims), float(expires_at), _scopes(claims), claims)

    def _subject(self, claims: Mapping[str, Any]) -> str:
        named = claims.get("sub")
        subject = f"{self.trust.prefix}{named}" if isinstance(named, str) and named else ""
        if not 0 < len(subject) <= 255 or not subject.isprintable():
            raise Unauthenticated("the token names no subject")
        if subject.startswith(self._reserved):
            raise Unauthenticated("the token's subject is one of another issuer")
        return subject

    def _roles(self, claims: Mapping[str, Any]) -> frozenset[str]:
        path = self.trust.roles_path
        roles: Any = claims if path else []
        for name in path:
            if not isinstance(roles, dict):
                raise Unauthenticated("the token's roles are malformed")
            if name not in roles:
                return frozenset()
            roles = roles[name]
        if not isinstance(roles, list) or not all(isinstance(role, str) for role in roles):
            raise Unauthenticated("the token's roles are malformed")
        called = self.trust.roles
        return frozenset(roles) if called is None else frozenset(called[role] for role in roles if role in called)


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
