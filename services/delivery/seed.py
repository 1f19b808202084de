"""Seeds partners, riders, tariff rules and zones; seeding twice changes nothing."""

from __future__ import annotations

from typing import Any

from services.contracts.delivery import PartnerChanged, PartnerId, PartnerStatus, RiderId
from services.contracts.people import PersonId
from services.delivery import by_hand
from services.delivery.commands import prices
from services.delivery.store import seeding
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
        await seeding.add_rider(
            conn,
            RiderId.seeded(rider["key"]),
            partner.id,
            name=rider["name"],
            plate=rider["plate"],
            subject=str(PersonId.seeded(rider["person"])) if rider.get("person") else None,
        )
    if created:
        await outbox.append(conn, PartnerChanged(partner_id=partner.id, name=partner.name, status=partner.status))
