"""Where the courier tells that something has happened to an order. Nothing of it is believed but which order: that is read at once, and
what is read counts. So a repeated, late or reordered word does no more than an early reading; one that is not signed does not even that.
The signature is over the time, the path and `data`, by the secret of our key."""

from __future__ import annotations

import hmac
import logging
from typing import Final

import msgspec
from prometheus_client import Counter
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from services.delivery.couriers.lalamove import is_id, signature
from services.delivery.couriers.profile import Profile
from services.delivery.store import couriers
from services.kit.database.db import TRANSIENT, Database, reason, transaction
from services.kit.http.address import address_of
from services.kit.http.rate import RateLimit, RateLimited
from services.kit.observe import telemetry
from services.kit.secret import Secret

_log = logging.getLogger(__name__)
PATH: Final = "/partner/v1/couriers/lalamove"
_MOST_BYTES: Final = 64 * 1024
_BURST, _PER_SECOND = 120, 20.0
NOTICES = Counter(
    "wlijo_courier_notices_total",
    "What the courier told of, by what it was: known, unknown, other, unsigned, malformed, too many",
    ("outcome",),
    registry=telemetry.REGISTRY,
)


class _Notice(msgspec.Struct, rename="camel"):
    api_key: str = ""
    timestamp: int | str = ""
    signature: str = ""
    event_type: str = ""
    data: msgspec.Raw = msgspec.Raw(b"")


class _Order(msgspec.Struct, rename="camel"):
    order_id: str = ""


class _Data(msgspec.Struct, rename="camel"):
    order: _Order | None = None
    prev_order_id: str = ""


_decoder: Final = msgspec.json.Decoder(_Notice)
_data: Final = msgspec.json.Decoder(_Data)


def routes(db: Database, profile: Profile | None) -> list[BaseRoute]:
    """Of the courier that is configured; the gateway passes it on, as all below /partner/v1."""
    return [] if profile is None else [Route(PATH, _Listener(db, profile).hear, methods=["GET", "POST"])]


class _Listener:
    def __init__(self, db: Database, profile: Profile) -> None:
        self._db = db
        self._profile = profile
        self._secret = Secret(profile.secret)
        self._limit = RateLimit(burst=_BURST, per_second=_PER_SECOND)

    async def hear(self, request: Request) -> Response:
        try:
            self._limit.take(address_of(request))
        except RateLimited:
            return _said(429, "too many")
        try:
            body = await _body(request)
            if body is not None and not body.strip():
                return _said(200, "other")  # the courier looks whether somebody listens
            notice = _decoder.decode(body or b"-")
            told = _data.decode(notice.data or b"{}")
        except (ClientDisconnect, msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            return _said(400, "malformed")
        if not self._is_signed(notice):
            return _said(401, "unsigned")
        order_id = told.order.order_id if told.order else ""
        if not is_id(order_id):
            return _said(200, "other")  # the wallet, or what is told in a release to come
        before = told.prev_order_id if is_id(told.prev_order_id) else None
        try:
            async with transaction(self._db) as conn:
                known = await couriers.heard_of(conn, self._profile.company, order_id, before)
        except TRANSIENT as error:
            _log.warning("what the courier told could not be taken: %s", reason(error))
            return _said(503, "away")
        return _said(200, "known" if known else "unknown")

    def _is_signed(self, notice: _Notice) -> bool:
        wanted = signature(self._secret.reveal(), str(notice.timestamp), "POST", PATH, bytes(notice.data))
        return notice.api_key == self._profile.key and hmac.compare_digest(wanted.encode(), notice.signature.encode())


def _said(status: int, outcome: str) -> Response:
    NOTICES.labels(outcome).inc()
    return Response(status_code=status, headers={"cache-control": "no-store"})


async def _body(request: Request) -> bytes | None:
    """None when it is longer than may be."""
    content = b""
    async for part in request.stream():
        content += part
        if len(content) > _MOST_BYTES:
            return None
    return content
