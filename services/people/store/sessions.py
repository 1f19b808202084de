"""SQL of sessions and their refresh tokens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.contracts.people import PersonId, StaffRole
from services.kit.database.db import Connection, Row, Transaction, only_row
from services.people.domain.ids import SessionId
from services.people.domain.session import Ending
from services.people.store.reading import PersonView, SessionView, person_view, session_view

ENDED = "session_ended"
"""Who watches this is woken when sessions end."""


@dataclass(frozen=True, slots=True)
class Refreshed:
    """Of a token that was shown: whose session it is, whether that goes on, and whether the token was used before."""

    session_id: SessionId
    person_id: PersonId
    is_open: bool
    is_used: bool


@dataclass(frozen=True, slots=True)
class Begun:
    session: SessionView
    person: PersonView
    roles: list[StaffRole]


def _roles(row: Row) -> list[StaffRole]:
    return [StaffRole(each) for each in row["roles"]]


_ROLES = "ARRAY(SELECT role FROM staff_role WHERE staff_role.person_id = s.person_id ORDER BY role) AS roles"


async def begin(
    conn: Transaction,
    session_id: SessionId,
    person_id: PersonId,
    device: str | None,
    digest: bytes,
    idle_days: int,
    most: int,
) -> Begun:
    """A session with this token to refresh by; those of theirs unused longest end, so that `most` are left. Whoever changes their roles
    holds the person, and so does the caller: the roles are those of now."""
    row = await only_row(
        conn,
        f"""WITH beyond AS (
               UPDATE session SET ended_at = wlijo_now(), ended_because = 'TOO_MANY' WHERE id = ANY(ARRAY(
                   SELECT id FROM session WHERE person_id = $2 AND ended_at IS NULL AND expires_at > wlijo_now()
                   ORDER BY used_at DESC, id DESC OFFSET $6 - 1)) RETURNING id),
           s AS (
               INSERT INTO session (id, person_id, device, began_at, used_at, expires_at)
               VALUES ($1, $2, $3, wlijo_now(), wlijo_now(), wlijo_now() + $5 * interval '1 day') RETURNING *),
           token AS (INSERT INTO refresh_token (digest, session_id, made_at) VALUES ($4, $1, wlijo_now()))
           SELECT s.*, p.name, n.number, p.language, p.registered_at, EXISTS (SELECT FROM beyond) AS have_ended, {_ROLES}
           FROM s JOIN person p ON p.id = s.person_id LEFT JOIN phone n ON n.person_id = p.id""",
        session_id,
        person_id,
        device,
        digest,
        idle_days,
        most,
    )
    if row["have_ended"]:
        conn.wake(ENDED)
    return Begun(session_view(row), person_view(row, person_id), _roles(row))


async def go_on(
    conn: Connection, session_id: SessionId, digest: bytes, idle_days: int
) -> tuple[datetime, list[StaffRole]]:
    """With this token to refresh by; when the session is over unless it is used before, and the roles of whom the caller holds."""
    row = await only_row(
        conn,
        f"""WITH token AS (INSERT INTO refresh_token (digest, session_id, made_at) VALUES ($2, $1, wlijo_now()))
           UPDATE session s SET used_at = wlijo_now(), expires_at = wlijo_now() + $3 * interval '1 day' WHERE id = $1
           RETURNING expires_at, {_ROLES}""",
        session_id,
        digest,
        idle_days,
    )
    return row["expires_at"], _roles(row)


async def lock_by_token(conn: Connection, digest: bytes) -> Refreshed | None:
    """Session and token are held, and read as they are then: of two that show one token, the second sees that it was used."""
    row = await conn.fetchrow(
        """SELECT s.id, s.person_id, s.ended_at IS NULL AND s.expires_at > wlijo_now() AS is_open, t.used_at IS NOT NULL AS is_used
           FROM session s JOIN refresh_token t ON t.session_id = s.id WHERE t.digest = $1 FOR UPDATE OF s, t""",
        digest,
    )
    if row is None:
        return None
    return Refreshed(SessionId(row["id"]), PersonId(row["person_id"]), row["is_open"], row["is_used"])


async def use_token(conn: Connection, digest: bytes, person_id: PersonId) -> None:
    """Its person is seen, and held from now on."""
    await conn.execute(
        """WITH used AS (UPDATE refresh_token SET used_at = wlijo_now() WHERE digest = $1)
           UPDATE person SET seen_at = wlijo_now() WHERE id = $2""",
        digest,
        person_id,
    )


async def end(conn: Transaction, person_id: PersonId, session_id: SessionId, because: Ending) -> bool:
    """Whether it is a session of this person; one that has ended stays as it ended."""
    conn.wake(ENDED)
    await conn.execute(
        "UPDATE session SET ended_at = wlijo_now(), ended_because = $3 WHERE id = $2 AND person_id = $1 AND ended_at IS NULL",
        person_id,
        session_id,
        because,
    )
    return bool(await conn.fetchval("SELECT true FROM session WHERE id = $2 AND person_id = $1", person_id, session_id))


async def end_all(conn: Transaction, person_id: PersonId, because: Ending, *, but: SessionId | None = None) -> None:
    conn.wake(ENDED)
    await conn.execute(
        """UPDATE session SET ended_at = wlijo_now(), ended_because = $2
           WHERE person_id = $1 AND ended_at IS NULL AND id IS DISTINCT FROM $3""",
        person_id,
        because,
        but,
    )


async def ended(conn: Connection, within_s: float, kept_s: float) -> list[tuple[SessionId, float]]:
    """Those that ended so lately, and how long it is until `kept_s` after their end."""
    rows = await conn.fetch(
        """SELECT id, $2 - extract(epoch FROM wlijo_now() - ended_at)::float AS left_s FROM session
           WHERE ended_at > wlijo_now() - make_interval(secs => $1) ORDER BY ended_at""",
        within_s,
        kept_s,
    )
    return [(SessionId(row["id"]), row["left_s"]) for row in rows]


async def forget(conn: Connection, limit: int = 500) -> bool:
    """Those that were over 30 days ago, with their tokens, at most `limit`; whether there may be more."""
    done: str = await conn.execute(
        """DELETE FROM session WHERE ctid = ANY(ARRAY(SELECT ctid FROM session
               WHERE expires_at < wlijo_now() - interval '30 days' LIMIT $1 FOR UPDATE SKIP LOCKED))""",
        limit,
    )
    return int(done.rpartition(" ")[2]) >= limit


async def is_open(conn: Connection, person_id: PersonId, session_id: SessionId) -> bool:
    return bool(
        await conn.fetchval(
            "SELECT true FROM session WHERE id = $2 AND person_id = $1 AND ended_at IS NULL AND expires_at > wlijo_now()",
            person_id,
            session_id,
        )
    )
