"""Merchants as heard of the catalog."""

from __future__ import annotations

from collections.abc import Sequence

from services.contracts.catalog import MerchantId
from services.contracts.places import GeoPoint
from services.delivery.domain.trip import Stop
from services.kit.database.db import Connection


async def save(
    conn: Connection, merchant_id: MerchantId, *, name: str, status: str, kecamatan_code: str, point: GeoPoint
) -> None:
    await conn.execute(
        """INSERT INTO merchant (id, name, status, kecamatan_code, lat, lng) VALUES ($1, $2, $3, $4, $5, $6)
           ON CONFLICT (id) DO UPDATE SET name = excluded.name, status = excluded.status, kecamatan_code = excluded.kecamatan_code,
                                          lat = excluded.lat, lng = excluded.lng""",
        merchant_id,
        name,
        status,
        kecamatan_code,
        point.lat,
        point.lng,
    )


async def save_members(conn: Connection, merchant_id: MerchantId, subjects: Sequence[str]) -> None:
    """These alone may see who fetches the merchant's goods."""
    await conn.execute(
        """WITH gone AS (DELETE FROM merchant_member WHERE merchant_id = $1 AND subject <> ALL ($2::text[]))
           INSERT INTO merchant_member (merchant_id, subject) SELECT $1, unnest($2::text[]) ON CONFLICT DO NOTHING""",
        merchant_id,
        list(subjects),
    )


async def pickups(conn: Connection, merchants: Sequence[MerchantId]) -> list[Stop]:
    """In the order asked; those unknown are left out."""
    rows = await conn.fetch(
        """SELECT m.id, name, kecamatan_code, lat, lng FROM unnest($1::uuid[]) WITH ORDINALITY AS w (id, n)
           JOIN merchant m USING (id) ORDER BY n""",
        merchants,
    )
    return [
        Stop(row["kecamatan_code"], GeoPoint(lat=row["lat"], lng=row["lng"]), MerchantId(row["id"]), row["name"])
        for row in rows
    ]
