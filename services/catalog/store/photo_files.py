"""SQL by which files of photos and their rows are held against each other."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID

from services.catalog.domain.photo import PhotoPurpose
from services.catalog.media.names import ROOMS
from services.kit.database.db import Connection
from services.kit.photos.made import SIZES
from services.kit.photos.names import key_of
from services.kit.photos.sweeping import Kept


async def of_part(conn: Connection, part: str, after: UUID | None, limit: int) -> list[Kept]:
    """Photos whose ids end in these two digits, by id."""
    rows = await conn.fetch(
        """SELECT id, purpose, sizes, lost_at IS NOT NULL AS lost FROM media
           WHERE right(id::text, 2) = $1 AND ($2::uuid IS NULL OR id > $2) AND state <> 'AWAITED'
           ORDER BY right(id::text, 2), id LIMIT $3""",
        part,
        after,
        limit,
    )
    return [
        Kept(
            row["id"],
            [key_of(each.name, ROOMS[PhotoPurpose(row["purpose"]).private]) for each in SIZES.decode(row["sizes"])],
            row["lost"],
        )
        for row in rows
    ]


async def claimed_names(conn: Connection, ids: Collection[UUID]) -> set[str]:
    """Names of files that these photos have."""
    rows = await conn.fetch(
        "SELECT size ->> 'name' AS name FROM media, jsonb_array_elements(sizes) AS size WHERE id = ANY($1::uuid[])",
        list(ids),
    )
    return {row["name"] for row in rows}


async def to_go(conn: Connection, keys: Sequence[str], after: timedelta) -> None:
    """These files are to go; of one that is to go already, it stays as it was."""
    await conn.execute(
        "INSERT INTO media_gone (key, due_at) SELECT key, wlijo_now() + $2 FROM unnest($1::text[]) AS key ON CONFLICT DO NOTHING",
        keys,
        after,
    )


async def due(conn: Connection, limit: int) -> list[str]:
    rows = await conn.fetch(
        "SELECT key FROM media_gone WHERE due_at <= wlijo_now() ORDER BY due_at, key LIMIT $1", limit
    )
    return [row["key"] for row in rows]


async def gone(conn: Connection, keys: Sequence[str]) -> None:
    await conn.execute("DELETE FROM media_gone WHERE key = ANY($1::text[])", keys)


async def lost(conn: Connection, ids: Sequence[UUID]) -> None:
    await conn.execute(
        "UPDATE media SET lost_at = wlijo_now() WHERE id = ANY($1::uuid[]) AND lost_at IS NULL", list(ids)
    )


async def found_again(conn: Connection, ids: Sequence[UUID]) -> None:
    await conn.execute("UPDATE media SET lost_at = NULL WHERE id = ANY($1::uuid[])", list(ids))
