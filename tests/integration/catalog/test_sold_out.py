"""Habis and ada lagi: many variants in one call, nothing of what orders hold, and what others are told."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from services.catalog.domain.stock import MAX_ON_HAND
from services.contracts.catalog import VariantId
from services.kit.database.db import Database, transaction
from tests.worlds.catalog import (
    BAYAM_IKAT,
    KELAPA_PASANG,
    KLENGKENG_KG,
    Graph,
    an_order,
    cancelled,
    hear,
    stock_of,
    told,
)
from tests.worlds.payloads import PROBLEMS, done, problems

MARK = f"""mutation($changes: [SoldOutInput!]!) {{ answer: markSoldOut(changes: $changes) {{ {PROBLEMS}
  variants {{ id available }} }} }}"""
SET = f"mutation($id: ID!, $n: Int!) {{ answer: setStock(variantId: $id, onHand: $n) {{ {PROBLEMS} variant {{ available }} }} }}"


@pytest.fixture
def graph(db: Database) -> Graph:
    return Graph.over(db)


def _habis(*variants: VariantId) -> list[dict[str, Any]]:
    return [{"variantId": str(each), "soldOut": True} for each in variants]


def _ada(variant: VariantId, available: int | None = None) -> dict[str, Any]:
    return {"variantId": str(variant), "soldOut": False, "available": available}


async def _mark(graph: Graph, changes: list[dict[str, Any]], name: str = "bu-sri", role: str = "merchant") -> Any:
    return (await graph.data(MARK, role=role, name=name, changes=changes))["answer"]


async def _available(graph: Graph, changes: list[dict[str, Any]]) -> list[int]:
    return [each["available"] for each in done(await _mark(graph, changes))]


async def test_several_are_sold_out_in_one_call_and_there_again(graph: Graph, db: Database) -> None:
    await hear(db, an_order((BAYAM_IKAT, 3)))
    assert await _available(graph, _habis(KELAPA_PASANG, BAYAM_IKAT)) == [0, 0]
    assert await stock_of(db, BAYAM_IKAT) == (3, 3)
    assert await _available(graph, _habis(BAYAM_IKAT)) == [0]  # said again
    assert await _available(graph, [_ada(BAYAM_IKAT), _ada(KELAPA_PASANG, 4)]) == [7, 4]
    assert await stock_of(db, BAYAM_IKAT) == (10, 3)
    assert await _available(graph, [*_habis(KELAPA_PASANG), _ada(BAYAM_IKAT)]) == [0, 7]  # there already, it stays


async def test_it_is_told_and_written_down_as_counted(graph: Graph, db: Database) -> None:
    before = len(await told(db, "catalog.level_changed%"))
    await _available(graph, _habis(BAYAM_IKAT, KELAPA_PASANG))
    await _available(graph, _habis(BAYAM_IKAT, KELAPA_PASANG))
    assert len(await told(db, "catalog.level_changed%")) == before + 2
    async with db.acquire() as conn:
        rows = await conn.fetch(
            "SELECT cause, on_hand FROM stock_movement WHERE variant_id = $1 ORDER BY id", BAYAM_IKAT
        )
    assert [tuple(row) for row in rows][1:] == [("COUNTED", -10)]


async def test_what_an_order_gives_back_is_for_sale(graph: Graph, db: Database) -> None:
    order = an_order((BAYAM_IKAT, 3))
    await hear(db, order)
    await _available(graph, _habis(BAYAM_IKAT))
    await hear(db, cancelled(order))
    assert await stock_of(db, BAYAM_IKAT) == (3, 0)


async def test_one_that_cannot_be_stops_all_and_says_which(graph: Graph, db: Database) -> None:
    no = [*_habis(BAYAM_IKAT, KLENGKENG_KG), _ada(VariantId.new()), _ada(KELAPA_PASANG, 0)]
    assert problems(await _mark(graph, no)) == [
        {"code": "NOT_FOUND", "field": "changes.1.variantId"},
        {"code": "NOT_FOUND", "field": "changes.2.variantId"},
        {
            "code": "INVALID_QUANTITY",
            "field": "changes.3.available",
            "minimum": 1,
            "limit": MAX_ON_HAND,
            "unit": "BASE_UNIT",
        },
    ]
    assert await stock_of(db, BAYAM_IKAT) == (10, 0)
    for bad in ([], _habis(BAYAM_IKAT, BAYAM_IKAT), _habis(*(VariantId.new() for _ in range(101)))):
        assert await graph.code(MARK, role="merchant", name="bu-sri", changes=bad) == "BAD_USER_INPUT"
    assert await graph.code(MARK, role="buyer", changes=_habis(BAYAM_IKAT)) == "FORBIDDEN"


async def test_how_much_is_there_again_has_to_be_known(graph: Graph, db: Database) -> None:
    await _available(graph, _habis(BAYAM_IKAT))
    done((await graph.data(SET, role="merchant", name="bu-sri", id=str(BAYAM_IKAT), n=0))["answer"])
    (problem,) = problems(await _mark(graph, [_ada(BAYAM_IKAT)]))
    assert (problem["code"], problem["field"]) == ("INVALID_QUANTITY", "changes.0.available")


async def test_it_is_an_operators_too_and_found_at_once(graph: Graph, db: Database) -> None:
    found = """{ searchProducts(text: "bayam", narrowed: {inStock: true}) { edges { node { name } } } }"""
    assert (await graph.data(found))["searchProducts"]["edges"] == [{"node": {"name": "Bayam"}}]
    done(await _mark(graph, _habis(BAYAM_IKAT), "ops", "ops"))
    assert (await graph.data(found))["searchProducts"]["edges"] == []


async def test_orders_and_marks_at_once_sell_nothing_twice(graph: Graph, db: Database) -> None:
    async def mark() -> None:
        for _ in range(5):
            await _mark(graph, _habis(KELAPA_PASANG, BAYAM_IKAT))
            await _mark(graph, [_ada(BAYAM_IKAT), _ada(KELAPA_PASANG)])

    async def order() -> None:
        for _ in range(5):
            await hear(db, an_order((BAYAM_IKAT, 1), (KELAPA_PASANG, 2)))

    await asyncio.gather(mark(), order(), order())
    async with transaction(db) as conn:
        held = await conn.fetchval(
            """SELECT bool_and(s.reserved = coalesce((SELECT sum(l.quantity) FROM reservation_line l JOIN reservation r
                   ON r.id = l.reservation_id AND r.state = 'HELD' WHERE l.variant_id = s.variant_id), 0)) FROM stock_item s"""
        )
        assert held
