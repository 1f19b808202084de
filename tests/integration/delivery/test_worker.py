"""One trip through the real worker, database and broker, with ojek companies that know nothing but their topics."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaProducer

from services.contracts.delivery import PartnerId
from services.contracts.partner import Topics
from services.contracts.registry import topics
from tests.worlds import servers
from tests.worlds.delivery import KONCAR, SANDBOXED, SEMERU
from tests.worlds.delivery_scene import EVERYBODY, Scene, check_what_they_heard, companies_at, company_at, riding
from tests.worlds.waiting import until


async def test_orders_are_delivered_by_companies_that_know_their_topics_alone(scene: Scene) -> None:
    companies = companies_at(scene.broker)
    async with riding(*companies), scene.worker():
        for _ in range(3):
            await scene.order()
        await scene.delivered(3)
        await scene.all_told()

        async def all_answered() -> bool:
            # Each reply was said twice and is told of once.
            answers = [kind for each in companies for kind, _ in each.heard.values() if ".reply_" in kind]
            return len(answers) == sum(each.sent for each in companies)

        await until(all_answered)
    assert await scene.ask("SELECT count(*) FROM offer WHERE state = 'ACCEPTED'") == 3
    assert await scene.ask("SELECT count(*) FROM dead_letter") == 0
    assert await scene.ask("SELECT count(*) FROM inbox_waiting") == 0
    assert await scene.ask("SELECT count(*) FROM reply_inbox") == sum(each.sent for each in companies) == 15
    for each in companies:
        assert not [kind for kind, _ in each.heard.values() if kind == "partner.reply_refused.v1"]
        check_what_they_heard(each)


async def test_an_offer_that_a_company_sleeps_through_goes_to_the_next_one(scene: Scene) -> None:
    """An hour stands for "in time": an awake company has it, however slow the machine; the test's clock passes it for those asleep."""
    awake = company_at(scene.broker, KONCAR)
    async with riding(awake), scene.worker(OFFER_SECONDS="3600", ASSIGN_WITHIN_SECONDS="86400"):
        for number in (1, 2):
            await scene.order()  # by turns: at least one is offered to a sleeping company first
            await scene.sleep_through_offers(number, awake=KONCAR)
    assert await scene.ask("SELECT count(*) FROM offer WHERE state = 'TIMED_OUT' AND partner_id <> $1", KONCAR) >= 1
    assert await scene.ask("SELECT count(*) FROM offer WHERE state = 'ACCEPTED' AND partner_id = $1", KONCAR) == 2
    check_what_they_heard(awake)


async def test_junk_on_its_topic_holds_no_offer_of_a_company_open(scene: Scene) -> None:
    """2.5 records a second did, until the order was cancelled although others were ready."""
    awake, asleep = company_at(scene.broker, KONCAR), (SEMERU, SANDBOXED)
    await scene.ask(
        "INSERT INTO partner_answering (partner_id, topic_used_at) SELECT unnest($1::uuid[]), wlijo_now() RETURNING 1",
        [*asleep],
    )
    async with (
        riding(awake),
        junk(scene.broker, *asleep),
        scene.worker(OFFER_SECONDS="3600", ASSIGN_WITHIN_SECONDS="86400"),
    ):
        await scene.order()
        await scene.sleep_through_offers(1, awake=KONCAR, by_s=3_602)  # less than an offer may be held
        await scene.order()
        await scene.sleep_through_offers(2, awake=KONCAR, by_s=3_602)
    assert await scene.ask("SELECT count(*) FROM offer WHERE state = 'TIMED_OUT' AND partner_id <> $1", KONCAR) >= 1


async def test_a_company_whose_topics_are_not_there_yet_silences_nobody_else(scene: Scene) -> None:
    """Adding one stopped the reading of all others' replies until its topics were made."""
    late = PartnerId.seeded("late")
    add = "INSERT INTO partner (id, name, status) VALUES ($1, 'Ojek Nanti', 'PAUSED') RETURNING 1"
    company = company_at(scene.broker, KONCAR)
    async with riding(company), scene.worker(OFFER_SECONDS="3600"):
        await scene.ask("UPDATE partner SET status = 'INVITED' WHERE id <> $1 RETURNING 1", KONCAR)
        await scene.order()
        await scene.delivered(1)
        await scene.ask(add, late)
        await scene.order()
        await scene.delivered(2)
        await asyncio.to_thread(scene.broker.create_topics, topics([*EVERYBODY, late]))
        await scene.ask("UPDATE partner SET status = 'INVITED' WHERE id = $1 RETURNING 1", KONCAR)

        async def heard() -> bool:
            """Nobody without a rider rides; but what it says is answered."""
            await say(scene.broker, late, b"anybody-there")
            answered = "SELECT EXISTS (SELECT FROM outbox_counter WHERE topic = $1)"
            return bool(await scene.ask(answered, Topics.of(late).jobs))

        await until(heard)
    async with scene.worker(OFFER_SECONDS="3600"):  # and one that starts without some of them
        await scene.ask("UPDATE partner SET status = 'ACTIVE' WHERE id = $1 RETURNING 1", KONCAR)
        await scene.ask(add.replace("Nanti", "Besok"), PartnerId.seeded("later"))
        async with riding(company):
            await scene.order()
            await scene.delivered(3)


async def say(broker: servers.Broker, partner: PartnerId, *ids: bytes, every_s: float = 0.0) -> None:
    """Replies of no known kind, on the company's own topic, all in one partition."""
    producer = AIOKafkaProducer(**broker.partner(partner).options(), enable_idempotence=False)
    await producer.start()
    try:
        for each in ids:
            headers = [("ce_id", each), ("ce_type", b"partner.sing.v1")]
            await producer.send_and_wait(Topics.of(partner).replies, b"{}", key=b"k", headers=headers)
            await asyncio.sleep(every_s)
    finally:
        await producer.stop()


@asynccontextmanager
async def junk(broker: servers.Broker, *partners: PartnerId) -> AsyncIterator[None]:
    """Some records a second of each of these companies, for as long as the block."""
    ids = [f"{number}".encode() for number in range(10_000)]
    tasks = [asyncio.create_task(say(broker, each, *ids, every_s=0.1)) for each in partners]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def test_a_worker_killed_in_the_middle_of_trips_loses_none_and_does_nothing_twice(scene: Scene) -> None:
    companies = companies_at(scene.broker)
    async with riding(*companies):
        async with scene.worker() as worker:
            for _ in range(6):
                await scene.order()

            async def under_way() -> bool:
                return bool(await scene.ask("SELECT EXISTS (SELECT FROM delivery_history WHERE status = 'PICKED_UP')"))

            await until(under_way)
            worker.kill()
        async with scene.worker():
            await scene.delivered(6)
            await scene.all_told()
    assert await scene.ask("SELECT count(*) FROM offer WHERE state = 'ACCEPTED'") == 6
    assert await scene.ask("SELECT count(*) FROM delivery_history WHERE status = 'DELIVERED'") == 6
    for each in companies:
        check_what_they_heard(each)


async def test_a_company_that_joins_while_the_worker_runs_is_heard(scene: Scene) -> None:
    await scene.ask("UPDATE partner SET status = 'INVITED'")
    company = company_at(scene.broker, KONCAR)
    async with riding(company), scene.worker():
        await scene.order()

        async def sought() -> bool:
            return bool(await scene.ask("SELECT EXISTS (SELECT FROM delivery WHERE status = 'REQUESTED')"))

        await until(sought)
        await scene.ask("UPDATE partner SET status = 'ACTIVE' WHERE id = $1", KONCAR)
        await scene.delivered(1)
    check_what_they_heard(company)
