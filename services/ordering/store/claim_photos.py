"""SQL of photos of claims: what was asked for, what came, who sees it, and which files are to go."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from services.contracts.claims import ClaimId
from services.contracts.ordering import OrderId
from services.kit.database.db import Connection, Row, only_row
from services.kit.photos.made import SIZES
from services.kit.photos.names import key_of
from services.kit.photos.sizes import Made, Size
from services.kit.photos.sweeping import Kept
from services.ordering.domain.claim_photo import ROOM, ClaimPhoto, ClaimPhotoId, Standing
from services.ordering.domain.history import ActorKind

_PHOTO = """SELECT id, claim_id, return_to, source, sizes, goes_at <= wlijo_now() AS overdue FROM claim_photo WHERE id = $1"""


async def side_of(conn: Connection, claim_id: ClaimId, subject: str) -> ActorKind | None:
    """As whom the caller speaks in this claim: its buyer, one of its merchant's people, or nobody."""
    row = await conn.fetchrow(
        """SELECT EXISTS (SELECT FROM buyer b WHERE b.id = c.buyer_id AND b.subject = $2) AS buyer,
                  EXISTS (SELECT FROM merchant_member m WHERE m.merchant_id = c.merchant_id AND m.subject = $2) AS merchant
           FROM claim c WHERE c.id = $1""",
        claim_id,
        subject,
    )
    if row is None:
        return None
    if row["buyer"]:
        return ActorKind.BUYER
    return ActorKind.MERCHANT if row["merchant"] else None


async def standing(conn: Connection, claim_id: ClaimId, by: ActorKind, subject: str) -> Standing:
    """Whoever asks for two at once waits here until the first is written, of whatever claims they are. The claim has to be held."""
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('claim_photo:' || $1, 0))", subject)
    row = await only_row(
        conn,
        """SELECT (SELECT count(*) FROM claim_photo WHERE claim_id = $1 AND by_kind = $2 AND goes_at > wlijo_now()) AS here,
                  (SELECT count(*) FROM claim_photo WHERE subject = $3 AND made_at > wlijo_now() - interval '1 day') AS of_a_day""",
        claim_id,
        str(by),
        subject,
    )
    return Standing(row["here"], row["of_a_day"])


async def ask(
    conn: Connection,
    photo_id: ClaimPhotoId,
    claim_id: ClaimId,
    by: ActorKind,
    subject: str,
    *,
    within: timedelta,
    return_to: str | None,
) -> datetime:
    """Until when it is awaited."""
    until: datetime = await conn.fetchval(
        """INSERT INTO claim_photo (id, claim_id, by_kind, subject, made_at, goes_at, return_to)
           VALUES ($1, $2, $3, $4, wlijo_now(), wlijo_now() + $5, $6) RETURNING goes_at""",
        photo_id,
        claim_id,
        str(by),
        subject,
        within,
        return_to,
    )
    return until


async def find(conn: Connection, photo_id: ClaimPhotoId) -> ClaimPhoto | None:
    row = await conn.fetchrow(_PHOTO, photo_id)
    return _photo(row) if row else None


async def lock(conn: Connection, photo_id: ClaimPhotoId) -> ClaimPhoto | None:
    row = await conn.fetchrow(f"{_PHOTO} FOR UPDATE", photo_id)
    return _photo(row) if row else None


async def came(conn: Connection, photo_id: ClaimPhotoId, made: Made, kept_for: timedelta) -> tuple[datetime, OrderId]:
    """Until when it is kept, and whose page shows it."""
    row = await only_row(
        conn,
        """UPDATE claim_photo p SET source = $2, color = $3, sizes = $4::jsonb, came_at = wlijo_now(), goes_at = wlijo_now() + $5
           FROM claim c WHERE p.id = $1 AND c.id = p.claim_id RETURNING p.goes_at, c.order_id""",
        photo_id,
        made.source,
        made.color,
        msgspec.json.encode(list(made.sizes)).decode(),
        kept_for,
    )
    return row["goes_at"], OrderId(row["order_id"])


async def stays(conn: Connection, photo_id: ClaimPhotoId, longer: timedelta) -> datetime | None:
    """Until when, of one whose claim has not ended; None of another, or of none."""
    until: datetime | None = await conn.fetchval(
        """UPDATE claim_photo p SET goes_at = wlijo_now() + $2 FROM claim c
           WHERE p.id = $1 AND p.came_at IS NOT NULL AND c.id = p.claim_id AND c.due_at IS NOT NULL RETURNING p.goes_at""",
        photo_id,
        longer,
    )
    return until


async def drop(conn: Connection, photo_id: ClaimPhotoId) -> None:
    """One whose time is over, its files after it."""
    rows = await conn.fetch(
        "DELETE FROM claim_photo WHERE id = $1 AND goes_at <= wlijo_now() RETURNING sizes", photo_id
    )
    await to_go(conn, _keys(rows), timedelta())


async def drop_of_person(conn: Connection, subject: str) -> None:
    """What somebody sent, and what was shown to them of their own claims."""
    rows = await conn.fetch(
        """DELETE FROM claim_photo WHERE subject = $1 OR claim_id IN (
               SELECT c.id FROM claim c JOIN buyer b ON b.id = c.buyer_id WHERE b.subject = $1) RETURNING sizes""",
        subject,
    )
    await to_go(conn, _keys(rows), timedelta())


async def now(conn: Connection) -> datetime:
    at: datetime = await conn.fetchval("SELECT wlijo_now()")
    return at


# -- what GraphQL shows -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shown:
    """`of_viewer`: the caller sent it."""

    id: ClaimPhotoId
    claim_id: ClaimId
    by: ActorKind
    of_viewer: bool
    came_at: datetime
    color: str
    sizes: Sequence[Size]


async def of_claims(
    conn: Connection, ids: Sequence[ClaimId], subject: str, *, sees_all: bool
) -> tuple[dict[ClaimId, list[Shown]], datetime]:
    """Oldest first, for the claim's buyer, its merchant's people, and who sees all; and what time it is."""
    rows = await conn.fetch(
        """SELECT p.id, p.claim_id, p.by_kind, p.subject = $2 AS mine, p.came_at, p.color, p.sizes
           FROM claim_photo p JOIN claim c ON c.id = p.claim_id
           WHERE p.claim_id = ANY ($1) AND p.came_at IS NOT NULL AND p.goes_at > wlijo_now() AND p.lost_at IS NULL
           AND ($3 OR EXISTS (SELECT FROM buyer b WHERE b.id = c.buyer_id AND b.subject = $2)
                OR EXISTS (SELECT FROM merchant_member m WHERE m.merchant_id = c.merchant_id AND m.subject = $2))
           ORDER BY p.claim_id, p.came_at, p.id""",
        ids,
        subject,
        sees_all,
    )
    found: dict[ClaimId, list[Shown]] = {each: [] for each in ids}
    for row in rows:
        photo = Shown(
            ClaimPhotoId(row["id"]),
            ClaimId(row["claim_id"]),
            ActorKind(row["by_kind"]),
            row["mine"],
            row["came_at"],
            row["color"],
            SIZES.decode(row["sizes"]),
        )
        found[photo.claim_id].append(photo)
    return found, await now(conn)


# -- files and rows, held against each other --------------------------------------------------------------------------------


async def of_part(conn: Connection, part: str, after: UUID | None, limit: int) -> list[Kept]:
    """Photos whose ids end in these two digits, by id."""
    rows = await conn.fetch(
        """SELECT id, sizes, lost_at IS NOT NULL AS lost FROM claim_photo
           WHERE right(id::text, 2) = $1 AND ($2::uuid IS NULL OR id > $2) AND came_at IS NOT NULL
           ORDER BY right(id::text, 2), id LIMIT $3""",
        part,
        after,
        limit,
    )
    return [Kept(row["id"], _keys([row]), row["lost"]) for row in rows]


async def claimed_names(conn: Connection, ids: Collection[UUID]) -> set[str]:
    """Names of files that these photos have."""
    rows = await conn.fetch(
        "SELECT size ->> 'name' AS name FROM claim_photo, jsonb_array_elements(sizes) AS size WHERE id = ANY($1::uuid[])",
        list(ids),
    )
    return {row["name"] for row in rows}


async def to_go(conn: Connection, keys: Sequence[str], after: timedelta) -> None:
    """These files are to go; of one that is to go already, it stays as it was."""
    await conn.execute(
        """INSERT INTO claim_photo_gone (key, due_at)
           SELECT key, wlijo_now() + $2 FROM unnest($1::text[]) AS key ON CONFLICT DO NOTHING""",
        keys,
        after,
    )


async def due(conn: Connection, limit: int) -> list[str]:
    rows = await conn.fetch(
        "SELECT key FROM claim_photo_gone WHERE due_at <= wlijo_now() ORDER BY due_at, key LIMIT $1", limit
    )
    return [row["key"] for row in rows]


async def gone(conn: Connection, keys: Sequence[str]) -> None:
    await conn.execute("DELETE FROM claim_photo_gone WHERE key = ANY($1::text[])", keys)


async def lost(conn: Connection, ids: Sequence[UUID]) -> None:
    await conn.execute(
        "UPDATE claim_photo SET lost_at = wlijo_now() WHERE id = ANY($1::uuid[]) AND lost_at IS NULL", list(ids)
    )


async def found_again(conn: Connection, ids: Sequence[UUID]) -> None:
    await conn.execute("UPDATE claim_photo SET lost_at = NULL WHERE id = ANY($1::uuid[])", list(ids))


def _keys(rows: Sequence[Row]) -> list[str]:
    return [key_of(size.name, ROOM) for row in rows for size in SIZES.decode(row["sizes"])]


def _photo(row: Row) -> ClaimPhoto:
    return ClaimPhoto(
        ClaimPhotoId(row["id"]),
        ClaimId(row["claim_id"]),
        row["overdue"],
        row["return_to"],
        row["source"],
        SIZES.decode(row["sizes"]),
    )
