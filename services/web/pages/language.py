"""Indonesian or English."""

from __future__ import annotations

from starlette.responses import RedirectResponse, Response

from services.web.visit import Visit, local
from services.web.words import Language

_YEAR_S = 365 * 86_400


async def choose(visit: Visit) -> Response:
    wanted = Language.EN if visit.typed("bahasa") == Language.EN else Language.ID
    response = RedirectResponse(local(visit.typed("back")), 303)
    response.set_cookie("lang", wanted.value, _YEAR_S, path="/", httponly=True, samesite="lax")
    return response
