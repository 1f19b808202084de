"""Trips that a person ended: who said so, when and why. Rows are only ever added."""

from __future__ import annotations

from services.delivery.domain.ending import Ending
from services.delivery.domain.trip import Trip
from services.kit.database.db import Connection


async def add(conn: Connection, trip: Trip, said: Ending, subject: str) -> None:
    await conn.execute(
        """INSERT INTO delivery_ending (delivery_id, outcome, failure_code, cash_collected_rupiah, reason, ended_by, at)
           VALUES ($1, $2, $3, $4, $5, $6, $7)""",
        trip.id,
        said.outcome,
        trip.failure_code,
        said.cash_collected_rupiah,
        said.reason,
        subject,
        trip.now,
    )
