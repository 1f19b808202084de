"""SQL of staff roles."""

from __future__ import annotations

from services.contracts.people import PersonId, StaffRole
from services.kit.database.db import Connection


async def roles(conn: Connection, person_id: PersonId) -> list[StaffRole]:
    rows = await conn.fetch("SELECT role FROM staff_role WHERE person_id = $1 ORDER BY role", person_id)
    return [StaffRole(row["role"]) for row in rows]


async def grant(conn: Connection, person_id: PersonId, role: StaffRole) -> bool:
    """Whether it is new."""
    done: str = await conn.execute(
        "INSERT INTO staff_role (person_id, role, granted_at) VALUES ($1, $2, wlijo_now()) ON CONFLICT DO NOTHING",
        person_id,
        role,
    )
    return done.endswith(" 1")


async def withdraw(conn: Connection, person_id: PersonId, role: StaffRole) -> bool:
    """Whether it was there."""
    done: str = await conn.execute("DELETE FROM staff_role WHERE person_id = $1 AND role = $2", person_id, role)
    return done.endswith(" 1")


async def lock_all(conn: Connection, role: StaffRole) -> None:
    """Two who withdraw it of each other do so one after the other."""
    await conn.fetch("SELECT person_id FROM staff_role WHERE role = $1 ORDER BY person_id FOR UPDATE", role)


async def holders(conn: Connection, role: StaffRole) -> list[PersonId]:
    rows = await conn.fetch("SELECT person_id FROM staff_role WHERE role = $1 ORDER BY person_id", role)
    return [PersonId(row["person_id"]) for row in rows]


async def count(conn: Connection, role: StaffRole) -> int:
    return int(await conn.fetchval("SELECT count(*) FROM staff_role WHERE role = $1", role))
