"""Seeds partners, their people and riders, tariff rules and zones; seeding twice changes nothing."""

from __future__ import annotations

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
from services.contracts.people import PersonId
from services.delivery import by_hand
from services.delivery.commands import prices
from services.delivery.store import crews, seeding
from services.delivery.store.partners import Partner
from services.kit.database.db import Transaction
from services.kit.messaging import outbox


async def seed(conn: Transaction, content: Any) -> None:
    """`content` is the parsed seed file. What exists is left as it is: operations may have changed it."""
    await prices.enter(conn, by_hand.read(content), by=None)
    for partner in content["partners"]:
        await _partner(conn, partner)


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
        subject = str(PersonId.seeded(member["person"]))
        await crews.add(conn, partner.id, subject, PartnerRole(member["role"]), member["name"])
    there = [
        PartnerMember(subject=str(PersonId.seeded(each["person"])), role=PartnerRole(each["role"]))
        for each in content.get("members", ())
    ]
    await outbox.append(
        conn, PartnerChanged(partner_id=partner.id, name=partner.name, status=partner.status, members=there)
    )


def _subject(person: str | None) -> str | None:
    return str(PersonId.seeded(person)) if person else None
