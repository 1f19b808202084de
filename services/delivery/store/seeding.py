"""Writes of the seed: what exists is left as it is, for operations may have changed it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from services.contracts.delivery import PartnerId, RiderId
from services.contracts.places import GeoPoint
from services.delivery.domain.tariff import TariffRule
from services.delivery.store.partners import Partner
from services.kit.database.db import Connection
from services.kit.ids import Id


class TariffRuleId(Id, prefix="trf"):
    pass


class ZoneId(Id, prefix="zon"):
    pass


async def add_tariff(
    conn: Connection,
    rule_id: TariffRuleId,
    rule: TariffRule,
    *,
    service: str,
    zone_code: str,
    valid_from: date,
    binding: bool,
) -> None:
    """`binding`: the legal basis prescribes the numbers, it does not merely suggest them."""
    await conn.execute(
        """INSERT INTO tariff_rule (id, version, service, zone_code, valid_from, min_fee_rupiah, included_m, per_km_rupiah,
                                    rider_share_pct, partner_share_pct, platform_share_pct, legal_basis, binding)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT DO NOTHING""",
        rule_id,
        rule.version,
        service,
        zone_code,
        valid_from,
        rule.min_fee_rupiah,
        rule.included_m,
        rule.per_km_rupiah,
        rule.rider_share_pct,
        rule.partner_share_pct,
        rule.platform_share_pct,
        rule.legal_basis,
        binding,
    )


async def add_zone(
    conn: Connection, zone_id: ZoneId, *, name: str, kind: str, effect: str, reason: str, boundary: Sequence[GeoPoint]
) -> None:
    await conn.execute(
        """INSERT INTO zone (id, name, kind, effect, reason, boundary) VALUES ($1, $2, $3, $4, $5, ($6::text)::polygon)
           ON CONFLICT DO NOTHING""",
        zone_id,
        name,
        kind,
        effect,
        reason,
        f"({','.join(f'({corner.lng},{corner.lat})' for corner in boundary)})",
    )


async def add_partner(conn: Connection, partner: Partner) -> bool:
    """False when it is there already."""
    return bool(
        await conn.fetchval(
            "INSERT INTO partner (id, name, status) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING true",
            partner.id,
            partner.name,
            partner.status,
        )
    )


async def add_rider(
    conn: Connection,
    rider_id: RiderId,
    partner_id: PartnerId,
    *,
    external_id: str,
    name: str,
    plate: str,
    subject: str | None,
) -> bool:
    """False when they are there already."""
    return bool(
        await conn.fetchval(
            """INSERT INTO rider (id, partner_id, external_id, name, plate, subject) VALUES ($1, $2, $3, $4, $5, $6)
               ON CONFLICT DO NOTHING RETURNING true""",
            rider_id,
            partner_id,
            external_id,
            name,
            plate,
            subject,
        )
    )
