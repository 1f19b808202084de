"""The seed's goods have what the law asks of them, and showing it of many costs what it costs of one."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.contracts.catalog import ProductId
from services.kit.database.db import Database
from tests.worlds import servers
from tests.worlds.catalog import Counting, Graph, stock_up
from tests.worlds.licences import LOOK, time_passes

SEED = json.loads((Path(__file__).parents[3] / "infra/local/seed/catalog.json").read_text("utf-8"))


@pytest.fixture
async def seeded(catalog: servers.TestDatabase) -> AsyncIterator[Database]:
    opened = Database(catalog.url)
    await opened.open()
    await stock_up(opened, SEED)
    yield opened
    await opened.close()


async def test_what_is_seeded_stays_for_sale(seeded: Database) -> None:
    """All of it has what the law asks of it, also when it is seeded again."""
    for _ in range(2):
        await stock_up(seeded, SEED)
        await time_passes(seeded)
    graph = Graph.over(seeded)
    async with seeded.acquire() as conn:
        assert await conn.fetchval("SELECT count(*) FROM product WHERE status <> 'PUBLISHED'") == 0
        assert await conn.fetchval("SELECT count(*) FROM category_requirement WHERE applies_from IS NOT NULL") == 5
        assert (
            await conn.fetchval("SELECT count(*) FROM licence_history")
            == await conn.fetchval("SELECT count(*) FROM licence")
            > 20
        )
    wine = (await graph.data(LOOK, id=str(ProductId.seeded("mall-umkm/coffee-wine"))))["product"]
    assert (wine["status"], wine["halalStatus"]) == ("PUBLISHED", "NOT_CERTIFIABLE_NAME")
    coffee = (await graph.data(LOOK, id=str(ProductId.seeded("mall-umkm/mbah-meru"))))["product"]
    assert coffee["halalStatus"] == "CERTIFIED"


@pytest.mark.usefixtures("seeded")
async def test_licences_of_many_are_one_statement(catalog: servers.TestDatabase) -> None:
    """Whatever is asked of however many: one for each field."""
    counting = Counting(catalog.url)
    await counting.open()
    document = """query($first: Int!) { merchants(first: $first) { edges { node { licences { kind history { at } document { photoId } }
        products(first: 3) { edges { node { halalStatus licenceNeeds { met } licences { kind } } } } } } } }"""
    sent = []
    for first in (13, 1, 13):  # a new connection first learns its types
        counting.statements.clear()
        await Graph.over(counting).data(document, role="officer", name="pak-adi", first=first)
        sent.append(len(counting.statements))
    await counting.close()
    assert sent[1] == sent[2]
    assert sent[2] <= 9
