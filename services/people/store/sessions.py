"""SQL of sessions and their refresh tokens."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.contracts.people import PersonId
from services.kit.database.db import Connection, Transaction, only_row
from services.people.domain.ids import SessionId
from services.people.domain.session import Ending

ENDED = "session_ended"
"""Who watches this is woken when sessions end."""


@dataclass(frozen=True, slots=True)
class Refreshed:
    """Of a token that was shown: whose session it is, whether that goes on, and whether the token was used before."""

    session_id: SessionId
    person_id: PersonId
    is_open: bool
    is_used: bool


async def begin(
    conn: Connection, session_id: SessionId, person_id: PersonId, device: str | None, idle_days: int
) -> None:
    await conn.execute(
        """INSERT INTO session (id, person_id, device, began_at, used_at, expires_at)
           VALUES ($1, $2, $3, wlijo_now(), wlijo_now(), wlijo_now() + $4 * interval '1 day')""",
        session_id,
        person_id,
        device,
        idle_days,
    )


async def go_on(conn: Connection, session_id: SessionId, digest: bytes, idle_days: int) -> datetime:
    """With this token to refresh by; when the session is over unless it is used before."""
    row = await only_row(
        conn,
        """WITH token AS (INSERT INTO refresh_token (digest, session_id, made_at) VALUES ($2, $1, wlijo_now()))
           UPDATE session SET used_at = wlijo_now(), expires_at = wlijo_now() + $3 * interval '1 day' WHERE id = $1
           RETURNING expires_at""",
        session_id,
        digest,
        idle_days,
    )
    ends_at: datetime = row["expires_at"]
    return ends_at


async def lock_by_token(conn: Connection, digest: bytes) -> Refreshed | None:
    """The session is held first: of two that show one token, the second sees that it was used."""
    session_id = await conn.fetchval(
        "SELECT s.id FROM session s WHERE s.id = (SELECT session_id FROM refresh_token WHERE digest = $1) FOR UPDATE",
        digest,
    )
    if session_id is None:
        return None
    row = await only_row(
        conn,
        """SELECT s.person_id, s.ended_at IS NULL AND s.expires_at > wlijo_now() AS is_open, t.used_at IS NOT NULL AS is_used
           FROM session s, refresh_token t WHERE s.id = $1 AND t.digest = $2""",
        session_id,
        digest,
    )
    return Refreshed(SessionId(session_id), PersonId(row["person_id"]), row["is_open"], row["is_used"])


async def use_token(conn: Connection, digest: bytes) -> None:
    await conn.execute("UPDATE refresh_token SET used_at = wlijo_now() WHERE digest = $1", digest)


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


async def end_beyond(conn: Transaction, person_id: PersonId, most: int) -> None:
    """Those unused longest, so that `most` are left."""
    conn.wake(ENDED)
    await conn.execute(
        """UPDATE session SET ended_at = wlijo_now(), ended_because = 'TOO_MANY' WHERE id = ANY(ARRAY(
               SELECT id FROM session WHERE person_id = $1 AND ended_at IS NULL AND expires_at > wlijo_now()
               ORDER BY used_at DESC, id DESC OFFSET $2))""",
        person_id,
        most,
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
