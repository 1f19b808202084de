"""Who asks, in the gateway's words: what a token proves is the kit's to say, the refusal is a RequestError."""

import asyncio

from gateway.errors import RequestError
from services.kit.codes import ErrorCode
from services.kit.http.identity import (
    ANONYMOUS,
    Identity,
    IssuerUnavailable,
    TokenExpired,
    Unauthenticated,
)
from services.kit.http.tokens import TokenVerifier
from services.kit.http.trust import Trusted

# Of an Authorization header: the longest token, the scheme and some spaces.
_LONGEST = 8_192 + 64
_ROLE = "role:"


class Verifier:
    """Without an issuer nobody is known here, and the services decide alone."""

    def __init__(self, trusted: Trusted) -> None:
        self._tokens = TokenVerifier.of(trusted) if trusted.issuers else None

    async def hear(self) -> None:
        """Hears of the issuers which sessions are over, until cancelled."""
        if self._tokens is not None:
            await self._tokens.hear()

    async def close(self) -> None:
        if self._tokens is not None:
            await self._tokens.close()

    async def missing(self) -> dict[str, str]:
        """Issuers whose keys cannot be had, and why."""
        return await self._tokens.missing() if self._tokens is not None else {}

    async def authenticate(self, authorization: str | None) -> Identity:
        """No token is an anonymous caller; the services decide what that may do. Raises RequestError."""
        if not authorization:
            return ANONYMOUS
        if len(authorization) > _LONGEST or not (authorization.isascii() and authorization.isprintable()):
            # No header can carry it on; a subgraph that is sent none would take the caller for somebody else.
            raise RequestError.of(
                ErrorCode.UNAUTHENTICATED, "The Authorization header is not a bearer token.", status=401
            )
        if self._tokens is None:
            return ANONYMOUS
        try:
            return await self._tokens.identify(authorization)
        except TokenExpired as error:
            raise expired() from error
        except Unauthenticated as error:
            raise RequestError.of(ErrorCode.UNAUTHENTICATED, _sentence(error), status=401) from error
        except IssuerUnavailable as error:
            raise RequestError.of(
                ErrorCode.SERVICE_UNAVAILABLE, "The issuer of tokens cannot be reached.", status=503
            ) from error

    async def ended(self, who: Identity, authorization: str | None) -> None:
        """Returns when what is open must end, as the services count it: with the token, or with the key that signed it."""
        if self._tokens is None:
            await asyncio.get_running_loop().create_future()
        else:
            await self._tokens.ended(who, authorization)


def rights(who: Identity) -> frozenset[str]:
    """What @requiresScopes may ask for: the token's scopes, and `role:…` for each of its roles. A scope of such a name gives no role."""
    scopes = {scope for scope in who.scopes if not scope.startswith(_ROLE)}
    return frozenset(scopes | {f"{_ROLE}{role}" for role in who.roles})


def expired() -> RequestError:
    return RequestError.of(ErrorCode.TOKEN_EXPIRED, "The token has expired.", status=401)


def _sentence(error: Unauthenticated) -> str:
    said = str(error)
    return f"{said[:1].upper()}{said[1:]}."
