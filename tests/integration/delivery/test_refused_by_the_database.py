"""What must not be, tried by plain SQL as the service's own role: the database refuses it by itself."""

from __future__ import annotations

import asyncpg
import pytest

from services.delivery.app import SERVICE
from services.kit.database.db import transaction
from tests.worlds.delivery import KONCAR, SEMERU, World
from tests.worlds.migrating import onward
from tests.worlds.servers import TestDatabase

NAME = "delivery/0008_refused_by_the_database.sql"
SECOND = """INSERT INTO offer (id, delivery_id, partner_id, state, offered_at, expires_at, closed_at)
            SELECT gen_random_uuid(), d.id, p.id, 'ACCEPTED', now(), now(), now() FROM delivery d, partner p
            WHERE p.id <> d.partner_id LIMIT 1"""


async def _refused(world: World, statement: str, constraint: str) -> None:
    before = await world.state()
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
        async with transaction(world.db) as conn:
            await conn.execute(statement)
    assert refused.value.constraint_name == constraint
    assert await world.state() == before


async def test_a_second_accepted_offer_of_a_trip_is_refused(world: World) -> None:
    await world.trip(SEMERU)
    await _refused(world, SECOND, "offer_has_the_trip")


async def test_a_trip_is_its_own_offers_and_its_partners(world: World) -> None:
    await world.trip(SEMERU)
    other = await world.trip(KONCAR)
    await _refused(
        world,
        f"UPDATE delivery SET offer_id = (SELECT offer_id FROM delivery WHERE id = '{other.uuid}') WHERE id <> '{other.uuid}'",
        "delivery_has_its_offer",
    )
    await _refused(
        world,
        f"""UPDATE delivery SET partner_id = (SELECT partner_id FROM delivery WHERE id = '{other.uuid}')
            WHERE id <> '{other.uuid}'""",
        "delivery_has_its_offer",
    )


async def test_after_a_job_is_given_back_another_accepts_and_no_third(world: World) -> None:
    job = await world.trip(SEMERU)
    assert (await world.report(SEMERU, job, "failed")).code is None
    offer, partner = await world.open_offer(job)
    assert (await world.accept(job, offer, partner)).code is None
    async with world.db.acquire() as conn:
        rows = await conn.fetch("SELECT given_back FROM offer WHERE state = 'ACCEPTED' ORDER BY closed_at")
    assert [row["given_back"] for row in rows] == [True, False]
    await _refused(world, SECOND, "offer_has_the_trip")


@pytest.mark.parametrize("back", ["REQUESTED", "PICKED_UP", "RETURNED", "CANCELLED"])
async def test_a_trip_that_is_delivered_does_not_go_back(world: World, back: str) -> None:
    await world.trip(SEMERU)
    async with transaction(world.db) as conn:
        await conn.execute("UPDATE delivery SET status = 'DELIVERED'")
    await _refused(world, f"UPDATE delivery SET status = '{back}'", "delivery_ended")


async def test_two_trips_of_one_order_are_refused(world: World) -> None:
    await world.trip(SEMERU)
    other = await world.trip(KONCAR)
    await _refused(
        world,
        f"UPDATE delivery SET order_id = (SELECT order_id FROM delivery WHERE id = '{other.uuid}')",
        "delivery_order_id_key",
    )


async def test_the_rules_come_over_jobs_that_were_given_back_and_bear_a_repeat(world: World, own: TestDatabase) -> None:
    """As the release before left them: nobody knew which acceptance had the trip."""
    job = await world.trip(SEMERU)
    await world.report(SEMERU, job, "failed")
    offer, partner = await world.open_offer(job)
    await world.accept(job, offer, partner)
    owner = await asyncpg.connect(own.owner_url)
    await owner.execute("DROP INDEX offer_has_the_trip")
    await owner.execute("UPDATE offer SET given_back = false")
    for _ in range(2):
        await owner.execute("DELETE FROM schema_migration WHERE name = $1", NAME)
        assert await onward(own, SERVICE) == [NAME]
    assert await owner.fetchval("SELECT count(*) FROM offer WHERE given_back") == 1
    assert await owner.fetch("SELECT FROM pg_constraint WHERE NOT convalidated") == []
    assert await owner.fetch("SELECT FROM pg_index WHERE NOT indisvalid") == []
    await owner.close()


async def test_a_trip_of_one_company_alone_is_a_test(world: World) -> None:
    await world.trip(SEMERU)
    await _refused(world, f"UPDATE delivery SET only_for = '{SEMERU.uuid}'", "delivery_rehearsal_is_a_test")
