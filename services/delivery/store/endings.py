"""Trips that a person ended, or took from who had them: who said so, when and why. Rows are only ever added."""

from __future__ import annotations

from services.contracts.delivery import PartnerId
from services.delivery.domain.ending import Ending
from services.delivery.domain.incident import Incident
from services.delivery.domain.trip import NOT_FETCHED, Trip
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


async def add_incident(
    conn: Connection, before: Trip, after: Trip, said: Incident, to: PartnerId | None, subject: str
) -> None:
    await conn.execute(
        """INSERT INTO delivery_incident (delivery_id, version, failure_code, reason, from_partner, from_rider, to_partner, to_rider,
               with_goods, said_by, at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)""",
        after.id,
        after.version,
        said.failure,
        said.reason,
        before.partner_id,
        before.rider_id,
        to,
        said.rider_id,
        before.status not in NOT_FETCHED,
        subject,
        before.now,
    )
