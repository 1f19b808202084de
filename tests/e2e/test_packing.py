"""An order with a weighing, a replacement and a line that is dropped, through the gateway alone: its ledger adds up."""

from __future__ import annotations

import asyncio
from typing import Any

from services.contracts.catalog import MerchantId, VariantId
from services.contracts.ordering import OrderId
from tests.e2e.caller import PLACE, Buyer, calling, new_key
from tests.e2e.installation import Installation
from tests.worlds.waiting import until

_SHOP = '{ merchantBySlug(slug: "mall-umkm") { id products(first: 20) { edges { node { name variants { id price priceBasis } } } } } }'
_CREATE = """mutation($merchant: ID!, $input: ProductInput!, $variants: [VariantInput!]!, $key: String!) {
  createProduct(merchantId: $merchant, input: $input, variants: $variants, idempotencyKey: $key) {
    problems { code field } product { id variants { id } } } }"""
_PUBLISH = "mutation($id: ID!) { publishProduct(id: $id) { problems { code } product { status } } }"
_SLOTS = "{ me { cart { goodsTotal handovers { way slotFrom unavailable } } } }"
_PART = """sellerOrder { id status goodsTotal lines { id name state quantity total packedText finalTotal }
  questions { id state kind total totalIfNotAccepted } }"""
_WEIGH = f"mutation($id: ID!, $gram: Int!) {{ weighLine(lineId: $id, gram: $gram) {{ problems {{ code }} {_PART} }} }}"
_PACK = f"mutation($id: ID!) {{ packLine(lineId: $id, quantity: 0) {{ problems {{ code }} {_PART} }} }}"
_REPLACE = f"""mutation($id: ID!, $variant: ID!, $quantity: Int!) {{
  replaceLine(lineId: $id, variantId: $variant, quantity: $quantity) {{ problems {{ code }} {_PART} }} }}"""
_READY = f"mutation($id: ID!) {{ markSellerOrderReady(id: $id) {{ problems {{ code }} {_PART} }} }}"
_HAND_OVER = "mutation($id: ID!, $code: String!) { handOverSellerOrder(id: $id, code: $code) { problems { code } sellerOrder { status } } }"
_ANSWER = """mutation($id: ID!, $accept: Boolean!) { answerQuestion(id: $id, accept: $accept) { problems { code }
  order { total questions { state } } } }"""
_ORDER = """query($id: ID!) { order(id: $id) { status total goodsTotal deliveryFee placedTotal counterCode
  payment { status amount cashToCollect cashCollected } questions { id kind state total }
  sellerOrders { id goodsTotal lines { id name state total finalTotal } } } }"""
_NOTICES = "{ viewer { notices(first: 20) { edges { node { kind text } } } } }"


async def _watermelon(merchant: Buyer, shop: str) -> str:
    """By the piece, for about Rp24.000: eight thousand a kilogram, of three."""
    made = await merchant.done(
        _CREATE,
        merchant=shop,
        key=new_key(),
        input={"name": "Semangka utuh", "category": "buah"},
        variants=[
            {
                "label": "per buah",
                "unit": "buah",
                "price": 8_000,
                "pricedBy": "MASS",
                "gramPerUnit": 3_000,
                "onHand": 50,
            }
        ],
    )
    await merchant.done(_PUBLISH, id=made["id"])
    return str(made["variants"][0]["id"])


async def _placed(platform: Installation, buyer: Buyer, *lines: tuple[str, int]) -> str:
    async def is_heard() -> bool:
        """Made and published: two facts."""
        rows = await platform.fetch(
            "ordering",
            "SELECT 1 FROM variant v JOIN product p ON p.id = v.product_id WHERE v.id = $1 AND p.status = 'PUBLISHED'",
            VariantId.parse(lines[0][0]),
        )
        return bool(rows)

    await until(is_heard)
    given = await buyer.order_input(*lines)
    cart = (await buyer.data(_SLOTS))["cart"]
    slot = [each for each in cart["handovers"] if each["way"] == "PICKUP" and each["unavailable"] is None][-1]
    given |= {"quote": None, "total": cart["goodsTotal"], "handover": {"way": "PICKUP", "slotFrom": slot["slotFrom"]}}
    placed = await buyer.done(PLACE, input=given, key=new_key())
    return str((await buyer.until(placed["id"], "CONFIRMED")) and placed["id"])


async def test_an_order_is_weighed_replaced_and_short_and_its_ledger_adds_up(
    platform: Installation, buyer: Buyer
) -> None:
    shop = await buyer.data(_SHOP)
    goods = {edge["node"]["name"]: edge["node"]["variants"][0]["id"] for edge in shop["products"]["edges"]}
    (owner, *_) = await platform.fetch(
        "ordering", "SELECT subject FROM merchant_member WHERE merchant_id = $1", MerchantId.parse(shop["id"])
    )
    async with calling(platform, "merchant", owner["subject"]) as merchant:
        melon = await _watermelon(merchant, shop["id"])
        order = await _placed(platform, buyer, (melon, 1), (goods["Kopi Mbah Meru"], 1), (goods["Keripik talas"], 2))
        before = await buyer.data(_ORDER, id=order)
        assert before["total"] == before["placedTotal"] == 24_000 + 32_000 + 30_000
        part = before["sellerOrders"][0]["id"]
        line = {each["name"]: each["id"] for each in before["sellerOrders"][0]["lines"]}

        weighed = await merchant.done(_WEIGH, id=line["Semangka utuh"], gram=3_240)  # 8 per cent over
        assert weighed["goodsTotal"] == 25_920 + 32_000 + 30_000
        await merchant.done(_WEIGH, id=line["Semangka utuh"], gram=3_900)  # another, 30 per cent over
        assert (await buyer.data(_ORDER, id=order))["total"] == 26_400 + 62_000
        await merchant.done(_PACK, id=line["Kopi Mbah Meru"])
        waits = await merchant.done(
            _REPLACE, id=line["Keripik talas"], variant=goods["Keripik pisang agung"], quantity=500
        )
        assert {each["state"] for each in waits["questions"]} == {"OPEN"}
        assert (await merchant.refused(_READY, id=part))["code"] == "QUESTION_OPEN"

        asked = {each["kind"]: each["id"] for each in (await buyer.data(_ORDER, id=order))["questions"]}
        for kind, accept in (("OVERWEIGHT", False), ("SHORT", True), ("REPLACEMENT", True)):
            await buyer.done(_ANSWER, id=asked[kind], accept=accept)
        ready = await merchant.done(_READY, id=part)
        assert [(each["name"], each["state"], each["finalTotal"]) for each in ready["lines"]] == [
            ("Semangka utuh", "PACKED", 26_400),
            ("Kopi Mbah Meru", "DROPPED", 0),
            ("Keripik talas", "REPLACED", 0),
            ("Keripik pisang agung", "PACKED", 32_500),
        ]
        shown = await buyer.data(_ORDER, id=order)
        assert (shown["total"], shown["placedTotal"], shown["payment"]["cashToCollect"]) == (58_900, 86_000, 58_900)
        done = await merchant.done(_HAND_OVER, id=part, code=shown["counterCode"])
        assert done["status"] == "COMPLETED"
        assert (await merchant.refused(_WEIGH, id=line["Semangka utuh"], gram=3_000))["code"] == "WRONG_STATE"
    after = await buyer.data(_ORDER, id=order)
    assert (after["status"], after["payment"]) == (
        "COMPLETED",
        {"status": "COLLECTED", "amount": 58_900, "cashToCollect": 58_900, "cashCollected": 58_900},
    )
    assert sum(each["finalTotal"] for each in after["sellerOrders"][0]["lines"]) == after["goodsTotal"] == 58_900
    booked = await platform.fetch(
        "ordering",
        "SELECT kind, amount_rupiah FROM ledger WHERE order_id = $1 ORDER BY id",
        OrderId.parse(order),
    )
    assert [(row["kind"], row["amount_rupiah"]) for row in booked] == [("GOODS", 58_900)]

    async def is_told() -> bool:
        edges = (await buyer.data(_NOTICES))["notices"]["edges"]
        kinds: list[Any] = [edge["node"]["kind"] for edge in edges]
        return kinds.count("ORDER_QUESTION") == 3 and kinds.count("ORDER_CHANGED") == 2

    async with asyncio.timeout(60):
        await until(is_told)
