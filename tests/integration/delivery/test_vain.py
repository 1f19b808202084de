"""A trip in vain: what is told of its pay, by the rule of the day on which its rider was sought."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest

from services.contracts.delivery import FailureCode, RiderId
from services.contracts.ordering import SellerOrderId, SellerOrderReady
from services.delivery.commands import prices
from services.delivery.commands.prices import Prices, RuleIsAnother
from services.delivery.domain.ending import DeliveryOutcome
from services.delivery.domain.vain import VainRule
from services.kit.database.db import transaction
from tests.worlds.delivery import MALL, SEMERU, World
from tests.worlds.delivery_graph import Graph

RULE = VainRule("V-1", date(2026, 1, 1), "for tests", 30, 60, 50, 10, 200, 6_000)


@pytest.fixture(autouse=True)
async def rules(world: World) -> None:
    later = VainRule("V-9", date(2199, 1, 1), "of a day to come", 0, 0, 0, 0, 0, 0)
    async with transaction(world.db) as conn:
        assert await prices.enter(conn, Prices([], [], [RULE, later]), by="a test") == ["V-1", "V-9"]
        assert await prices.enter(conn, Prices([], [], [RULE]), by="a test") == []


async def last(world: World) -> tuple[str, dict[str, Any]]:
    told = (await world.told(topic="delivery.deliveries"))[-1]
    return told.type.split(".")[1], told.data


def paid(data: dict[str, Any]) -> tuple[int, int, str] | None:
    pay = data.get("pay")
    return (pay["rider_rupiah"], pay["partner_rupiah"], pay["rule"]) if pay else None


@pytest.mark.parametrize(("reports", "expected"), [((), (2_400, 360, "V-1")), (("pickup",), (4_800, 720, "V-1"))])
async def test_an_order_cancelled_on_the_way_pays_who_was_on_the_way(
    world: World, reports: tuple[str, ...], expected: tuple[int, int, str]
) -> None:
    job = await world.trip(SEMERU, *reports)
    async with world.db.acquire() as conn:
        rider = await conn.fetchval("SELECT rider_id FROM delivery WHERE id = $1", job)
    await world.call_off(await world.order_of(job))
    what, data = await last(world)
    assert (what, paid(data)) == ("delivery_cancelled", expected)
    assert (data["pay"]["partner_id"], data["pay"]["rider_id"]) == (str(SEMERU), str(RiderId(rider)))


async def test_who_had_no_job_is_paid_nothing(world: World) -> None:
    job = await world.job()
    await world.call_off(await world.order_of(job))
    assert paid((await last(world))[1]) is None


@pytest.mark.parametrize(("said", "expected"), [("RETURNED", (4_000, 600, "V-1")), ("DISPOSED", None)])
async def test_bringing_goods_back_is_paid_and_throwing_them_away_is_not(
    world: World, said: str, expected: tuple[int, int, str] | None
) -> None:
    job = await world.trip(SEMERU, "picked_up", "failed")
    assert (await world.report(SEMERU, job, said)).code is None
    assert paid((await last(world))[1]) == expected


@pytest.mark.parametrize(("failure", "expected"), [(None, (2_400, 360, "V-1")), (FailureCode.RIDER_GAVE_UP, None)])
async def test_a_person_who_ends_it_says_whose_fault_it_was(
    world: World, failure: FailureCode | None, expected: tuple[int, int, str] | None
) -> None:
    job = await world.trip(SEMERU)
    await world.end(job, DeliveryOutcome.CANCELLED, failure=failure)
    assert paid((await last(world))[1]) == expected


async def test_a_rider_who_waits_too_long_is_paid_for_it_by_who_let_them_wait(world: World) -> None:
    job = await world.trip(SEMERU, "pickup")
    await world.move_clock(timedelta(minutes=24, seconds=1))
    await world.report(SEMERU, job, "picked_up")
    waited = [each for each in await world.told(topic="delivery.deliveries") if each.type == "delivery.rider_waited.v1"]
    assert [(each.data["merchant_id"], each.data["minutes"], paid(each.data)) for each in waited] == [
        (str(MALL), 15, (3_000, 0, "V-1"))
    ]


async def test_goods_that_were_packed_in_time_make_nobody_wait(world: World) -> None:
    job = await world.trip(SEMERU, "pickup")
    order_id = await world.order_of(job)
    await world.hear(SellerOrderReady(order_id=order_id, seller_order_id=SellerOrderId.new(), merchant_id=MALL))
    await world.move_clock(timedelta(minutes=50))
    await world.report(SEMERU, job, "picked_up")
    assert [each.type for each in await world.told(topic="delivery.deliveries")][-1] == "delivery.picked_up.v1"


async def test_a_rule_is_never_changed(world: World) -> None:
    other = VainRule("V-1", date(2026, 1, 1), "for tests", 31, 60, 50, 10, 200, 6_000)
    async with transaction(world.db) as conn:
        with pytest.raises(RuleIsAnother):
            await prices.enter(conn, Prices([], [], [other]), by="a test")
    async with world.db.acquire() as conn:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await conn.execute("UPDATE vain_rule SET called_off_pct = 0")


async def test_who_has_signed_in_reads_what_a_trip_in_vain_pays(graph: Graph) -> None:
    query = "{ tripInVainRules { version validFrom calledOffPercent atPickupPercent wayBackPercent freeMinutes perMinute most } }"
    shown = (await graph.data("rider", query))["tripInVainRules"]
    assert [each["version"] for each in shown] == ["V-9", "V-1"]
    assert shown[1] == {
        "version": "V-1", "validFrom": "2026-01-01", "calledOffPercent": 30, "atPickupPercent": 60, "wayBackPercent": 50,
        "freeMinutes": 10, "perMinute": 200, "most": 6_000,
    }  # fmt: skip
