"""A company that is paused: its open offers end at once, it takes no job on any channel, and finishes what it carries."""

from __future__ import annotations

import asyncio

from infra.ops.provision.pausing import pause, standing
from services.contracts.delivery import PartnerId, PartnerStatus
from services.delivery.commands import partners
from services.kit.database.db import transaction
from tests.worlds.delivery import KONCAR, RIDERS, SANDBOXED, SEMERU, World, kinds
from tests.worlds.delivery_counter import Counter


async def put(world: World, partner: PartnerId, status: PartnerStatus) -> None:
    async with transaction(world.db) as conn:
        await partners.set_status(conn, partner, status, "said by ops")


async def test_a_pause_ends_open_offers_tells_so_and_the_next_company_is_asked_at_once(world: World) -> None:
    jobs = [await world.job() for _ in range(3)]
    held = {job: await world.open_offer(job) for job in jobs}
    assert {partner for _, partner in held.values()} == {SEMERU, KONCAR}
    await put(world, SEMERU, PartnerStatus.PAUSED)
    mine = [(job, offer) for job, (offer, partner) in held.items() if partner == SEMERU]
    assert await world.fire() == len(mine)
    for job, offer in mine:
        assert (await world.open_offer(job))[1] == KONCAR
        assert (await world.accept(job, offer, SEMERU)).code == "OFFER_WITHDRAWN"
    told = [each.data for each in await world.told_to(SEMERU) if each.type == "partner.job_withdrawn.v1"]
    assert [(each["reason"], each["offer_id"]) for each in told] == [("PAUSED", str(offer)) for _, offer in mine]
    closed = [each.data for each in await world.told(topic="delivery.deliveries") if "offer_closed" in each.type]
    assert [each["answer"] for each in closed] == ["WITHDRAWN"] * len(mine)
    for job, (offer, partner) in held.items():  # a rival's offers stand
        if partner == KONCAR:
            assert await world.open_offer(job) == (offer, partner)


async def test_an_acceptance_between_the_pause_and_the_end_of_the_offer_is_refused(world: World) -> None:
    """It was applied: the company took a new job over HTTP after it had been suspended."""
    job = await world.job()
    offer, partner = await world.open_offer(job)
    await put(world, partner, PartnerStatus.PAUSED)
    before = await world.state()
    counter = Counter(world)
    answer = await counter.post(
        partner, "accept", "r1", job_id=str(job), offer_id=str(offer), rider_id=str(RIDERS[partner])
    )
    assert (answer.status, answer.json()["code"]) == (200, "OFFER_WITHDRAWN")
    assert await world.state() == before


async def test_what_a_paused_company_carries_it_finishes_on_every_channel(world: World) -> None:
    job = await world.trip(SEMERU, "pickup")
    await put(world, SEMERU, PartnerStatus.PAUSED)
    await world.fire()
    counter = Counter(world)
    assert (await counter.post(SEMERU, "picked_up", "r1", job_id=str(job))).json()["outcome"] == "applied"
    events, _ = await counter.read(SEMERU)
    assert events[-1]["type"] == "partner.reply_applied.v1"
    assert (await world.report(SEMERU, job, "delivered")).code is None
    assert await world.status(job) == "DELIVERED"


async def test_what_a_paused_company_gives_back_goes_to_another(world: World) -> None:
    job = await world.trip(SEMERU, "pickup")
    await put(world, SEMERU, PartnerStatus.PAUSED)
    assert (await world.report(SEMERU, job, "failed")).code is None
    assert (await world.open_offer(job))[1] == KONCAR


async def test_a_company_put_back_into_its_sandbox_keeps_offers_of_test_jobs_alone(world: World) -> None:
    await put(world, KONCAR, PartnerStatus.PAUSED)
    await put(world, SANDBOXED, PartnerStatus.PAUSED)
    real, test = await world.job(), await world.job(test=True)
    before = await world.open_offer(test)
    await put(world, SEMERU, PartnerStatus.SANDBOX)
    assert await world.fire() == 2
    assert await world.status(real) == "REQUESTED"
    assert await world.open_offer(test) == before
    async with world.db.acquire() as conn:
        assert await conn.fetchval(
            "SELECT due_at = expires_at FROM timer JOIN offer ON id = subject WHERE id = $1", before[0]
        )


async def test_a_pause_beside_searches_leaves_no_offer_open_with_the_paused_and_blocks_nobody(world: World) -> None:
    for _ in range(10):
        orders = [await world.place() for _ in range(6)]
        await asyncio.gather(
            *(world.confirm(order) for order in orders), put(world, SEMERU, PartnerStatus.PAUSED), world.fire()
        )
        await world.fire()
        async with world.db.acquire() as conn:
            assert not await conn.fetchval(
                "SELECT count(*) FROM offer WHERE partner_id = $1 AND state = 'OPEN'", SEMERU
            )
        for order in orders:
            assert (await world.open_offer(await world.delivery_of(order)))[1] == KONCAR
            await world.cancel(order)
        await put(world, SEMERU, PartnerStatus.ACTIVE)
    assert "job_withdrawn" in kinds(await world.told_to(SEMERU)) or not await world.told_to(SEMERU)


async def test_a_suspension_pauses_the_company_in_delivery_too_and_a_resumption_promotes_nobody(world: World) -> None:
    """It stopped Kafka and left HTTP."""
    job = await world.job()
    offer, partner = await world.open_offer(job)
    assert "is PAUSED" in await pause(world.db, partner)
    await world.fire()
    assert (await world.open_offer(job))[1] != partner
    said = await Counter(world).post(
        partner, "accept", "r1", job_id=str(job), offer_id=str(offer), rider_id=str(RIDERS[partner])
    )
    assert said.json()["code"] == "OFFER_WITHDRAWN"
    assert await pause(world.db, partner) == f"{partner} is PAUSED in delivery, and gets no jobs"
    assert "once setPartnerStatus says so" in await standing(world.db, partner)
    nobody = PartnerId.seeded("nobody")
    assert await pause(world.db, nobody) == f"delivery knows no {nobody}"
    await put(world, partner, PartnerStatus.SANDBOX)
    assert await standing(world.db, partner) == ""


async def test_who_is_merely_invited_stays_so_when_suspended(world: World) -> None:
    async with world.db.acquire() as conn:
        await conn.execute("UPDATE partner SET status = 'INVITED' WHERE id = $1", SEMERU)
    assert "is INVITED" in await pause(world.db, SEMERU)
    assert (await Counter(world).ask("GET", "events", SEMERU)).status == 403
