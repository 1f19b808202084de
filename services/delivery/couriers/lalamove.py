"""Lalamove, spoken to by its Delivery API v3 (https://developers.lalamove.com). Requests are signed over time, method, path and body; the
body is `{"data": …}` and so is the answer; a failure is `{"errors": [{"id": "ERR_…"}]}`. `Request-ID` is for their support and makes no
repeat harmless: who asks twice for an order gets two drivers."""

from __future__ import annotations

import hashlib
import hmac
import re
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

import aiohttp
import msgspec

from services.contracts.places import GeoPoint
from services.delivery.couriers.port import Driver, NotDone, Place, Quotation, Ride, Unclear, whole
from services.delivery.couriers.profile import Profile
from services.delivery.domain.elsewhere import FROM_LALAMOVE, Lalamove
from services.kit.ids import EventId
from services.kit.secret import Secret

_DEADLINE_S: Final = 10.0
_CONNECT_S: Final = 5.0
_ID: Final = re.compile(r"[0-9A-Za-z_-]{1,64}", re.ASCII)
_RUPIAH: Final = re.compile(r"(\d{1,12})(?:\.0{1,2})?", re.ASCII)
# Whose repair is ours or the courier's, and no matter of this job: no credit, keys that do not hold.
_AWAY: Final = frozenset({401, 402, 403})
_STALE: Final = "ERR_INVALID_QUOTATION_ID"
_OVER: Final = "ERR_CANCELLATION_FORBIDDEN"


class _Price(msgspec.Struct, rename="camel"):
    total: str = ""
    currency: str = ""


class _Stop(msgspec.Struct, rename="camel"):
    stop_id: str = ""


class _Point(msgspec.Struct, rename="camel"):
    lat: str | float = ""
    lng: str | float = ""
    updated_at: str | None = None


class _Data(msgspec.Struct, rename="camel"):
    """What any of the answers may have."""

    quotation_id: str = ""
    order_id: str = ""
    status: str = ""
    driver_id: str | None = None
    price_breakdown: _Price | None = None
    stops: list[_Stop] = []
    name: str = ""
    plate_number: str = ""
    coordinates: _Point | None = None


class _Error(msgspec.Struct):
    id: str = ""
    message: str = ""


class _Said(msgspec.Struct):
    data: _Data | None = None
    errors: list[_Error] = []


_decoder: Final = msgspec.json.Decoder(_Said)


def signature(secret: str, at_ms: str, method: str, path: str, body: bytes) -> str:
    raw = f"{at_ms}\r\n{method}\r\n{path}\r\n\r\n".encode() + body
    return hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()


def rupiah(price: _Price | None) -> int | None:
    """Whole rupiah; None for what is no such sum."""
    said = _RUPIAH.fullmatch(price.total) if price and price.currency == "IDR" else None
    return int(said[1]) if said else None


class _Refused(Exception):
    def __init__(self, status: int, errors: list[_Error]) -> None:
        self.status = status
        self.ids = [each.id[:60] for each in errors]
        super().__init__(", ".join(self.ids) or f"status {status}")


class LalamoveV3:
    """`clock` is what its signatures are dated by, which the courier compares with its own."""

    def __init__(
        self,
        profile: Profile,
        *,
        deadline_s: float = _DEADLINE_S,
        clock: Callable[[], float] = time.time,  # noqa: TID251  the courier's clock is beside ours
    ) -> None:
        self._profile = profile
        self._secret = Secret(profile.secret)
        self._clock = clock
        self._timeout = aiohttp.ClientTimeout(total=deadline_s, sock_connect=min(_CONNECT_S, deadline_s))
        self._session: aiohttp.ClientSession | None = None

    async def close(self) -> None:
        if self._session:
            await self._session.close()

    async def quote(self, pickup: Place, dropoff: Place) -> Quotation:
        said = await self._asked(
            "POST",
            "/v3/quotations",
            {
                "serviceType": self._profile.service_type,
                "language": self._profile.language,
                "stops": [_stop(pickup), _stop(dropoff)],
                "isRouteOptimized": False,
            },
        )
        price, stops = rupiah(said.price_breakdown), tuple(each.stop_id for each in said.stops)
        if not said.quotation_id or price is None or len(stops) != 2 or not all(stops):
            raise Unclear("the quotation has no price in rupiah, or not two stops")
        return Quotation(said.quotation_id, price, stops)

    async def place(self, quotation: Quotation, pickup: Place, dropoff: Place, reference: str) -> Ride:
        sender, recipient = quotation.stops
        said = await self._asked(
            "POST",
            "/v3/orders",
            {
                "quotationId": quotation.id,
                "sender": {"stopId": sender, "name": pickup.name, "phone": pickup.phone},
                "recipients": [
                    {"stopId": recipient, "name": dropoff.name, "phone": dropoff.phone, "remarks": dropoff.remarks}
                ],
                "isPODEnabled": True,
                "metadata": {"job": reference},
            },
        )
        return _ride(said)

    async def ride(self, order_id: str) -> Ride:
        said = await self._asked("GET", f"/v3/orders/{order_id}")
        if said.order_id != order_id:
            raise Unclear("the answer is about another order")
        return _ride(said)

    async def driver(self, order_id: str, driver_id: str) -> Driver | None:
        try:
            said = await self._do("GET", f"/v3/orders/{order_id}/drivers/{driver_id}", None)
        except _Refused as refused:
            if refused.status in (403, 404):
                return None  # not told yet, or not any more
            raise _failure("GET", refused) from None
        return Driver(said.name, said.plate_number, _point(said.coordinates), _at(said.coordinates))

    async def cancel(self, order_id: str) -> bool:
        try:
            await self._do("DELETE", f"/v3/orders/{order_id}", None)
        except _Refused as refused:
            if _OVER in refused.ids:
                return False
            raise _failure("DELETE", refused) from None
        return True

    async def _asked(self, method: str, path: str, data: Mapping[str, Any] | None = None) -> _Data:
        """Raises NotDone, Unclear."""
        try:
            return await self._do(method, path, data)
        except _Refused as refused:
            raise _failure(method, refused) from None

    async def _do(self, method: str, path: str, data: Mapping[str, Any] | None) -> _Data:
        """Raises _Refused, NotDone, Unclear."""
        body = b"" if data is None else msgspec.json.encode({"data": data})
        at_ms = str(int(self._clock() * 1_000))
        signed = signature(self._secret.reveal(), at_ms, method, path, body)
        headers = {
            "authorization": f"hmac {self._profile.key}:{at_ms}:{signed}",
            "market": self._profile.market,
            "request-id": str(EventId.new().uuid),
            "content-type": "application/json; charset=utf-8",
            "accept": "application/json",
        }
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=self._timeout, cookie_jar=aiohttp.DummyCookieJar())
        try:
            async with self._session.request(
                method, self._profile.url + path, data=body or None, headers=headers, allow_redirects=False
            ) as response:
                content = await whole(response)
                status = response.status
        except aiohttp.ClientConnectorError as error:
            raise NotDone(f"not connected: {type(error.os_error).__name__}", away=True) from None
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            raise Unclear(f"no answer: {type(error).__name__}") from None
        if status == 204 or (200 <= status < 300 and not content):
            return _Data()
        try:
            said = _decoder.decode(content)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            raise Unclear(f"status {status}, and no answer that can be read") from None
        if 200 <= status < 300:
            return said.data or _Data()
        if status >= 500 or not said.errors:
            raise Unclear(f"status {status}")  # who says nothing of why may have done it
        raise _Refused(status, said.errors)


def _failure(method: str, refused: _Refused) -> NotDone:
    stale = _STALE in refused.ids
    away = refused.status in _AWAY
    again = refused.status == 429 or stale or away or method == "GET"
    return NotDone(str(refused), for_good=not again, away=away, stale=stale)


def is_id(text: str) -> bool:
    """Whether it can be one of the courier's names, which stand in paths."""
    return _ID.fullmatch(text) is not None


def _ride(said: _Data) -> Ride:
    if not is_id(said.order_id) or (said.driver_id and not is_id(said.driver_id)):
        raise Unclear("the answer names no order")
    try:
        status = FROM_LALAMOVE[Lalamove(said.status)]
    except ValueError:
        status = None
    price = rupiah(said.price_breakdown)
    return Ride(said.order_id, said.quotation_id, status, price, said.driver_id or None, said.status[:40])


def _stop(place: Place) -> dict[str, Any]:
    return {"coordinates": {"lat": str(place.point.lat), "lng": str(place.point.lng)}, "address": place.address}


def _point(said: _Point | None) -> GeoPoint | None:
    try:
        return GeoPoint(lat=float(said.lat), lng=float(said.lng)) if said else None
    except ValueError:
        return None


def _at(said: _Point | None) -> datetime | None:
    try:
        found = datetime.fromisoformat(said.updated_at) if said and said.updated_at else None
    except ValueError:
        return None
    return found if found and found.tzinfo else None
