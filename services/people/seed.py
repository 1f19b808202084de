"""Persons with their numbers, for local, test and sandbox mode: to sign in as anybody while trying. Seeding twice changes nothing."""

from __future__ import annotations

from typing import Any

from services.contracts.amounts import Language
from services.contracts.people import PersonId, StaffRole
from services.kit.database.db import Transaction
from services.people.commands.persons import tell
from services.people.domain.person import named
from services.people.domain.phone import Phones
from services.people.store import persons, staff


async def seed(conn: Transaction, content: Any) -> None:
    """`content` is the parsed people.json. A person or a number that is there is left as it is."""
    phones = Phones(frozenset({62}))
    for each in content["persons"]:
        person_id = PersonId.seeded(each["person"])
        if await persons.is_known(conn, person_id):
            continue
        language = Language(each["language"])
        if (await persons.add(conn, phones.e164(each["phone"]), person_id, language)).person_id != person_id:
            continue
        await persons.save(conn, person_id, named(each["name"]), language)
        for role in each.get("staff_roles", ()):
            await staff.grant(conn, person_id, StaffRole(role))
        await tell(conn, person_id)
