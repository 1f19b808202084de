"""Pages of one search, while goods change: what stays as it is comes once, what is gone or new may come or not."""

from __future__ import annotations

import json
import random
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from services.contracts.catalog import MerchantId, ProductId
from services.kit.database.db import transaction
from tests.worlds import servers
from tests.worlds.catalog import Counting, Graph, stock_up

SEED = json.loads((Path(__file__).parents[3] / "infra/local/seed/catalog.json").read_text("utf-8"))
HERE = {"lat": -8.1321, "lng": 113.2193}
PAGE = """query($text: String, $point: PointInput, $order: ProductOrder!, $after: String) {
  searchProducts(text: $text, point: $point, order: $order, first: 4, after: $after) {
    edges { node { id } } pageInfo { hasNextPage endCursor } } }"""
_CHANGES = (
    "UPDATE product SET status = 'HIDDEN' WHERE id = $1",
    "UPDATE product SET status = 'PUBLISHED' WHERE id = $1",
    "UPDATE product SET name = name || ' baru' WHERE id = $1",
    "UPDATE stock_item SET on_hand = 0, reserved = 0 WHERE variant_id IN (SELECT id FROM variant WHERE product_id = $1)",
    "UPDATE variant SET price_rupiah = price_rupiah + 500 WHERE product_id = $1",
)


@pytest.fixture
async def db(catalog: servers.TestDatabase) -> AsyncIterator[Counting]:
    opened = Counting(catalog.url)
    await opened.open()
    await stock_up(opened, SEED)
    yield opened
    await opened.close()


async def _gone_through(graph: Graph, between: Any, **asked: Any) -> list[str]:
    seen, after = [], None
    while True:
        page = (await graph.data(PAGE, after=after, **asked))["searchProducts"]
        seen += [edge["node"]["id"] for edge in page["edges"]]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            return seen
        await between()


@pytest.mark.parametrize("order", ["RELEVANCE", "DISTANCE", "PRICE", "NEWEST"])
@pytest.mark.parametrize("text", [None, "k", "pisang"])
async def test_what_stays_as_it_is_comes_once(db: Counting, order: str, text: str | None) -> None:
    graph, some = Graph.over(db), random.Random(f"{order}{text}")
    asked = {"text": text, "point": HERE, "order": order}

    async def nothing() -> None:
        pass

    whole = await _gone_through(graph, nothing, **asked)
    assert len(set(whole)) == len(whole) > 4
    changed: set[str] = set()

    async def change() -> None:
        """Some goods, and a new one of a name that completes what is typed: how others rank hangs on no name but their own."""
        async with transaction(db) as conn:
            for id_ in some.sample(whole, k=2):
                changed.add(id_)
                await conn.execute(some.choice(_CHANGES), ProductId.parse(id_))
            await conn.execute(
                """INSERT INTO product (id, merchant_id, name, description, category_code, status, words)
                   VALUES ($1, $2, $3, '', 'sayur', 'PUBLISHED', '')""",
                ProductId.new(),
                MerchantId.seeded("kios-bu-wati"),
                f"K{some.choice('aiueo')}{some.choice('lmnrs')}pisang pisangku{some.randint(0, 99)}",
            )

    seen = await _gone_through(graph, change, **asked)
    stayed = [id_ for id_ in whole if id_ not in changed]
    assert [id_ for id_ in seen if id_ in set(stayed)] == stayed
    assert changed


async def test_a_page_after_words_that_nothing_has_together_goes_on_with_the_guess(db: Counting) -> None:
    graph = Graph.over(db)

    async def nothing() -> None:
        pass

    asked = {"point": HERE, "order": "RELEVANCE"}
    guessed = await _gone_through(graph, nothing, text="pisang kangkung", **asked)
    assert guessed == await _gone_through(graph, nothing, text="pisang", **asked)
