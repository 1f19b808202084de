"""SQL of tariffs and zones as they are entered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from services.contracts.places import GeoPoint
from services.delivery.domain.tariff import TariffRule
from services.kit.database.db import Connection
from services.kit.ids import Id


class TariffRuleId(Id, prefix="trf"):
    pass


class ZoneId(Id, prefix="zon"):
    pass


@dataclass(frozen=True, slots=True)
class DatedRule:
    """From `valid_from` on, in WIB. `binding`: the legal basis prescribes the numbers, it does not merely suggest them."""

    key: str
    rule: TariffRule
    service: str
    zone_code: str
    valid_from: date
    binding: bool


@dataclass(frozen=True, slots=True)
class Zone:
    key: str
    name: str
    kind: str
    effect: str
    reason: str
    boundary: Sequence[GeoPoint]

    @property
    def polygon(self) -> str:
        return f"({','.join(f'({corner.lng},{corner.lat})' for corner in self.boundary)})"


async def add_rule(conn: Connection, dated: DatedRule, by: str | None) -> bool:
    """False when its version, or its day, is there."""
    rule = dated.rule
    return bool(
        await conn.fetchval(
            """INSERT INTO tariff_rule (id, version, service, zone_code, valid_from, min_fee_rupiah, included_m, per_km_rupiah,
                                        rider_share_pct, partner_share_pct, platform_share_pct, legal_basis, binding,
                                        entered_at, entered_by)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, wlijo_now(), $14)
               ON CONFLICT DO NOTHING RETURNING true""",
            TariffRuleId.seeded(dated.key),
            rule.version,
            dated.service,
            dated.zone_code,
            dated.valid_from,
            rule.min_fee_rupiah,
            rule.included_m,
            rule.per_km_rupiah,
            rule.rider_share_pct,
            rule.partner_share_pct,
            rule.platform_share_pct,
            rule.legal_basis,
            dated.binding,
            by,
        )
    )


async def has_rule(conn: Connection, dated: DatedRule) -> bool:
    """Whether just this one is there."""
    rule = dated.rule
    return bool(
        await conn.fetchval(
            """SELECT true FROM tariff_rule
               WHERE version = $1 AND service = $2 AND zone_code = $3 AND valid_from = $4 AND min_fee_rupiah = $5
                 AND included_m = $6 AND per_km_rupiah = $7 AND rider_share_pct = $8 AND partner_share_pct = $9
                 AND platform_share_pct = $10 AND legal_basis = $11 AND binding = $12""",
            rule.version,
            dated.service,
            dated.zone_code,
            dated.valid_from,
            rule.min_fee_rupiah,
            rule.included_m,
            rule.per_km_rupiah,
            rule.rider_share_pct,
            rule.partner_share_pct,
            rule.platform_share_pct,
            rule.legal_basis,
            dated.binding,
        )
    )


async def add_zone(conn: Connection, zone: Zone, by: str | None) -> bool:
    """False when one of its key is there."""
    return bool(
        await conn.fetchval(
            """INSERT INTO zone (id, name, kind, effect, reason, boundary, entered_at, entered_by)
               VALUES ($1, $2, $3, $4, $5, ($6::text)::polygon, wlijo_now(), $7) ON CONFLICT DO NOTHING RETURNING true""",
            ZoneId.seeded(zone.key),
            zone.name,
            zone.kind,
            zone.effect,
            zone.reason,
            zone.polygon,
            by,
        )
    )


async def has_zone(conn: Connection, zone: Zone) -> bool:
    """Whether just this one is there."""
    return bool(
        await conn.fetchval(
            """SELECT true FROM zone WHERE id = $1 AND name = $2 AND kind = $3 AND effect = $4 AND reason = $5
                 AND boundary ~= ($6::text)::polygon""",
            ZoneId.seeded(zone.key),
            zone.name,
            zone.kind,
            zone.effect,
            zone.reason,
            zone.polygon,
        )
    )
