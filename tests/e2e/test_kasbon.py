"""A kasbon through the gateway alone: opened by both, bought on, weighed less, claimed of, paid in parts; what both read is the ledger."""

from __future__ import annotations

import asyncio
from typing import Any

from services.contracts.catalog import MerchantId, VariantId
from services.contracts.kasbon import KasbonId
from tests.e2e.caller import PLACE, Buyer, calling, new_key
from tests.e2e.installation import Installation
from tests.worlds.waiting import until

_SHOP = (
    '{ merchantBySlug(slug: "mall-umkm") { id products(first: 20) { edges { node { name variants { id price } } } } } }'
)
_CREATE = """mutation($merchant: ID!, $input: ProductInput!, $variants: [VariantInput!]!, $key: String!) {
  createProduct(merchantId: $merchant, input: $input, variants: $variants, idempotencyKey: $key) {
    problems { code field } product { id variants { id } } } }"""
_PUBLISH = "mutation($id: ID!) { publishProduct(id: $id) { problems { code } product { status } } }"
_SLOTS = "{ me { cart { goodsTotal handovers { way slotFrom unavailable } } } }"
_KASBON = "problems { code limit } kasbon { id state owed held room limit }"
_ASK = f'mutation($merchant: ID!) {{ askKasbon(merchantId: $merchant, called: "Bu Siti RT 3") {{ {_KASBON} }} }}'
_ACCEPT = f"mutation($id: ID!, $limit: Rupiah) {{ acceptKasbon(id: $id, limit: $limit) {{ {_KASBON} }} }}"
_PAY = f"""mutation($id: ID!, $amount: Rupiah!, $key: String!) {{
  noteKasbonPayment(id: $id, amount: $amount, idempotencyKey: $key) {{ {_KASBON} }} }}"""
_SHOWN = """query($id: ID!, $after: String) { kasbon(id: $id) { state called owed held room buys sells merchant { name }
  entries(first: 3, after: $after) { edges { node { kind amount adds owed orderCode side } } pageInfo { hasNextPage endCursor } } } }"""
_WEIGH = "mutation($id: ID!, $gram: Int!) { weighLine(lineId: $id, gram: $gram) { problems { code } sellerOrder { goodsTotal } } }"
_READY = "mutation($id: ID!) { markSellerOrderReady(id: $id) { problems { code } sellerOrder { status onKasbon } } }"
_HAND_OVER = "mutation($id: ID!, $code: String!) { handOverSellerOrder(id: $id, code: $code) { problems { code } sellerOrder { status } } }"
_ORDER = """query($id: ID!) { order(id: $id) { status total counterCode payment { method status amount cashToCollect cashCollected }
  sellerOrders { id lines { id name } } } }"""
_CLAIM = """mutation($line: ID!, $key: String!) {
  openClaim(input: {orderLineId: $line, kind: SHORT, quantity: 1, amount: 2000, words: "kurang"}, idempotencyKey: $key) {
    problems { code field limit } claim { id } } }"""
_GRANT = (
    'mutation($id: ID!) { answerClaim(id: $id, amount: 2000, words: "maaf") { problems { code } claim { state } } }'
)
_OWED = "query($id: ID!) { merchant(id: $id) { kasbonOwed kasbons(owing: true) { edges { node { called owed } } } } }"
_NOTICES = "{ viewer { notices(first: 30) { edges { node { kind text } } } } }"


async def _watermelon(merchant: Buyer, shop: str) -> str:
    """By the piece, for about Rp24.000: eight thousand a kilogram, of three."""
    made = await merchant.done(
        _CREATE,
        merchant=shop,
        key=new_key(),
        input={"name": "Semangka kasbon", "category": "buah"},
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


async def _placed(buyer: Buyer, *lines: tuple[str, int]) -> str:
    given = await buyer.order_input(*lines)
    cart = (await buyer.data(_SLOTS))["cart"]
    slot = [each for each in cart["handovers"] if each["way"] == "PICKUP" and each["unavailable"] is None][-1]
    given |= {
        "quote": None,
        "total": cart["goodsTotal"],
        "handover": {"way": "PICKUP", "slotFrom": slot["slotFrom"]},
        "paymentMethod": "KASBON",
    }
    placed = await buyer.done(PLACE, input=given, key=new_key())
    return str((await buyer.until(placed["id"], "CONFIRMED")) and placed["id"])


async def _book(caller: Buyer, kasbon: str) -> list[dict[str, Any]]:
    """All of it, page by page, the newest first."""
    found: list[dict[str, Any]] = []
    after = None
    while True:
        page = (await caller.data(_SHOWN, id=kasbon, after=after))["entries"]
        found += [edge["node"] for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


async def test_a_kasbon_is_opened_bought_on_and_paid_in_parts_and_its_book_is_the_ledger(
    platform: Installation, buyer: Buyer
) -> None:
    shop = await buyer.data(_SHOP)
    goods = {edge["node"]["name"]: edge["node"]["variants"][0]["id"] for edge in shop["products"]["edges"]}
    (owner, *_) = await platform.fetch(
        "ordering",
        "SELECT subject FROM merchant_member WHERE merchant_id = $1 AND role = 'OWNER'",
        MerchantId.parse(shop["id"]),
    )
    async with calling(platform, "merchant", owner["subject"]) as merchant:
        melon = await _watermelon(merchant, shop["id"])

        async def is_heard() -> bool:
            """Made and published: two facts."""
            return bool(
                await platform.fetch(
                    "ordering",
                    "SELECT 1 FROM variant v JOIN product p ON p.id = v.product_id WHERE v.id = $1 AND p.status = 'PUBLISHED'",
                    VariantId.parse(melon),
                )
            )

        await until(is_heard)
        kasbon = (await buyer.done(_ASK, merchant=shop["id"]))["id"]
        assert (await buyer.refused(_ACCEPT, id=kasbon))["code"] == "WRONG_STATE"
        opened = await merchant.done(_ACCEPT, id=kasbon, limit=60_000)
        assert (opened["state"], opened["room"]) == ("OPEN", 60_000)

        order = await _placed(buyer, (melon, 1), (goods["Kopi Mbah Meru"], 1))
        before = await buyer.data(_ORDER, id=order)
        assert before["payment"] == {
            "method": "KASBON", "status": "DUE", "amount": 56_000, "cashToCollect": 0, "cashCollected": None
        }  # fmt: skip
        shown = await buyer.data(_SHOWN, id=kasbon)
        assert (shown["owed"], shown["held"], shown["room"]) == (0, 56_000, 4_000)

        part = before["sellerOrders"][0]
        line = {each["name"]: each["id"] for each in part["lines"]}
        await merchant.done(_WEIGH, id=line["Semangka kasbon"], gram=2_700)
        assert (await merchant.done(_READY, id=part["id"]))["onKasbon"] is True
        await merchant.done(_HAND_OVER, id=part["id"], code=before["counterCode"])
        shown = await merchant.data(_SHOWN, id=kasbon)
        assert (shown["owed"], shown["held"], shown["sells"], shown["buys"]) == (53_600, 0, True, False)

        claim = await buyer.done(_CLAIM, line=line["Kopi Mbah Meru"], key=new_key())
        assert (await merchant.done(_GRANT, id=claim["id"]))["state"] == "SETTLED"
        listed = await merchant.data(_OWED, id=shop["id"])
        assert {"called": "Bu Siti RT 3", "owed": 51_600} in [edge["node"] for edge in listed["kasbons"]["edges"]]

        key = new_key()
        for amount, once in ((20_000, key), (20_000, key), (20_000, new_key()), (11_600, new_key())):
            left = await merchant.done(_PAY, id=kasbon, amount=amount, key=once)
        assert left["owed"] == 0
        assert (await merchant.refused(_PAY, id=kasbon, amount=1, key=new_key()))["code"] == "MORE_THAN_THERE_IS"
        book = await _book(buyer, kasbon)
        assert [(each["kind"], each["amount"], each["owed"]) for each in reversed(book)] == [
            ("ASKED", 0, 0),
            ("OPENED", 0, 0),
            ("BOUGHT", 53_600, 53_600),
            ("CLAIMED", 2_000, 51_600),
            ("PAID", 20_000, 31_600),
            ("PAID", 20_000, 11_600),
            ("PAID", 11_600, 0),
        ]
        assert await _book(merchant, kasbon) == book
    after = await buyer.data(_ORDER, id=order)
    assert (after["status"], after["payment"]["cashCollected"]) == ("COMPLETED", 0)
    account = f"kasbon:{KasbonId.parse(kasbon)}:owed"
    booked = await platform.fetch(
        "ordering",
        """SELECT kind, CASE WHEN debit_account LIKE '%' || $1 THEN amount_rupiah ELSE -amount_rupiah END AS change FROM ledger
           WHERE debit_account LIKE '%' || $1 OR credit_account LIKE '%' || $1 ORDER BY id""",
        account,
    )
    assert [row["change"] for row in booked] == [53_600, -2_000, -20_000, -20_000, -11_600]
    moved = [each["amount"] if each["adds"] else -each["amount"] for each in reversed(book) if each["amount"]]
    assert [row["change"] for row in booked] == moved

    async def is_told() -> bool:
        kinds: list[Any] = [edge["node"]["kind"] for edge in (await buyer.data(_NOTICES))["notices"]["edges"]]
        return kinds.count("KASBON_PAID") == 3 and kinds.count("KASBON_OPENED") == 1

    async with asyncio.timeout(60):
        await until(is_told)
