"""What partners read of ordering over HTTP: the contact of a job, while it is theirs."""

from __future__ import annotations

import logging

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.delivery.events import DeliveryId, PartnerId
from services.kit.auth import IssuerUnavailable, Role, TokenExpired, TokenVerifier, Unauthenticated
from services.kit.db import TRANSIENT, Database, transaction
from services.kit.ids import MalformedId, WrongKind
from services.ordering.store import projections

_log = logging.getLogger(__name__)


def routes(db: Database, verifier: TokenVerifier) -> list[BaseRoute]:
    """`GET /partner/v1/jobs/{dlv_…}/contact`. Refusals are `application/problem+json` (RFC 9457) with a `code`."""

    async def contact(request: Request) -> Response:
        try:
            identity = await verifier.identify(request.headers.get("authorization"))
            if identity.anonymous:
                raise Unauthenticated("this needs a bearer token")
        except TokenExpired as error:
            return _problem(401, "TOKEN_EXPIRED", str(error))
        except Unauthenticated as error:
            return _problem(401, "UNAUTHENTICATED", str(error))
        except IssuerUnavailable:
            return _problem(503, "SERVICE_UNAVAILABLE", "the identity provider is away")
        try:
            partner_id = PartnerId.parse(identity.partner_id or "")
            delivery_id = DeliveryId.parse(request.path_params["job_id"])
        except (MalformedId, WrongKind):
            return _not_found()
        if not identity.has(Role.PARTNER):
            return _not_found()
        try:
            async with transaction(db) as conn:
                found = await projections.read_contact(conn, delivery_id.uuid, partner_id, identity.subject)
        except TRANSIENT as error:
            _log.warning("a contact could not be read", extra={"error": repr(error)})
            return _problem(503, "SERVICE_UNAVAILABLE", "the service is away for a moment")
        if found is None:
            return _not_found()
        return _json(200, _shown(delivery_id, found), "application/json")

    return [Route("/partner/v1/jobs/{job_id}/contact", contact, methods=["GET"])]


def _shown(delivery_id: DeliveryId, found: projections.JobContact) -> object:
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
    return _problem(404, "NOT_FOUND", "there is no job of yours by this id")


def _problem(status: int, code: str, detail: str) -> Response:
    response = _json(
        status, {"type": "about:blank", "status": status, "code": code, "detail": detail}, "application/problem+json"
    )
    if status == 401:
        response.headers["www-authenticate"] = "Bearer"
    return response


def _json(status: int, body: object, media_type: str) -> Response:
    return Response(orjson.dumps(body), status, {"cache-control": "no-store"}, media_type=media_type)
