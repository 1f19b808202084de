"""What a buyer is asked while the order is packed: who answers, what a deadline does, and what ends it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from services.contracts.catalog import VariantId
from services.contracts.delivery import DeliveryId, PickedUp
from services.contracts.ordering import HandoverWay, OrderLineId
from services.contracts.packing import QuestionId
from services.kit.database.db import transaction
from services.ordering.commands import packing
from services.ordering.commands.carts import give_back
from services.ordering.domain.packing import QUESTION_DEADLINE
from services.ordering.domain.question import QuestionIsOpen
from services.ordering.domain.refusal import Refused, WrongState
from tests.worlds.handing_over import code_of, hand_over, placed_for, stall
from tests.worlds.handing_over import shown as slots
from tests.worlds.ordering import (
    BUDI,
    PARTNER,
    SITI,
    Market,
    assigned,
    handed_over,
)
from tests.worlds.ordering_site import Site
from tests.worlds.ordering_steps import cancel, fire
from tests.worlds.packing import (
    ANSWER,
    MERCHANT,
    PACK,
    READY,
    REPLACE,
    WEIGH,
    an_order_of,
    ayam,
    line,
    more_goods,
    part,
    shown,
    sums_follow,
)


@pytest.fixture(autouse=True)
async def goods(world: Market) -> None:
    await more_goods(world)


# -- ready and gone ---------------------------------------------------------------------------------------------------


async def test_an_old_app_that_only_says_ready_is_charged_by_the_estimate(site: Site) -> None:
    order_id = await an_order_of(site.world)
    found = await site.done(READY, *MERCHANT, id=await part(site.world))
    assert [(each["state"], each["finalTotal"], each["packedQuantity"]) for each in found["lines"]] == [
        ("PACKED", 36_000, 1), ("PACKED", 5_000, 2),
    ]  # fmt: skip
    assert (await shown(site, order_id))["total"] == 51_000
    assert "ordering.lines_changed.v1" not in await site.world.told()


async def test_ready_waits_for_the_buyer_and_not_for_a_timer(site: Site) -> None:
    await an_order_of(site.world)
    found = await site.done(PACK, *MERCHANT, id=await line(site.world, "bayam"), quantity=0)
    waits = await site.refused(READY, *MERCHANT, id=await part(site.world))
    assert waits == {"code": "QUESTION_OPEN", "retryable": True, "until": found["questions"][0]["answerBy"]}
    await site.world.move_clock(300)
    done = await site.done(READY, *MERCHANT, id=await part(site.world))
    assert (done["status"], done["goodsTotal"]) == ("READY", 36_000)
    await fire(site.world)
    await sums_follow(site.world)


async def test_after_ready_nothing_is_packed_and_what_was_said_is_no_news(site: Site) -> None:
    await an_order_of(site.world)
    ayam_line = await line(site.world, "ayam")
    await site.done(WEIGH, *MERCHANT, id=ayam_line, gram=1_080)
    await site.done(READY, *MERCHANT, id=await part(site.world))
    before = await site.world.fingerprint()
    await site.done(WEIGH, *MERCHANT, id=ayam_line, gram=1_080)
    said: list[tuple[str, dict[str, Any]]] = [(WEIGH, {"gram": 1_081}), (PACK, {"quantity": 0})]
    for document, given in said:
        refused = await site.refused(document, *MERCHANT, id=ayam_line, **given)
        assert refused == {"code": "WRONG_STATE", "status": "READY"}
    assert await site.world.fingerprint() == before


async def test_goods_that_are_fetched_end_what_was_asked_and_are_booked_so(site: Site) -> None:
    world, trip = site.world, DeliveryId.new()
    order_id = await an_order_of(world)
    await world.hear(assigned(order_id, trip))
    await site.done(WEIGH, *MERCHANT, id=await line(world, "ayam"), gram=1_300)
    found = await site.done(PACK, *MERCHANT, id=await line(world, "bayam"), quantity=0)
    assert await world.value("SELECT max(answer_by - asked_at)::text FROM order_question") == "00:02:00"
    await world.hear(PickedUp(delivery_id=trip, order_id=order_id))
    order = await shown(site, order_id)
    assert (order["total"], {each["state"] for each in order["questions"]}) == (49_600, {"LAPSED"})
    for each in found["questions"]:
        assert (await site.refused(ANSWER, id=each["id"], accept=True))["code"] == "WRONG_STATE"
    refused = await site.refused(WEIGH, *MERCHANT, id=await line(world, "ayam"), gram=900)
    assert refused == {"code": "WRONG_STATE", "status": "HANDED_OVER"}
    assert await world.rows("SELECT * FROM timer WHERE kind = $1", QUESTION_DEADLINE) == []
    await world.hear(await handed_over(world, order_id, trip, cash=49_600))
    assert await world.rows("SELECT kind, amount_rupiah FROM ledger ORDER BY id") == [
        {"kind": "GOODS", "amount_rupiah": 39_600},
        {"kind": "RIDER_SHARE", "amount_rupiah": 7_000},
        {"kind": "PARTNER_SHARE", "amount_rupiah": 2_000},
        {"kind": "PLATFORM_SHARE", "amount_rupiah": 1_000},
    ]
    assert await world.value("SELECT attention FROM orders") is None
    assert await world.value("SELECT DISTINCT debit_account FROM ledger") == f"test:partner:{PARTNER}:cash"


async def test_who_cancels_has_nothing_to_answer_any_more(site: Site) -> None:
    order_id = await an_order_of(site.world)
    await site.done(PACK, *MERCHANT, id=await line(site.world, "bayam"), quantity=0)
    await cancel(site.world, order_id)
    assert (await shown(site, order_id))["questions"][0]["state"] == "WITHDRAWN"
    told = await site.world.told()
    assert told.index("ordering.question_answered.v1") < told.index("ordering.cancellation_requested.v1")
    assert await site.world.rows("SELECT * FROM timer WHERE kind = $1", QUESTION_DEADLINE) == []


async def test_a_deadline_of_goods_that_left_unheard_does_nothing(site: Site) -> None:
    """An image of the release before hears of the pickup and knows of no question."""
    order_id = await an_order_of(site.world)
    await site.done(PACK, *MERCHANT, id=await line(site.world, "bayam"), quantity=0)
    await site.world.rows("UPDATE orders SET state = 'PICKED_UP'")
    await site.world.rows("UPDATE seller_order SET status = 'HANDED_OVER'")
    await site.world.move_clock(301)
    await fire(site.world)
    order = await shown(site, order_id)
    assert (order["total"], order["questions"][0]["state"]) == (51_000, "WITHDRAWN")


async def test_what_is_given_back_to_the_cart_is_what_was_ordered(site: Site) -> None:
    order_id = await an_order_of(site.world, bayam="SIMILAR")
    await site.done(
        REPLACE, *MERCHANT, id=await line(site.world, "bayam"), variant=str(VariantId.seeded("kangkung")), quantity=1
    )
    await site.world.rows("UPDATE orders SET state = 'AWAIT_MERCHANTS', agreed_at = NULL")
    async with transaction(site.world.db) as conn:
        await give_back(conn, order_id)
    assert await site.world.rows("SELECT variant_id, quantity FROM cart_line ORDER BY quantity") == [
        {"variant_id": VariantId.seeded("ayam").uuid, "quantity": 1},
        {"variant_id": VariantId.seeded("bayam").uuid, "quantity": 2},
    ]


async def test_at_the_counter_the_buyer_answers_first(site: Site) -> None:

    world = site.world
    await stall(world)
    await world.hear(ayam())
    order_id = await placed_for(world, (await slots(world, HandoverWay.PICKUP))[-1])
    await world.rows("UPDATE order_line SET when_short = NULL")
    found = await site.done(PACK, *MERCHANT, id=await line(world, "bayam"), quantity=1)
    code = await code_of(world, order_id)
    with pytest.raises(QuestionIsOpen):
        await hand_over(world, order_id, code)
    await site.done(ANSWER, id=found["questions"][0]["id"], accept=True)
    assert await hand_over(world, order_id, code) is None
    assert await world.value("SELECT collected_rupiah FROM payment") == 2_500
    assert await world.value("SELECT sum(amount_rupiah) FROM ledger") == 2_500


# -- who asks and answers ---------------------------------------------------------------------------------------------


async def test_a_question_is_the_buyers_to_answer(site: Site) -> None:
    await an_order_of(site.world)
    found = await site.done(WEIGH, *MERCHANT, id=await line(site.world, "ayam"), gram=1_300)
    question = found["questions"][0]["id"]
    assert await site.refused(ANSWER, BUDI, id=question, accept=True) == {"code": "NOT_FOUND"}
    assert await site.refused(ANSWER, id=str(QuestionId.new()), accept=True) == {"code": "NOT_FOUND"}
    assert await site.code(ANSWER, *MERCHANT, id=question, accept=True) == "FORBIDDEN"
    await site.done(ANSWER, id=question, accept=False)
    before = await site.world.fingerprint()
    await site.done(ANSWER, id=question, accept=False)
    assert await site.refused(ANSWER, id=question, accept=True) == {"code": "WRONG_STATE", "status": "DECLINED"}
    assert await site.world.fingerprint() == before


async def test_a_buyer_is_asked_three_times_of_a_line(site: Site) -> None:
    await an_order_of(site.world)
    ayam_line = await line(site.world, "ayam")
    for gram in (1_300, 1_301, 1_302):
        await site.done(WEIGH, *MERCHANT, id=ayam_line, gram=gram)
    before = await site.world.fingerprint()
    assert await site.refused(WEIGH, *MERCHANT, id=ayam_line, gram=1_303) == {
        "code": "TOO_MANY_QUESTIONS", "limit": 3, "unit": "QUESTION",
    }  # fmt: skip
    assert await site.world.fingerprint() == before


async def test_an_answer_and_the_deadline_at_once_are_one_of_them(site: Site) -> None:
    world = site.world
    order_id = await an_order_of(world)
    found = await site.done(WEIGH, *MERCHANT, id=await line(world, "ayam"), gram=1_300)
    question = QuestionId.parse(found["questions"][0]["id"])
    # The worker's clock is the database's: what is due is due for both. Here it is fired beside an answer that is in time.
    await world.rows("UPDATE timer SET due_at = wlijo_now() WHERE kind = $1", QUESTION_DEADLINE)

    async def answer() -> bool:
        try:
            async with transaction(world.db) as conn:
                await packing.answer_question(conn, question, SITI, accept=True)
        except WrongState:
            return False
        return True

    answered, _ = await asyncio.gather(answer(), fire(world))
    order = await shown(site, order_id)
    assert (order["total"], order["questions"][0]["state"]) == (
        (61_800, "ACCEPTED") if answered else (54_600, "LAPSED")
    )
    await sums_follow(world)
    assert await world.rows("SELECT * FROM timer WHERE kind = $1", QUESTION_DEADLINE) == []


async def test_two_people_of_the_stall_who_pack_at_once_make_one_sum(site: Site) -> None:
    world = site.world
    await an_order_of(world, bayam="DROP", ayam="DROP")
    ayam_line, bayam = OrderLineId.parse(await line(world, "ayam")), OrderLineId.parse(await line(world, "bayam"))

    async def act(name: str, key: OrderLineId, number: int) -> bool:
        try:
            async with transaction(world.db) as conn:
                if name == "weigh":
                    await packing.weigh_line(conn, key, "usr_wlijo", gram=number, sees_all=False)
                else:
                    await packing.pack_line(conn, key, "usr_wlijo", quantity=number, sees_all=False)
        except Refused:
            return False
        return True

    done = await asyncio.gather(
        act("pack", bayam, 0), act("pack", ayam_line, 0), act("weigh", ayam_line, 1_050), act("pack", bayam, 0)
    )
    assert sum(done) >= 1  # where the chicken goes first the spinach is the last line, and stays
    await sums_follow(world)
    assert await world.value("SELECT count(*) FROM order_line WHERE state IN ('OPEN', 'PACKED')") >= 1


async def test_the_order_page_wakes_when_something_is_asked(site: Site) -> None:
    order_id = await an_order_of(site.world)
    version = (await shown(site, order_id))["version"]
    await site.done(WEIGH, *MERCHANT, id=await line(site.world, "ayam"), gram=1_300)
    assert (await shown(site, order_id))["version"] == version + 1
