"""What a page shows is one request, through the gateway and all services; and what was shown is what is placed."""

from __future__ import annotations

from typing import Any

from tests.e2e.caller import PLACE, REMOVE, SET, Buyer, calling, new_key
from tests.e2e.installation import Installation
from tests.worlds.waiting import until

CART_PAGE = """{ me { cart { id version goodsTotal massGram lines {
  id name quantity quantityText price priceBasis total forSale
  variant { id label available unit { label basePerUnit } product { name } } merchant { id name openNow } } } } }"""
CHECKOUT = """query($contact: ID) { me {
  contacts { id label line phone }
  cart { id version goodsTotal lines { id name quantity total }
    checkout(contactId: $contact) { contact { id label } massGram deliveryQuotes {
      problems { code message field limit unit } quotes { slot token fee distanceM durationS expiresAt } } } } } }"""
ORDER_PAGE = """query($id: ID!) { order(id: $id) { orderCode status total goodsTotal deliveryFee placedAt
  contact { label line } payment { method status amount } cancellation { reason }
  sellerOrders { status readyAt merchant { name } lines { name quantity quantityText total variant { label } } }
  history { at status }
  delivery { status fee handoverPin partner { name } rider { name plate } position { at } history { at status } } } }"""


def wanted(me: dict[str, Any]) -> dict[str, Any]:
    """What is placed of what the checkout's one answer has shown."""
    cart = me["cart"]
    (quote,) = cart["checkout"]["deliveryQuotes"]["quotes"]
    return {
        "cartId": cart["id"],
        "cartVersion": cart["version"],
        "contactId": cart["checkout"]["contact"]["id"],
        "slot": quote["slot"],
        "paymentMethod": "COD",
        "quote": quote["token"],
        "total": cart["goodsTotal"] + quote["fee"],
    }


async def test_cart_page_checkout_and_order_page_are_one_request_each(buyer: Buyer) -> None:
    klengkeng, bayam = await buyer.find("klengkeng", "kg", 1500), await buyer.find("bayam", "ikat", 3)
    contact = await buyer.contact()
    cart = await buyer.cart((klengkeng["id"], 1500), (bayam["id"], 3))

    page = (await buyer.data(CART_PAGE))["cart"]
    assert (page["id"], page["version"], page["goodsTotal"]) == (cart["id"], cart["version"], cart["goodsTotal"])
    assert {line["variant"]["id"] for line in page["lines"]} == {klengkeng["id"], bayam["id"]}
    assert all(line["merchant"]["name"] and line["variant"]["available"] for line in page["lines"])

    me = await buyer.data(CHECKOUT, contact=contact["id"])
    assert contact["id"] in {each["id"] for each in me["contacts"]}
    assert me["cart"]["checkout"]["deliveryQuotes"]["problems"] == []
    placed = await buyer.done(PLACE, input=wanted(me), key=new_key())
    assert placed["total"] == wanted(me)["total"]

    await buyer.until(placed["id"], "COMPLETED")
    order = await buyer.data(ORDER_PAGE, id=placed["id"])
    assert (order["status"], order["delivery"]["status"]) == ("COMPLETED", "DELIVERED")
    assert order["contact"]["label"] == "Rumah"
    assert all(line["variant"]["label"] for part in order["sellerOrders"] for line in part["lines"])


async def test_the_quote_of_a_checkout_is_the_quote_of_its_parts(buyer: Buyer) -> None:
    bayam = await buyer.find("bayam", "ikat", 3)
    contact = await buyer.contact()
    cart = await buyer.cart((bayam["id"], 3))
    (shown,) = (await buyer.data(CHECKOUT, contact=contact["id"]))["cart"]["checkout"]["deliveryQuotes"]["quotes"]
    asked = await buyer.quote(cart)
    assert (shown["fee"], shown["distanceM"]) == (asked["fee"], asked["distanceM"])


async def test_what_another_tab_swapped_is_not_placed(platform: Installation, buyer: Buyer) -> None:
    bayam, other = await buyer.find("bayam", "ikat", 3), await buyer.find("kangkung", "ikat", 3)
    contact = await buyer.contact()
    await buyer.cart((bayam["id"], 1))
    seen = wanted(await buyer.data(CHECKOUT, contact=contact["id"]))
    async with calling(platform, "buyer") as tab:
        tab.token = buyer.token
        await tab.done(REMOVE, variant=bayam["id"])
        await tab.done(SET, variant=other["id"], quantity=1)
    before = await buyer.data("{ me { orders(first: 1) { edges { node { id } } } cart { version } } }")
    refusal = await buyer.refused(PLACE, input=seen, key=new_key())
    assert refusal["code"] == "CART_CHANGED"
    assert await buyer.data("{ me { orders(first: 1) { edges { node { id } } } cart { version } } }") == before
    placed = await buyer.done(PLACE, input=wanted(await buyer.data(CHECKOUT, contact=contact["id"])), key=new_key())
    order = await buyer.data(ORDER_PAGE, id=placed["id"])
    assert [line["quantity"] for part in order["sellerOrders"] for line in part["lines"]] == [1]


async def test_what_is_sold_out_is_a_problem_of_its_line_and_is_not_placed(
    platform: Installation, buyer: Buyer
) -> None:
    bayam = await buyer.find("bayam", "ikat", 1)
    contact = await buyer.contact()
    async with calling(platform, "ops") as ops:
        before = await ops.data(_STOCK, id=bayam["id"])
        on_hand = before["stock"]["onHand"]
        await ops.done(_SET_STOCK, id=bayam["id"], onHand=on_hand - before["available"])
        try:
            await buyer.cart((bayam["id"], 1))

            async def problems() -> list[dict[str, Any]]:
                (line,) = (await buyer.data(_LINES))["cart"]["lines"]
                return list(line["problems"])

            (short,) = await until(problems)
            assert (short["code"], short["limit"], short["variantId"]) == ("OUT_OF_STOCK", 0, bayam["id"])
            seen = wanted(await buyer.data(CHECKOUT, contact=contact["id"]))
            refusal = await buyer.refused(PLACE, input=seen, key=new_key())
            assert refusal["code"] == "OUT_OF_STOCK"
        finally:
            await ops.done(_SET_STOCK, id=bayam["id"], onHand=on_hand)


_STOCK = "query($id: ID!) { node(id: $id) { id ... on Variant { available stock { onHand } } } }"
_SET_STOCK = """mutation($id: ID!, $onHand: Int!) { setStock(variantId: $id, onHand: $onHand) { problems { code message }
  variant { id } } }"""
_LINES = "{ me { cart { lines { id problems { code variantId lineId limit unit } } } } }"
