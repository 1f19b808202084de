"""Packing on a real database, by the graph: weighed, short, dropped and replaced, and what leaves the counter."""

from __future__ import annotations

import pytest

from services.contracts.catalog import MerchantId, VariantId
from services.contracts.ordering import OrderId, OrderLineId, SellerOrderId
from services.ordering.domain.packing import QUESTION_DEADLINE
from tests.worlds.ordering import (
    SITI,
    Market,
    a_merchant,
    a_product,
    a_variant,
    an_order,
    hold,
)
from tests.worlds.ordering_site import Site
from tests.worlds.ordering_steps import fire
from tests.worlds.packing import (
    ANSWER,
    BY_WEIGHT,
    EKOR,
    MERCHANT,
    PACK,
    REPLACE,
    WEIGH,
    an_order_of,
    line,
    lines_of,
    more_goods,
    shown,
    sums_follow,
)
from tests.worlds.payloads import PROBLEMS


@pytest.fixture(autouse=True)
async def goods(world: Market) -> None:
    await more_goods(world)


# -- weighing ---------------------------------------------------------------------------------------------------------


async def test_weighed_8_per_cent_over_costs_what_it_weighs_and_asks_nobody(site: Site) -> None:
    order_id = await an_order_of(site.world)
    found = await site.done(WEIGH, *MERCHANT, id=await line(site.world, "ayam"), gram=1_080)
    assert lines_of(found)["ayam"] == {
        "id": await line(site.world, "ayam"), "name": "ayam", "state": "PACKED", "quantity": 1, "packedQuantity": 1,
        "packedGram": 1_080, "packedText": "1 ekor, 1,08 kg", "total": 36_000, "finalTotal": 38_880, "replaces": None,
    }  # fmt: skip
    assert (found["goodsTotal"], found["questions"]) == (43_880, [])
    order = await shown(site, order_id)
    assert (order["total"], order["placedTotal"]) == (53_880, 51_000)
    assert order["payment"] == {"amount": 53_880, "cashToCollect": 53_900}
    assert (await site.world.told())[-2:] == ["ordering.lines_changed.v1", "ordering.order_repriced.v1"]
    await sums_follow(site.world)


async def test_weighed_30_per_cent_over_costs_the_cap_until_the_buyer_says_yes(site: Site) -> None:
    order_id = await an_order_of(site.world)
    await site.done(WEIGH, *MERCHANT, id=await line(site.world, "ayam"), gram=1_300)
    order = await shown(site, order_id)
    (question,) = order["questions"]
    assert order["total"] == 54_600
    assert {name: question[name] for name in ("kind", "state", "gram", "gramText", "total", "ifNotAccepted", "totalIfNotAccepted")} == {
        "kind": "OVERWEIGHT", "state": "OPEN", "gram": 1_300, "gramText": "1,3 kg", "total": 46_800, "ifNotAccepted": "AT_CAP",
        "totalIfNotAccepted": 39_600,
    }  # fmt: skip
    answered = await site.done(ANSWER, id=question["id"], accept=True)
    assert (answered["total"], answered["questions"]) == (61_800, [{"state": "ACCEPTED", "total": 46_800}])
    assert await site.world.rows("SELECT * FROM timer WHERE kind = $1", QUESTION_DEADLINE) == []
    assert (await site.world.told())[-3:] == [
        "ordering.question_answered.v1", "ordering.lines_changed.v1", "ordering.order_repriced.v1",
    ]  # fmt: skip
    await sums_follow(site.world)


async def test_a_deadline_that_nobody_met_leaves_it_at_the_cap(site: Site) -> None:
    order_id = await an_order_of(site.world)
    await site.done(WEIGH, *MERCHANT, id=await line(site.world, "ayam"), gram=1_300)
    assert await fire(site.world) == 0
    await site.world.move_clock(301)
    assert await fire(site.world) == 1
    order = await shown(site, order_id)
    assert (order["total"], [each["state"] for each in order["questions"]]) == (54_600, ["LAPSED"])
    late = await site.refused(ANSWER, id=order["questions"][0]["id"], accept=True)
    assert late == {"code": "WRONG_STATE", "status": "LAPSED"}
    assert (await shown(site, order_id))["total"] == 54_600


async def test_an_answer_after_the_time_is_late_though_no_timer_has_fired(site: Site) -> None:
    order_id = await an_order_of(site.world)
    found = await site.done(WEIGH, *MERCHANT, id=await line(site.world, "ayam"), gram=1_300)
    await site.world.move_clock(301)
    late = await site.refused(ANSWER, id=found["questions"][0]["id"], accept=True)
    assert late == {"code": "WRONG_STATE", "status": "LAPSED"}
    assert (await shown(site, order_id))["total"] == 54_600


async def test_another_weight_takes_the_place_of_the_question_and_a_repeat_of_nothing(site: Site) -> None:
    order_id = await an_order_of(site.world)
    ayam_line = await line(site.world, "ayam")
    first = await site.done(WEIGH, *MERCHANT, id=ayam_line, gram=1_300)
    before = await site.world.fingerprint()
    assert await site.done(WEIGH, *MERCHANT, id=ayam_line, gram=1_300) == first
    assert await site.world.fingerprint() == before
    await site.done(WEIGH, *MERCHANT, id=ayam_line, gram=1_000)
    order = await shown(site, order_id)
    assert (order["total"], [each["state"] for each in order["questions"]]) == (51_000, ["WITHDRAWN"])
    assert order["version"] == await site.world.value("SELECT version FROM orders")


async def test_what_a_weighing_is_refused_with(site: Site) -> None:
    await an_order_of(site.world)
    ayam_line, bayam = await line(site.world, "ayam"), await line(site.world, "bayam")
    heavy = await site.refused(WEIGH, *MERCHANT, id=ayam_line, gram=0)
    assert heavy == {"code": "INVALID_QUANTITY", "field": "gram", "minimum": 1, "limit": 1_000_000, "unit": "GRAM"}
    counted = await site.refused(WEIGH, *MERCHANT, id=bayam, gram=500)
    assert counted == {"code": "NOT_BY_WEIGHT", "lineId": bayam, "variantId": str(VariantId.seeded("bayam"))}
    for who in (("usr_other", "merchant"), (SITI, "merchant")):
        assert await site.refused(WEIGH, *who, id=ayam_line, gram=1_000) == {"code": "NOT_FOUND"}
    assert await site.refused(WEIGH, *MERCHANT, id=str(OrderLineId.new()), gram=1_000) == {"code": "NOT_FOUND"}
    assert await site.code(WEIGH, id=ayam_line, gram=1_000) == "FORBIDDEN"
    assert await site.code(WEIGH, *MERCHANT, id=str(OrderId.new()), gram=1_000) == "BAD_USER_INPUT"


# -- short and dropped ------------------------------------------------------------------------------------------------


async def test_what_the_buyer_wished_dropped_is_dropped_at_once(site: Site) -> None:
    order_id = await an_order_of(site.world, bayam="DROP")
    found = await site.done(PACK, *MERCHANT, id=await line(site.world, "bayam"), quantity=0)
    assert (found["goodsTotal"], lines_of(found)["bayam"]["state"]) == (36_000, "DROPPED")
    bayam = lines_of(found)["bayam"]
    assert (bayam["quantity"], bayam["total"], bayam["packedQuantity"], bayam["packedText"]) == (2, 5_000, 0, None)
    assert (await shown(site, order_id))["total"] == 46_000
    await sums_follow(site.world)


@pytest.mark.parametrize(("quantity", "total"), [(0, 46_000), (1, 48_500)])
async def test_else_the_buyer_is_asked_and_after_five_minutes_it_is_short(
    site: Site, quantity: int, total: int
) -> None:
    order_id = await an_order_of(site.world)
    await site.done(PACK, *MERCHANT, id=await line(site.world, "bayam"), quantity=quantity)
    order = await shown(site, order_id)
    (question,) = order["questions"]
    assert (order["total"], question["kind"], question["quantityText"]) == (
        51_000, "SHORT", "1 ikat" if quantity else None,
    )  # fmt: skip
    await site.world.move_clock(300)
    assert await fire(site.world) == 1
    assert (await shown(site, order_id))["total"] == total
    await sums_follow(site.world)


async def test_who_will_not_go_without_gets_something_similar_at_once(site: Site) -> None:
    order_id = await an_order_of(site.world)
    bayam = await line(site.world, "bayam")
    found = await site.done(PACK, *MERCHANT, id=bayam, quantity=0)
    await site.done(ANSWER, id=found["questions"][0]["id"], accept=False)
    assert await site.world.value("SELECT when_short FROM order_line WHERE name = 'bayam'") == "SIMILAR"
    found = await site.done(REPLACE, *MERCHANT, id=bayam, variant=str(VariantId.seeded("kangkung")), quantity=2)
    lines = lines_of(found)
    assert (lines["bayam"]["state"], lines["kangkung"]["state"], lines["kangkung"]["finalTotal"]) == (
        "REPLACED", "PACKED", 4_000,
    )  # fmt: skip
    assert lines["kangkung"]["replaces"] == bayam
    assert (await shown(site, order_id))["total"] == 50_000
    await sums_follow(site.world)


async def test_the_last_line_is_not_dropped_but_its_part_is(site: Site) -> None:
    await an_order_of(site.world, bayam="DROP", ayam="DROP")
    ayam_line = await line(site.world, "ayam")
    await site.done(PACK, *MERCHANT, id=await line(site.world, "bayam"), quantity=0)
    last = await site.refused(PACK, *MERCHANT, id=ayam_line, quantity=0)
    assert last == {"code": "LAST_LINE", "lineId": ayam_line, "variantId": str(VariantId.seeded("ayam"))}


# -- replaced ---------------------------------------------------------------------------------------------------------


async def test_dearer_goods_come_with_a_yes(site: Site) -> None:
    order_id = await an_order_of(site.world, bayam="SIMILAR")
    bayam, brokoli = await line(site.world, "bayam"), str(VariantId.seeded("brokoli"))
    found = await site.done(REPLACE, *MERCHANT, id=bayam, variant=brokoli, quantity=1)
    (question,) = found["questions"]
    assert question["replacement"] == {
        "name": "brokoli", "quantity": 1, "quantityText": "1 ikat", "priceText": "Rp9.000 / ikat", "capTotal": 9_000,
        "variant": {"id": brokoli},
    }  # fmt: skip
    # What was offered is what comes, whatever it costs by now.
    await site.world.hear(a_product("brokoli", variants=[a_variant("brokoli", price_rupiah=12_000)]))
    answered = await site.done(ANSWER, id=question["id"], accept=True)
    assert answered["total"] == 10_000 + 36_000 + 9_000
    again = await site.done(REPLACE, *MERCHANT, id=bayam, variant=brokoli, quantity=1)
    assert again["goodsTotal"] == 45_000
    other = await site.refused(REPLACE, *MERCHANT, id=bayam, variant=brokoli, quantity=2)
    assert other == {"code": "WRONG_STATE", "status": "REPLACED"}
    assert (await shown(site, order_id))["total"] == 55_000
    await sums_follow(site.world)


async def test_what_replaces_may_be_weighed_itself(site: Site) -> None:
    await site.world.hear(
        a_product(
            "bebek",
            variants=[a_variant("bebek", unit=EKOR, price_rupiah=30_000, catch_weight=BY_WEIGHT, gram_per_base=833.0)],
        )
    )
    await an_order_of(site.world, ayam="SIMILAR")
    found = await site.done(
        REPLACE, *MERCHANT, id=await line(site.world, "ayam"), variant=str(VariantId.seeded("bebek")), quantity=1
    )
    assert found["goodsTotal"] == 35_000
    found = await site.done(WEIGH, *MERCHANT, id=await line(site.world, "bebek"), gram=900)
    assert (lines_of(found)["bebek"]["finalTotal"], found["questions"]) == (32_400, [])
    await sums_follow(site.world)


async def test_what_another_sells_or_nobody_replaces_nothing(site: Site) -> None:
    await site.world.hear(a_merchant("lapak"), a_product("tahu", "lapak"), a_product("tempe", status="HIDDEN"))
    await an_order_of(site.world, bayam="SIMILAR")
    bayam = await line(site.world, "bayam")
    for name in ("tahu", "tempe", "nothing", "bayam"):
        variant = str(VariantId.seeded(name))
        assert await site.refused(REPLACE, *MERCHANT, id=bayam, variant=variant, quantity=1) == {
            "code": "PRODUCT_UNAVAILABLE", "field": "variantId", "variantId": variant,
        }  # fmt: skip
    variant = str(VariantId.seeded("kangkung"))
    none = await site.refused(REPLACE, *MERCHANT, id=bayam, variant=variant, quantity=0)
    assert (none["code"], none["field"], none["minimum"]) == ("INVALID_QUANTITY", "quantity", 1)


# -- several merchants, and a counter ---------------------------------------------------------------------------------


async def test_a_part_that_leaves_the_order_asks_nothing_more(site: Site) -> None:
    world = site.world
    await world.hear(a_merchant("lapak"), a_product("tahu", "lapak"), a_product("cabai", "lapak"))
    wanted = await an_order(
        world, lines={"ayam": 1, "bayam": 2, "tahu": 1, "cabai": 1}, merchants=("lapak", "wlijo"), total=56_000
    )
    order_id = await world.place(SITI, wanted)
    await hold(world, order_id)
    await site.done(PACK, "usr_lapak", "merchant", id=await line(world, "tahu"), quantity=0)
    leave = f"mutation($id: ID!) {{ cancelSellerOrder(id: $id) {{ {PROBLEMS} sellerOrder {{ status goodsTotal }} }} }}"
    lapak = await world.value("SELECT id FROM seller_order WHERE merchant_id = $1", MerchantId.seeded("lapak"))
    await site.done(leave, "usr_lapak", "merchant", id=str(SellerOrderId(lapak)))
    order = await shown(site, order_id)
    assert (order["goodsTotal"], order["questions"][0]["state"]) == (41_000, "WITHDRAWN")
    await sums_follow(world)
