"""A courier that speaks Lalamove's API v3 as it is documented: signatures, quotations, orders, drivers, cancelling, webhooks; and that
fails as told. It checks and makes signatures by code of its own. A repeated order is a second one, for nothing in the documentation says
otherwise."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import time
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.worlds.http_server import served

KEY, SECRET = "pk_prod_of_the_tests", "sk_prod_nobody_elses"
TEST_KEY = "pk_test_of_the_tests"
OVER = frozenset({"CANCELED", "EXPIRED", "REJECTED", "COMPLETED"})


def _signed(at: str, method: str, path: str, body: str) -> str:
    return hmac.new(SECRET.encode(), "\r\n".join([at, method, path, "", body]).encode(), hashlib.sha256).hexdigest()


@dataclass
class Order:
    id: str
    quotation_id: str
    price: int
    job: str
    sender: dict[str, Any]
    recipient: dict[str, Any]
    status: str = "ASSIGNING_DRIVER"
    driver_id: str = ""
    given_up: int = 0
    matched_long_ago: bool = False

    @property
    def lives(self) -> bool:
        return self.status not in OVER


@dataclass
class Lalamove:
    """`faults` are taken one for each request: `refused`, `stale`, `no credit`, `busy` do nothing; `lost before` and `broken before` do
    nothing either, `lost after`, `broken after`, `garbled` and `hangs` do what was asked, and nobody is told. `words` are webhooks that
    have not been delivered."""

    price: int = 9_000
    key: str = KEY
    url: str = ""
    faults: deque[str] = field(default_factory=deque)
    quotations: dict[str, int] = field(default_factory=dict)
    orders: dict[str, Order] = field(default_factory=dict)
    words: list[bytes] = field(default_factory=list)
    asked: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    unsigned: int = 0
    speak: bool = True
    dearer: int = 0  # what an order costs above its quotation
    _numbers: Any = field(default_factory=lambda: count(1))
    _released: asyncio.Event = field(default_factory=asyncio.Event)

    def live(self, job: str | None = None) -> list[Order]:
        return [each for each in self.orders.values() if each.lives and job in (None, each.job)]

    def only(self) -> Order:
        [order] = self.live()
        return order

    # What happens on the road.

    def assign(self, order: Order) -> None:
        order.driver_id, order.matched_long_ago = f"{80_000 + next(self._numbers)}", False
        self._to(order, "ON_GOING")
        self._tell("DRIVER_ASSIGNED", {"driver": {"driverId": order.driver_id}, "order": {"orderId": order.id}})

    def give_up(self, order: Order) -> None:
        order.driver_id, order.given_up = "", order.given_up + 1
        self._to(order, "REJECTED" if order.given_up > 1 else "ASSIGNING_DRIVER")

    def pick_up(self, order: Order) -> None:
        self._to(order, "PICKED_UP")

    def complete(self, order: Order) -> None:
        self._to(order, "COMPLETED")

    def expire(self, order: Order) -> None:
        self._to(order, "EXPIRED")

    def cancel(self, order: Order) -> None:
        self._to(order, "CANCELED")

    def replace(self, order: Order) -> Order:
        """By their service: the order is cancelled, and another stands in its place."""
        made = Order(self._id(), order.quotation_id, order.price, order.job, order.sender, order.recipient)
        self.orders[made.id] = made
        self._to(order, "CANCELED")
        self._tell("ORDER_REPLACED", {"order": {"orderId": made.id}, "prevOrderId": order.id})
        return made

    def raise_price(self, order: Order, to: int) -> None:
        order.price = to
        self._tell("ORDER_AMOUNT_CHANGED", {"order": {"orderId": order.id, "price": {"totalPrice": str(to)}}})

    def _to(self, order: Order, status: str) -> None:
        before, order.status = order.status, status
        self._tell("ORDER_STATUS_CHANGED", {"order": {"orderId": order.id, "previousStatus": before, "status": status}})

    def _tell(self, event: str, data: dict[str, Any]) -> None:
        if self.speak:
            self.words.append(a_word(event, data, key=self.key))

    def _id(self) -> str:
        return f"{3_200_000_000_000_000_000 + next(self._numbers)}"

    # What is asked.

    async def answer(self, request: Request) -> Response:
        body = (await request.body()).decode()
        if not self._knows(request, body):
            self.unsigned += 1
            return _error(401, "ERR_UNAUTHORIZED")
        given = json.loads(body)["data"] if body else {}
        self.asked.append((request.method, request.url.path, given))
        fault = self.faults.popleft() if self.faults else ""
        match fault:
            case "lost before":
                return _broken_off()
            case "broken before":
                return Response(status_code=500)
            case "refused":
                return _error(422, "ERR_INVALID_FIELD")
            case "no credit":
                return _error(402, "ERR_INSUFFICIENT_CREDIT")
            case "busy":
                return _error(429, "ERR_RATE_LIMIT_EXCEEDED")
            case "stale" if request.method == "POST":
                return _error(422, "ERR_INVALID_QUOTATION_ID")
        done = self._do(request, given)
        match fault:
            case "lost after":
                return _broken_off()
            case "hangs":
                await self._released.wait()
            case "broken after":
                return Response(b"<html>Bad gateway", status_code=502)
            case "garbled":
                return Response(b"<html>Bad gateway", status_code=200)
        return done

    def _knows(self, request: Request, body: str) -> bool:
        scheme, _, said = request.headers.get("authorization", "").partition(" ")
        key, at, signature = ([*said.split(":"), "", "", ""])[:3]
        wanted = _signed(at, request.method, request.url.path, body)
        fresh = at.isdigit() and abs(int(at) / 1000 - time.time()) < 300
        known = scheme == "hmac" and key == self.key and fresh and hmac.compare_digest(wanted, signature)
        return known and request.headers.get("market") == "ID" and bool(request.headers.get("request-id"))

    def _do(self, request: Request, given: dict[str, Any]) -> Response:
        parts = request.url.path.split("/")[2:]
        match request.method, parts:
            case "POST", ["quotations"]:
                return self._quote(given)
            case "POST", ["orders"]:
                return self._place(given)
            case _, ["orders", order_id, *rest]:
                order = self.orders.get(order_id)
                if order is None:
                    return _error(404, "ERR_ORDER_NOT_FOUND")
                if rest:
                    return self._driver(order, rest[-1])
                if request.method == "DELETE":
                    return self._cancelled(order)
                return JSONResponse({"data": _shown(order)})
        return _error(404, "ERR_NOT_FOUND")

    def _quote(self, given: dict[str, Any]) -> Response:
        assert given["serviceType"] == "MOTORCYCLE"
        assert given["language"] == "id_ID"
        assert len(given["stops"]) == 2
        assert all(isinstance(each["coordinates"]["lat"], str) for each in given["stops"])
        made = self._id()
        self.quotations[made] = self.price
        stops = [{**each, "stopId": f"{made}{n}"} for n, each in enumerate(given["stops"])]
        return JSONResponse({"data": {"quotationId": made, "stops": stops, "priceBreakdown": _price(self.price)}}, 201)

    def _place(self, given: dict[str, Any]) -> Response:
        quoted = self.quotations.get(given["quotationId"])
        if quoted is None:
            return _error(422, "ERR_INVALID_QUOTATION_ID")
        [recipient] = given["recipients"]
        assert recipient["phone"].startswith("+62")
        assert given["sender"]["phone"].startswith("+62")
        assert given["sender"]["stopId"] == given["quotationId"] + "0"
        assert recipient["stopId"].endswith("1")
        job = given["metadata"]["job"]
        order = Order(self._id(), given["quotationId"], quoted + self.dearer, job, given["sender"], recipient)
        self.orders[order.id] = order
        self._to(order, "ASSIGNING_DRIVER")
        return JSONResponse({"data": _shown(order)}, 201)

    def _cancelled(self, order: Order) -> Response:
        if order.status == "ASSIGNING_DRIVER" or (order.status == "ON_GOING" and not order.matched_long_ago):
            self.cancel(order)
            return Response(status_code=204)
        return _error(422, "ERR_CANCELLATION_FORBIDDEN")

    def _driver(self, order: Order, driver_id: str) -> Response:
        if order.driver_id != driver_id:
            return _error(404, "ERR_DRIVER_NOT_FOUND")
        driver = {
            "driverId": driver_id,
            "name": f"Pak {driver_id}",
            "phone": "+628110000000",
            "plateNumber": f"N {driver_id[-4:]} XY",
            "coordinates": {"lat": "-8.1301", "lng": "113.2249", "updatedAt": "2026-01-01T00:00:00.00Z"},
        }
        return JSONResponse({"data": driver})


def _shown(order: Order) -> dict[str, Any]:
    return {
        "orderId": order.id,
        "quotationId": order.quotation_id,
        "priceBreakdown": _price(order.price),
        "driverId": order.driver_id,
        "shareLink": f"https://share.example/{order.id}",
        "status": order.status,
        "metadata": {"job": order.job},
    }


def _price(total: int) -> dict[str, str]:
    return {"base": str(total), "total": str(total), "currency": "IDR"}


def _broken_off() -> Response:
    """The connection ends in the middle of the answer."""
    return Response(b'{"data', headers={"content-length": "1000"})


def _error(status: int, code: str) -> Response:
    return JSONResponse({"errors": [{"id": code, "message": "as documented"}]}, status)


def a_word(
    event: str,
    data: dict[str, Any],
    *,
    path: str = "/partner/v1/couriers/lalamove",
    key: str = KEY,
    secret: str = SECRET,
) -> bytes:
    """A webhook's body, signed over its time, the path and `data`."""
    said = json.dumps(data, separators=(",", ":"))
    signed = hmac.new(secret.encode(), f"1700000000\r\nPOST\r\n{path}\r\n\r\n{said}".encode(), hashlib.sha256)
    head = {"apiKey": key, "timestamp": 1700000000, "signature": signed.hexdigest(), "eventId": "E", "eventType": event}
    return f'{json.dumps(head)[:-1]}, "eventVersion": "v3", "data": {said}}}'.encode()


@asynccontextmanager
async def a_lalamove(made: Callable[[], Lalamove] = Lalamove) -> AsyncIterator[Lalamove]:
    fake = made()
    methods = ["GET", "POST", "DELETE", "PATCH"]
    async with served(Starlette(routes=[Route("/v3/{rest:path}", fake.answer, methods=methods)])) as port:
        fake.url = f"http://127.0.0.1:{port}"
        try:
            yield fake
        finally:
            fake._released.set()
