"""Promotions and the commission in the graph: who sees what, what a cart is told, and what is frozen at the sale."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.contracts.catalog import MerchantId
from services.contracts.roles import Role
from services.kit.http.identity import Identity
from services.kit.http.rate import RateLimit
from services.ordering.domain.promotion import PromotionKind
from services.ordering.schema import SCHEMA
from tests.worlds.ordering import BUDI, OPS, SITI, Market, a_key, buyer, merchant
from tests.worlds.ordering_steps import cancel
from tests.worlds.promoting import OWN, REGENCY, a_promotion, an_order

OFFICER = Identity("usr_officer", frozenset({Role.OFFICER}))
AMOUNT, FREE = PromotionKind.AMOUNT, PromotionKind.FREE_DELIVERY

CREATE = """mutation($input: PromotionInput!, $key: String!) { createPromotion(input: $input, idempotencyKey: $key) {
    promotion { id status used merchantId borneBy } problems { code field minimum limit } } }"""
MOVE = "mutation($id: ID!) { %s(id: $id) { promotion { status } problems { code status } } }"
APPLY = """mutation($code: String!) { applyVoucher(code: $code) {
    cart { version promotions { voucher { code problems { code } } goodsDiscount } } problems { code field minimum unit } } }"""
CART = """{ me { cart { goodsTotal promotions { goodsDiscount deliveryDiscountAtMost voucher { code problems { code } }
    discounts { name(language: EN) amount borneBy offDelivery byVoucher } } } } }"""
SET = """mutation($input: SetCommissionInput!, $key: String!) { setCommission(input: $input, idempotencyKey: $key) {
    rule { permille basis } problems { code field } } }"""


async def an_input(world: Market, **changed: Any) -> dict[str, Any]:
    at: datetime = await world.value("SELECT wlijo_now()")
    return {
        "nameId": "Berkah", "nameEn": "Blessing", "kind": "PERCENT", "value": 10, "startsAt": at.isoformat(),
        "endsAt": (at + timedelta(days=3)).isoformat(), **changed,
    }  # fmt: skip


async def test_an_owner_makes_one_starts_it_and_sees_it_in_the_list(world: Market) -> None:
    wlijo = str(MerchantId.seeded("wlijo"))
    wanted = await an_input(world, merchantId=wlijo)
    answer = await world.ask(merchant(), CREATE, input=wanted, key="the-key-of-this-one")
    again = await world.ask(merchant(), CREATE, input=wanted, key="the-key-of-this-one")
    made = answer["data"]["createPromotion"]
    assert made["problems"] == []
    assert again["data"]["createPromotion"] == made
    assert made["promotion"] | {"id": ""} == {
        "id": "", "status": "DRAFT", "used": 0, "merchantId": wlijo, "borneBy": "MERCHANT",
    }  # fmt: skip
    for name, status in (("start", "RUNNING"), ("pause", "PAUSED"), ("pause", "PAUSED"), ("end", "ENDED")):
        moved = await world.ask(merchant(), MOVE % f"{name}Promotion", id=made["promotion"]["id"])
        assert moved["data"][f"{name}Promotion"]["promotion"] == {"status": status}
    over = await world.ask(merchant(), MOVE % "startPromotion", id=made["promotion"]["id"])
    assert over["data"]["startPromotion"]["problems"] == [{"code": "WRONG_STATE", "status": "ENDED"}]

    listed = """query($of: [_Any!]!) { _entities(representations: $of) { ... on Merchant {
        promotions(first: 1) { edges { node { nameId status } } pageInfo { hasNextPage } } } } }"""
    of = [{"__typename": "Merchant", "id": wlijo}]
    (mine,) = (await world.ask(merchant(), listed, of=of))["data"]["_entities"]
    assert mine["promotions"]["edges"] == [{"node": {"nameId": "Berkah", "status": "ENDED"}}]
    (others,) = (await world.ask(merchant("kateki"), listed, of=of))["data"]["_entities"]
    assert others["promotions"] is None


async def test_terms_that_cannot_be_are_problems_each_at_its_field(world: Market) -> None:
    wanted = await an_input(world, value=101, nameEn="", programme="X", budget=1_000)
    answer = await world.ask(OFFICER, CREATE, input=wanted, key=a_key())
    assert answer["data"]["createPromotion"]["problems"] == [
        {"code": "PROMOTION_INVALID", "field": "input.nameEn", "minimum": 1, "limit": 60},
        {"code": "PROMOTION_INVALID", "field": "input.value", "minimum": 1, "limit": 100},
        {"code": "PROMOTION_INVALID", "field": "input.programme", "minimum": None, "limit": None},
    ]


async def test_a_buyer_is_told_what_comes_off_and_why_a_voucher_does_not(world: Market) -> None:
    await a_promotion(world, **REGENCY)
    await a_promotion(world, kind=FREE, value=0, cap_rupiah=4_000)
    await a_promotion(world, kind=AMOUNT, value=2_000, code="HEMAT20", minimum_rupiah=6_000)
    await an_order(world, total=0)
    refused = await world.ask(buyer(), APPLY, code="hemat 20")
    assert refused["data"]["applyVoucher"]["problems"] == [
        {"code": "VOUCHER_BELOW_MINIMUM", "field": "code", "minimum": 6_000, "unit": "RUPIAH"}
    ]
    await an_order(world, total=0, lines={"bayam": 4}, code="HEMAT20")
    cart = (await world.ask(buyer(), CART))["data"]["me"]["cart"]
    assert cart["goodsTotal"] == 10_000
    assert cart["promotions"] == {
        "goodsDiscount": 3_000,
        "deliveryDiscountAtMost": 4_000,
        "voucher": {"code": "HEMAT20", "problems": []},
        "discounts": [
            {"name": "Blessing", "amount": 1_000, "borneBy": "REGENCY", "offDelivery": False, "byVoucher": False},
            {"name": "Blessing", "amount": 4_000, "borneBy": "PLATFORM", "offDelivery": True, "byVoucher": False},
            {"name": "Blessing", "amount": 2_000, "borneBy": "PLATFORM", "offDelivery": False, "byVoucher": True},
        ],
    }
    # The cart has become smaller since: the voucher stays in it and says why it takes nothing off.
    await an_order(world, total=0, lines={"bayam": 2})
    cart = (await world.ask(buyer(), CART))["data"]["me"]["cart"]
    assert cart["promotions"]["voucher"] == {"code": "HEMAT20", "problems": [{"code": "VOUCHER_BELOW_MINIMUM"}]}
    assert cart["promotions"]["goodsDiscount"] == 500


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"categories": ["ikan-laut"]}, "VOUCHER_OTHER_GOODS"),
        ({"budget_rupiah": 1_000_000, "uses": 1}, "VOUCHER_USED_UP"),
        ({"per_buyer": 1}, "VOUCHER_USED_BEFORE"),
        ({"first_order": True}, "VOUCHER_FIRST_ORDER_ONLY"),
    ],
)
async def test_why_it_does_not_apply(world: Market, changed: dict[str, Any], code: str) -> None:
    await a_promotion(world, kind=AMOUNT, value=1_000, code="SEKALI1", **changed)
    if "categories" not in changed:
        await world.place(SITI, await an_order(world, total=14_000, code="SEKALI1"))
    await an_order(world, total=0)
    answer = await world.ask(buyer(), APPLY, code="SEKALI1")
    assert [each["code"] for each in answer["data"]["applyVoucher"]["problems"]] == [code]


async def test_a_voucher_that_is_over_says_so_and_one_that_waits_is_not_there(world: Market) -> None:
    await a_promotion(world, code="HARIINI")
    await an_order(world, total=0)
    await world.move_clock(2 * 86_400)
    for code, said in (("HARIINI", "VOUCHER_OVER"), ("TIDAKADA", "VOUCHER_UNKNOWN")):
        answer = await world.ask(buyer(), APPLY, code=code)
        assert [each["code"] for each in answer["data"]["applyVoucher"]["problems"]] == [said]


@pytest.mark.usefixtures("rates_stand_still")
async def test_codes_cannot_be_guessed_in_numbers_and_who_knows_one_is_not_counted(world: Market) -> None:
    await a_promotion(world, code="BERKAH9")
    await an_order(world, total=0)
    context = world.context(buyer())
    context.voucher_limit = RateLimit(burst=3, per_second=0.01)

    async def tried(code: str) -> list[str]:
        context.forget()
        result = await SCHEMA.execute(APPLY, variable_values={"code": code}, context_value=context)
        assert result.data is not None
        return [each["code"] for each in result.data["applyVoucher"]["problems"]]

    for _ in range(5):
        assert await tried("BERKAH9") == []
    assert [await tried(f"TEBAK{n:03}") for n in range(3)] == [["VOUCHER_UNKNOWN"]] * 3
    assert await tried("BERKAH9") == ["RATE_LIMITED"]


async def test_an_order_says_what_was_taken_off_and_the_commission_is_its_merchants_alone(world: Market) -> None:
    at: datetime = await world.value("SELECT wlijo_now()")
    starts = (at + timedelta(hours=1)).isoformat()
    set_answer = await world.ask(
        OFFICER, SET, input={"permille": 50, "startsAt": starts, "basis": "Perbup 12/2026"}, key=a_key()
    )
    assert set_answer["data"]["setCommission"] == {
        "rule": {"permille": 50, "basis": "Perbup 12/2026"}, "problems": [],
    }  # fmt: skip
    await a_promotion(world, kind=AMOUNT, value=1_000, **OWN)
    before = await world.place(SITI, await an_order(world, total=14_000))
    await world.value("DELETE FROM outbox")  # told; else nothing more is taken an hour later
    await world.move_clock(3_601)
    await a_promotion(world, **REGENCY)
    later = await world.place(BUDI, await an_order(world, BUDI, total=13_500))

    query = """query($id: ID!) { order(id: $id) { total discount discounts { name amount borneBy offDelivery }
        sellerOrders { id discount commission discounts { amount borneBy } } } }"""
    order = (await world.ask(buyer(BUDI), query, id=str(later)))["data"]["order"]
    assert (order["total"], order["discount"]) == (13_500, 1_500)
    assert order["discounts"] == [
        {"name": "Berkah", "amount": 1_000, "borneBy": "MERCHANT", "offDelivery": False},
        {"name": "Berkah", "amount": 500, "borneBy": "REGENCY", "offDelivery": False},
    ]
    (part,) = order["sellerOrders"]
    assert (part["discount"], part["commission"]) == (1_500, None)
    hers = "query($of: [_Any!]!) { _entities(representations: $of) { ... on SellerOrder { discount commission } } }"
    of = [{"__typename": "SellerOrder", "id": part["id"]}]
    # A twentieth of 4,000: what she herself gave is not hers, what the regency gives is.
    for who in (merchant(), OPS):
        assert (await world.ask(who, hers, of=of))["data"]["_entities"] == [{"discount": 1_500, "commission": 200}]
    # What was sold before its day was sold without it.
    assert await world.value("SELECT commission_rupiah FROM seller_order WHERE order_id = $1", before) == 0
    await cancel(world, later, BUDI)
    assert await world.value("SELECT commission_rupiah FROM seller_order WHERE order_id = $1", later) == 200


async def test_a_rule_of_a_time_that_is_over_is_refused(world: Market) -> None:
    at: datetime = await world.value("SELECT wlijo_now()")
    answer = await world.ask(
        OPS, SET, input={"permille": 50, "startsAt": at.isoformat(), "basis": "x y z"}, key=a_key()
    )
    assert answer["data"]["setCommission"]["problems"] == [{"code": "INVALID_TIME", "field": "input.startsAt"}]


async def test_what_is_told_of_an_order_says_what_was_taken_off(world: Market) -> None:
    await a_promotion(world, kind=FREE, value=0, cap_rupiah=4_000)
    await a_promotion(world)
    await world.place(SITI, await an_order(world, total=10_500))
    told = await world.value("SELECT convert_from(payload, 'UTF8') FROM outbox WHERE type = 'ordering.order_placed.v1'")
    for part in ('"discount_rupiah":500', '"delivery_discount_rupiah":4000', '"total_rupiah":10500'):
        assert part in told.replace(" ", "")
