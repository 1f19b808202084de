"""What the tests of stock beside orders have in common: documents, a hub, days that pass, books that have to add up."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.catalog.commands import loads
from services.contracts.catalog import MerchantId, VariantId
from services.kit.database.db import Database, transaction
from tests.worlds.catalog import GOODS, Graph
from tests.worlds.payloads import PROBLEMS

KUNIR = MerchantId.seeded("kunir")
HUB: dict[str, Any] = {
    "units": GOODS["units"],
    "categories": GOODS["categories"],
    "merchants": [
        {
            "key": "kunir",
            "name": "Mall UMKM",
            "slug": "mall-umkm",
            "kind": "HUB",
            "kecamatan_code": "35.08.10",
            "desa": "35.08.10.1011",
            "point": {"lat": -8.1301, "lng": 113.2251},
            "umkm_class": "MIKRO",
            "auto_accept": True,
            "accept_within_s": 300,
            "hours": "always",
            "members": [{"person": "mas-adi", "role": "OWNER"}, {"person": "mbak-ika", "role": "STAFF"}],
            "route": [],
            "products": [],
        }
    ],
}
"""Beside the others' goods."""

_ITEMS = "items: $items, idempotencyKey: $key, placeId: $place, note: $note"
_GIVEN = "$items: [StockItemInput!]!, $key: String!, $place: ID, $note: String"
_THEN = f"{{ {PROBLEMS} variants {{ id available stock {{ onHand reserved onCounter }} }} }}"
RECEIVE = f"mutation({_GIVEN}) {{ answer: receiveStock({_ITEMS}) {_THEN} }}"
SELL = f"mutation({_GIVEN}) {{ answer: recordSale({_ITEMS}) {_THEN} }}"
SPOIL = f"mutation({_GIVEN}) {{ answer: recordSpoiled({_ITEMS}) {_THEN} }}"
COUNT = f"mutation({_GIVEN}) {{ answer: countStock({_ITEMS}) {_THEN} }}"
MOVE = f"""mutation($items: [StockItemInput!]!, $key: String!, $from: ID, $to: ID) {{
    answer: moveStock(items: $items, idempotencyKey: $key, fromPlaceId: $from, toPlaceId: $to) {_THEN} }}"""
MODE = f"""mutation($id: ID!, $mode: StockMode!, $available: Int) {{
    answer: setStockMode(variantId: $id, mode: $mode, available: $available) {{ {PROBLEMS} variant {{ stockMode available }} }} }}"""
LOAD = f"""mutation($id: ID!, $items: [StockItemInput!]!, $key: String!) {{
    answer: setTodaysLoad(merchantId: $id, items: $items, idempotencyKey: $key) {{ {PROBLEMS} merchant {{ id }} }} }}"""
AS_YESTERDAY = f"""mutation($id: ID!, $key: String!) {{
    answer: loadAsYesterday(merchantId: $id, idempotencyKey: $key) {{ {PROBLEMS} merchant {{ id }} }} }}"""
PLACE = f"""mutation($id: ID!, $called: String!, $key: String!) {{
    answer: createStockPlace(merchantId: $id, name: $called, idempotencyKey: $key) {{ {PROBLEMS}
      place {{ id name position status }} }} }}"""
CLOSE = f"mutation($id: ID!) {{ answer: closeStockPlace(id: $id) {{ {PROBLEMS} place {{ status }} }} }}"
OFFER = f"mutation($hub: ID!, $id: ID!) {{ answer: offerShelf(hubId: $hub, merchantId: $id) {{ {PROBLEMS} place {{ id status }} }} }}"
ACCEPT = f"mutation($id: ID!) {{ answer: acceptShelf(id: $id) {{ {PROBLEMS} place {{ id status }} }} }}"
END = f"mutation($id: ID!) {{ answer: endShelf(id: $id) {{ {PROBLEMS} place {{ status }} }} }}"
SHELF = """query($id: ID!, $first: Int, $after: String) { merchant(id: $id) { shelf(first: $first, after: $after) {
    edges { node { available variant { id product { name merchant { name } } } } } pageInfo { hasNextPage endCursor } } } }"""
MOVEMENTS = """query($id: ID!, $first: Int, $after: String) { node(id: $id) { ... on Variant {
    stockMovements(first: $first, after: $after) {
      edges { node { cause change reserved onCounter note byHub memberId orderId place { name } } }
      pageInfo { hasNextPage endCursor } } } } }"""


class Keys:
    """A new one each time."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self) -> str:
        self.made += 1
        return f"a-key-of-the-test-{self.made:06}"


def items(*amounts: tuple[VariantId, int]) -> list[dict[str, Any]]:
    return [{"variantId": str(variant_id), "quantity": quantity} for variant_id, quantity in amounts]


async def movements(graph: Graph, variant_id: VariantId, name: str = "bu-sri") -> list[tuple[Any, ...]]:
    """The oldest first: cause, change, reserved, on the counter, place."""
    answer = await graph.data(MOVEMENTS, role="merchant", name=name, id=str(variant_id), first=100)
    nodes = [edge["node"] for edge in answer["node"]["stockMovements"]["edges"]]
    return [
        (each["cause"], each["change"], each["reserved"], each["onCounter"], each["place"] and each["place"]["name"])
        for each in reversed(nodes)
    ]


async def at(db: Database, wib: str, days: int = 1) -> None:
    """It is that time (WIB), so many days on: '06:00'."""
    async with db.acquire() as conn:
        now: datetime = await conn.fetchval("SELECT wlijo_now()")
        hour, minute = map(int, wib.split(":"))
        there = now.astimezone(ZoneInfo("Asia/Jakarta")) + timedelta(days=days)
        shift = there.replace(hour=hour, minute=minute, second=0, microsecond=0) - now
        await conn.execute(
            """INSERT INTO clock_shift AS c (shift) VALUES ($1) ON CONFLICT (only_row) DO UPDATE SET shift = c.shift + excluded.shift""",
            shift,
        )


async def close_day(db: Database, merchant_id: MerchantId) -> None:
    """As the timer does it."""
    async with transaction(db) as conn:
        await loads.close_day(conn, merchant_id.uuid)


async def books_that_do_not_add_up(db: Database) -> list[str]:
    """Variants of which what lies somewhere is not the sum of its movements: where the merchant trades, in a place, or altogether."""
    async with db.acquire() as conn:
        rows = await conn.fetch(
            """SELECT v.sku FROM stock_item s JOIN variant v ON v.id = s.variant_id
               CROSS JOIN LATERAL (
                   SELECT coalesce(sum(on_hand), 0) AS whole, coalesce(sum(on_hand - elsewhere), 0) AS here,
                          coalesce(sum(reserved), 0) AS reserved, coalesce(sum(on_counter), 0) AS on_counter
                   FROM stock_movement m WHERE m.variant_id = s.variant_id AND m.place_id IS NULL
               ) AS moved
               WHERE (s.on_hand, s.on_hand - s.elsewhere, s.reserved, s.on_counter)
                     IS DISTINCT FROM (moved.whole, moved.here, moved.reserved, moved.on_counter)
               OR s.elsewhere <> (SELECT coalesce(sum(on_hand), 0) FROM stock_at_place l WHERE l.variant_id = s.variant_id)
               OR EXISTS (SELECT FROM stock_at_place l WHERE l.variant_id = s.variant_id AND l.on_hand <> (
                   SELECT coalesce(sum(m.on_hand), 0) FROM stock_movement m
                   WHERE m.variant_id = l.variant_id AND m.place_id = l.place_id))"""
        )
    return [row["sku"] for row in rows]


async def lies(db: Database, variant_id: VariantId) -> dict[str, int]:
    """By the name of the place; without what is on the counter."""
    async with db.acquire() as conn:
        rows = await conn.fetch(
            """SELECT 'here' AS name, on_hand - elsewhere AS n FROM stock_item WHERE variant_id = $1
               UNION ALL SELECT p.name, l.on_hand FROM stock_at_place l JOIN stock_place p ON p.id = l.place_id
               WHERE l.variant_id = $1""",
            variant_id,
        )
    return {row["name"]: row["n"] for row in rows}
