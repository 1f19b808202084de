"""Bad hours of a company: silent, half of what it says lost, late with a yes. What it has to do is said, and nothing is lost."""

from __future__ import annotations

from datetime import timedelta

from services.contracts.partner import RefusalCode
from tests.worlds.delivery import SEMERU, World, kinds


async def test_a_company_that_is_silent_for_an_hour_is_asked_again_and_its_word_counts(world: World) -> None:
    job = await world.trip(SEMERU, "picked_up")
    asked = 0
    for _ in range(6):
        await world.move_clock(timedelta(minutes=10, seconds=1))
        asked += await world.fire()
    assert asked == 6
    assert kinds(await world.told_to(SEMERU)).count("report_requested") == 6
    assert await world.status(job) == "PICKED_UP", "goods that are with a rider are taken from nobody by a clock"
    overdue = [
        each for each in await world.told(topic="delivery.deliveries") if each.type == "delivery.report_overdue.v1"
    ]
    assert len(overdue) == 6
    assert (await world.report(SEMERU, job, "AT_DROPOFF")).code is None
    assert (await world.report(SEMERU, job, "delivered")).code is None


async def test_with_every_other_reply_lost_the_next_one_makes_up_for_it(world: World) -> None:
    job = await world.trip(SEMERU)
    for heard in ("picked_up", "failed", "RETURNED"):  # arrived, arrived at the door and RETURNING never came
        assert (await world.report(SEMERU, job, heard)).code is None
    assert await world.status(job) == "RETURNED"
    other = await world.trip(SEMERU)
    assert (await world.report(SEMERU, other, "PICKED_UP")).code is None  # its state, for its report was lost
    assert (await world.report(SEMERU, other, "delivered")).code is None


async def test_a_yes_to_a_job_that_was_withdrawn_changes_nothing_and_says_so(world: World) -> None:
    job = await world.job()
    offer, company = await world.open_offer(job)
    await world.call_off(await world.order_of(job))
    before = await world.state()
    answer = await world.accept(job, offer, company)
    assert answer.code is RefusalCode.OFFER_WITHDRAWN
    assert await world.state() == before


async def test_offers_that_are_open_while_no_broker_is_there_end_in_time_and_are_told_later(world: World) -> None:
    """There is none in this world: what is told waits in the outbox, in order."""
    job = await world.job()
    first, company = await world.open_offer(job)
    await world.read_all_replies()
    await world.pass_by(world.policy.offer_s + world.policy.held_s + 10, step_s=10)
    closed = next(each for each in await world.offers(job) if each.id == first)
    assert closed.state == "TIMED_OUT"
    told = kinds(await world.told_to(company))
    assert told[:2] == ["job_offered", "job_withdrawn"]
