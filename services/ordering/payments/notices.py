"""Where providers tell that something has happened to a code. Nothing of it is believed but its reference: the provider is asked at once,
and what it answers counts. So a forged, repeated or late notification does no more than an early question; who is known by no signature
where one is wanted does not even that. Of what it brings beside (issuer, payer) nothing is kept.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Final

import msgspec
from prometheus_client import Counter
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from services.kit.database.db import TRANSIENT, Database, transaction
from services.kit.http.address import address_of
from services.kit.http.rate import RateLimit, RateLimited
from services.kit.observe import telemetry
from services.ordering.payments.profile import Profile, Signed
from services.ordering.payments.signing import is_signed_by
from services.ordering.store import payments

_log = logging.getLogger(__name__)
_MOST_BYTES: Final = 16 * 1024
_BURST, _PER_SECOND = 60, 10.0
NOTICES = Counter(
    "wlijo_payment_notices_total",
    "What providers notified of, by what it was: known, unknown, unsigned, malformed, too many",
    ("provider", "outcome"),
    registry=telemetry.REGISTRY,
)


class _Notice(msgspec.Struct, rename="camel"):
    original_partner_reference_no: str = ""


_decoder: Final = msgspec.json.Decoder(_Notice)


def routes(db: Database, profiles: Sequence[Profile]) -> list[BaseRoute]:
    """`POST /payments/v1/snap/{provider}/v1.0/qr/qr-mpm-notify`, for each provider; the gateway passes it on. Answers as SNAP has it."""
    return [
        Route(f"/payments/v1/snap/{each.name}/v1.0/qr/qr-mpm-notify", _Listener(db, each).hear, methods=["POST"])
        for each in profiles
    ]


class _Listener:
    def __init__(self, db: Database, profile: Profile) -> None:
        self._db = db
        self._profile = profile
        self._key = profile.verifying_key()
        self._limit = RateLimit(burst=_BURST, per_second=_PER_SECOND)

    async def hear(self, request: Request) -> Response:
        try:
            self._limit.take(address_of(request))
        except RateLimited:
            return self._said(429, "00", "Too Many Requests", "too many")
        try:
            body = await _body(request)
            notice = _decoder.decode(body or b"")
        except (ClientDisconnect, msgspec.MsgspecError, UnicodeDecodeError):
            return self._said(400, "00", "Bad Request", "malformed")
        if not self._is_signed(request):
            return self._said(401, "00", "Unauthorized. Signature", "unsigned")
        reference = notice.original_partner_reference_no
        if not (0 < len(reference) <= 64 and reference.isascii() and reference.isalnum()):
            return self._said(400, "02", "Missing Mandatory Field originalPartnerReferenceNo", "malformed")
        try:
            async with transaction(self._db) as conn:
                known = await payments.note(conn, self._profile.name, reference)
        except TRANSIENT as error:
            _log.warning("a notification of a payment could not be taken: %s", error)
            return self._said(503, "00", "Service Unavailable", "away")
        if not known:
            return self._said(404, "01", "Transaction Not Found", "unknown")
        return self._said(200, "00", "Successful", "known")

    def _is_signed(self, request: Request) -> bool:
        if self._profile.notified_by is Signed.NONE or self._key is None:
            return True
        client, at = request.headers.get("x-client-key", ""), request.headers.get("x-timestamp", "")
        wanted = self._profile.notifies_as or self._profile.client_id
        return client in ("", wanted) and is_signed_by(self._key, wanted, at, request.headers.get("x-signature", ""))

    def _said(self, status: int, case: str, message: str, outcome: str) -> Response:
        NOTICES.labels(self._profile.name, outcome).inc()
        said = {"responseCode": f"{status}52{case}", "responseMessage": message}
        return JSONResponse(said, status_code=status, headers={"cache-control": "no-store"})


async def _body(request: Request) -> bytes | None:
    """None when it is longer than may be."""
    content = b""
    async for part in request.stream():
        content += part
        if len(content) > _MOST_BYTES:
            return None
    return content
