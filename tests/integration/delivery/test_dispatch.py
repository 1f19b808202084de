"""From a confirmed order to a rider: who is asked, when the next one is, and how the search ends."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from services.contracts.delivery import PartnerId, PartnerStatus
from services.contracts.ordering import OrderId
from services.delivery.commands import partners
from services.delivery.domain.dispatch import Policy
from services.delivery.domain.quote import sign
from services.kit.database.db import only_row, transaction
from services.kit.jws import InvalidStatement
from tests.worlds.delivery import (
    AGUS,
    CASH,
    DEWI,
    KONCAR,
    RIDERS,
    SANDBOXED,
    SEMERU,
    World,
    a_key,
    a_quote,
    an_order_placed,
    kinds,
)


async def test_a_trip_waits_for_the_orders_confirmation_and_then_seeks_a_rider(world: World) -> None:
    order_id = await world.place()
    job = await world.delivery_of(order_id)
    assert await world.status(job) == "WAITING"
    assert kinds(await world.told(topic="delivery.deliveries")) == []

    await world.confirm(order_id)

    assert await world.status(job) == "OFFERED"
    [requested, offered] = await world.told(topic="delivery.deliveries")
    assert (requested.type, requested.seq) == ("delivery.delivery_requested.v1", 1)
    assert requested.data == {
        "delivery_id": str(job),
        "order_id": str(order_id),
        "fee_rupiah": 10_000,
        "cash_to_collect_rupiah": CASH,
        "test": False,
    }
    assert (offered.type, offered.seq) == ("delivery.delivery_offered.v1", 2)


async def test_an_offer_holds_kecamatan_and_rounded_points_and_nothing_personal(world: World) -> None:
    job = await world.job()
    offer_id, partner = await world.open_offer(job)
    [told] = await world.told_to(partner)
    assert (told.aggregate, told.key, told.seq) == (f"{partner}:{job}", str(job), 1)
    expires_at, sent_at = told.data.pop("expires_at"), told.data.pop("sent_at")
    assert datetime.fromisoformat(expires_at) - datetime.fromisoformat(sent_at) == timedelta(seconds=30)
    assert told.data == {
        "test": False,
        "job_id": str(job),
        "offer_id": str(offer_id),
        "pickups": [
            {
                "kecamatan_code": "35.08.10",
                "kecamatan": "Lumajang",
                "point": {"lat": -8.136, "lng": 113.225},
                "merchant_name": "Mall UMKM",
                "stop": 1,
            },
            {
                "kecamatan_code": "35.08.10",
                "kecamatan": "Lumajang",
                "point": {"lat": -8.13, "lng": 113.225},
                "merchant_name": "Kios Cak Di",
                "stop": 2,
            },
        ],
        "dropoff": {"kecamatan_code": "35.08.15", "kecamatan": "Sukodono", "point": {"lat": -8.112, "lng": 113.237}},
        "distance_m": 4_321,
        "fee_rupiah": 10_000,
        "rider_share_rupiah": 8_000,
        "partner_share_rupiah": 1_200,
        "cash_to_collect_rupiah": CASH,
        "weight_limit_gram": 5_000,
        "parcels": 2,
        "stops": 3,
        "wait_limit_s": 900,
        "proofs": [{"kind": "PIN"}],
    }


async def test_a_repeated_placement_makes_no_second_trip(world: World) -> None:
    order_id = await world.place()
    before = await world.state()
    await world.hear(an_order_placed(order_id, sign(a_quote(), world.key)))
    assert await world.state() == before


async def test_a_quote_that_we_did_not_sign_makes_no_trip(world: World) -> None:
    before = await world.state()
    foreign = sign(a_quote(), a_key())
    with pytest.raises(InvalidStatement):
        await world.hear(an_order_placed(OrderId.new(), foreign))
    assert await world.state() == before


async def test_an_offer_that_expires_goes_on_to_the_next_partner(world: World) -> None:
    job = await world.job()
    first, partner = await world.open_offer(job)
    await world.move_clock(timedelta(seconds=31))
    await world.read_all_replies()

    assert await world.fire() == 1

    second, other = await world.open_offer(job)
    assert {partner, other} == {SEMERU, KONCAR}
    assert [(each.id, each.state) for each in await world.offers(job)] == [(first, "TIMED_OUT"), (second, "OPEN")]
    assert kinds(await world.told(topic="delivery.deliveries")) == [
        "delivery_requested",
        "delivery_offered",
        "offer_closed",
        "delivery_offered",
    ]
    [_, withdrawn] = await world.told_to(partner)
    assert (withdrawn.type, withdrawn.data["offer_id"], withdrawn.data["reason"]) == (
        "partner.job_withdrawn.v1",
        str(first),
        "OFFER_EXPIRED",
    )
    assert kinds(await world.told_to(other)) == ["job_offered"]


async def test_a_decline_goes_on_to_the_next_partner_at_once(world: World) -> None:
    job = await world.job()
    first, partner = await world.open_offer(job)
    assert (await world.decline(job, first, partner)).code is None
    _, other = await world.open_offer(job)
    assert other != partner
    assert kinds(await world.told_to(partner)) == ["job_offered", "reply_applied"]


async def test_the_search_ends_with_its_time_and_withdraws_the_open_offer(world: World) -> None:
    job = await world.job()
    await world.move_clock(timedelta(seconds=599))
    await world.fire()
    offer, partner = await world.open_offer(job)
    await world.move_clock(timedelta(seconds=2))
    await world.fire()
    assert await world.status(job) == "UNASSIGNABLE"
    withdrawn = (await world.told_to(partner))[-1]
    assert (withdrawn.data["reason"], withdrawn.data["offer_id"]) == ("NO_RIDER_IN_TIME", str(offer))
    answer = await world.accept(job, offer, partner)
    assert answer.code == "OFFER_WITHDRAWN"


async def test_without_any_partner_it_is_looked_for_one_until_the_time_is_up(world: World) -> None:
    for partner in (SEMERU, KONCAR):
        async with transaction(world.db) as conn:
            await partners.set_status(conn, partner, PartnerStatus.PAUSED, "rain")
    job = await world.job()
    assert await world.status(job) == "REQUESTED"
    assert await timers(world) == ["delivery.dispatch", "delivery.search_long", "delivery.time_up"]
    async with transaction(world.db) as conn:
        await partners.set_status(conn, KONCAR, PartnerStatus.ACTIVE, "dry again")
    await world.move_clock(timedelta(seconds=6))
    assert await world.fire() == 1
    assert (await world.open_offer(job))[1] == KONCAR


async def test_a_partner_in_its_sandbox_gets_test_jobs_alone(world: World) -> None:
    for partner in (SEMERU, KONCAR):
        async with transaction(world.db) as conn:
            await partners.set_status(conn, partner, PartnerStatus.PAUSED, "rain")
    assert await world.status(await world.job(test=False)) == "REQUESTED"
    assert await world.told_to(SANDBOXED) == []
    tested = await world.job(test=True)
    assert (await world.open_offer(tested))[1] == SANDBOXED
    assert (await world.told_to(SANDBOXED))[0].data["test"] is True


async def test_jobs_go_to_whoever_has_taken_the_fewest_today(world: World) -> None:
    taken: list[PartnerId] = []
    for _ in range(6):
        job = await world.job()
        offer, partner = await world.open_offer(job)
        await world.accept(job, offer, partner)
        taken.append(partner)
    assert sorted(taken) == sorted([SEMERU, KONCAR] * 3)
    assert taken[0] != taken[1]


async def test_an_order_cancelled_before_pickup_ends_the_trip_and_tells_who_has_it(world: World) -> None:
    waiting = await world.place()
    await world.cancel(waiting)
    assert await world.status(await world.delivery_of(waiting)) == "CANCELLED"

    offered = await world.job()
    offer, partner = await world.open_offer(offered)
    await world.cancel(await world.order_of(offered))
    assert await world.status(offered) == "CANCELLED"
    assert [each.state for each in await world.offers(offered)] == ["WITHDRAWN"]
    assert (await world.told_to(partner))[-1].data["offer_id"] == str(offer)
    assert (await world.accept(offered, offer, partner)).code == "OFFER_WITHDRAWN"

    assigned = await world.trip(SEMERU, "pickup")
    await world.cancel(await world.order_of(assigned))
    assert await world.status(assigned) == "CANCELLED"
    last = (await world.told_to(SEMERU))[-1]
    assert (last.type, last.data["reason"]) == ("partner.job_withdrawn.v1", "ORDER_CANCELLED")
    assert "offer_id" not in last.data or last.data["offer_id"] is None
    assert (await world.report(SEMERU, assigned, "picked_up")).code == "NOT_YOUR_JOB"
    assert await timers(world) == []


async def test_an_order_cancelled_after_pickup_lets_the_trip_go_on(world: World) -> None:
    job = await world.trip(SEMERU, "picked_up")
    before = await world.state()
    await world.cancel(await world.order_of(job))
    assert await world.state() == before
    last = (await world.told_to(SEMERU))[-1]
    assert (last.type, last.data["change"]) == ("partner.job_changed.v1", "ORDER_CANCELLED")
    assert (await world.report(SEMERU, job, "delivered")).code is None


async def test_a_job_given_back_is_offered_anew_to_the_others_first(world: World) -> None:
    job = await world.trip(SEMERU, "pickup")
    assert (await world.report(SEMERU, job, "failed")).code is None
    assert await world.status(job) == "OFFERED"
    assert (await world.open_offer(job))[1] == KONCAR
    assert kinds(await world.told(topic="delivery.deliveries"))[-2:] == ["delivery_unassigned", "delivery_offered"]
    assert (await world.report(SEMERU, job, "picked_up")).code == "NOT_YOUR_JOB"


async def test_a_silent_trip_is_asked_for_again_and_again(world: World) -> None:
    job = await world.trip(SEMERU, "pickup")
    for _ in range(2):
        await world.move_clock(timedelta(seconds=601))
        assert await world.fire() == 1
        asked = (await world.told_to(SEMERU))[-1]
        assert (asked.type, asked.data["status"]) == ("partner.report_requested.v1", "AT_PICKUP")
    assert (await world.report(SEMERU, job, "AT_PICKUP")).code is None
    assert await world.fire() == 0


async def test_of_two_partners_that_accept_at_once_one_wins_a_hundred_times_over(world: World) -> None:
    world.policy = Policy(at_once=2)
    winners: list[PartnerId] = []
    for _ in range(100):
        job = await world.job()
        offers = {each.partner_id: each.id for each in await world.offers(job)}
        assert set(offers) == {SEMERU, KONCAR}
        answers = await asyncio.gather(
            world.accept(job, offers[SEMERU], SEMERU), world.accept(job, offers[KONCAR], KONCAR)
        )
        assert sorted(answer.code or "" for answer in answers) == ["", "OFFER_TAKEN"]
        winner = SEMERU if answers[0].code is None else KONCAR
        async with world.db.acquire() as conn:
            row = await only_row(conn, "SELECT status, version, partner_id, rider_id FROM delivery WHERE id = $1", job)
        assert tuple(row) == ("ASSIGNED", 4, winner.uuid, RIDERS[winner].uuid)
        assert sorted(each.state for each in await world.offers(job)) == ["ACCEPTED", "WITHDRAWN"]
        winners.append(winner)
    assigned = [each for each in await world.told(topic="delivery.deliveries") if "assigned" in each.type]
    assert len(assigned) == len(winners) == 100


async def test_an_acceptance_sent_in_time_and_read_late_takes_the_job_from_the_next_offer(world: World) -> None:
    job = await world.job()
    first, partner = await world.open_offer(job)
    in_time = datetime.now(UTC)
    await world.move_clock(timedelta(seconds=31))
    await world.read_all_replies()
    await world.fire()
    second, other = await world.open_offer(job)
    await world.move_clock(timedelta(seconds=-31))
    assert (await world.accept(job, first, partner, appended_at=in_time)).code is None
    assert await world.status(job) == "ASSIGNED"
    assert (await world.accept(job, second, other)).code == "OFFER_TAKEN"


async def test_the_winner_again_is_success_and_with_another_rider_it_is_not(world: World) -> None:
    job = await world.job()
    offer, partner = await world.open_offer(job)
    if partner != SEMERU:
        await world.decline(job, offer, partner)
        offer, partner = await world.open_offer(job)
    assert (await world.accept(job, offer, SEMERU, AGUS)).code is None
    before = await world.state()
    assert (await world.accept(job, offer, SEMERU, AGUS)).code is None
    assert (await world.accept(job, offer, SEMERU, DEWI)).code == "ALREADY_DONE"
    assert await world.state() == before


async def timers(world: World) -> list[str]:
    async with world.db.acquire() as conn:
        return [row["kind"] for row in await conn.fetch("SELECT kind FROM timer ORDER BY kind")]
