"""Who has not signed in fills a cart through the gateway, signs in, and orders it: one request for the whole page, before and after."""

from __future__ import annotations

from typing import Any

from tests.e2e.caller import HOME, PLACE, SET, Buyer, calling, new_key
from tests.e2e.installation import Installation

OPEN = (
    """mutation($lines: [CartLineInput!]!) { openGuestCart(lines: $lines) { problems { code } token cart { id } } }"""
)
SET_AS_GUEST = """mutation($variant: ID!, $quantity: Int!, $guest: String!) {
  setCartLine(variantId: $variant, quantity: $quantity, note: "yang muda", whenShort: SIMILAR, guest: $guest) {
    problems { code } cart { lines { quantity note whenShort variant { label } } } } }"""
NOTE = """mutation($merchant: ID!, $guest: String!) { setSellerNote(merchantId: $merchant, note: "antar jam 7", guest: $guest) {
  problems { code } cart { sellers { note merchant { name } } } } }"""
PAGE = """query($guest: String!, $point: PointInput!) { guestCart(token: $guest) { goodsTotal massGram expiresAt problems { code }
  handovers { way slotFrom } sellers { note merchant { name } }
  lines { name quantityText total note whenShort priceSeen { price } variant { label available } merchant { name openNow }
    problems(point: $point) { code } } } }"""
TAKE_OVER = """mutation($guest: String!) { takeOverGuestCart(token: $guest) { problems { code } leftOut { name }
  cart { lines { quantity variant { id } } } } }"""
CHECKOUT = """query($contact: ID!) { me { cart { id version goodsTotal problems { code } handovers { way }
  lines { quantity note problems { code } variant { available } }
  checkout(contactId: $contact) { problems { code } deliveryQuotes { problems { code } quotes { token fee } } } } } }"""
ORDER = "query($id: ID!) { order(id: $id) { sellerOrders { note lines { quantity note whenShort variant { id } } } } }"
REORDER = "mutation($id: ID!) { reorder(orderId: $id) { problems { code } leftOut { name } cart { lines { variant { id } } } } }"


async def test_a_guest_signs_in_takes_it_along_and_orders_it(platform: Installation, buyer: Buyer) -> None:
    async with calling(platform, None) as guest:
        bayam = await guest.find("bayam", "ikat", 5)
        first = [{"variantId": bayam["id"], "quantity": 2}]
        opened = await guest.data(OPEN, lines=first)
        assert opened["problems"] == []
        token = opened["token"]
        cart = await guest.done(SET_AS_GUEST, variant=bayam["id"], quantity=3, guest=token)
        assert cart["lines"] == [
            {"quantity": 3, "note": "yang muda", "whenShort": "SIMILAR", "variant": {"label": bayam["label"]}}
        ]
        said = await guest.done(NOTE, merchant=bayam["merchant"], guest=token)
        assert [each["note"] for each in said["sellers"]] == ["antar jam 7"]
        page = await guest.data(PAGE, guest=token, point=HOME)
        (line,) = page["lines"]
        assert (line["problems"], line["priceSeen"], line["merchant"]["openNow"]) == ([], None, True)
        assert page["goodsTotal"] == line["total"]
        assert page["handovers"]
        # Without a token nothing is put in, and by the id alone nothing is seen.
        assert (await guest.ask(SET, variant=bayam["id"], quantity=1)).codes == ["UNAUTHENTICATED"]
        assert await buyer.data("query($id: ID!) { cart(id: $id) { id } }", id=opened["cart"]["id"]) is None

    await buyer.done(SET, variant=bayam["id"], quantity=1)
    for _ in range(2):  # a lost answer is asked for again
        taken: dict[str, Any] = await buyer.data(TAKE_OVER, guest=token)
        assert (taken["problems"], taken["leftOut"]) == ([], [])
        assert taken["cart"]["lines"] == [{"quantity": 3, "variant": {"id": bayam["id"]}}]
    assert await buyer.data(PAGE, guest=token, point=HOME) is None

    contact = await buyer.contact()
    cart = (await buyer.data(CHECKOUT, contact=contact["id"]))["cart"]
    assert (cart["problems"], cart["checkout"]["problems"]) == ([], [])
    (quote,) = cart["checkout"]["deliveryQuotes"]["quotes"]
    wanted = {
        "cartId": cart["id"], "cartVersion": cart["version"], "contactId": contact["id"], "slot": "NOW", "paymentMethod": "COD",
        "quote": quote["token"], "total": cart["goodsTotal"] + quote["fee"],
    }  # fmt: skip
    placed = await buyer.done(PLACE, input=wanted, key=new_key())
    (part,) = (await buyer.data(ORDER, id=placed["id"]))["sellerOrders"]
    assert part == {
        "note": "antar jam 7",
        "lines": [{"quantity": 3, "note": "yang muda", "whenShort": "SIMILAR", "variant": {"id": bayam["id"]}}],
    }
    again = await buyer.data(REORDER, id=placed["id"])
    assert (again["problems"], again["leftOut"]) == ([], [])
    assert again["cart"]["lines"] == [{"variant": {"id": bayam["id"]}}]
