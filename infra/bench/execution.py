"""python -m infra.bench.execution: what a page of 50 products × 12 fields costs the catalog, by who executes the operation.

Stock Strawberry, the kit's paced execution without plans (as it was), and with them; in turn, in one process, over the same goods. CPU of
service and of database apart, per request: the service's is the process's, with HTTP, token and JSON; the database's is that of the one
connection's server process. The bare rows are what the same page costs as one statement and a dictionary for each row.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Any

import orjson
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext

from infra.bench.backbone import say
from infra.bench.finding import Watched
from infra.bench.market import fill
from services.catalog.app import SERVICE
from services.catalog.schema import SCHEMA
from services.contracts.catalog import MerchantId
from services.kit.execution import Plans
from services.kit.graphql.paced import PacedExecution
from tests.worlds import servers
from tests.worlds.catalog import Graph

PAGES = {
    "nothing, for what HTTP and a loader cost": "query($id: ID!) { merchant(id: $id) { id } }",
    "12 fields": """query($id: ID!) { merchant(id: $id) { products(first: 50) { edges { node {
        id name slug description status originDesaCode keepsForS archivedAt harvestedOn freshUntil isPastFresh regionMark } } } } }""",
    "with category and variants": """query($id: ID!) { merchant(id: $id) { products(first: 50) { edges { cursor node {
        id name slug status keepsForS category { code name } variants { id label price priceBasis priceText available } } } } } }""",
}
_BARE = """SELECT p.id, p.name, p.slug, p.description, p.status, p.origin_desa_code, p.keeps_for_s, p.archived_at, p.harvested_on,
    p.region_mark, p.category_code, p.merchant_id FROM product p WHERE p.merchant_id = $1 AND p.status = 'PUBLISHED'
    ORDER BY p.name, p.id LIMIT 51"""


class _Unplanned(PacedExecution):
    """As it was: paced, and interpreted."""

    def execute_operation(self, serially: bool | None = None) -> Any:
        return StrawberryGraphQLCoreExecutionContext.execute_operation(self, serially)


WAYS: Mapping[str, type[Any]] = {
    "stock Strawberry": StrawberryGraphQLCoreExecutionContext,
    "paced, without plans": _Unplanned,
    "paced, by plans": PacedExecution,
}


async def _cost(db: Watched, rounds: int, ask: Callable[[], Awaitable[Any]]) -> tuple[float, float]:
    """Milliseconds of CPU of one, service and database."""
    service, database = time.process_time(), db.cpu_s()
    for _ in range(rounds):
        await ask()
    return (time.process_time() - service) / rounds * 1_000, (db.cpu_s() - database) / rounds * 1_000


async def measured(url: str, rounds: int, turns: int) -> None:
    db = Watched(url, size=1, one_plan=SERVICE.one_plan)
    await db.open()
    graph, usual = Graph.over(db), SCHEMA.execution_context_class
    try:
        async with db.acquire() as conn:
            found = await conn.fetchrow(
                "SELECT merchant_id FROM product GROUP BY 1 HAVING count(*) >= 50 ORDER BY 1 LIMIT 1"
            )
        assert found is not None
        merchant = MerchantId(found["merchant_id"])
        gc.collect()
        gc.freeze()
        for name, document in PAGES.items():
            answers: dict[str, Any] = {}
            costs: dict[str, list[tuple[float, float]]] = {way: [] for way in WAYS}
            for turn in range(turns + 1):
                for way, execution in WAYS.items():
                    SCHEMA.execution_context_class = execution

                    ask = partial(graph.data, document, id=str(merchant))
                    answers[way] = await ask()
                    cost = await _cost(db, rounds, ask)
                    if turn:  # the first warms up
                        costs[way].append(cost)
            assert len({orjson.dumps(answer) for answer in answers.values()}) == 1
            print(name)
            for way, each in costs.items():
                service, database = (statistics.median(column) for column in zip(*each, strict=True))
                least = min(column for column, _ in each)
                say(way, f"{service:.2f} + {database:.2f} ms", f"service + database; least {least:.2f}")
        print("bare")
        async with db.acquire() as conn:
            bare = [await _cost(db, rounds, lambda: _bare(conn, merchant)) for _ in range(turns)]
        service, database = (statistics.median(column) for column in zip(*bare, strict=True))
        say("rows as dictionaries", f"{service:.2f} + {database:.2f} ms", "no HTTP, no token, no GraphQL")
        print(f"  plans: {Plans.of(SCHEMA._schema).kept_bytes:,} bytes")
    finally:
        SCHEMA.execution_context_class = usual
        await db.close()


async def _bare(conn: Any, merchant: MerchantId) -> bytes:
    return orjson.dumps([dict(row) for row in await conn.fetch(_BARE, merchant.uuid)], default=str)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--variants", type=int, default=20_000)
    parser.add_argument("--rounds", type=int, default=50, help="requests of one way in one turn")
    parser.add_argument("--turns", type=int, default=5)
    asked = parser.parse_args()
    with servers.postgres() as postgres:
        made = postgres.database("catalog")
        asyncio.run(fill(made.owner_url, asked.variants, max(1, asked.variants // 200)))
        asyncio.run(measured(made.url, asked.rounds, asked.turns))


if __name__ == "__main__":
    main()
