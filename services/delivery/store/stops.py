"""Pickups as they are reported, one by one. Whoever writes here has locked the trip."""

from __future__ import annotations

from collections.abc import Sequence

from services.contracts.catalog import MerchantId
from services.contracts.delivery import DeliveryId, FailureCode
from services.delivery.domain.trip import Pickup, Trip
from services.kit.database.db import Connection, Row, Transaction
from services.kit.database.writes import Write

_PICKUP = "seq, merchant_id, merchant_name, arrived_at, fetched_at, left_out_at, ready_at, packed_at, failure_code"


def _pickup(row: Row) -> Pickup:
    return Pickup(
        number=row["seq"],
        merchant_id=MerchantId(row["merchant_id"]),
        merchant_name=row["merchant_name"],
        arrived_at=row["arrived_at"],
        fetched_at=row["fetched_at"],
        left_out_at=row["left_out_at"],
        ready_at=row["ready_at"],
        packed_at=row["packed_at"],
        failure=FailureCode(row["failure_code"]) if row["failure_code"] else None,
    )


async def of_trip(conn: Connection, delivery_id: DeliveryId) -> list[Pickup]:
    """In the order of the trip."""
    rows = await conn.fetch(
        f"SELECT {_PICKUP} FROM stop WHERE delivery_id = $1 AND kind = 'PICKUP' ORDER BY seq", delivery_id
    )
    return [_pickup(row) for row in rows]


async def of_trips(conn: Connection, ids: Sequence[DeliveryId]) -> dict[DeliveryId, list[Pickup]]:
    """Of trips that the caller has been shown."""
    rows = await conn.fetch(
        f"SELECT delivery_id, {_PICKUP} FROM stop WHERE delivery_id = ANY($1::uuid[]) AND kind = 'PICKUP' ORDER BY delivery_id, seq",
        ids,
    )
    found: dict[DeliveryId, list[Pickup]] = {each: [] for each in ids}
    for row in rows:
        found[DeliveryId(row["delivery_id"])].append(_pickup(row))
    return found


async def arrived(conn: Connection, trip: Trip, number: int) -> None:
    await conn.execute("UPDATE stop SET arrived_at = $3 WHERE delivery_id = $1 AND seq = $2", trip.id, number, trip.now)


_ARRIVED_AT_FIRST = """
arrived AS (
    UPDATE stop SET arrived_at = $2 WHERE delivery_id = $1 AND seq = (
        SELECT min(s.seq) FROM stop s WHERE s.delivery_id = $1 AND s.kind = 'PICKUP' AND s.left_out_at IS NULL
        AND s.fetched_at IS NULL) AND arrived_at IS NULL)"""


async def arrived_at_first(conn: Transaction, trip: Trip) -> None:
    """Where the rider has come without saying to which."""
    await conn.later(Write(_ARRIVED_AT_FIRST, [trip.id, trip.now], frozenset({"stop"})))


async def fetched(conn: Connection, trip: Trip, number: int) -> None:
    await conn.execute("UPDATE stop SET fetched_at = $3 WHERE delivery_id = $1 AND seq = $2", trip.id, number, trip.now)


async def failed(conn: Connection, trip: Trip, numbers: Sequence[int], code: FailureCode) -> None:
    """There was nothing to be had: nobody goes there again."""
    await conn.execute(
        "UPDATE stop SET failure_code = $3, left_out_at = $4 WHERE delivery_id = $1 AND seq = ANY($2::int[])",
        trip.id,
        list(numbers),
        code,
        trip.now,
    )


async def begin_again(conn: Connection, trip: Trip) -> None:
    """Another rider has still to come to each."""
    await conn.execute("UPDATE stop SET arrived_at = NULL WHERE delivery_id = $1 AND arrived_at IS NOT NULL", trip.id)
