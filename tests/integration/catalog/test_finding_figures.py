"""What a search costs can be measured: the goods that are made for it are found, and every kind of request is answered."""

from __future__ import annotations

from infra.bench.finding import measured
from infra.bench.market import fill
from services.kit.database.db import Database
from tests.worlds.servers import TestDatabase


async def test_a_search_among_made_goods_is_measured(catalog: TestDatabase) -> None:
    await fill(catalog.owner_url, 400, 20)
    db = Database(catalog.url)
    await db.open()
    async with db.acquire() as conn:
        found = await conn.fetchval("SELECT count(*) FROM search_row WHERE for_sale AND document <> ''")
        assert found == await conn.fetchval("SELECT count(*) FROM product") == 320
    await db.close()
    figures = await measured(catalog.url, 1)
    assert len(figures) == 21
