"""An order of a chicken and two ikat of bayam that is packed: what its merchant and its buyer say, by the graph."""

from __future__ import annotations

from typing import Any

from services.contracts.catalog import CatchWeight, ProductChanged, SaleUnit, UnitKind
from services.contracts.ordering import OrderId, OrderLineId, SellerOrderId
from tests.worlds.ordering import Market, a_product, a_variant, hold, placed
from tests.worlds.ordering_site import Site
from tests.worlds.payloads import PROBLEMS

EKOR = SaleUnit(code="ekor", label="ekor", kind=UnitKind.COUNT, base_per_unit=1, step=1, min=1)
BY_WEIGHT = CatchWeight(price_rupiah=36_000, price_basis=1_000, overrun_percent=10)
LINE = "id name state quantity packedQuantity packedGram packedText total finalTotal replaces"
ASKED = """id lineId lineName kind state quantity gram total ifNotAccepted totalIfNotAccepted answerBy endedAt quantityText gramText
    replacement { name quantity quantityText priceText capTotal variant { id } }"""
PART = f"sellerOrder {{ status version goodsTotal lines {{ {LINE} }} questions {{ {ASKED} }} }}"
WEIGH = f"mutation($id: ID!, $gram: Int!) {{ weighLine(lineId: $id, gram: $gram) {{ {PROBLEMS} {PART} }} }}"
PACK = f"mutation($id: ID!, $quantity: Int!) {{ packLine(lineId: $id, quantity: $quantity) {{ {PROBLEMS} {PART} }} }}"
REPLACE = f"""mutation($id: ID!, $variant: ID!, $quantity: Int!) {{
    replaceLine(lineId: $id, variantId: $variant, quantity: $quantity) {{ {PROBLEMS} {PART} }} }}"""
ANSWER = f"""mutation($id: ID!, $accept: Boolean!) {{ answerQuestion(id: $id, accept: $accept) {{ {PROBLEMS}
    order {{ total goodsTotal questions {{ state total }} }} }} }}"""
READY = f"mutation($id: ID!) {{ markSellerOrderReady(id: $id) {{ {PROBLEMS} {PART} }} }}"
ORDER = f"""query($id: ID!) {{ order(id: $id) {{ version total goodsTotal deliveryFee placedTotal payment {{ amount cashToCollect }}
    questions {{ {ASKED} }} sellerOrders {{ id status goodsTotal lines {{ {LINE} }} }} }} }}"""
MERCHANT = ("usr_wlijo", "merchant")


def ayam(**changed: Any) -> ProductChanged:
    told = {"unit": EKOR, "price_rupiah": 36_000, "gram_per_base": 1_000.0, "catch_weight": BY_WEIGHT, **changed}
    return a_product("ayam", variants=[a_variant("ayam", **told)])


async def more_goods(world: Market) -> None:
    """That the merchant has beside."""
    await world.hear(
        ayam(),
        a_product("kangkung", variants=[a_variant("kangkung", price_rupiah=2_000)]),
        a_product("brokoli", variants=[a_variant("brokoli", price_rupiah=9_000)]),
    )


async def an_order_of(world: Market, **wishes: str) -> OrderId:
    """One chicken for about Rp36.000 and two ikat of bayam, Rp5.000, accepted; the trip is Rp10.000."""
    order_id = await placed(world, lines={"ayam": 1, "bayam": 2}, total=51_000)
    for name, wish in wishes.items():
        await world.rows("UPDATE order_line SET when_short = $2 WHERE name = $1", name, wish)
    await hold(world, order_id)
    return order_id


async def line(world: Market, name: str) -> str:
    return str(OrderLineId(await world.value("SELECT id FROM order_line WHERE name = $1", name)))


async def part(world: Market) -> str:
    return str(SellerOrderId(await world.value("SELECT id FROM seller_order")))


async def shown(site: Site, order_id: OrderId) -> dict[str, Any]:
    found: dict[str, Any] = await site.data(ORDER, id=str(order_id))
    return found


def lines_of(part: dict[str, Any]) -> dict[str, Any]:
    return {each["name"]: each for each in part["lines"]}


async def sums_follow(world: Market) -> None:
    """An order is its parts and its fee, a part its lines, a payment its order."""
    assert (
        await world.rows(
            """SELECT o.id FROM orders o JOIN payment p ON p.order_id = o.id
           WHERE o.total_rupiah <> o.delivery_rupiah + (
                 SELECT sum(coalesce(l.final_rupiah, l.total_rupiah)) FROM order_line l JOIN seller_order s ON s.id = l.seller_order_id
                 WHERE s.order_id = o.id AND s.left_at IS NULL) OR p.amount_rupiah <> o.total_rupiah"""
        )
        == []
    )
