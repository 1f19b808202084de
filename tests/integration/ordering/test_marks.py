"""Operators list the orders that want a person, settle a mark with why, and see an order from inside; nobody else does."""

from __future__ import annotations

from services.contracts.catalog import MerchantId, ReservationId, StockCommitted
from services.contracts.ordering import OrderId
from services.kit.database.db import only_row
from tests.worlds.ordering import SITI, Market, placed
from tests.worlds.ordering_site import Site

_OPS = "usr_ops"
LIST = """query($mark: String, $minutes: Int, $merchant: ID, $first: Int, $after: String) {
  ordersWantingAPerson(mark: $mark, minutesOld: $minutes, merchantId: $merchant, first: $first, after: $after) {
    pageInfo { hasNextPage endCursor } edges { node { mark orderCode order { id status } } } } }"""
LIFE = (
    "query($id: ID!) { order(id: $id) { life { state mark settled { mark because byMe } timers { kind isOverdue } "
    "transfers { kind amount } told { type count sentAt } } } }"
)
SETTLE = (
    'mutation($id: ID!, $mark: String!) { settleOrderMark(id: $id, mark: $mark, because: "dihitung lagi") '
    "{ order { id } problems { code } } }"
)
MARK = "STOCK_COMMITTED in AWAIT_STOCK"


async def marked(world: Market) -> OrderId:
    order_id = await placed(world)
    await world.hear(StockCommitted(reservation_id=ReservationId.new(), order_id=str(order_id)))
    return order_id


async def ids(site: Site, **wanted: object) -> list[str]:
    found = (await site.data(LIST, _OPS, "ops", **wanted))["edges"]
    return [each["node"]["order"]["id"] for each in found]


async def test_marked_orders_are_listed_oldest_first_page_by_page_and_filtered(site: Site) -> None:
    await placed(site.world)
    first, second = [str(await marked(site.world)) for _ in range(2)]
    assert await ids(site) == [first, second]
    page = await site.data(LIST, _OPS, "ops", first=1)
    assert page["pageInfo"]["hasNextPage"]
    assert await ids(site, after=page["pageInfo"]["endCursor"]) == [second]
    assert await ids(site, mark=MARK) == [first, second]
    assert await ids(site, mark="CASH_SHORT") == []
    assert await ids(site, minutes=0) == [first, second]
    assert await ids(site, minutes=60) == []
    merchant = await site.world.value(
        "SELECT merchant_id FROM seller_order WHERE order_id = $1 LIMIT 1", OrderId.parse(second)
    )
    assert second in await ids(site, merchant=str(MerchantId(merchant)))
    assert await ids(site, merchant=str(MerchantId.new())) == []
    assert await site.code(LIST, SITI) == "FORBIDDEN"
    assert await site.code(LIST, _OPS, "ops", minutes=-1) == "BAD_USER_INPUT"


async def test_a_mark_is_settled_once_and_who_and_why_are_kept(site: Site) -> None:
    order_id = await marked(site.world)
    assert (await site.refused(SETTLE, _OPS, "ops", id=str(order_id), mark="CASH_SHORT"))["code"] == "NOT_FOUND"
    assert (await site.done(SETTLE, _OPS, "ops", id=str(order_id), mark=MARK)) == {"id": str(order_id)}
    assert (await site.refused(SETTLE, _OPS, "ops", id=str(order_id), mark=MARK))["code"] == "NOT_FOUND"
    assert await ids(site) == []
    async with site.world.db.acquire() as conn:
        kept = await only_row(conn, "SELECT mark, because, settled_by FROM order_mark_settled")
    assert tuple(kept.values()) == (MARK, "dihitung lagi", _OPS)
    life = (await site.data(LIFE, _OPS, "ops", id=str(order_id)))["life"]
    assert (life["mark"], life["settled"]) == (None, [{"mark": MARK, "because": "dihitung lagi", "byMe": True}])
    assert await site.code(SETTLE, SITI, id=str(order_id), mark=MARK) == "FORBIDDEN"


async def test_an_order_from_inside_is_for_ops_alone(site: Site) -> None:
    order_id = await marked(site.world)
    life = (await site.data(LIFE, _OPS, "ops", id=str(order_id)))["life"]
    assert (life["state"], life["mark"]) == ("AWAIT_STOCK", MARK)
    assert {"kind": "order.stock_deadline", "isOverdue": False} in life["timers"]
    assert life["told"][0] == {"type": "ordering.order_placed.v1", "count": 1, "sentAt": None}
    assert (await site.data(LIFE, SITI, id=str(order_id)))["life"] is None
