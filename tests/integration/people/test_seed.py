"""Seeded people sign in with their numbers as anybody does, and are who the other services' seeds know."""

from __future__ import annotations

import json

from infra.local.state import ROOT
from services.contracts.people import PersonId, StaffRole
from services.kit.database.db import transaction
from services.people.seed import seed
from services.people.store import staff
from tests.worlds.people import House

CONTENT = json.loads((ROOT / "infra/local/seed/people.json").read_text("utf-8"))


async def _seeded(home: House) -> None:
    async with transaction(home.db) as conn:
        await seed(conn, CONTENT)


async def test_they_sign_in_as_who_they_are_known_as(home: House) -> None:
    await _seeded(home)
    siti = next(each for each in CONTENT["persons"] if each["person"] == "siti")
    signed_in = await home.signed_in(siti["phone"])
    assert signed_in["person"]["id"] == str(PersonId.seeded("siti"))
    assert signed_in["isNew"] is False


async def test_seeding_twice_changes_nothing_and_tells_nothing(home: House) -> None:
    await _seeded(home)
    told = await home.value("SELECT count(*) FROM outbox")
    assert told == len(CONTENT["persons"])
    await _seeded(home)
    assert await home.value("SELECT count(*) FROM outbox") == told
    assert await home.value("SELECT count(*) FROM person") == len(CONTENT["persons"])


async def test_staff_have_their_roles(home: House) -> None:
    await _seeded(home)
    async with home.db.acquire() as conn:
        assert await staff.roles(conn, PersonId.seeded("ops")) == [StaffRole.OPS]
        assert await staff.roles(conn, PersonId.seeded("pemkab")) == [StaffRole.OFFICER]
        assert await staff.roles(conn, PersonId.seeded("siti")) == []


async def test_a_number_that_somebody_has_stays_theirs(home: House) -> None:
    phone = "+6281234599001"
    before = (await home.signed_in(phone))["person"]["id"]
    late = {"person": "late", "name": "Late", "phone": phone, "language": "ID"}
    async with transaction(home.db) as conn:
        await seed(conn, {"persons": [late]})
    assert (await home.signed_in(phone))["person"]["id"] == before
    assert not await home.value("SELECT count(*) FROM person WHERE id = $1", PersonId.seeded("late").uuid)


def test_everybody_whom_the_seeds_name_has_a_number() -> None:
    named = {each["person"] for each in CONTENT["persons"]}
    for file in (ROOT / "infra/local/seed").glob("*.json"):
        assert set(_persons(json.loads(file.read_text("utf-8")))) <= named, file.name


def _persons(tree: object) -> list[str]:
    if isinstance(tree, dict):
        own = [tree["person"]] if isinstance(tree.get("person"), str) else []
        return own + [name for each in tree.values() for name in _persons(each)]
    return [name for each in tree for name in _persons(each)] if isinstance(tree, list) else []
