"""SQL of who had a trip before another rider of the company took it over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.contracts.delivery import DeliveryId, RiderId
from services.delivery.domain.trip import DeliveryStatus, Trip
from services.kit.database.db import Connection

RIDER_CHANGED: Final = "RIDER_CHANGED"
"""The cause in a trip's history."""
SINCE: Final = f"""(SELECT max(h.at) FROM delivery_history h
    WHERE h.delivery_id = d.id AND (h.status = 'ASSIGNED' OR h.cause = '{RIDER_CHANGED}'))"""
"""Since when the rider of the trip `d` has it."""


@dataclass(frozen=True, slots=True)
class Before:
    """Who had it, in which state of the trip it went on, and when."""

    rider_id: RiderId
    status: DeliveryStatus
    since: datetime
    until: datetime


async def since(conn: Connection, delivery_id: DeliveryId) -> datetime:
    found: datetime = await conn.fetchval(f"SELECT {SINCE} FROM delivery d WHERE d.id = $1", delivery_id)
    return found


async def add(conn: Connection, was: Trip, since: datetime, now: Trip) -> None:
    await conn.execute(
        """INSERT INTO delivery_exchange (delivery_id, version, was_rider_id, rider_id, status, cash_to_collect_rupiah, since, at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8)""",
        was.id,
        now.version,
        was.rider_id,
        now.rider_id,
        was.status,
        was.cash_to_collect_rupiah,
        since,
        was.now,
    )


async def of(conn: Connection, ids: Sequence[DeliveryId]) -> dict[DeliveryId, list[Before]]:
    """The first first."""
    rows = await conn.fetch(
        "SELECT * FROM delivery_exchange WHERE delivery_id = ANY($1::uuid[]) ORDER BY delivery_id, version", ids
    )
    found: dict[DeliveryId, list[Before]] = {}
    for row in rows:
        before = Before(RiderId(row["was_rider_id"]), DeliveryStatus(row["status"]), row["since"], row["at"])
        found.setdefault(DeliveryId(row["delivery_id"]), []).append(before)
    return found
