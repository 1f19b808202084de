"""Seeds partners, their people and riders, tariff rules and zones; seeding twice changes nothing."""

from __future__ import annotations

from datetime import date
from typing import Any

from services.contracts.delivery import (
    PartnerChanged,
    PartnerId,
    PartnerMember,
    PartnerRole,
    PartnerStatus,
    RiderChanged,
    RiderId,
)
from services.contracts.places import GeoPoint
from services.delivery.domain.quote import MAX_TRIP_M
from services.delivery.domain.tariff import TariffRule
from services.delivery.store import crews, seeding
from services.delivery.store.partners import Partner
from services.delivery.store.seeding import TariffRuleId, ZoneId
from services.kit.database.db import Transaction
from services.kit.ids import UserSubject
from services.kit.messaging import outbox


async def seed(conn: Transaction, content: Any) -> None:
    """`content` is the parsed seed file. What exists is left as it is: operations may have changed it."""
    for rule in content["tariffs"]:
        await _tariff(conn, rule)
    for zone in content.get("zones", ()):
        await _zone(conn, zone)
    for partner in content["partners"]:
        await _partner(conn, partner)


async def _tariff(conn: Transaction, rule: dict[str, Any]) -> None:
    made = TariffRule(
        version=f"{rule['service']}-{rule['zone_code']}-v{rule['version']}",
        min_fee_rupiah=rule["min_fee_rupiah"],
        included_m=rule["included_m"],
        per_km_rupiah=rule["per_km_rupiah"],
        rider_share_pct=rule["rider_share_pct"],
        partner_share_pct=rule["partner_share_pct"],
        platform_share_pct=rule["platform_share_pct"],
        legal_basis=rule["legal_basis"],
    )
    made.check(MAX_TRIP_M)
    await seeding.add_tariff(
        conn,
        TariffRuleId.seeded(rule["key"]),
        made,
        service=rule["service"],
        zone_code=rule["zone_code"],
        valid_from=date.fromisoformat(rule["valid_from"]),
        binding=rule["binding"],
    )


async def _zone(conn: Transaction, zone: dict[str, Any]) -> None:
    await seeding.add_zone(
        conn,
        ZoneId.seeded(zone["key"]),
        name=zone["name"],
        kind=zone["kind"],
        effect=zone["effect"],
        reason=zone["reason"],
        boundary=[GeoPoint(lat=corner["lat"], lng=corner["lng"]) for corner in zone["boundary"]],
    )


async def _partner(conn: Transaction, content: dict[str, Any]) -> None:
    partner = Partner(PartnerId.seeded(content["key"]), content["name"], PartnerStatus(content["status"]))
    created = await seeding.add_partner(conn, partner)
    for rider in content["riders"]:
        rider_id, subject = RiderId.seeded(rider["key"]), _subject(rider.get("person"))
        if await seeding.add_rider(
            conn,
            rider_id,
            partner.id,
            external_id=rider["key"].rpartition("/")[2],
            name=rider["name"],
            plate=rider["plate"],
            subject=subject,
        ):
            told = RiderChanged(rider_id=rider_id, partner_id=partner.id, subject=subject, on_shift=False, ended=False)
            await outbox.append(conn, told)
    if not created:
        return
    for member in content.get("members", ()):
        subject = str(UserSubject.seeded(member["person"]))
        await crews.add(conn, partner.id, subject, PartnerRole(member["role"]), member["name"])
    there = [
        PartnerMember(subject=str(UserSubject.seeded(each["person"])), role=PartnerRole(each["role"]))
        for each in content.get("members", ())
    ]
    await outbox.append(
        conn, PartnerChanged(partner_id=partner.id, name=partner.name, status=partner.status, members=there)
    )


def _subject(person: str | None) -> str | None:
    return str(UserSubject.seeded(person)) if person else None
