"""Seeds partners, riders, tariff rules and zones; seeding twice changes nothing."""

from __future__ import annotations

from datetime import date
from typing import Any

from services.contracts.delivery import PartnerChanged, PartnerId, PartnerStatus, RiderId
from services.kit.database.db import Transaction
from services.kit.ids import Id, UserSubject
from services.kit.messaging import outbox


class TariffRuleId(Id, prefix="trf"):
    pass


class ZoneId(Id, prefix="zon"):
    pass


async def seed(conn: Transaction, content: Any) -> None:
    """`content` is the parsed seed file. What exists is left as it is: operations may have changed it."""
    for rule in content["tariffs"]:
        await _tariff(conn, rule)
    for zone in content.get("zones", ()):
        await _zone(conn, zone)
    for partner in content["partners"]:
        await _partner(conn, partner)


async def _tariff(conn: Transaction, rule: dict[str, Any]) -> None:
    await conn.execute(
        """INSERT INTO tariff_rule (id, version, service, zone_code, valid_from, min_fee_rupiah, included_m, per_km_rupiah,
                                    rider_share_pct, partner_share_pct, platform_share_pct, legal_basis, binding)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT DO NOTHING""",
        TariffRuleId.seeded(rule["key"]),
        f"{rule['service']}-{rule['zone_code']}-v{rule['version']}",
        rule["service"],
        rule["zone_code"],
        date.fromisoformat(rule["valid_from"]),
        rule["min_fee_rupiah"],
        rule["included_m"],
        rule["per_km_rupiah"],
        rule["rider_share_pct"],
        rule["partner_share_pct"],
        rule["platform_share_pct"],
        rule["legal_basis"],
        rule["binding"],
    )


async def _zone(conn: Transaction, zone: dict[str, Any]) -> None:
    boundary = ",".join(f"({corner['lng']},{corner['lat']})" for corner in zone["boundary"])
    await conn.execute(
        """INSERT INTO zone (id, name, kind, effect, reason, boundary) VALUES ($1, $2, $3, $4, $5, ($6::text)::polygon)
           ON CONFLICT DO NOTHING""",
        ZoneId.seeded(zone["key"]),
        zone["name"],
        zone["kind"],
        zone["effect"],
        zone["reason"],
        f"({boundary})",
    )


async def _partner(conn: Transaction, partner: dict[str, Any]) -> None:
    partner_id, status = PartnerId.seeded(partner["key"]), PartnerStatus(partner["status"])
    created = await conn.fetchval(
        "INSERT INTO partner (id, name, status) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING true",
        partner_id,
        partner["name"],
        status,
    )
    for rider in partner["riders"]:
        await conn.execute(
            "INSERT INTO rider (id, partner_id, name, plate, subject) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
            RiderId.seeded(rider["key"]),
            partner_id,
            rider["name"],
            rider["plate"],
            str(UserSubject.seeded(rider["person"])) if rider.get("person") else None,
        )
    if created:
        await outbox.append(conn, PartnerChanged(partner_id=partner_id, name=partner["name"], status=status))
