"""SQL of codes that prove a number."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.contracts.people import PersonId
from services.kit.database.db import Connection, only_row
from services.people.domain.code import MOST_TRIES, Kept
from services.people.domain.ids import CodeId

_UNSAID = ("sign_in_code", "number_change_code", "erasure_code")


async def add(
    conn: Connection, kept: Kept, phone: str, *, lives_s: int, purpose: str, changes: PersonId | None = None
) -> datetime:
    """When it ends. `changes`: whose it is alone."""
    row = await only_row(
        conn,
        """INSERT INTO sign_in_code (id, phone, person_id, digest, made_at, expires_at, purpose)
           VALUES ($1, $2, $3, $4, wlijo_now(), wlijo_now() + $5 * interval '1 second', $6) RETURNING expires_at""",
        kept.id,
        phone,
        changes,
        kept.digest,
        lives_s,
        purpose,
    )
    ends_at: datetime = row["expires_at"]
    return ends_at


async def lock_good(conn: Connection, phone: str, *, purpose: str, changes: PersonId | None = None) -> list[Kept]:
    """Those of the number and the purpose that can still be right: who guesses at the same time waits here, and then sees what is left."""
    rows = await conn.fetch(
        """SELECT id, digest FROM sign_in_code
           WHERE phone = $1 AND person_id IS NOT DISTINCT FROM $2 AND used_at IS NULL AND tries < $3 AND expires_at > wlijo_now()
           AND (purpose = $4 OR purpose IS NULL AND $4 = ANY($5::text[])) -- the release before has said none
           ORDER BY id FOR UPDATE""",
        phone,
        changes,
        MOST_TRIES,
        purpose,
        list(_UNSAID),
    )
    return [Kept(CodeId(row["id"]), bytes(row["digest"])) for row in rows]


async def count_try(conn: Connection, ids: Sequence[CodeId]) -> None:
    await conn.execute("UPDATE sign_in_code SET tries = tries + 1 WHERE id = ANY($1::uuid[])", ids)


async def use(conn: Connection, ids: Sequence[CodeId]) -> None:
    """All that were good: who has proved the number needs none of the others."""
    await conn.execute("UPDATE sign_in_code SET used_at = wlijo_now() WHERE id = ANY($1::uuid[])", ids)


async def forget(conn: Connection, limit: int = 1_000) -> bool:
    """Those that were over a day ago, at most `limit`; whether there may be more."""
    done: str = await conn.execute(
        """DELETE FROM sign_in_code WHERE ctid = ANY(ARRAY(SELECT ctid FROM sign_in_code
               WHERE expires_at < wlijo_now() - interval '1 day' LIMIT $1 FOR UPDATE SKIP LOCKED))""",
        limit,
    )
    return int(done.rpartition(" ")[2]) >= limit
