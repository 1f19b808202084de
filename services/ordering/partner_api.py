"""What partners read of ordering over HTTP: the contact of a job, while it is theirs."""

from __future__ import annotations

import logging

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.contracts.delivery import DeliveryId
from services.contracts.roles import Role, partner_of
from services.kit.database.db import TRANSIENT, Database, statement
from services.kit.http.problem import HttpProblem, answer, away, known_caller
from services.kit.http.tokens import TokenVerifier
from services.kit.ids import MalformedId, WrongKind
from services.ordering.store import jobs

_log = logging.getLogger(__name__)


def routes(db: Database, verifier: TokenVerifier) -> list[BaseRoute]:
    """`GET /partner/v1/jobs/{dlv_…}/contact`. Refusals are `application/problem+json` (RFC 9457) with a `code`."""

    async def contact(request: Request) -> Response:
        try:
            identity = await known_caller(verifier, request)
        except HttpProblem as problem:
            return problem.response()
        partner_id = partner_of(identity.claims)
        if partner_id is None or not identity.has(Role.PARTNER):
            return _not_found()
        try:
            delivery_id = DeliveryId.parse(request.path_params["job_id"])
        except (MalformedId, WrongKind):
            return _not_found()
        try:
            async with statement(db) as conn:
                found = await jobs.read_contact(conn, delivery_id, partner_id, identity.subject)
        except TRANSIENT as error:
            _log.warning("a contact could not be read", extra={"error": repr(error)})
            return away(error).response()
        if found is None:
            return _not_found()
        return answer(_shown(delivery_id, found))

    return [Route("/partner/v1/jobs/{job_id}/contact", contact, methods=["GET"])]


def _shown(delivery_id: DeliveryId, found: jobs.JobContact) -> object:
    return {
        "job_id": str(delivery_id),
        "order_code": found.order_code,
        "pickups": [
            {"merchant": each.merchant_name, "point": {"lat": each.lat, "lng": each.lng}} for each in found.pickups
        ],
        "dropoff": {
            "recipient": found.recipient,
            "phone": found.phone,
            "line": found.line,
            "note": found.note,
            "point": {"lat": found.lat, "lng": found.lng},
        },
    }


def _not_found() -> Response:
    # A job of another's, one that is over and one that never was are the same to who asks.
    return HttpProblem(404, "NOT_FOUND", "there is no job of yours by this id").response()
