"""What a quote is made of: merchants' places, zones, the tariff of the day, and who rides for less."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.contracts.catalog import MerchantId
from services.contracts.delivery import Place
from services.contracts.places import GeoPoint
from services.delivery.domain.quote import Facts
from services.delivery.domain.trip import Stop
from services.delivery.domain.zone import At
from services.delivery.store.fares import RULE, rule_of
from services.delivery.store.rates import RIVALS, rivals
from services.delivery.store.zones import AS_OBJECT, HOLDS, of_objects
from services.kit.database.db import Connection

_ZONES: Final = (
    f"SELECT jsonb_agg({AS_OBJECT})::text AS zones FROM zone z WHERE z.ended_at IS NULL AND z.switched_on AND "
)
STATEMENT: Final = f"""
SELECT clock.now, m.id, m.name, m.kecamatan_code, m.lat, m.lng, here.zones AS here, door.zones AS door, served.zones AS served, {RULE},
       CASE WHEN w.n = 1 THEN {RIVALS} END AS rivals
FROM (SELECT wlijo_now() AS now) clock
CROSS JOIN unnest($1::uuid[]) WITH ORDINALITY AS w (id, n)
LEFT JOIN merchant m ON m.id = w.id
LEFT JOIN LATERAL ({_ZONES} {HOLDS.format(at="point(m.lng, m.lat)")}) here ON true
LEFT JOIN LATERAL ({_ZONES} w.n = 1 AND {HOLDS.format(at="point($3, $2)")}) door ON true
LEFT JOIN LATERAL ({_ZONES} w.n = 1 AND z.effect = 'SERVE') served ON true
LEFT JOIN LATERAL (
    SELECT * FROM tariff_rule r WHERE r.service = 'GOODS' AND r.zone_code = 'I'
    AND (clock.now AT TIME ZONE 'Asia/Jakarta')::date BETWEEN r.valid_from AND coalesce(r.valid_until, 'infinity')
    ORDER BY r.valid_from DESC LIMIT 1) t ON true
ORDER BY w.n"""


async def facts(conn: Connection, merchants: Sequence[MerchantId], dropoff: GeoPoint) -> Facts:
    """At least one merchant must be asked for."""
    rows = await conn.fetch(STATEMENT, merchants, dropoff.lat, dropoff.lng)
    first = rows[0]
    stops = [
        Stop(row["kecamatan_code"], GeoPoint(lat=row["lat"], lng=row["lng"]), MerchantId(row["id"]), row["name"])
        for row in rows
        if row["id"]
    ]
    at = [At(Place.PICKUP, of_objects(row["here"])) for row in rows if row["id"]]
    at.append(At(Place.DROPOFF, of_objects(first["door"])))
    rule = rule_of(first) if first["version"] else None
    return Facts(first["now"], rule, stops, at, of_objects(first["served"]), rivals(first["rivals"]))
