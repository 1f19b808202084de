"""Buyers and contacts for local, test and sandbox mode; seeding twice changes nothing."""

from __future__ import annotations

from typing import Any

from services.contracts.people import PersonId
from services.kit.database.db import Transaction
from services.ordering.domain.contact import Contact, checked_contact
from services.ordering.domain.ids import BuyerId, CartId, ContactId
from services.ordering.store import buyers, contacts


async def seed(conn: Transaction, content: Any) -> None:
    """`content` is the parsed ordering.json."""
    for each in content["buyers"]:
        key = each["key"]
        subject = str(PersonId.seeded(each["person"]))
        await buyers.add(conn, BuyerId.seeded(key), CartId.seeded(key), subject)
        buyer = await buyers.find(conn, subject)
        assert buyer is not None
        for contact in each["contacts"]:
            point = contact["point"]
            checked = checked_contact(
                Contact(
                    label=contact["label"],
                    recipient=contact["recipient"],
                    phone=contact["phone"],
                    line=contact["line"],
                    note=contact.get("note"),
                    lat=point["lat"],
                    lng=point["lng"],
                    kecamatan_code=contact["kecamatan_code"],
                    desa_code=contact.get("desa"),
                )
            )
            await contacts.add(conn, ContactId.seeded(contact["key"]), buyer.id, checked)
