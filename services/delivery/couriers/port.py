"""What a courier can be asked for, and how it may fail: whoever speaks to one knows whether anything was done, or that nobody knows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

import aiohttp

from services.contracts.places import GeoPoint
from services.delivery.domain.trip import DeliveryStatus


class NotDone(Exception):
    """It is certain that nothing was done. `for_good`: nor will it be, however often it is asked; `away`: nor for anybody else now;
    `stale`: a new quotation is needed."""

    def __init__(self, why: str, *, for_good: bool = False, away: bool = False, stale: bool = False) -> None:
        super().__init__(why)
        self.for_good = for_good
        self.away = away
        self.stale = stale


class Unclear(Exception):
    """Nobody knows whether it was done: what cannot be done twice is not asked for again."""


_MOST_BYTES: Final = 64 * 1024


async def whole(response: aiohttp.ClientResponse) -> bytes:
    """An answer, as long as it is of a bearable length. Raises ClientError."""
    content = b""
    while part := await response.content.read(_MOST_BYTES):
        content += part
        if len(content) > _MOST_BYTES:
            response.close()
            raise aiohttp.ClientPayloadError("an answer without end")
    return content


@dataclass(frozen=True, slots=True)
class Place:
    """`phone` in E.164. What a driver is told of a place."""

    point: GeoPoint
    address: str
    name: str = ""
    phone: str = ""
    remarks: str = ""


@dataclass(frozen=True, slots=True)
class Quotation:
    """A price that holds for a while, for one way. `stops` are the courier's names of its places, in their order."""

    id: str
    price_rupiah: int
    stops: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ride:
    """An order, as the courier says. `status` in our words; None where it is none of ours."""

    id: str
    quotation_id: str
    status: DeliveryStatus | None
    price_rupiah: int | None
    driver_id: str | None
    said: str


@dataclass(frozen=True, slots=True)
class Driver:
    name: str
    plate: str
    point: GeoPoint | None
    at: datetime | None


class Courier(Protocol):
    """Every call raises NotDone or Unclear. There is no key by which a repeated order is the same one."""

    async def quote(self, pickup: Place, dropoff: Place) -> Quotation: ...

    async def place(self, quotation: Quotation, pickup: Place, dropoff: Place, reference: str) -> Ride: ...

    async def ride(self, order_id: str) -> Ride: ...

    async def driver(self, order_id: str, driver_id: str) -> Driver | None:
        """None where it is not told (any more)."""

    async def cancel(self, order_id: str) -> bool:
        """False when the courier does not let it be cancelled (any more)."""

    async def close(self) -> None: ...
