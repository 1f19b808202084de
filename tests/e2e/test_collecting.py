"""An order that its buyer collects, and one for later, through the gateway alone: chosen, agreed, handed over by the code, and sold."""

from __future__ import annotations

import asyncio
from typing import Any

from services.contracts.catalog import MerchantId, VariantId
from services.contracts.ordering import OrderId
from tests.e2e.caller import PLACE, Buyer, calling, new_key
from tests.e2e.installation import Installation
from tests.worlds.waiting import until

_SLOTS = "{ me { cart { handovers { way slotFrom slotTo unavailable stopId place } } } }"
_SHOWN = """query($id: ID!) { order(id: $id) { status counterCode deliveryFee total goodsTotal payment { status }
  handover { way slotFrom place } delivery { status } sellerOrders { id } } }"""
_FOLLOW = "subscription($id: ID!) { orderChanged(id: $id) { version status sellerOrders { status } } }"
_HAND_OVER = """mutation($id: ID!, $code: String!) {
  handOverSellerOrder(id: $id, code: $code) { problems { code } sellerOrder { status } } }"""
_CANCEL = (
    "mutation($id: ID!) { cancelOrder(id: $id) { problems { code } order { status cancellation { reason borneBy } } } }"
)


async def _stock(platform: Installation, variant: str) -> tuple[int, int]:
    (row,) = await platform.fetch(
        "catalog", "SELECT on_hand, reserved FROM stock_item WHERE variant_id = $1", VariantId.parse(variant)
    )
    return row["on_hand"], row["reserved"]


async def _placed(buyer: Buyer, way: str) -> tuple[str, dict[str, Any], str]:
    """Order, its slot, and the variant of which half a kilogram was ordered."""
    found = await buyer.find("klengkeng", "kg", 500)
    given = await buyer.order_input((found["id"], 500))
    slots = (await buyer.data(_SLOTS))["cart"]["handovers"]
    slot = [each for each in slots if each["way"] == way and each["unavailable"] is None][-1]
    if way == "PICKUP":
        shown = await buyer.data("{ me { cart { goodsTotal } } }")
        given |= {"quote": None, "total": shown["cart"]["goodsTotal"]}
    given |= {"handover": {"way": way, "slotFrom": slot["slotFrom"], "stopId": slot["stopId"]}}
    placed = await buyer.done(PLACE, input=given, key=new_key())
    async with asyncio.timeout(60):
        async for message in buyer.follow(_FOLLOW, id=placed["id"]):
            if message["status"] != "PLACED":
                assert message["status"] == "CONFIRMED"
                break
    return placed["id"], slot, found["id"]


async def test_an_order_is_collected_by_its_code_and_its_goods_are_sold(platform: Installation, buyer: Buyer) -> None:
    order, slot, variant = await _placed(buyer, "PICKUP")
    shown = await buyer.data(_SHOWN, id=order)
    assert (shown["deliveryFee"], shown["total"], shown["delivery"]) == (0, shown["goodsTotal"], None)
    assert shown["handover"] == {"way": "PICKUP", "slotFrom": slot["slotFrom"], "place": slot["place"]}
    before = await _stock(platform, variant)
    (owner, *_) = await platform.fetch(
        "ordering",
        "SELECT m.subject FROM merchant_member m JOIN seller_order s USING (merchant_id) WHERE s.order_id = $1",
        OrderId.parse(order),
    )
    part = shown["sellerOrders"][0]["id"]
    async with calling(platform, "merchant", owner["subject"]) as merchant:
        refused = await merchant.refused(_HAND_OVER, id=part, code="999999")
        assert refused["code"] == "WRONG_PIN"
        done = await merchant.done(_HAND_OVER, id=part, code=shown["counterCode"])
    assert done["status"] == "COMPLETED"
    after = await buyer.data(_SHOWN, id=order)
    assert (after["status"], after["counterCode"], after["payment"]["status"]) == ("COMPLETED", None, "COLLECTED")
    sold = (before[0] - 500, before[1] - 500)

    async def is_sold() -> bool:
        return await _stock(platform, variant) == sold

    await until(is_sold)
    trips = await platform.fetch("delivery", "SELECT 1 FROM delivery WHERE order_id = $1", OrderId.parse(order))
    assert trips == []


async def test_an_order_for_later_is_agreed_and_seeks_nobody_and_is_called_off_for_nothing(
    platform: Installation, buyer: Buyer
) -> None:
    order, slot, _ = await _placed(buyer, "DELIVERY")
    shown = await buyer.data(_SHOWN, id=order)
    assert shown["handover"] == {"way": "DELIVERY", "slotFrom": slot["slotFrom"], "place": None}
    assert shown["counterCode"] is None
    assert (shown["delivery"] or {"status": "WAITING"})["status"] == "WAITING"
    ended = await buyer.done(_CANCEL, id=order)
    assert ended == {"status": "CANCELLED", "cancellation": {"reason": "BUYER_CANCELLED", "borneBy": "NOBODY"}}
    (seller,) = await platform.fetch(
        "ordering", "SELECT merchant_id FROM seller_order WHERE order_id = $1", OrderId.parse(order)
    )
    taken = await platform.fetch(
        "ordering",
        "SELECT taken FROM handover_slot WHERE place_id = $1 AND way = 'DELIVERY'",
        MerchantId(seller["merchant_id"]),
    )
    assert {row["taken"] for row in taken} == {0}
