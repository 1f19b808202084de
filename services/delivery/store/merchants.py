"""Merchants as heard of the catalog."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.contracts.catalog import MerchantId
from services.contracts.places import GeoPoint
from services.delivery.domain.trip import Stop
from services.delivery.store import zones
from services.kit.database.db import Connection, Transaction


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


_STOPS: Final = f"""
WITH pickup AS (
    SELECT n, m.id, m.name, m.kecamatan_code, m.lat, m.lng FROM unnest($1::uuid[]) WITH ORDINALITY AS w (id, n) JOIN merchant m USING (id)
), way (kind, lat, lng) AS (SELECT 'PICKUP', lat, lng FROM pickup UNION ALL SELECT 'DROPOFF', $2, $3)
SELECT wlijo_now() AS now, {zones.hazards("way s WHERE true")} AS hazards,
       (SELECT array_agg((id, name, kecamatan_code, lat, lng) ORDER BY n) FROM pickup) AS pickups"""


async def pickups(conn: Transaction, merchants: Sequence[MerchantId], dropoff: GeoPoint) -> tuple[list[Stop], bool]:
    """In the order asked, those unknown left out; and whether a hazard lies over one of them or over the door."""
    (row,) = await conn.look(_STOPS, merchants, dropoff.lat, dropoff.lng)
    stops = [
        Stop(kecamatan, GeoPoint(lat=lat, lng=lng), MerchantId(merchant), name)
        for merchant, name, kecamatan, lat, lng in row["pickups"] or ()
    ]
    return stops, zones.is_closed(row["hazards"], row["now"])
