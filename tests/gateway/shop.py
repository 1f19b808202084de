"""The small shop that most tests of the gateway use: three subgraphs and their rows."""

from collections.abc import AsyncIterator
from typing import Any

from tests.gateway.kit.gateway import Federation, subgraph_text
from tests.gateway.kit.subgraph import Subgraph

SRI: dict[str, Any] = {"__typename": "Merchant", "id": "m1", "name": "Bu Sri", "place": {"lat": -8.1, "lng": 113.2}}
BAYAM: dict[str, Any] = {"__typename": "Product", "id": "p2", "name": "Bayam", "weight": 200, "merchant": SRI}
KATEKI: dict[str, Any] = {**BAYAM, "id": "p1", "name": "Klengkeng Kateki", "weight": 500}
KATEKI["related"] = [BAYAM, None, BAYAM]
PRODUCTS = [KATEKI, BAYAM]
LINES: list[dict[str, Any]] = [
    {"product": {"__typename": "Product", "id": "p1"}, "quantity": 2},
    {"product": {"__typename": "Product", "id": "p2"}, "quantity": 1},
]
ORDERS: list[dict[str, Any]] = [
    {"__typename": "Order", "id": "o1", "code": "LMJ-1", "at": {"lat": 1.5, "lng": 2.5}, "lines": LINES},
    {"__typename": "Order", "id": "o2", "code": "LMJ-2", "at": None, "lines": [{"product": None, "quantity": 1}]},
]


def _by_id(rows: list[dict[str, Any]], id_: str) -> dict[str, Any] | None:
    return next((row for row in rows if row["id"] == id_), None)


def catalog() -> Subgraph:
    def node(_: Any, __: Any, id: str) -> Any:
        return {"__typename": "Order", "id": id} if id.startswith("o") else _by_id(PRODUCTS, id)

    return Subgraph(
        "catalog",
        subgraph_text("shop", "catalog"),
        {"Product": PRODUCTS, "Merchant": [SRI], "products": PRODUCTS},
        {"Query.node": node, "Query.product": lambda _, __, id: _by_id(PRODUCTS, id)},
    )


def ordering() -> Subgraph:
    count = iter(range(1, 100))

    async def changed(_: Any, __: Any, id: str) -> AsyncIterator[Any]:
        for code in ("LMJ-1", "LMJ-1 changed"):
            yield {"orderChanged": {**ORDERS[0], "code": code}}

    def place_order(_: Any, __: Any, productId: str) -> Any:
        if productId == "p1":
            return ORDERS[0]
        return {"__typename": "SoldOut", "message": "habis (sold out)", "available": 0}

    return Subgraph(
        "ordering",
        subgraph_text("shop", "ordering"),
        {
            "Order": ORDERS,
            "orders": ORDERS,
            "Product": [{"id": "p1", "sold": 7}, {"id": "p2", "sold": 0}],
            "Merchant": [{"id": "m1"}],
        },
        {
            "Query.order": lambda _, __, id: _by_id(ORDERS, id),
            "Merchant.orders": lambda _, __, first=2: ORDERS[:first],
            "Mutation.placeOrder": place_order,
            "Mutation.count": lambda *_: next(count),
            "Subscription.orderChanged": changed,
        },
    )


def delivery() -> Subgraph:
    delivered = {"__typename": "Delivery", "id": "d1", "status": "DONE", "order": {"__typename": "Order", "id": "o1"}}

    def fee(parent: Any, _: Any) -> int:
        return int(parent["weight"]) * 10

    return Subgraph(
        "delivery",
        subgraph_text("shop", "delivery"),
        {
            "Delivery": [delivered],
            "Order": [{"id": "o1", "delivery": delivered}, {"id": "o2", "delivery": None}],
            "Product": [{"id": "p1"}, {"id": "p2"}],
        },
        {
            "Product.fee": fee,
            "Query.delivery": lambda _, __, id: delivered if id == "d1" else None,
            "Mutation.cancelDelivery": lambda _, __, id: {**delivered, "status": "OFFERED"},
        },
    )


def shop(**options: Any) -> Federation:
    return Federation.of("shop", [catalog(), ordering(), delivery()], **options)
