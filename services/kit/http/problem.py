"""Plain HTTP beside the graph: who asks, and refusals as `application/problem+json` (RFC 9457) with a `code`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import orjson
from starlette.requests import Request
from starlette.responses import Response

from services.kit.database import fair
from services.kit.database.db import Busy
from services.kit.http.identity import Identity, IssuerUnavailable, TokenExpired, Unauthenticated

if TYPE_CHECKING:
    from services.kit.http.tokens import TokenVerifier


class HttpProblem(Exception):
    """The request is refused; nothing was changed. `field` names what was wrong with it, if it is one thing."""

    def __init__(
        self, status: int, code: str, detail: str, headers: Mapping[str, str] | None = None, *, field: str | None = None
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.detail = detail
        self.headers = headers or {}
        self.field = field

    def response(self) -> Response:
        body: dict[str, object] = {
            "type": "about:blank",
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
        }
        if self.field:
            body["field"] = self.field
        response = answer(body, self.status, media_type="application/problem+json")
        if self.status == 401:
            response.headers["www-authenticate"] = "Bearer"
        response.headers.update(self.headers)
        return response


def answer(body: object, status: int = 200, *, media_type: str = "application/json") -> Response:
    """JSON that nobody on the way may keep. `body` may be bytes that are JSON already."""
    encoded = body if isinstance(body, bytes) else orjson.dumps(body)
    return Response(encoded, status, {"cache-control": "no-store"}, media_type=media_type)


def away(error: BaseException | None = None) -> HttpProblem:
    """What a fault that passes is answered by: of the service, or of the crowd that the caller is part of."""
    if isinstance(error, Busy):
        return HttpProblem(429, "RATE_LIMITED", "too much is under way at once; try again", {"retry-after": "1"})
    return HttpProblem(503, "SERVICE_UNAVAILABLE", "the service is away for a moment")


async def known_caller(verifier: TokenVerifier, request: Request) -> Identity:
    """What follows is done on the caller's behalf. Raises HttpProblem: 401 without a good token, 503 when that cannot be told now."""
    try:
        identity = await verifier.identify(request.headers.get("authorization"))
    except TokenExpired as error:
        raise HttpProblem(401, "TOKEN_EXPIRED", str(error)) from error
    except Unauthenticated as error:
        raise HttpProblem(401, "UNAUTHENTICATED", str(error)) from error
    except IssuerUnavailable as error:
        raise HttpProblem(503, "SERVICE_UNAVAILABLE", "the identity provider is away") from error
    if identity.anonymous:
        raise HttpProblem(401, "UNAUTHENTICATED", "this needs a bearer token")
    fair.speak_for(identity.subject)  # each request is a task of its own
    return identity
