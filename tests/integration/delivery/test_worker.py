"""One trip through the real worker, database and broker, with ojek companies that know nothing but their topics."""

from __future__ import annotations

from tests.worlds.delivery import KONCAR
from tests.worlds.delivery_scene import Scene, check_what_they_heard, companies_at, company_at, riding
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
    awake = company_at(scene.broker, KONCAR)
    async with riding(awake), scene.worker(OFFER_SECONDS="1", OFFER_ROUNDS="1"):
        await scene.order()
        await scene.order()  # by turns: at least one is offered to a sleeping company first
        await scene.delivered(2)
    assert await scene.ask("SELECT count(*) FROM offer WHERE state = 'TIMED_OUT' AND partner_id <> $1", KONCAR) >= 1
    assert await scene.ask("SELECT count(*) FROM offer WHERE state = 'ACCEPTED' AND partner_id = $1", KONCAR) == 2
    check_what_they_heard(awake)


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
