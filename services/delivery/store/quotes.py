"""What a quote is made of: merchants as heard, zones, the tariff of the day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.contracts.catalog import MerchantId
from services.delivery.domain.roads import Point
from services.delivery.domain.tariff import TariffRule
from services.delivery.store.trips import Stop
from services.kit.database.db import Connection


async def save_merchant(
    conn: Connection, merchant_id: MerchantId, *, name: str, status: str, kecamatan_code: str, point: Point
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


@dataclass(frozen=True, slots=True)
class QuoteFacts:
    """`denied` says why a stop may not be where it is, '' when all may."""

    now: datetime
    rule: TariffRule | None
    pickups: list[Stop]
    denied: str


async def quote_facts(conn: Connection, merchants: Sequence[MerchantId], dropoff: Point) -> QuoteFacts:
    """At least one merchant must be asked for."""
    rows = await conn.fetch(
        """SELECT clock.now, m.id, m.name, m.kecamatan_code, m.lat, m.lng, closed.why,
                  t.version, t.min_fee_rupiah, t.included_m, t.per_km_rupiah, t.rider_share_pct, t.partner_share_pct,
                  t.platform_share_pct, t.legal_basis, t.binding
           FROM (SELECT wlijo_now() AS now) clock
           CROSS JOIN unnest($1::uuid[]) WITH ORDINALITY AS w (id, n)
           LEFT JOIN merchant m ON m.id = w.id
           LEFT JOIN LATERAL (
               SELECT z.name || ': ' || z.reason AS why FROM zone z
               WHERE (z.effect = 'DENY_PICKUP' AND z.boundary @> point(m.lng, m.lat))
                  OR (z.effect = 'DENY_DROPOFF' AND z.boundary @> point($3, $2)) ORDER BY z.name LIMIT 1) closed ON true
           LEFT JOIN LATERAL (
               SELECT * FROM tariff_rule r WHERE r.service = 'GOODS' AND r.zone_code = 'I'
               AND r.valid_from <= (clock.now AT TIME ZONE 'Asia/Jakarta')::date ORDER BY r.valid_from DESC LIMIT 1) t ON true
           ORDER BY w.n""",
        merchants,
        dropoff.lat,
        dropoff.lng,
    )
    first = rows[0]
    rule = (
        TariffRule(
            version=first["version"],
            min_fee_rupiah=first["min_fee_rupiah"],
            included_m=first["included_m"],
            per_km_rupiah=first["per_km_rupiah"],
            rider_share_pct=first["rider_share_pct"],
            partner_share_pct=first["partner_share_pct"],
            platform_share_pct=first["platform_share_pct"],
            legal_basis=first["legal_basis"],
            binding=first["binding"],
        )
        if first["version"]
        else None
    )
    stops = [
        Stop(row["kecamatan_code"], Point(row["lat"], row["lng"]), MerchantId(row["id"]), row["name"])
        for row in rows
        if row["id"]
    ]
    return QuoteFacts(first["now"], rule, stops, next((row["why"] for row in rows if row["why"]), ""))
