"""A courier from outside, asked last, on a fake that speaks its protocol: an order that nobody local takes is brought, and nothing that
goes wrong makes it two rides or none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from services.delivery.couriers import by_hand
from services.delivery.couriers.notices import NOTICES
from services.delivery.couriers.port import Ride
from services.delivery.domain.courier import JobState
from services.kit.database.db import transaction
from tests.worlds.couriers import ABROAD, Abroad, abroad
from tests.worlds.delivery import KONCAR, SEMERU, World
from tests.worlds.lalamove import a_word


@pytest.fixture
async def far(world: World) -> AsyncIterator[Abroad]:
    async with abroad(world) as made:
        yield made


async def test_what_nobody_local_takes_the_courier_brings(far: Abroad) -> None:
    job = await far.job()
    await far.pass_by(100)
    assert {each.partner_id for each in await far.world.offers(job)} == {SEMERU, KONCAR}  # the regency's first
    await far.pass_by(60)
    order = far.road.only()
    assert (order.job, order.recipient["name"], order.recipient["remarks"]) == (
        str(job),
        "Bu Siti",
        "LMJ-1 pagar hijau",
    )
    assert (await far.world.status(job), await far.holder(job)) == ("ASSIGNED", ABROAD)
    far.road.assign(order)
    await far.hear_all()
    await far.turn()
    assert (await far.rider(job))[0] == f"Pak {order.driver_id}"
    far.road.pick_up(order)
    await far.hear_all()
    await far.turn()
    assert await far.world.status(job) == "PICKED_UP"
    far.road.complete(order)
    await far.hear_all()
    await far.turn()
    assert (await far.world.status(job), await far.jobs(), far.road.unsigned) == ("DELIVERED", [], 0)
    [told] = [each for each in await far.world.told() if each.type == "delivery.delivered.v1"]
    assert told.data["cash_collected_rupiah"] == 0


async def test_without_a_word_it_is_read_all_the_same(far: Abroad) -> None:
    far.road.speak = False
    job = await far.asked()
    order = far.road.only()
    far.road.complete(order)
    await far.pass_by(25)
    assert await far.world.status(job) == "DELIVERED"


async def test_who_pays_in_cash_is_not_its_nor_tests_nor_two_doors(far: Abroad) -> None:
    cash, test = await far.job(cash=65_000), await far.job(test=True)
    two = await far.world.place()
    await far.world.confirm(two, 0)
    await far.pass_by(180)
    for job in (cash, test, await far.world.delivery_of(two)):
        assert ABROAD not in {each.partner_id for each in await far.world.offers(job)}
    assert not far.road.asked


async def test_who_is_of_the_regency_is_asked_again_before_it(far: Abroad) -> None:
    job = await far.job()
    for _ in range(2):
        await far.world.decline(job, *await far.world.open_offer(job))
    await far.pass_by(65)
    assert (await far.world.open_offer(job))[1] in (SEMERU, KONCAR)
    await far.pass_by(65)
    assert (await far.world.offers(job))[-1].partner_id == ABROAD


async def test_what_costs_more_than_may_be_borne_is_declined(far: Abroad) -> None:
    far.road.price = 9_200 + 3_001
    job = await far.asked()
    assert not far.road.orders
    assert "at most 12200" in (await far.ended(job))[0]
    far.road.price = 9_200 + 3_000
    await far.pass_by(200)
    assert far.road.only().price == 12_200


async def test_a_price_that_rose_since_the_quotation_is_cancelled_before_somebody_drives(far: Abroad) -> None:
    far.road.dearer = 5_000
    job = await far.asked()
    await far.pass_by(10)
    assert not far.road.live()
    assert len(far.road.orders) == 1
    assert await far.holder(job) is None


@pytest.mark.parametrize("fault", ["lost after", "broken after", "garbled"])
async def test_of_an_order_that_is_not_known_there_is_never_a_second(far: Abroad, fault: str) -> None:
    far.road.speak = False
    job = await far.job()
    await far.pass_by(115)
    far.road.faults.extend(["", "", fault])  # two quotations, then the order
    await far.pass_by(700)
    [doubtful] = await far.jobs()
    assert (doubtful.state, len(far.road.orders)) == (JobState.PLACING, 1)
    assert await far.holder(job) == ABROAD  # and nobody else rides
    # Its own word is what it is known by, however late.
    order = far.road.only()
    far.road.speak = True
    far.road.assign(order)
    await far.hear_all()
    await far.turn()
    [known] = await far.jobs()
    assert (known.state, known.order_id) == (JobState.PLACED, order.id)


async def test_a_person_says_that_there_is_no_order(far: Abroad) -> None:
    job = await far.job()
    await far.pass_by(115)
    far.road.faults.extend(["", "", "broken before"])
    await far.pass_by(400)
    said: list[object] = []
    assert await by_hand.run(far.world.db, [], said.append) == 0
    assert said[-1] == {"jobs": 1, "by_hand": 1}
    [doubtful] = await far.jobs()
    assert await by_hand.run(far.world.db, [str(doubtful.offer_id), "none"], said.append) == 0
    assert (await far.jobs(), await far.holder(job)) == ([], None)
    assert await by_hand.run(far.world.db, [str(doubtful.offer_id), "none"], said.append) == 1
    await far.pass_by(400)
    assert len(far.road.live(str(job))) == 1  # it is asked anew


async def test_a_driver_who_gives_up_is_followed_by_another_and_two_by_nobody(far: Abroad) -> None:
    job = await far.asked()
    order = far.road.only()
    far.road.assign(order)
    await far.pass_by(20)
    first = await far.rider(job)
    far.road.give_up(order)
    far.road.assign(order)
    await far.pass_by(20)
    assert await far.rider(job) != first
    assert await far.world.status(job) == "ASSIGNED"
    far.road.give_up(order)
    await far.pass_by(20)
    assert (await far.holder(job), far.road.live()) == (None, [])  # given back, and offered to others


async def test_an_order_that_nobody_drives_is_cancelled_and_given_back(far: Abroad) -> None:
    job = await far.asked()
    await far.pass_by(620)
    assert await far.ended(job) == ["CANCELLED"]
    assert not far.road.live() or len(far.road.orders) == 2


async def test_an_order_that_was_replaced_is_not_over(far: Abroad) -> None:
    job = await far.asked()
    old = far.road.only()
    new = far.road.replace(old)
    late = far.road.words
    far.road.words = []
    await far.pass_by(30)
    assert await far.holder(job) == ABROAD
    assert set(await far.hear(*late, *late[::-1])) == {200}
    far.road.complete(new)
    await far.pass_by(25)
    assert await far.world.status(job) == "DELIVERED"


async def test_a_replacement_that_is_told_too_late_is_called_off(far: Abroad) -> None:
    job = await far.asked()
    far.road.replace(far.road.only())
    late, far.road.words = far.road.words, []
    await far.pass_by(90)
    assert await far.holder(job) is None
    await far.hear(*late)
    await far.turn()
    assert (far.road.live(), await far.jobs()) == ([], [])


async def test_a_cancelled_order_calls_the_driver_off(far: Abroad) -> None:
    job = await far.asked()
    far.road.assign(far.road.only())
    await far.world.cancel(await far.world.order_of(job))
    await far.turn()
    assert (await far.world.status(job), far.road.live(), await far.jobs()) == ("CANCELLED", [], [])


async def test_a_driver_who_cannot_be_called_off_is_a_persons_matter(far: Abroad) -> None:
    job = await far.asked()
    order = far.road.only()
    far.road.assign(order)
    order.matched_long_ago = True
    await far.world.cancel(await far.world.order_of(job))
    await far.pass_by(400)
    said: list[object] = []
    await by_hand.run(far.world.db, [], said.append)
    assert said[-1] == {"jobs": 1, "by_hand": 1}
    far.road.complete(order)
    await far.pass_by(90)
    assert (await far.world.status(job), await far.jobs()) == ("CANCELLED", [])


async def test_goods_that_the_courier_gives_up_are_a_failed_attempt(far: Abroad) -> None:
    job = await far.asked()
    order = far.road.only()
    far.road.pick_up(order)
    await far.pass_by(20)
    far.road.cancel(order)
    await far.pass_by(100)
    assert await far.world.status(job) == "FAILED_ATTEMPT"


async def test_states_that_go_back_are_nothing_new(far: Abroad) -> None:
    job = await far.asked()
    order = far.road.only()
    far.road.pick_up(order)
    await far.pass_by(20)
    order.status = "ON_GOING"
    await far.pass_by(20)
    assert await far.world.status(job) == "PICKED_UP"
    order.status = "SOMETHING_NEW"
    await far.pass_by(20)
    assert await far.world.status(job) == "PICKED_UP"


async def test_who_is_silent_for_long_is_asked_for_and_answers(far: Abroad) -> None:
    job = await far.asked()
    far.road.assign(far.road.only())
    await far.pass_by(650)
    answered = [each for each in await far.world.told_to(ABROAD) if each.type == "partner.reply_applied.v1"]
    assert any(":status:" in each.data["reply_id"] for each in answered)
    assert await far.world.status(job) == "ASSIGNED"


async def test_an_api_that_is_away_is_left_alone_and_keeps_nobodys_job(far: Abroad) -> None:
    job = await far.job()
    await far.pass_by(115)
    far.road.faults.extend(["lost before"] * 100)
    jobs = [job, await far.job(), await far.job()]
    while len(far.road.asked) < 3:
        await far.pass_by(5)
    asked = len(far.road.asked)
    await far.pass_by(25)
    assert len(far.road.asked) == asked  # for half a minute
    far.road.faults.clear()
    await far.pass_by(300)
    for each in jobs:
        assert len(far.road.live(str(each))) <= 1
    assert far.road.live()


async def test_a_door_that_is_not_told_gives_the_job_back(far: Abroad) -> None:
    far.doors.shut = 100
    job = await far.asked()
    await far.pass_by(60)
    assert (await far.ended(job), far.road.orders) == (["the door is not told: status 404"], {})
    assert await far.holder(job) is None


async def test_a_request_that_hangs_is_one_of_which_nobody_knows(world: World) -> None:
    async with abroad(world, deadline_s=0.5) as far:
        far.road.speak = False
        await far.job()
        await far.pass_by(115)
        far.road.faults.extend(["", "", "hangs"])
        await far.pass_by(60)
        assert len(far.road.orders) <= 1
        assert {each.state for each in await far.jobs()} <= {JobState.PLACING}


@pytest.mark.parametrize("fault", ["busy", "stale"])
async def test_what_was_surely_not_done_is_tried_again(far: Abroad, fault: str) -> None:
    job = await far.job()
    await far.pass_by(115)
    far.road.faults.extend(["", "", fault])
    await far.pass_by(60)
    assert [each.job for each in far.road.live()] == [str(job)]


async def test_a_forged_word_is_not_heard_and_a_true_one_only_wakes(far: Abroad) -> None:
    job = await far.asked()
    order = far.road.only()
    lie = {"order": {"orderId": order.id, "status": "COMPLETED"}}
    before = NOTICES.labels("unsigned")._value.get()
    forged = a_word("ORDER_STATUS_CHANGED", lie, secret="another's")
    elsewhere = a_word("ORDER_STATUS_CHANGED", lie, path="/somewhere/else")
    assert await far.hear(forged, elsewhere, b"{", b"", b"[" * 100_000) == [401, 401, 400, 200, 400]
    assert NOTICES.labels("unsigned")._value.get() == before + 2
    assert await far.hear(a_word("ORDER_STATUS_CHANGED", lie)) == [200]  # signed, and yet not believed
    await far.turn()
    assert await far.world.status(job) == "ASSIGNED"
    assert await far.hear(a_word("WALLET_BALANCE_CHANGED", {"balance": {"amount": "1"}})) == [200]


async def test_what_is_told_while_it_is_read_is_read_again_at_once(
    far: Abroad, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await far.asked()
    order, read = far.road.only(), far.desk.api.ride

    async def overtaken(order_id: str) -> Ride:
        found = await read(order_id)
        if order.status != "COMPLETED":
            far.road.complete(order)
            await far.hear_all()
        return found

    monkeypatch.setattr(far.desk.api, "ride", overtaken)
    await far.world.move_clock(timedelta(seconds=25))
    await far.turn()
    assert await far.world.status(job) == "DELIVERED"


async def test_the_database_refuses_two_jobs_of_one_trip(far: Abroad) -> None:
    job = await far.asked()
    with pytest.raises(Exception, match="courier_job_live"):
        async with transaction(far.world.db) as conn:
            await conn.execute(
                """INSERT INTO courier_job (offer_id, delivery_id, partner_id, offered, made_at, next_at)
                   SELECT gen_random_uuid(), delivery_id, partner_id, offered, made_at, next_at FROM courier_job
                   WHERE delivery_id = $1""",
                job,
            )
