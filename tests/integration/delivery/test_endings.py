"""Trips that a person ends, and trips that ordering calls off: what is told of them, to whom, and what is kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from services.contracts.delivery import DeliveryId, FailureCode
from services.contracts.ordering import OrderId
from services.delivery.domain.ending import CannotEndSo, DeliveryOutcome, UnknownTrip
from services.delivery.domain.trip import ASK_OVERDUE_EVERY, OVERDUE_AFTER
from services.kit.messaging.handlers import Inapplicable
from tests.worlds.delivery import CASH, SEMERU, World, kinds


async def timers(world: World) -> list[str]:
    async with world.db.acquire() as conn:
        return [row["kind"] for row in await conn.fetch("SELECT kind FROM timer")]


async def told_of(world: World, job: DeliveryId) -> list[tuple[str, dict[str, Any]]]:
    told = [each for each in await world.told(topic="delivery.deliveries") if each.aggregate == str(job)]
    return list(zip(kinds(told), (each.data for each in told), strict=True))


WAYS = {
    "a locked PIN": (["picked_up", "dropoff"], DeliveryOutcome.DELIVERED, "DELIVERED", ["delivered"]),
    "a rider who vanished with the goods": (["picked_up"], DeliveryOutcome.LOST, "DISPOSED", ["delivery_returned"]),
    "a rider who fetched them without a word": (["pickup"], DeliveryOutcome.LOST, "DISPOSED", ["picked_up", "delivery_returned"]),
    "goods that came back without a word": (["picked_up", "failed"], DeliveryOutcome.RETURNED, "RETURNED", ["delivery_returned"]),
    "goods that spoilt on the way": (["picked_up"], DeliveryOutcome.DISPOSED, "DISPOSED", ["delivery_returned"]),
    "a rider who vanished before": ([], DeliveryOutcome.CANCELLED, "CANCELLED", ["delivery_cancelled"]),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
async def test_a_person_ends_what_nothing_else_ends(world: World, way: str) -> None:
    reports, outcome, status, facts = WAYS[way]
    job = await world.trip(SEMERU, *reports)
    before = len(await told_of(world, job))
    await world.end(job, outcome)
    assert await world.status(job) == status
    told = (await told_of(world, job))[before:]
    assert [kind for kind, _ in told] == facts
    assert await timers(world) == []
    last = (await world.told_to(SEMERU))[-1]
    assert (last.type, last.data["reason"]) == ("partner.job_withdrawn.v1", "ENDED_BY_OPERATIONS")
    async with world.db.acquire() as conn:
        (kept,) = await conn.fetch("SELECT outcome, reason, ended_by FROM delivery_ending")
    assert tuple(kept.values()) == (str(outcome), "a person said so", "usr_ops")
    known, here = await world.state(), len(await world.told())
    await world.end(job, outcome)  # by its target
    assert (await world.state(), len(await world.told())) == (known, here)
    assert (await world.report(SEMERU, job, "delivered")).code in ("ALREADY_DONE", "NOT_YOUR_JOB")


async def test_a_trip_that_lost_its_goods_says_so_and_whose_it_was(world: World) -> None:
    job = await world.trip(SEMERU, "picked_up", "failed")
    await world.end(job, DeliveryOutcome.LOST)
    _, fact = (await told_of(world, job))[-1]
    assert (fact["disposed"], fact["code"], fact["partner_id"]) == (True, "LOST_IN_TRANSIT", str(SEMERU))


@pytest.mark.parametrize(("said", "cash"), [(None, CASH), (CASH - 1, CASH - 1), (0, 0)])
async def test_what_was_delivered_past_the_pin_was_paid_as_is_said(world: World, said: int | None, cash: int) -> None:
    job = await world.trip(SEMERU, "picked_up", "dropoff")
    for _ in range(6):
        await world.reply(SEMERU, "delivered", {"job_id": str(job), "pin": "nope", "cash_collected_rupiah": CASH})
    assert (await world.report(SEMERU, job, "delivered")).code == "WRONG_PIN"
    await world.end(job, DeliveryOutcome.DELIVERED, cash_collected_rupiah=said)
    _, fact = (await told_of(world, job))[-1]
    assert fact["cash_collected_rupiah"] == cash


async def test_another_end_than_the_one_it_has_changes_nothing(world: World) -> None:
    job = await world.trip(SEMERU, "picked_up", "delivered")
    before, told = await world.state(), await world.told()
    for outcome in set(DeliveryOutcome) - {DeliveryOutcome.DELIVERED}:
        with pytest.raises(CannotEndSo):
            await world.end(job, outcome)
    with pytest.raises(UnknownTrip):
        await world.end(DeliveryId.new(), DeliveryOutcome.LOST)
    await world.end(job, DeliveryOutcome.DELIVERED)  # it has: nobody had to say so
    assert (await world.state(), await world.told()) == (before, told)


@pytest.mark.parametrize("statement", ["UPDATE delivery_ending SET reason = 'x'", "DELETE FROM delivery_ending"])
async def test_who_ended_a_trip_is_written_once(world: World, statement: str) -> None:
    await world.end(await world.trip(SEMERU, "picked_up"), DeliveryOutcome.RETURNED, failure=FailureCode.BUYER_REFUSED)
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        async with world.db.acquire() as conn:
            await conn.execute(statement)


async def test_an_overdue_trip_is_asked_after_for_ever_and_not_too_often(world: World) -> None:
    job = await world.trip(SEMERU, "picked_up")
    asked = len(await world.told_to(SEMERU))
    await world.move_clock(OVERDUE_AFTER + timedelta(seconds=1))
    assert await world.fire() == 1
    for _ in range(30):
        await world.move_clock(ASK_OVERDUE_EVERY - timedelta(seconds=5))
        assert await world.fire() == 0
        await world.move_clock(timedelta(seconds=10))
        assert await world.fire() == 1
    asks = (await world.told_to(SEMERU))[asked:]
    assert [each.type for each in asks] == ["partner.report_requested.v1"] * 31
    assert await timers(world) == ["delivery.silent"]
    assert await world.status(job) == "PICKED_UP"


@pytest.mark.parametrize("reports", [[], ["pickup"]])
async def test_a_trip_is_called_off_while_its_goods_are_at_their_counters(world: World, reports: list[str]) -> None:
    job = await world.trip(SEMERU, *reports)
    order_id = await world.order_of(job)
    await world.call_off(order_id)
    assert await world.status(job) == "CANCELLED"
    kind, fact = (await told_of(world, job))[-1]
    assert (kind, fact["reason"]) == ("delivery_cancelled", "BUYER_CANCELLED")
    last = (await world.told_to(SEMERU))[-1]
    assert (last.type, last.data["reason"]) == ("partner.job_withdrawn.v1", "ORDER_CANCELLED")
    assert (await world.report(SEMERU, job, "picked_up")).code == "NOT_YOUR_JOB"
    told = await world.told()
    await world.call_off(order_id)
    await world.cancel(order_id)
    assert await world.told() == told


@pytest.mark.parametrize("reports", [["picked_up"], ["picked_up", "dropoff"], ["picked_up", "failed"]])
async def test_a_trip_with_its_goods_goes_on_and_nobody_is_told_otherwise(world: World, reports: list[str]) -> None:
    job = await world.trip(SEMERU, *reports)
    before, told = await world.state(), await world.told()
    await world.call_off(await world.order_of(job))
    assert (await world.state(), await world.told()) == (before, told)
    assert (await world.report(SEMERU, job, "delivered")).code is None


async def test_an_order_without_its_trip_is_a_fault_that_is_seen_and_holds_nothing_up(world: World) -> None:
    with pytest.raises(Inapplicable):
        await world.call_off(OrderId.new())
    with pytest.raises(Inapplicable):
        await world.confirm(OrderId.new())
