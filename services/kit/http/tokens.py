"""Bearer JWTs of the issuers that count here, verified by the keys of the one that a token names, and by no other's."""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

from services.kit.http.discovery import Documents, KeyDocument
from services.kit.http.identity import ANONYMOUS, Identity, IssuerUnavailable, Unauthenticated
from services.kit.http.issuer import Issuer, Unproven
from services.kit.http.jwks import Jwks
from services.kit.http.over import OverStream, SessionsOver
from services.kit.http.trust import Trust, Trusted

# RFC 6750: one scheme, spaces, a b64token. What is no part of one is not stripped: whoever passes the header on would send it too.
_BEARER = re.compile(r"bearer +([A-Za-z0-9._~+/-]+=*) *", re.IGNORECASE)
_MAX_TOKEN = 8_192
# How often whoever has something open is looked at again.
_LOOK_S = 5.0
_MISSING_S = 2.0


class TokenVerifier:
    """Turns tokens into identities. One whose issuer is "" is asked for any `iss`; it is the only one then."""

    def __init__(
        self,
        *trusted: tuple[Trust, Jwks],
        documents: tuple[KeyDocument, ...] = (),
        clock: Callable[[], float] = time.time,  # noqa: TID251  tokens are dated by the issuer's wall clock, not by ours
        look_s: float = _LOOK_S,
        over: Mapping[str, SessionsOver] | None = None,
        streams: tuple[OverStream, ...] = (),
    ) -> None:
        reserved = {trust.prefix for trust, _ in trusted} - {""}
        self._issuers = tuple(
            Issuer(trust, keys, tuple(reserved), (over or {}).get(trust.issuer)) for trust, keys in trusted
        )
        self._by_name = {issuer.trust.issuer: issuer for issuer in self._issuers}
        self._documents = documents
        self._streams = streams
        self._clock = clock
        self._look_s = look_s

    @classmethod
    def of(cls, trusted: Trusted) -> TokenVerifier:
        """Raises ValueError when the CA is no certificate."""
        tls = trusted.tls()
        documents = tuple(
            KeyDocument(trust, Documents(tls), plain_http=trusted.plain_http) for trust in trusted.issuers
        )
        pairs = zip(trusted.issuers, documents, strict=True)
        telling = {trust.issuer: OverStream(trust.ended_url) for trust in trusted.issuers if trust.ended_url}
        return cls(
            *((trust, Jwks(each.read, issuer=trust.issuer)) for trust, each in pairs),
            documents=documents,
            over={name: SessionsOver(stream.open, issuer=name) for name, stream in telling.items()},
            streams=tuple(telling.values()),
        )

    async def hear(self) -> None:
        """Hears which sessions are over, until cancelled; each issuer apart."""
        async with asyncio.TaskGroup() as hearing:
            for issuer in self._issuers:
                if issuer.over is not None:
                    hearing.create_task(issuer.over.run())

    async def close(self) -> None:
        for stream in self._streams:
            await stream.close()
        for issuer in self._issuers:
            await issuer.keys.close()
        for document in self._documents:
            await document.close()

    async def reason_down(self) -> str | None:
        """For readiness: None once the keys of one issuer are known, even if it is away now. One that is away keeps nobody else out."""
        unknown = self._unknown()
        looks = [look for each in unknown if (look := each.keys.look())]
        if looks and len(unknown) == len(self._issuers):
            await asyncio.wait(looks, return_when=asyncio.FIRST_COMPLETED)
        if len(self._unknown()) < len(self._issuers):
            return None
        return "the issuer's keys are not known yet: " + "; ".join(
            f"{name}: {why}" for name, why in self._troubles().items()
        )

    async def missing(self) -> dict[str, str]:
        """Issuers whose keys are not known, and why, after another look."""
        if looks := [look for each in self._unknown() if (look := each.keys.look())]:
            await asyncio.wait(looks, timeout=_MISSING_S)
        return self._troubles()

    def _troubles(self) -> dict[str, str]:
        return {each.trust.issuer or "of any name": each.keys.trouble for each in self._unknown()}

    def note(self) -> str:
        """Whose tokens cannot be verified now, "" for nobody's."""
        unknown = ", ".join(f"{name} ({why})" for name, why in self._troubles().items())
        unheard = ", ".join(each.trust.issuer for each in self._issuers if each.over and not each.over.is_heard)
        notes = (unknown and f"no keys of {unknown}", unheard and f"ended sessions of {unheard} are not heard")
        return "; ".join(filter(None, notes))

    def _unknown(self) -> list[Issuer]:
        return [each for each in self._issuers if not each.keys.usable]

    async def ended(self, identity: Identity, authorization: str | None) -> None:
        """Returns when what this caller has open must end: the token's own expiry, without skew, or at once when its session is over, or
        the issuer has withdrawn the key that signed it. Never for an anonymous caller."""
        if identity.expires_at is None:
            await asyncio.get_running_loop().create_future()
            return
        named = identity.claims.get("iss")
        issuer = self._by_name.get(named if isinstance(named, str) else "") or self._by_name.get("")
        if issuer is None or issuer.over is None:
            await self._good(identity.expires_at, authorization, asyncio.Event())
            return
        with issuer.over.watching(identity.claims) as over:
            if not issuer.over.has(identity.claims):
                await self._good(identity.expires_at, authorization, over)

    async def _good(self, expires_at: float, authorization: str | None, over: asyncio.Event) -> None:
        while (left := expires_at - self._clock()) > 0 and not over.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(min(left, self._look_s)):
                    await over.wait()
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
        digest = hashlib.sha256(token.encode()).digest()
        for issuer in self._issuers:
            if issuer.has_seen(digest) and (identity := await issuer.remembered(digest, self._clock())):
                return identity
        unproven = Unproven.of(token)
        return await self._issuer_of(unproven).believe(unproven, digest, self._clock())

    def _issuer_of(self, token: Unproven) -> Issuer:
        """Who it says that it is from is what its keys are chosen by. Raises Unauthenticated."""
        found = self._by_name.get(token.issuer or "") or self._by_name.get("")
        if found is None:
            raise Unauthenticated("the token is of another issuer")
        return found
