"""SQL of erasures: who waits for one, and what goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.contracts.people import PersonId, StaffRole
from services.kit.database.db import Connection, only_row
from services.people.domain.erasure import ErasureWaitsFor, waits_for


@dataclass(frozen=True, slots=True)
class State:
    """Of one person. Open orders are those that people has heard of: ordering keeps what an open order needs in any case."""

    asked_at: datetime | None
    erased_at: datetime | None
    waits_for: tuple[ErasureWaitsFor, ...]


async def state(conn: Connection, person_id: PersonId) -> State | None:
    row = await conn.fetchrow(
        """SELECT erasure_asked_at, erased_at,
                  EXISTS (SELECT FROM heard_order WHERE buyer = $2 AND NOT is_over) AS open_orders,
                  EXISTS (SELECT FROM staff_role WHERE person_id = p.id AND role = $3)
                  AND NOT EXISTS (SELECT FROM staff_role WHERE person_id <> p.id AND role = $3) AS last_of_ops
           FROM person p WHERE id = $1""",
        person_id,
        str(person_id),
        StaffRole.OPS,
    )
    if row is None:
        return None
    waits = waits_for(open_orders=row["open_orders"], last_of_ops=row["last_of_ops"])
    return State(row["erasure_asked_at"], row["erased_at"], waits)


async def waiting(conn: Connection, limit: int = 100, after: PersonId | None = None) -> list[PersonId]:
    """Who asked and is there still, whatever they wait for."""
    rows = await conn.fetch(
        """SELECT id FROM person WHERE erasure_asked_at IS NOT NULL AND erased_at IS NULL AND ($2::uuid IS NULL OR id > $2)
           ORDER BY id LIMIT $1""",
        limit,
        after,
    )
    return [PersonId(row["id"]) for row in rows]


async def number(conn: Connection, person_id: PersonId) -> str | None:
    found: str | None = await conn.fetchval("SELECT number FROM phone WHERE person_id = $1", person_id)
    return found


async def hold(conn: Connection, person_id: PersonId) -> str | None:
    """Their number, their sessions and them, in the order in which signing in and refreshing have them; the number."""
    found: str | None = await conn.fetchval("SELECT number FROM phone WHERE person_id = $1 FOR UPDATE", person_id)
    await conn.fetch("SELECT id FROM session WHERE person_id = $1 ORDER BY id FOR UPDATE", person_id)
    await conn.fetchval("SELECT id FROM person WHERE id = $1 FOR UPDATE", person_id)
    return found


async def ask(conn: Connection, person_id: PersonId) -> bool:
    """Whether it is new; asked already, it keeps its time."""
    done: str = await conn.execute(
        "UPDATE person SET erasure_asked_at = wlijo_now() WHERE id = $1 AND erasure_asked_at IS NULL", person_id
    )
    return done.endswith(" 1")


async def cancel(conn: Connection, person_id: PersonId) -> bool:
    """Whether there was one that had not begun."""
    done: str = await conn.execute(
        """UPDATE person SET erasure_asked_at = NULL
           WHERE id = $1 AND erasure_asked_at IS NOT NULL AND erased_at IS NULL""",
        person_id,
    )
    return done.endswith(" 1")


_OF_PERSON = (
    "DELETE FROM push_subscription WHERE person_id = $1",
    "DELETE FROM staff_role WHERE person_id = $1",
    "DELETE FROM refresh_token WHERE session_id IN (SELECT id FROM session WHERE person_id = $1)",
    # What has ended is told to whoever believes tokens, for as long as one lives; then the row goes as others do.
    "UPDATE session SET device = NULL, expires_at = least(expires_at, wlijo_now()) WHERE person_id = $1",
    "DELETE FROM phone WHERE person_id = $1",
    "UPDATE consent SET withdrawn_at = wlijo_now() WHERE person_id = $1 AND withdrawn_at IS NULL",
)
_OF_SUBJECT = (
    "DELETE FROM notice WHERE subject = $1",
    "DELETE FROM notice_preference WHERE subject = $1",
    "DELETE FROM export WHERE subject = $1",
    "DELETE FROM idempotency WHERE caller = $1",
)
_OF_NUMBER = (
    "DELETE FROM messages WHERE person_id = $1 OR phone = $2",
    "DELETE FROM sign_in_code WHERE person_id = $1 OR phone = $2",
)


async def take_away(conn: Connection, person_id: PersonId, number: str | None) -> datetime:
    """All by which they are known, and when it went. They are held, and their sessions have ended. What they agreed to stays, withdrawn,
    under the id alone."""
    for statement in _OF_NUMBER:
        await conn.execute(statement, person_id, number)
    for statement in _OF_PERSON:
        await conn.execute(statement, person_id)
    for statement in _OF_SUBJECT:
        await conn.execute(statement, str(person_id))
    row = await only_row(
        conn, "UPDATE person SET name = NULL, erased_at = wlijo_now() WHERE id = $1 RETURNING erased_at", person_id
    )
    at: datetime = row["erased_at"]
    return at
