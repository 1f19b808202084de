"""What a merchant sells by kind of goods, and goods that are found by what their kind is called."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from services.contracts.catalog import MerchantId
from services.kit.database.db import Database, transaction
from tests.worlds import servers
from tests.worlds.catalog import BAYAM, KELAPA, MIN, SRI, Counting, Graph, stock_up
from tests.worlds.payloads import PROBLEMS, done

SHELF = "query($id: ID!) { merchant(id: $id) { categories { category { code name } count } } }"
NEAR = """query($search: String, $first: Int, $after: String) {
  productsNear(point: {lat: -8.1291, lng: 113.2241}, search: $search, first: $first, after: $after) {
    edges { node { name } } pageInfo { hasNextPage endCursor } } }"""
SAVE = f"""mutation($code: String!, $called: String!) {{ answer: saveCategory(code: $code, name: $called) {{
  {PROBLEMS} category {{ name }} }} }}"""
_WRITTEN = "SELECT p.id, p.xmin, r.xmin AS found FROM product p JOIN search_row r ON r.product_id = p.id ORDER BY p.id"
_MANY = """INSERT INTO product (id, merchant_id, name, description, category_code, status, words)
           SELECT gen_random_uuid(), $1, 'Terong ' || n, '', CASE WHEN n <= $2 THEN 'sayur' ELSE 'buah' END, 'PUBLISHED', 'terong'
           FROM generate_series(1, $3::int) n"""


@pytest.fixture
async def db(catalog: servers.TestDatabase) -> AsyncIterator[Counting]:
    opened = Counting(catalog.url)
    await opened.open()
    await stock_up(opened)
    yield opened
    await opened.close()


@pytest.fixture
def graph(db: Counting) -> Graph:
    return Graph.over(db)


async def _change(db: Database, statement: str, *arguments: Any) -> None:
    async with transaction(db) as conn:
        await conn.execute(statement, *arguments)


async def _shelf(graph: Graph, merchant: MerchantId, **who: Any) -> dict[str, int]:
    shown = (await graph.data(SHELF, id=str(merchant), **who))["merchant"]["categories"]
    assert [each["category"]["name"] for each in shown] == sorted(each["category"]["name"] for each in shown)
    return {each["category"]["code"]: each["count"] for each in shown}


async def _near(graph: Graph, search: str, first: int = 100) -> list[str]:
    names: list[str] = []
    after = None
    while True:
        page = (await graph.data(NEAR, search=search, first=first, after=after))["productsNear"]
        names += [edge["node"]["name"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return names


async def test_a_merchant_shows_what_is_for_sale_by_kind_to_everybody_alike(graph: Graph, db: Counting) -> None:
    everybody: tuple[dict[str, Any], ...] = ({}, {"role": "merchant", "name": "bu-sri"}, {"role": "ops"})
    for who in everybody:
        assert await _shelf(graph, SRI, **who) == {"sayur": 1, "buah": 1}
    assert await _shelf(graph, MIN) == {"buah": 1}
    await _change(db, _MANY, SRI, 2, 3)
    assert await _shelf(graph, SRI) == {"sayur": 3, "buah": 2}
    await _change(db, "UPDATE product SET status = 'HIDDEN' WHERE id = $1", KELAPA)
    await _change(db, "UPDATE product SET category_code = 'buah' WHERE id = $1", BAYAM)
    for who in everybody:
        assert await _shelf(graph, SRI, **who) == {"sayur": 2, "buah": 2}
    await _change(db, "UPDATE merchant SET status = 'SUSPENDED' WHERE id = $1", SRI)
    assert await _shelf(graph, SRI, role="merchant", name="bu-sri") == {}


async def test_the_shelves_of_all_merchants_are_one_statement(graph: Graph, db: Counting) -> None:
    document = "{ merchants { edges { node { name categories { count } } } } }"
    await graph.data(document)
    db.statements.clear()
    shown = (await graph.data(document))["merchants"]["edges"]
    assert [len(each["node"]["categories"]) for each in shown] == [1, 2]
    assert len(db.statements) == 2, db.statements


async def test_a_category_is_called_otherwise_at_once_and_none_of_its_goods_is_written(
    graph: Graph, db: Counting
) -> None:
    async def rows() -> list[Any]:
        async with db.acquire() as conn:
            return await conn.fetch(_WRITTEN)

    before = await rows()
    done((await graph.data(SAVE, role="ops", code="buah", called="Panen segar"))["answer"])
    assert await rows() == before
    for search, names in (
        ("segar", ["Kelapa muda", "Klengkeng Kateki"]),
        ("seg pan", ["Kelapa muda", "Klengkeng Kateki"]),
        ("segar kelapa", ["Kelapa muda"]),
        ("kateki panen", ["Klengkeng Kateki"]),
        ("segar bayam", []),
        ("egar", []),
    ):
        assert (search, await _near(graph, search, 1)) == (search, names)


async def test_of_very_many_goods_those_of_a_kind_that_is_called_so_are_found(graph: Graph, db: Counting) -> None:
    await _change(db, _MANY, MIN, 600, 610)
    done((await graph.data(SAVE, role="ops", code="sayur", called="Hijauan"))["answer"])
    assert sorted(await _near(graph, "terong hijauan")) == sorted(f"Terong {n}" for n in range(1, 601))
    assert sorted(await _near(graph, "hijauan")) == sorted(["Bayam", *(f"Terong {n}" for n in range(1, 601))])
