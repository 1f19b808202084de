"""SQL of photos: what was asked for, what came, where it is shown, and which files are to go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from services.catalog.domain.caller import Caller
from services.catalog.domain.photo import (
    MAX_WAITING,
    Made,
    Media,
    MediaState,
    PhotoPurpose,
    Size,
)
from services.contracts.catalog import MediaId, MerchantId, ProductId
from services.kit.database.db import Connection, Row

MAX_CHANGES = 50
_SIZES: msgspec.json.Decoder[list[Size]] = msgspec.json.Decoder(list[Size])


class PhotoView(msgspec.Struct, frozen=True, kw_only=True):
    """`of` is the product or merchant that it is shown at; `alt` is empty of one that is not."""

    id: MediaId
    of: UUID
    alt: str
    color: str
    purpose: PhotoPurpose
    sizes: list[Size]


class PhotoChangeView(msgspec.Struct, frozen=True, kw_only=True):
    product_id: ProductId
    media_id: MediaId | None
    action: str
    at: datetime


_MEDIA = """SELECT id, merchant_id, purpose, state, return_to, source, sizes, goes_at IS NOT NULL AND goes_at <= wlijo_now() AS overdue
    FROM media WHERE id = $1"""


async def waiting(conn: Connection, merchant_id: MerchantId) -> tuple[int, int]:
    """How many were asked for or sent, and are used nowhere yet; and how many were asked for within a day."""
    (row,) = await conn.fetch(
        """SELECT count(*) FILTER (WHERE state IN ('AWAITED', 'READY') AND goes_at > wlijo_now()) AS waiting, count(*) AS of_a_day
           FROM media WHERE merchant_id = $1 AND made_at > wlijo_now() - interval '1 day'""",
        merchant_id,
    )
    return row["waiting"], row["of_a_day"]


async def insert(
    conn: Connection,
    media_id: MediaId,
    merchant_id: MerchantId,
    purpose: PhotoPurpose,
    *,
    by: str,
    within: timedelta,
    return_to: str | None,
) -> datetime:
    """Until when it is awaited."""
    until: datetime = await conn.fetchval(
        """INSERT INTO media (id, merchant_id, purpose, state, subject, made_at, goes_at, return_to)
           VALUES ($1, $2, $3, 'AWAITED', $4, wlijo_now(), wlijo_now() + $5, $6) RETURNING goes_at""",
        media_id,
        merchant_id,
        str(purpose),
        by,
        within,
        return_to,
    )
    return until


async def find(conn: Connection, media_id: MediaId) -> Media | None:
    row = await conn.fetchrow(_MEDIA, media_id)
    return _media(row) if row else None


async def lock(conn: Connection, media_id: MediaId) -> Media | None:
    row = await conn.fetchrow(f"{_MEDIA} FOR UPDATE", media_id)
    return _media(row) if row else None


async def arrived(conn: Connection, media_id: MediaId, made: Made, kept_for: timedelta) -> datetime:
    """Until when it is kept for nobody."""
    until: datetime = await conn.fetchval(
        """UPDATE media SET state = 'READY', source = $2, color = $3, sizes = $4::jsonb, goes_at = wlijo_now() + $5
           WHERE id = $1 RETURNING goes_at""",
        media_id,
        made.source,
        made.color,
        msgspec.json.encode(list(made.sizes)).decode(),
        kept_for,
    )
    return until


async def claim(conn: Connection, media_id: MediaId) -> None:
    await conn.execute("UPDATE media SET state = 'CLAIMED', goes_at = NULL WHERE id = $1", media_id)


async def release(conn: Connection, media_id: MediaId, kept_for: timedelta) -> datetime:
    """Until when it can be put back."""
    until: datetime = await conn.fetchval(
        "UPDATE media SET state = 'REMOVED', goes_at = wlijo_now() + $2 WHERE id = $1 RETURNING goes_at",
        media_id,
        kept_for,
    )
    return until


async def drop_overdue(conn: Connection, media_id: MediaId) -> Media | None:
    """What went, if its time is over and nobody uses it."""
    row = await conn.fetchrow(
        """DELETE FROM media WHERE id = $1 AND goes_at <= wlijo_now()
           RETURNING id, merchant_id, purpose, state, return_to, source, sizes, true AS overdue""",
        media_id,
    )
    return _media(row) if row else None


# -- where it is shown ----------------------------------------------------------------------------------------------------


async def merchant_of(conn: Connection, product_id: ProductId) -> MerchantId:
    """Of a product that is there; it never changes."""
    return MerchantId(await conn.fetchval("SELECT merchant_id FROM product WHERE id = $1", product_id))


async def of_product(conn: Connection, product_id: ProductId) -> list[MediaId]:
    """In their order. The product has to be held."""
    rows = await conn.fetch("SELECT media_id FROM product_photo WHERE product_id = $1 ORDER BY position", product_id)
    return [MediaId(row["media_id"]) for row in rows]


async def show(conn: Connection, product_id: ProductId, media_id: MediaId, alt: str) -> None:
    """Behind those that are there."""
    await conn.execute(
        """INSERT INTO product_photo (media_id, product_id, position, alt)
           SELECT $2, $1, coalesce(max(position) + 1, 0), $3 FROM product_photo WHERE product_id = $1""",
        product_id,
        media_id,
        alt,
    )


async def order(conn: Connection, product_id: ProductId, wanted: Sequence[MediaId]) -> None:
    await conn.execute(
        """UPDATE product_photo p SET position = w.place - 1 FROM unnest($2::uuid[]) WITH ORDINALITY AS w (media_id, place)
           WHERE p.product_id = $1 AND p.media_id = w.media_id""",
        product_id,
        wanted,
    )


async def take_out(conn: Connection, product_id: ProductId, media_id: MediaId) -> None:
    await conn.execute("DELETE FROM product_photo WHERE product_id = $1 AND media_id = $2", product_id, media_id)


async def of_merchant(conn: Connection, merchant_id: MerchantId) -> MediaId | None:
    """The merchant has to be held."""
    found = await conn.fetchval("SELECT media_id FROM merchant_photo WHERE merchant_id = $1", merchant_id)
    return MediaId(found) if found else None


async def set_of_merchant(conn: Connection, merchant_id: MerchantId, media_id: MediaId, alt: str) -> None:
    await conn.execute(
        """INSERT INTO merchant_photo (merchant_id, media_id, alt) VALUES ($1, $2, $3)
           ON CONFLICT (merchant_id) DO UPDATE SET media_id = excluded.media_id, alt = excluded.alt""",
        merchant_id,
        media_id,
        alt,
    )


async def clear_of_merchant(conn: Connection, merchant_id: MerchantId) -> None:
    await conn.execute("DELETE FROM merchant_photo WHERE merchant_id = $1", merchant_id)


async def changed(
    conn: Connection,
    merchant_id: MerchantId,
    action: str,
    *,
    by: str,
    product_id: ProductId | None = None,
    media_id: MediaId | None = None,
) -> None:
    await conn.execute(
        """INSERT INTO photo_change (merchant_id, product_id, media_id, action, subject, at)
           VALUES ($1, $2, $3, $4, $5, wlijo_now())""",
        merchant_id,
        product_id,
        media_id,
        action,
        by,
    )


async def ever_changed(conn: Connection, product_id: ProductId) -> bool:
    """Whether anybody has ever done anything with a photo of it."""
    found: bool = await conn.fetchval("SELECT EXISTS (SELECT FROM photo_change WHERE product_id = $1)", product_id)
    return found


# -- what GraphQL shows -----------------------------------------------------------------------------------------------------

_SHOWN = "m.id, m.color, m.purpose, m.sizes"


async def photos_of_products(conn: Connection, ids: Sequence[ProductId]) -> list[PhotoView]:
    """By product, in their order; of products that the caller sees."""
    rows = await conn.fetch(
        f"""SELECT {_SHOWN}, p.product_id AS of, p.alt FROM product_photo p JOIN media m ON m.id = p.media_id
            WHERE p.product_id = ANY($1::uuid[]) AND m.lost_at IS NULL ORDER BY p.product_id, p.position""",
        ids,
    )
    return [_view(row) for row in rows]


async def first_photos(conn: Connection, ids: Sequence[ProductId]) -> list[PhotoView]:
    """The first of each that has one."""
    rows = await conn.fetch(
        f"""SELECT {_SHOWN}, asked.id AS of, first.alt FROM unnest($1::uuid[]) AS asked (id) CROSS JOIN LATERAL (
                SELECT p.media_id, p.alt FROM product_photo p JOIN media m ON m.id = p.media_id AND m.lost_at IS NULL
                WHERE p.product_id = asked.id ORDER BY p.position LIMIT 1
            ) AS first JOIN media m ON m.id = first.media_id""",
        ids,
    )
    return [_view(row) for row in rows]


async def photos_of_merchants(conn: Connection, ids: Sequence[MerchantId]) -> list[PhotoView]:
    """Of merchants that the caller sees."""
    rows = await conn.fetch(
        f"""SELECT {_SHOWN}, p.merchant_id AS of, p.alt FROM merchant_photo p JOIN media m ON m.id = p.media_id
            WHERE p.merchant_id = ANY($1::uuid[]) AND m.lost_at IS NULL""",
        ids,
    )
    return [_view(row) for row in rows]


# $1 is the caller as a member, $2 whether they may see those of every merchant.
_OPS = "$2"
_MEMBER = "EXISTS (SELECT FROM merchant_member me WHERE me.merchant_id = m.merchant_id AND me.subject = $1)"
_AMONG = f"({_OPS} OR {_MEMBER})"


async def waiting_photos(conn: Connection, caller: Caller, ids: Sequence[MerchantId]) -> list[PhotoView]:
    """By merchant, the newest first: sent, and used nowhere yet. Of merchants that the caller is of; for operators all but documents."""
    rows = await conn.fetch(
        f"""SELECT {_SHOWN}, m.merchant_id AS of, '' AS alt FROM media m
            WHERE m.merchant_id = ANY($3::uuid[]) AND m.state = 'READY' AND m.goes_at > wlijo_now() AND m.lost_at IS NULL
            AND (({_OPS} AND m.purpose <> 'LICENCE') OR {_MEMBER}) ORDER BY m.merchant_id, m.id DESC LIMIT $4""",
        caller.member,
        caller.ops,
        ids,
        MAX_WAITING * len(ids),
    )
    return [_view(row) for row in rows]


async def documents(
    conn: Connection, caller: Caller, ids: Sequence[MediaId]
) -> tuple[dict[MediaId, PhotoView], datetime]:
    """Photos of documents that the caller may see: their merchant's people, and the platform; and what time it is."""
    rows = await conn.fetch(
        f"""SELECT {_SHOWN}, m.merchant_id AS of, '' AS alt FROM media m
            WHERE m.id = ANY($3::uuid[]) AND m.purpose = 'LICENCE' AND m.state <> 'AWAITED' AND m.lost_at IS NULL AND {_AMONG}""",
        caller.member,
        caller.staff,
        ids,
    )
    now: datetime = await conn.fetchval("SELECT wlijo_now()")
    return {found.id: found for found in map(_view, rows)}, now


async def changes(conn: Connection, caller: Caller, ids: Sequence[ProductId]) -> list[PhotoChangeView]:
    """By product, the newest first, so many of each; of products of merchants that the caller is of, for operators of all."""
    rows = await conn.fetch(
        """SELECT asked.id AS product_id, c.media_id, c.action, c.at FROM unnest($3::uuid[]) AS asked (id)
           JOIN product p ON p.id = asked.id AND ($2 OR EXISTS (
               SELECT FROM merchant_member me WHERE me.merchant_id = p.merchant_id AND me.subject = $1))
           CROSS JOIN LATERAL (
               SELECT id, media_id, action, at FROM photo_change WHERE product_id = asked.id ORDER BY id DESC LIMIT $4
           ) AS c ORDER BY asked.id, c.id DESC""",
        caller.member,
        caller.ops,
        ids,
        MAX_CHANGES,
    )
    return [
        PhotoChangeView(
            product_id=ProductId(row["product_id"]),
            media_id=MediaId(row["media_id"]) if row["media_id"] else None,
            action=row["action"],
            at=row["at"],
        )
        for row in rows
    ]


async def now(conn: Connection) -> datetime:
    at: datetime = await conn.fetchval("SELECT wlijo_now()")
    return at


def _view(row: Row) -> PhotoView:
    return PhotoView(
        id=MediaId(row["id"]),
        of=row["of"],
        alt=row["alt"],
        color=row["color"],
        purpose=PhotoPurpose(row["purpose"]),
        sizes=_SIZES.decode(row["sizes"]),
    )


def _media(row: Row | Any) -> Media:
    return Media(
        id=MediaId(row["id"]),
        merchant_id=MerchantId(row["merchant_id"]),
        purpose=PhotoPurpose(row["purpose"]),
        state=MediaState(row["state"]),
        overdue=row["overdue"],
        return_to=row["return_to"],
        source=row["source"],
        sizes=_SIZES.decode(row["sizes"]),
    )
