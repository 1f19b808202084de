"""Facts into sums: in any order and however often, of the day that they belong to."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

import pytest

from services.contracts.claims import ClaimDecided, ClaimId
from services.contracts.ordering import BorneBy, OrderPlaced
from services.contracts.people import PersonErased, PersonId
from tests.integration.insight.conftest import Insight
from tests.worlds.regency import Regency

AT = datetime(2026, 10, 4, 17, 30, tzinfo=UTC)  # 00:30 WIB, the fifth


async def test_an_order_is_in_every_cube_of_its_wib_day(insight: Insight) -> None:
    await insight.know()
    seller = insight.regency.sellers[-1]
    facts = insight.regency.order(AT, seller=seller, kecamatan="35.08.01", ends="completed")
    await insight.count(facts)
    placed = facts[0].event
    assert isinstance(placed, OrderPlaced)
    for cube, cell in (
        ("ALL", ""), ("PLACE", seller.kecamatan), ("CLASS", seller.umkm), ("PLACE_CLASS", f"{seller.kecamatan}|{seller.umkm}"),
        ("KIND", str(seller.kind)), ("FLOW", f"{seller.kecamatan}|35.08.01"), ("BUYER", "35.08.01"),
    ):  # fmt: skip
        assert (await insight.total(cube, "2026-10-05", "2026-10-05"))[cell]["turnover"] == placed.goods_rupiah
    goods = await insight.total("GOODS")
    assert sum(each["turnover"] for each in goods.values()) == placed.goods_rupiah
    whole = (await insight.total("ALL"))[""]
    assert (whole["orders"], whole["parts"], whole["completed"], whole["delivered"], whole["accepted"]) == (
        1,
        1,
        1,
        1,
        1,
    )
    assert (whole["fee"], whole["rider_share"], whole["partner_share"], whole["platform_share"]) == (
        8_000,
        6_400,
        1_200,
        400,
    )


async def test_facts_that_come_twice_and_in_another_order_come_to_the_same(insight: Insight) -> None:
    await insight.know()
    facts = list(Regency(seed=3).month(date(2026, 10, 1), 40))
    await insight.count(facts)
    once = await insight.all_sums()
    await insight.count([*facts, *facts[:50]])
    assert await insight.all_sums() == once


async def test_any_order_of_facts_between_topics_comes_to_the_same(insight: Insight) -> None:
    """Within an order's own topic they come as they were told; a trip's, a claim's and a seller's come when they come."""
    facts = list(Regency(seed=3).month(date(2026, 10, 1), 40))
    random.Random(1).shuffle(facts)
    facts.sort(key=lambda each: not each.event.topic.startswith(("delivery", "ordering.claims")))  # those first
    orders = [each for each in facts if each.event.topic == "ordering.orders"]
    orders.sort(key=lambda each: each.at)
    shuffled = [*(each for each in facts if each.event.topic != "ordering.orders"), *orders]
    await insight.count(shuffled, at_once=7)
    assert "?" in await insight.total("PLACE")
    await insight.know()
    late = await insight.all_sums()
    assert "?" not in {cell for cell, said in (await insight.total("PLACE")).items() if any(said.values())}
    async with insight.db.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM working WHERE waits IS NOT NULL") == 0
        await conn.execute("DELETE FROM tally; DELETE FROM working")
    await insight.count(Regency(seed=3).month(date(2026, 10, 1), 40))
    assert await insight.all_sums() == late


async def test_trials_count_for_nothing_where_others_do(insight: Insight) -> None:
    await insight.know()
    facts = insight.regency.order(AT, test=True, ends="completed")
    await insight.count(facts)
    assert await insight.all_sums() == {}
    await insight.count(insight.regency.order(AT, test=True, ends="completed"), counts_tests=True)
    assert (await insight.total("ALL"))[""]["orders"] == 1


async def test_what_a_seller_sold_before_it_moved_stays_where_it_was(insight: Insight) -> None:
    seller = insight.regency.sellers[-1]
    await insight.hear(seller.state(), *seller.goods(), at=AT - timedelta(days=9))
    await insight.hear(seller.state(kecamatan="35.08.01", umkm="KECIL"), at=AT + timedelta(days=9))
    late = insight.regency.order(AT, seller=seller, ends="completed")
    after = insight.regency.order(AT + timedelta(days=10), seller=seller, ends="completed")
    await insight.count([*late, *after])
    by_place = await insight.total("PLACE_CLASS")
    assert {cell: said["completed"] for cell, said in by_place.items()} == {
        f"{seller.kecamatan}|{seller.umkm}": 1,
        "35.08.01|KECIL": 1,
    }


async def test_a_claim_a_month_later_changes_the_day_of_its_order(insight: Insight) -> None:
    await insight.know()
    facts = insight.regency.order(AT, ends="completed")
    await insight.count(facts)
    placed = facts[0].event
    assert isinstance(placed, OrderPlaced)
    part = placed.seller_orders[0]
    claim = ClaimDecided(
        claim_id=ClaimId.new(), order_id=placed.order_id, seller_order_id=part.seller_order_id, merchant_id=part.merchant_id,
        granted_rupiah=1_500, borne_by=BorneBy.MERCHANT, decided_at=AT + timedelta(days=31),
    )  # fmt: skip
    before = (await insight.total("ALL", "2026-10-05", "2026-10-05"))[""]["claimed"]
    await insight.hear(claim, claim)
    assert (await insight.total("ALL", "2026-10-05", "2026-10-05"))[""]["claimed"] == before + 1_500


async def test_a_clock_ahead_counts_on_its_own_day_and_not_today(insight: Insight) -> None:
    await insight.know()
    await insight.count(insight.regency.order(datetime(2091, 1, 1, tzinfo=UTC), ends="completed"))
    days = "{ marketDays { edges { node { day } } } recoveries { edges { node { place } } } }"
    answer = await insight.ask(days)
    assert answer == {"marketDays": {"edges": []}, "recoveries": {"edges": []}}
    assert (await insight.total("ALL"))[""]["orders"] == 1


async def test_who_is_forgotten_is_somebody_else_and_counts_as_before(insight: Insight) -> None:
    await insight.know()
    person = PersonId.new()
    facts = [
        fact
        for n in range(3)
        for fact in insight.regency.order(AT + timedelta(hours=n), buyer=str(person), ends="completed")
    ]
    await insight.count(facts)
    before = await insight.all_sums()
    async with insight.db.acquire() as conn:
        (known,) = {row["buyer"] for row in await conn.fetch("SELECT buyer FROM working")}
    await insight.hear(PersonErased(person_id=person, erased_at=AT))
    assert await insight.all_sums() == before
    async with insight.db.acquire() as conn:
        rows = await conn.fetch("SELECT buyer, state FROM working")
    assert len({row["buyer"] for row in rows}) == 1
    assert [row for row in rows if known in row["buyer"] or known.encode() in row["state"]] == []


@pytest.mark.parametrize("role", ["buyer", "merchant"])
async def test_nobody_else_sees_numbers(insight: Insight, role: str) -> None:
    with pytest.raises(AssertionError, match="FORBIDDEN"):
        await insight.ask("{ marketDays { edges { node { day } } } }", role)
