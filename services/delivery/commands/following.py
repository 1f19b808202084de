"""Who follows a trip: what is foreseen of it, and the links that a buyer hands on."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import datetime

from services.contracts.delivery import DeliveryId
from services.delivery.domain import eta, links
from services.delivery.domain.caller import NotFound
from services.delivery.domain.eta import Accuracy
from services.delivery.domain.links import Links
from services.delivery.domain.trip import TERMINAL, DeliveryStatus
from services.delivery.store import following, trips
from services.kit.database.db import Connection, Database, Transaction

_KNOWN_FOR_S = 300.0


class TripHasEnded(Exception):
    """There is nothing to follow any more."""

    def __init__(self, status: DeliveryStatus) -> None:
        super().__init__(f"the trip has ended: it is {status}")
        self.status = status


class Errors:
    """How far off estimates were of late, read anew every few minutes; in each process for itself."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._known: tuple[float, Sequence[Accuracy]] | None = None

    async def of_late(self) -> Sequence[Accuracy]:
        if self._known is None or time.monotonic() - self._known[0] > _KNOWN_FOR_S:
            async with self._db.acquire() as conn:
                self._known = (time.monotonic(), await following.accuracy(conn))
        return self._known[1]


async def foreseen(conn: Connection, ids: Sequence[DeliveryId]) -> Mapping[DeliveryId, tuple[datetime, DeliveryStatus]]:
    """When these arrive, of those of which it can be said."""
    found, now = await following.underway(conn, ids)
    said = {each: (eta.arrives_at(trip, now), trip.status) for each, trip in found.items()}
    return {each: (arrives, status) for each, (arrives, status) in said.items() if arrives is not None}


async def write_down(conn: Connection) -> int:
    """What is foreseen of trips by their rider's place, once at each stage. How many."""
    found, now = await following.unforeseen(conn)
    said: list[tuple[DeliveryId, DeliveryStatus, datetime]] = []
    for delivery_id, trip in found.items():
        stage, arrives = eta.kept_as(trip.status), eta.arrives_at(trip, now)
        if stage is not None and arrives is not None:
            said.append((delivery_id, stage, arrives))
    if said:
        await following.write_down(conn, said, now)
    return len(said)


async def share(conn: Transaction, made: Links, buyer: str, delivery_id: DeliveryId) -> None:
    """The buyer hands it on as they like; said again it stays the same. Raises NotFound, TripHasEnded."""
    trip = await trips.lock(conn, delivery_id)
    if trip is None or trip.buyer != buyer:
        raise NotFound
    if trip.status in TERMINAL:
        raise TripHasEnded(trip.status)
    nonce = links.a_nonce()
    await following.add_link(conn, delivery_id, nonce, links.digest(made.token(delivery_id, nonce)))


async def stop_sharing(conn: Transaction, buyer: str, delivery_id: DeliveryId) -> None:
    """At once; a link that is made later is another. Raises NotFound."""
    trip = await trips.lock(conn, delivery_id)
    if trip is None or trip.buyer != buyer:
        raise NotFound
    await following.drop_link(conn, delivery_id)
