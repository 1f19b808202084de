"""SQL of riders: whose they are, what they ride, who they are as persons."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from services.contracts.delivery import PartnerId, RiderChanged, RiderId
from services.delivery.domain.crew import CARRIES_GRAM, RiderDetails, VehicleKind
from services.delivery.store import positions
from services.kit.database.db import Connection, Row, Transaction

_RIDER = """id, partner_id, external_id, name, plate, vehicle, has_box, cash_limit_rupiah, carries_gram, subject, on_shift, ended_at"""

CARRIES: Final = "coalesce(r.carries_gram, CASE r.vehicle {} END)".format(
    " ".join(f"WHEN '{kind}' THEN {gram}" for kind, gram in CARRIES_GRAM.items())
)
"""What the rider `r` takes along at most, in grams."""


@dataclass(frozen=True, slots=True)
class Rider:
    id: RiderId
    partner_id: PartnerId
    external_id: str | None
    details: RiderDetails
    subject: str | None
    on_shift: bool
    ended: bool


def _rider(row: Row) -> Rider:
    return Rider(
        RiderId(row["id"]),
        PartnerId(row["partner_id"]),
        row["external_id"],
        RiderDetails(
            row["name"],
            row["plate"],
            VehicleKind(row["vehicle"]),
            row["has_box"],
            row["cash_limit_rupiah"],
            row["carries_gram"],
        ),
        row["subject"],
        row["on_shift"],
        row["ended_at"] is not None,
    )


async def find(conn: Connection, rider_id: RiderId) -> Rider | None:
    """Whoever changes one holds its company first."""
    row = await conn.fetchrow(f"SELECT {_RIDER} FROM rider WHERE id = $1", rider_id)
    return _rider(row) if row else None


async def named(conn: Transaction, partner_id: PartnerId, external_id: str) -> Rider | None:
    rows = await conn.look(
        f"SELECT {_RIDER} FROM rider WHERE partner_id = $1 AND external_id = $2 AND ended_at IS NULL",
        partner_id,
        external_id,
    )
    return _rider(rows[0]) if rows else None


async def of_person(conn: Connection, subject: str) -> RiderId | None:
    """A person rides for one company at a time."""
    found = await conn.fetchval("SELECT id FROM rider WHERE subject = $1", subject)
    return RiderId(found) if found else None


async def lock_person(conn: Connection, subject: str) -> None:
    """Two codes of one person are said one after the other."""
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('rider/' || $1, 0))", subject)


async def count(conn: Connection, partner_id: PartnerId) -> int:
    found: int = await conn.fetchval(
        "SELECT count(*) FROM rider WHERE partner_id = $1 AND ended_at IS NULL", partner_id
    )
    return found


async def add(
    conn: Connection, rider_id: RiderId, partner_id: PartnerId, external_id: str, details: RiderDetails
) -> None:
    await conn.execute(
        """INSERT INTO rider (id, partner_id, external_id, name, plate, vehicle, has_box, cash_limit_rupiah, carries_gram)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)""",
        rider_id,
        partner_id,
        external_id,
        details.name,
        details.plate,
        details.vehicle,
        details.has_box,
        details.cash_limit_rupiah,
        details.carries_gram,
    )


async def change(conn: Connection, rider_id: RiderId, details: RiderDetails) -> None:
    await conn.execute(
        """UPDATE rider SET name = $2, plate = $3, vehicle = $4, has_box = $5, cash_limit_rupiah = $6, carries_gram = $7
           WHERE id = $1""",
        rider_id,
        details.name,
        details.plate,
        details.vehicle,
        details.has_box,
        details.cash_limit_rupiah,
        details.carries_gram,
    )


async def link(conn: Connection, rider_id: RiderId, subject: str) -> None:
    await conn.execute("UPDATE rider SET subject = $2 WHERE id = $1", rider_id, subject)


async def shift(conn: Connection, rider_id: RiderId, *, on_shift: bool) -> None:
    await conn.execute("UPDATE rider SET on_shift = $2 WHERE id = $1", rider_id, on_shift)


async def end(conn: Connection, rider_id: RiderId) -> None:
    await conn.execute(
        "UPDATE rider SET ended_at = wlijo_now(), subject = NULL, on_shift = false WHERE id = $1", rider_id
    )
    await positions.forget_of(conn, [rider_id])


async def erase(conn: Connection, subject: str) -> list[RiderId]:
    """The rider stays as their company names them, and is no person that signs in."""
    rows = await conn.fetch(
        "UPDATE rider SET subject = NULL, on_shift = false WHERE subject = $1 RETURNING id", subject
    )
    ridden = [RiderId(row["id"]) for row in rows]
    if ridden:
        await positions.forget_of(conn, ridden)
    return ridden


async def told(conn: Connection, rider_id: RiderId) -> RiderChanged:
    """As others hear of them, when something of them was just written."""
    found = await find(conn, rider_id)
    assert found
    return RiderChanged(
        rider_id=found.id,
        partner_id=found.partner_id,
        subject=found.subject,
        on_shift=found.on_shift,
        ended=found.ended,
    )
