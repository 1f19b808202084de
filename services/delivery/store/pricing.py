"""What a quote is made of: merchants' places, zones, the tariff of the day."""

from __future__ import annotations

from collections.abc import Sequence

from services.contracts.catalog import MerchantId
from services.contracts.places import GeoPoint
from services.delivery.domain.quote import Facts
from services.delivery.domain.tariff import TariffRule
from services.delivery.domain.trip import Stop
from services.kit.database.db import Connection


async def facts(conn: Connection, merchants: Sequence[MerchantId], dropoff: GeoPoint) -> Facts:
    """At least one merchant must be asked for."""
    rows = await conn.fetch(
        """SELECT clock.now, m.id, m.name, m.kecamatan_code, m.lat, m.lng, closed.why,
                  t.version, t.min_fee_rupiah, t.included_m, t.per_km_rupiah, t.rider_share_pct, t.partner_share_pct,
                  t.platform_share_pct, t.legal_basis
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
        )
        if first["version"]
        else None
    )
    stops = [
        Stop(row["kecamatan_code"], GeoPoint(lat=row["lat"], lng=row["lng"]), MerchantId(row["id"]), row["name"])
        for row in rows
        if row["id"]
    ]
    return Facts(first["now"], rule, stops, next((row["why"] for row in rows if row["why"]), ""))
