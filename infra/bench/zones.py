"""What a quote costs beside many zones: CPU of the service, wall time, and the time of its one statement.

    python -m infra.bench.zones [--zones 20000] [--quotes 500]

On an embedded server of its own; zones lie in a grid over the regency, and every stop lies in one.
"""

from __future__ import annotations

import argparse
import asyncio
import time

import asyncpg

from services.delivery.commands import quoting
from services.delivery.domain.quote import Wish
from services.delivery.store import pricing
from services.kit.database.db import Database
from tests.worlds import servers
from tests.worlds.delivery import BUYER, HOME, KIOS, MALL, a_world

_FILL = """INSERT INTO zone (id, name, kind, effect, reason, boundary, surcharge_rupiah)
SELECT gen_random_uuid(), 'z' || n, 'RESTRICTED', 'SURCHARGE_BOTH', 'bench',
       polygon(12, circle(point(112.85 + 0.6 * (n % w) / w, -8.36 + 0.46 * (n / w) / w), 0.46 / w)), 1000
FROM (SELECT n, ceil(sqrt($1::int))::int AS w FROM generate_series(0, $1::int - 1) n) g"""


async def main(own: servers.TestDatabase, zones: int, quotes: int) -> None:
    async with a_world(own.url) as world:
        owner = await asyncpg.connect(own.owner_url)
        await owner.execute(_FILL, zones)
        await owner.execute("ANALYZE zone")
        await owner.close()
        await _measure(world.db, zones, quotes)


async def _measure(db: Database, zones: int, quotes: int) -> None:
    wish = Wish.of(BUYER, [MALL, KIOS], HOME, 2_100, test=False)
    for _ in range(50):
        await quoting.quote_delivery(db, wish, None)
    wall, cpu = time.perf_counter(), time.process_time()
    for _ in range(quotes):
        await quoting.quote_delivery(db, wish, None)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    async with db.acquire() as conn:
        plan = await conn.fetch(f"EXPLAIN (ANALYZE) {pricing.STATEMENT}", list(wish.merchants), HOME.lat, HOME.lng)
    done = next(row[0] for row in reversed(plan) if row[0].startswith("Execution Time"))
    print(f"{zones} zones, {quotes} quotes of two merchants, one exchange each")
    print(f"service CPU {cpu / quotes * 1e3:.2f} ms a quote, wall {wall / quotes * 1e3:.2f} ms; {done.lower()}")


if __name__ == "__main__":
    given = argparse.ArgumentParser(prog="python -m infra.bench.zones")
    given.add_argument("--zones", type=int, default=20_000)
    given.add_argument("--quotes", type=int, default=500)
    asked = given.parse_args()
    with servers.postgres() as server:
        asyncio.run(main(server.database("delivery"), asked.zones, asked.quotes))
