"""An order of two sellers for tomorrow goes on without one of them: what it costs, where nobody goes, and what is for sale again."""

from __future__ import annotations

import contextlib
from typing import Any

from services.contracts.catalog import VariantId
from services.contracts.ordering import OrderId
from tests.e2e.caller import PLACE, Buyer, calling, new_key
from tests.e2e.installation import Installation
from tests.worlds.waiting import until

_SLOTS = "{ me { cart { goodsTotal handovers { way slotFrom unavailable } } } }"
_ORDER = """query($id: ID!) { order(id: $id) { status total placedTotal goodsTotal deliveryFee
  sellerOrders { id status goodsTotal placedGoodsTotal leftAt merchant { id } } } }"""
_CANCEL = 'mutation($id: ID!) { cancelSellerOrder(id: $id, reason: "tidak panen") { problems { code } sellerOrder { status leftAt } } }'


async def _reserved(platform: Installation, variant: str) -> int:
    (row,) = await platform.fetch(
        "catalog", "SELECT reserved FROM stock_item WHERE variant_id = $1", VariantId.parse(variant)
    )
    return int(row["reserved"])


async def _of_two(buyer: Buyer) -> tuple[dict[str, Any], dict[str, Any]]:
    """Half a kilogram, and a bunch or a piece of another seller's."""
    first = await buyer.find("klengkeng", "kg", 500)
    for what, unit in (("bayam", "ikat"), ("kelapa", "buah"), ("tempe", "papan")):
        with contextlib.suppress(AssertionError):
            second = await buyer.find(what, unit)
            if second["merchant"] != first["merchant"]:
                return first, second
    raise AssertionError("nobody else near sells by themselves")


async def test_an_order_for_tomorrow_goes_on_without_one_seller(platform: Installation, buyer: Buyer) -> None:
    kept, left = await _of_two(buyer)
    before = await _reserved(platform, left["id"])
    given = await buyer.order_input((kept["id"], 500), (left["id"], 1))
    slots = (await buyer.data(_SLOTS))["cart"]["handovers"]
    slot = [each for each in slots if each["way"] == "DELIVERY" and each["unavailable"] is None][-1]
    given |= {"handover": {"way": "DELIVERY", "slotFrom": slot["slotFrom"]}, "ifRefused": "GO_ON"}
    placed = await buyer.done(PLACE, input=given, key=new_key())
    shown = await buyer.until(placed["id"], "CONFIRMED")
    assert await _reserved(platform, left["id"]) == before + 1

    (part,) = [
        each
        for each in (await buyer.data(_ORDER, id=placed["id"]))["sellerOrders"]
        if each["merchant"]["id"] == left["merchant"]
    ]
    async with calling(platform, "ops") as ops:
        gone = await ops.done(_CANCEL, id=part["id"])
        again = await ops.done(_CANCEL, id=part["id"])
    assert gone["status"] == again["status"] == "CANCELLED"
    assert gone["leftAt"] == again["leftAt"]

    shown = await buyer.data(_ORDER, id=placed["id"])
    assert shown["status"] == "CONFIRMED"
    assert shown["total"] == shown["goodsTotal"] + shown["deliveryFee"] < shown["placedTotal"] == placed["total"]
    assert [each["goodsTotal"] for each in shown["sellerOrders"] if each["leftAt"]] == [0]
    order_id = OrderId.parse(placed["id"])

    async def is_known_to_delivery() -> bool:
        rows = await platform.fetch(
            "delivery",
            """SELECT d.fee_rupiah, count(*) FILTER (WHERE s.left_out_at IS NULL) AS stops FROM delivery d
               JOIN stop s ON s.delivery_id = d.id WHERE d.order_id = $1 GROUP BY d.id""",
            order_id,
        )
        return [(row["fee_rupiah"], row["stops"]) for row in rows] == [(shown["deliveryFee"], 2)]

    async def is_for_sale_again() -> bool:
        return await _reserved(platform, left["id"]) == before

    await until(is_known_to_delivery)
    await until(is_for_sale_again)
    assert await _reserved(platform, kept["id"]) >= 500
