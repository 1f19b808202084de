"""A copy of what is kept about somebody, as they fetch it: a file beside the graph, for whose it is alone."""

from __future__ import annotations

import asyncio
import gzip
import logging
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.contracts.export import ExportId
from services.kit.database.db import TRANSIENT, transaction
from services.kit.http.problem import HttpProblem, answer, away, known_caller
from services.kit.http.tokens import TokenVerifier
from services.kit.ids import MalformedId, WrongKind
from services.people.commands import exporting, sessions
from services.people.domain.export import FetchedTooOften
from services.people.domain.refusal import Unknown
from services.people.domain.session import SessionHasEnded
from services.people.schema.context import Context, Means

_log = logging.getLogger(__name__)
_HEADERS: Final = {"x-content-type-options": "nosniff", "vary": "Accept-Encoding, Authorization"}


def routes(means: Means, verifier: TokenVerifier) -> list[BaseRoute]:
    """`GET /exports/{exp_…}`. Refusals are `application/problem+json` (RFC 9457) with a `code`."""

    async def exported(request: Request) -> Response:
        try:
            return await _exported(means, verifier, request)
        except HttpProblem as problem:
            return problem.response()
        except TRANSIENT as error:
            _log.warning("a copy could not be handed out", extra={"error": repr(error)})
            return away(error).response()

    return [Route("/exports/{export_id}", exported, methods=["GET"])]


async def _exported(means: Means, verifier: TokenVerifier, request: Request) -> Response:
    """Raises HttpProblem."""
    context = Context(await known_caller(verifier, request), means)
    if (person_id := context.person_id) is None:
        raise HttpProblem(403, "FORBIDDEN", "this is for those who signed in here")
    try:
        export_id = ExportId.parse(request.path_params["export_id"])
        async with transaction(means.db) as conn:
            await sessions.check(conn, person_id, context.session_id)
            packed = await exporting.take(conn, export_id, str(person_id), actor=str(person_id))
    except SessionHasEnded as error:
        raise HttpProblem(401, "TOKEN_EXPIRED", str(error)) from error
    except FetchedTooOften as error:
        raise HttpProblem(429, "RATE_LIMITED", str(error)) from error
    except (MalformedId, WrongKind, Unknown) as error:
        # Another's, one that is gone and one that never was are the same to who asks.
        raise HttpProblem(404, "NOT_FOUND", "there is no such copy of yours") from error
    response = await _packed_or_not(request, packed)
    response.headers["content-disposition"] = f'attachment; filename="wlijo-{export_id}.json"'
    response.headers.update(_HEADERS)
    return response


async def _packed_or_not(request: Request, packed: bytes) -> Response:
    accepted = {
        each.partition(";")[0].strip() for each in request.headers.get("accept-encoding", "").lower().split(",")
    }
    if "gzip" not in accepted:
        return answer(await asyncio.to_thread(gzip.decompress, packed))
    response = answer(packed)
    response.headers["content-encoding"] = "gzip"
    return response
