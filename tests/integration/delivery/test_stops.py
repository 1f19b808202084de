"""A trip with several pickups, reported stop by stop: whose goods were fetched, and a seller who has nothing holds up nobody."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.contracts.catalog import MerchantId
from services.contracts.delivery import DeliveryId, FailureCode
from services.contracts.ordering import LeftBecause, SellerOrderId, SellerOrderLeft, SellerOrderReady
from services.contracts.partner import RefusalCode
from services.delivery.commands.replies import Answer
from services.delivery.domain import eta
from services.delivery.domain.ending import DeliveryOutcome
from services.delivery.domain.roads import HALT_S
from services.delivery.store import board, following, stops
from tests.worlds.delivery import CASH, KIOS, KONCAR, MALL, SEMERU, World, kinds

FIRST, SECOND = 1, 2


async def at(world: World, job: DeliveryId, stop: int) -> Answer:
    return await world.reply(SEMERU, "arrived", {"job_id": str(job), "at": "pickup", "stop": stop})


async def fetched(world: World, job: DeliveryId, stop: int) -> Answer:
    return await world.reply(SEMERU, "picked_up", {"job_id": str(job), "stop": stop})


async def failed(world: World, job: DeliveryId, stop: int, code: str = "MERCHANT_CLOSED") -> Answer:
    return await world.reply(SEMERU, "failed", {"job_id": str(job), "stop": stop, "code": code})


async def facts(world: World, after: int = 0) -> list[tuple[str, dict[str, Any]]]:
    return [(each.type.split(".")[1], each.data) for each in (await world.told(topic="delivery.deliveries"))[after:]]


async def left(world: World, job: DeliveryId, merchant: MerchantId) -> None:
    await world.hear(
        SellerOrderLeft(
            order_id=await world.order_of(job),
            seller_order_id=SellerOrderId.new(),
            merchant_id=merchant,
            because=LeftBecause.MERCHANT_CANCELLED,
            left_at=datetime(2026, 1, 1, tzinfo=UTC),
        )
    )


async def test_each_stop_is_named_in_the_offer_and_reported_by_itself(world: World) -> None:
    job = await world.trip(SEMERU)
    offered = next(each for each in await world.told_to(SEMERU) if each.type == "partner.job_offered.v1")
    assert [(each["stop"], each["merchant_name"]) for each in offered.data["pickups"]] == [
        (FIRST, "Mall UMKM"),
        (SECOND, "Kios Cak Di"),
    ]
    before = len(await facts(world))
    for answer in (await at(world, job, FIRST), await fetched(world, job, FIRST)):
        assert answer.code is None
    assert await world.status(job) == "PICKED_UP", "goods are with the rider: nobody cancels any more"
    for answer in (await at(world, job, SECOND), await fetched(world, job, SECOND)):
        assert answer.code is None
    told = await facts(world, before)
    assert [(kind, data.get("merchant_id")) for kind, data in told] == [
        ("rider_arrived", str(MALL)),
        ("goods_fetched", str(MALL)),
        ("rider_arrived", str(KIOS)),
        ("goods_fetched", str(KIOS)),
        ("picked_up", None),
    ]
    assert (await world.report(SEMERU, job, "delivered")).code is None


async def test_the_door_waits_until_every_stop_was_said(world: World) -> None:
    job = await world.trip(SEMERU)
    await fetched(world, job, SECOND)
    before = await world.state()
    for report in ("dropoff", "delivered"):
        answer = await world.report(SEMERU, job, report)
        assert answer.code is RefusalCode.WRONG_ORDER
        assert "still to be fetched" in answer.message
    assert await world.state() == before
    assert (await world.report(SEMERU, job, "picked_up")).code is None, "without a stop: all that is left"
    assert (await facts(world))[-1][0] == "picked_up"
    assert (await world.report(SEMERU, job, "dropoff")).code is None
    async with world.db.acquire() as conn:
        assert all(each.fetched_at for each in await stops.of_trip(conn, job))


async def test_what_does_not_fit_a_stop_changes_nothing_and_says_what_would(world: World) -> None:
    job = await world.trip(SEMERU)
    await at(world, job, FIRST)
    await fetched(world, job, FIRST)
    before = await world.state()
    for answer, code in (
        (await fetched(world, job, FIRST), RefusalCode.ALREADY_DONE),
        (await at(world, job, FIRST), RefusalCode.ALREADY_DONE),
        (await failed(world, job, FIRST), RefusalCode.ALREADY_DONE),
        (await fetched(world, job, 3), RefusalCode.UNKNOWN_STOP),
        (await fetched(world, job, 7), RefusalCode.UNKNOWN_STOP),
        (await fetched(world, job, 0), RefusalCode.MALFORMED),
        (await failed(world, job, SECOND, "BUYER_REFUSED"), RefusalCode.MALFORMED),
        (await world.report(SEMERU, job, "pickup"), RefusalCode.ALREADY_DONE),
        (await world.reply(KONCAR, "picked_up", {"job_id": str(job), "stop": SECOND}), RefusalCode.NOT_YOUR_JOB),
    ):
        assert answer.code is code, answer
    assert await world.state() == before
    await fetched(world, job, SECOND)
    before = await world.state()
    assert (await fetched(world, job, SECOND)).code is RefusalCode.ALREADY_DONE
    assert (await failed(world, job, SECOND)).code is RefusalCode.ALREADY_DONE
    assert await world.state() == before


@pytest.mark.parametrize("first", [True, False])
async def test_a_seller_who_is_closed_holds_up_nobody(world: World, first: bool) -> None:
    job = await world.trip(SEMERU, "pickup")
    before = len(await facts(world))
    if first:
        assert (await failed(world, job, FIRST)).code is None
        assert await world.status(job) == "AT_PICKUP"
        assert (await fetched(world, job, SECOND)).code is None
    else:
        assert (await fetched(world, job, SECOND)).code is None
        assert (await failed(world, job, FIRST)).code is None
    told = await facts(world, before)
    assert sorted(kind for kind, _ in told) == ["goods_fetched", "picked_up", "stop_failed"]
    assert told[-1][0] == "picked_up"
    [no] = [data for kind, data in told if kind == "stop_failed"]
    assert (no["merchant_id"], no["code"]) == (str(MALL), "MERCHANT_CLOSED")
    await left(world, job, MALL)  # as ordering answers
    assert (await facts(world, before)) == told
    assert (await world.report(SEMERU, job, "delivered")).code is None


async def test_where_nobody_has_anything_the_order_is_called_off_and_nothing_was_fetched(world: World) -> None:
    job = await world.trip(SEMERU)
    for stop in (FIRST, SECOND):
        assert (await failed(world, job, stop, "GOODS_NOT_READY")).code is None
    before = await world.state()
    assert (await world.report(SEMERU, job, "picked_up")).code is RefusalCode.ALREADY_DONE
    assert await world.state() == before
    await world.call_off(await world.order_of(job))
    assert await world.status(job) == "CANCELLED"


async def test_with_some_of_the_goods_the_order_goes_on_whoever_calls_it_off(world: World) -> None:
    job = await world.trip(SEMERU)
    await fetched(world, job, FIRST)
    await world.call_off(await world.order_of(job))
    assert await world.status(job) == "PICKED_UP"
    await left(world, job, MALL)  # too late: the rider has them
    assert (await facts(world))[-1][0] == "goods_fetched"
    await left(world, job, KIOS)
    assert (await facts(world))[-1][0] == "picked_up", "nothing else is to be fetched"
    async with world.db.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM timer WHERE subject = $1", job) == 1
    assert (await world.report(SEMERU, job, "delivered")).code is None


async def test_who_cannot_go_on_with_some_of_the_goods_has_those_and_no_others(world: World) -> None:
    job = await world.trip(SEMERU)
    await fetched(world, job, SECOND)
    before = len(await facts(world))
    answer = await world.reply(SEMERU, "failed", {"job_id": str(job), "code": "BREAKDOWN"})
    assert answer.code is None
    told = await facts(world, before)
    assert [kind for kind, _ in told] == ["stop_failed", "picked_up", "attempt_failed"]
    assert (told[0][1]["merchant_id"], told[-1][1]["code"]) == (str(MALL), "BREAKDOWN")
    assert (await world.report(SEMERU, job, "RETURNED")).code is None


async def test_another_rider_has_still_to_come_to_each(world: World) -> None:
    job = await world.trip(SEMERU)
    await at(world, job, FIRST)
    await world.reply(SEMERU, "failed", {"job_id": str(job), "code": FailureCode.RIDER_GAVE_UP})
    async with world.db.acquire() as conn:
        assert not any(each.arrived_at for each in await stops.of_trip(conn, job))


async def test_a_person_ends_it_with_what_nobody_reported(world: World) -> None:
    job = await world.trip(SEMERU)
    await fetched(world, job, FIRST)
    before = len(await facts(world))
    await world.end(job, DeliveryOutcome.DELIVERED, cash_collected_rupiah=CASH)
    assert [kind for kind, _ in await facts(world, before)] == ["picked_up", "delivered"]


async def test_a_stop_left_silent_is_asked_after(world: World) -> None:
    job = await world.trip(SEMERU)
    await fetched(world, job, FIRST)
    await world.move_clock(timedelta(seconds=world.policy.silent_s + 1))
    assert await world.fire() == 1
    assert kinds(await world.told_to(SEMERU))[-1] == "report_requested"


async def test_a_rider_who_has_some_of_the_goods_has_the_other_stops_ahead(world: World) -> None:
    job = await world.trip(SEMERU)
    await fetched(world, job, FIRST)
    async with world.db.acquire() as conn:
        found = (await board.jobs(conn, [job]))[job]
    assert [each.seq for each in found.visits] == [SECOND, 3]
    await fetched(world, job, SECOND)
    async with world.db.acquire() as conn:
        found = (await board.jobs(conn, [job]))[job]
    assert [each.seq for each in found.visits] == [3]


async def test_goods_that_are_packed_while_others_are_fetched_are_told(world: World) -> None:
    job = await world.trip(SEMERU)
    await fetched(world, job, FIRST)
    order_id = await world.order_of(job)
    await world.hear(SellerOrderReady(order_id=order_id, seller_order_id=SellerOrderId.new(), merchant_id=KIOS))
    told = (await world.told_to(SEMERU))[-1].data
    assert (told["change"], told["stop"]) == ("GOODS_READY", SECOND)


async def test_the_arrival_counts_the_stops_that_are_left(world: World) -> None:
    job = await world.trip(SEMERU)
    await fetched(world, job, FIRST)

    async def foreseen() -> datetime:
        async with world.db.acquire() as conn:
            found, now = await following.underway(conn, [job])
        arrives = eta.arrives_at(found[job], now)
        assert arrives
        return arrives

    half = await foreseen()
    await fetched(world, job, SECOND)
    assert half > await foreseen() + timedelta(seconds=HALT_S - 60)
