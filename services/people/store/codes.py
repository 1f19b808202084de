"""SQL of codes that prove a number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.contracts.amounts import Language
from services.contracts.people import PersonId
from services.kit.database.db import Connection, only_row
from services.people.domain.code import MOST_TRIES, Kept
from services.people.domain.ids import CodeId, MessageId
from services.people.domain.limits import Take

_UNSAID = ("sign_in_code", "number_change_code", "erasure_code")


@dataclass(frozen=True, slots=True)
class Sent:
    """How a code is said, and to which number."""

    phone: str
    kind: str
    language: Language
    text: str
    code: str


async def add(conn: Connection, kept: Kept, phone: str, *, lives_s: int, purpose: str) -> datetime:
    """When it ends."""
    row = await only_row(
        conn,
        """INSERT INTO sign_in_code (id, phone, digest, made_at, expires_at, purpose)
           VALUES ($1, $2, $3, wlijo_now(), wlijo_now() + $4 * interval '1 second', $5) RETURNING expires_at""",
        kept.id,
        phone,
        kept.digest,
        lives_s,
        purpose,
    )
    ends_at: datetime = row["expires_at"]
    return ends_at


async def add_to_send(conn: Connection, kept: Kept, sent: Sent, *, lives_s: int, changes: PersonId | None) -> datetime:
    """The code and the message that says it; when both end. `changes`: whose it is alone."""
    row = await only_row(
        conn,
        """WITH code AS (
               INSERT INTO sign_in_code (id, phone, person_id, digest, made_at, expires_at, purpose)
               VALUES ($1, $2, $3, $4, wlijo_now(), wlijo_now() + $5 * interval '1 second', $7) RETURNING phone, made_at, expires_at)
           INSERT INTO messages (id, phone, kind, language, text, created_at, expires_at, not_before, code)
           SELECT $6, phone, $7, $8, $9, made_at, expires_at, made_at, $10 FROM code RETURNING expires_at""",
        kept.id,
        sent.phone,
        changes,
        kept.digest,
        lives_s,
        MessageId.new(),
        sent.kind,
        sent.language.lower(),
        sent.text,
        sent.code,
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


async def use(conn: Connection, ids: Sequence[CodeId], attempt: Take) -> None:
    """All that were good: who has proved the number needs none of the others, and has the guess back."""
    await conn.execute(
        """WITH back AS (UPDATE allowance SET taken = taken - 1 WHERE kind = $2 AND key = $3 AND taken > 0)
           UPDATE sign_in_code SET used_at = wlijo_now() WHERE id = ANY($1::uuid[])""",
        ids,
        attempt.kind,
        attempt.key,
    )


async def forget(conn: Connection, limit: int = 1_000) -> bool:
    """Those that were over a day ago, at most `limit`; whether there may be more."""
    done: str = await conn.execute(
        """DELETE FROM sign_in_code WHERE ctid = ANY(ARRAY(SELECT ctid FROM sign_in_code
               WHERE expires_at < wlijo_now() - interval '1 day' LIMIT $1 FOR UPDATE SKIP LOCKED))""",
        limit,
    )
    return int(done.rpartition(" ")[2]) >= limit
