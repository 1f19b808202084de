"""What delivery keeps about somebody: all of it is in their copy, told once and sealed, and erasing does what the list says."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg
import pytest
from joserfc.jwk import KeySet

from services.contracts.catalog import Member, MemberRole
from services.contracts.delivery import FailureCode
from services.contracts.people import PersonErased, PersonId
from services.delivery import hears
from services.delivery.domain.ending import DeliveryOutcome
from services.delivery.hears import Given
from services.delivery.store import audit
from services.delivery.store.personal import PERSONAL
from services.kit.database.db import transaction
from tests.worlds.delivery import AGUS, BUYER, MALL, MALL_AT, SEMERU, World, a_merchant
from tests.worlds.personal import Held, answers
from tests.worlds.servers import TestDatabase

PERSON = PersonId.new()
ME = str(PERSON)
STAYS = ("Agus", "barang hilang di jalan raya")


@pytest.fixture
async def held(world: World, own: TestDatabase) -> AsyncIterator[Held]:
    """A rider who has a trip under way and one that staff ended, was looked at by them, looked at another as one of them, and buys too."""
    ridden = await world.trip(SEMERU, "picked_up")
    ended = await world.trip(SEMERU, "picked_up")
    await world.job()
    owner = await asyncpg.connect(own.owner_url)
    await owner.execute("UPDATE rider SET subject = $2, name = 'Agus Sejati', plate = 'N 9 ME' WHERE id = $1", AGUS, ME)
    await owner.execute("UPDATE delivery SET buyer = $1 WHERE rider_id IS NULL", ME)
    await owner.execute(
        "UPDATE delivery SET rider_id = $1 WHERE rider_id IS NOT NULL AND partner_id = $2", AGUS, SEMERU
    )
    await owner.execute("UPDATE delivery SET failure_code = 'BUYER_REFUSED'")
    await owner.execute(
        "INSERT INTO position (delivery_id, lat, lng, at) VALUES ($1, -8.1357, 113.2246, wlijo_now())", ridden
    )
    await world.end(ended, DeliveryOutcome.LOST, failure=FailureCode.LOST_IN_TRANSIT)
    await owner.execute("UPDATE delivery_ending SET reason = 'barang hilang di jalan raya', cash_collected_rupiah = 1")
    async with transaction(world.db) as conn:
        await audit.riders_shown(conn, "usr_ops", [AGUS])
        await audit.riders_shown(conn, ME, [AGUS.new()])
    await world.hear(a_merchant(MALL, MALL_AT, members=[Member(subject=ME, role=MemberRole.OWNER)]))
    async with transaction(world.db) as conn:
        event = a_merchant(MALL, MALL_AT, members=[Member(subject=ME, role=MemberRole.OWNER)])
        await hears.MEMBERS.handle(conn, event)
    found = Held(owner, PERSONAL, ME)
    await found.remember_a_request()
    yield found
    await owner.close()


async def test_all_that_is_kept_is_in_the_copy(held: Held) -> None:
    section = await held.copy([*STAYS, "N 9 ME", ME, "113.2246"])
    await held.nobody_else_has_it(())
    trips = {
        (row["buyer"], row["rider_id"])
        for table in section["tables"]
        if table["name"] == "delivery"
        for row in table["rows"]
    }
    assert trips == {("another", "you"), ("you", "another")}
    assert BUYER not in str(section)


async def test_the_answer_is_told_once_and_says_nothing_in_clear(world: World, held: Held) -> None:
    given = (Given(world.policy, KeySet([world.key])),)
    await answers(world.db, hears.HANDLERS, held, PERSONAL, [*STAYS, "N 9 ME"], given)


async def test_another_gets_nothing_of_it(held: Held) -> None:
    assert await Held(held.conn, PERSONAL, str(PersonId.new())).snapshot() == {}
    assert await held.snapshot()


async def test_erasing_does_what_the_list_says(world: World, held: Held) -> None:
    before = await held.snapshot()
    with pytest.raises(AssertionError):  # a negative control
        await held.check_fates(before)
    for _ in range(2):
        await world.hear(PersonErased(person_id=PERSON, erased_at=datetime(2026, 11, 28, tzinfo=UTC)))
    await held.check_fates(before)
    assert await held.mentioning("N 9 ME") == {"rider"}
    for mark in STAYS:
        assert await held.mentioning(mark)
