"""python -m infra.bench.statement [--old 1000000] [--orders 10000]: what a merchant is owed and its statement, beside plain sums.

The ledger has `--old` transfers of years ago, of which a tenth are the merchant's, then its orders of a month. The alternative is what
there was before: the sum over all transfers of the account, and over all that came before a statement begins.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import date

import asyncpg

from infra.bench.finding import Watched
from services.contracts.catalog import MerchantId
from services.contracts.delivery import PartnerId
from services.kit.database.db import Connection, Database
from services.ordering.domain import statement as rules
from services.ordering.domain.books import Accounts
from services.ordering.store import books, statements
from tests.worlds import servers
from tests.worlds.ordering import PARTNER, a_merchant, a_product, market, placed

SELLER = MerchantId.seeded("wlijo")
AT = Accounts(test=False)
FIRST, LAST = date(2026, 6, 1), date(2026, 6, 30)
_ROUNDS = 10
_TABLES = ("orders", "seller_order", "ledger")
_SUM = """SELECT coalesce(sum(amount_rupiah) FILTER (WHERE debit_account = $1), 0) - coalesce(sum(amount_rupiah) FILTER (
              WHERE credit_account = $1), 0) FROM ledger WHERE $1 IN (debit_account, credit_account) AND at < $2"""


async def fill(owner: asyncpg.Connection[asyncpg.Record], old: int, orders: int) -> None:
    """Copies of one order that was placed, with transfers as a delivery books them; then old ones of the merchant and of others."""
    for table in _TABLES:  # the balances are summed at the end, as the migration does
        await owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    await owner.execute(
        """CREATE TEMP TABLE copy AS SELECT gen_random_uuid() AS id, n, $2::timestamptz + n * interval '200 seconds' AS at
           FROM generate_series(1, $1) AS n""",
        orders,
        rules.Period(FIRST, LAST).begins,
    )
    await owner.execute(
        """INSERT INTO orders SELECT (jsonb_populate_record(o, jsonb_build_object('id', c.id, 'code', 'LMJ-260601-' || (10000 + c.n),
               'quote_jti', 'bench-' || c.n, 'placed_at', c.at))).* FROM orders o, copy c"""
    )
    await owner.execute(
        """INSERT INTO seller_order SELECT (jsonb_populate_record(s, jsonb_build_object('id', gen_random_uuid(), 'order_id', c.id))).*
           FROM seller_order s, copy c"""
    )
    booked = "INSERT INTO ledger (order_id, kind, debit_account, credit_account, amount_rupiah, at)"
    for kind, debit, credit, amount in (
        ("GOODS", AT.cash(PARTNER), AT.payable(SELLER), 5_000),
        ("PPH22", AT.payable(SELLER), "tax:pph22", 25),
        ("PLATFORM_SHARE", AT.cash(PARTNER), "platform:fees", 1_000),
    ):
        await owner.execute(f"{booked} SELECT id, $1, $2, $3, $4, at FROM copy", kind, debit, credit, amount)
    # A tenth is of the merchant itself: it is an old one.
    await owner.execute(
        f"""{booked} SELECT (SELECT id FROM copy LIMIT 1), 'OLD' || n, $2, CASE WHEN n % 10 = 0 THEN $3
                 ELSE 'merchant:other' || n % 997 || ':payable' END, 1000, timestamptz '2021-01-01' + n * interval '2 minutes'
            FROM generate_series(1, $1) AS n""",
        old,
        AT.cash(PARTNER),
        AT.payable(SELLER),
    )
    for table in _TABLES:
        await owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    await owner.execute("DELETE FROM account_balance")
    await owner.execute(
        """INSERT INTO account_balance SELECT account, 0, sum(change)::bigint FROM (
               SELECT debit_account AS account, amount_rupiah AS change FROM ledger
               UNION ALL SELECT credit_account, -amount_rupiah FROM ledger) moved GROUP BY account"""
    )
    await owner.execute("VACUUM ANALYZE ledger, account_balance, orders, seller_order")


async def timed(what: Callable[[], Awaitable[object]], times: int = 9) -> float:
    """Milliseconds, the least of several: what others do at the same time is not its cost."""
    await what()
    took = []
    for _ in range(times):
        began = time.perf_counter()
        await what()
        took.append((time.perf_counter() - began) * 1000)
    return min(took)


async def read(conn: Connection) -> str:
    found, lines = await statements.whole(conn, SELLER, AT.owed(SELLER), rules.period(FIRST, LAST))
    if lines[-1].balance != found.closing:
        raise SystemExit("the lines do not lead to the closing")
    return rules.written(rules.rows(found, lines))


async def told(conn: Connection) -> None:
    """As it was before: what moved is read twice, once for the sums and once for the lines."""
    found = await statements.statement(conn, SELLER, AT.owed(SELLER), rules.period(FIRST, LAST))
    await statements.lines(conn, SELLER, AT.owed(SELLER), found, None, rules.MOST_LINES)


async def booking(db: Database, partner: PartnerId, times: int = 300) -> float:
    """Milliseconds of one order's transfers, whose balances the trigger keeps; rolled back, so that nothing of it stays."""
    took = 0.0
    async with db.acquire() as conn:
        order_id, at = (await conn.fetchrow("SELECT order_id, at FROM order_history LIMIT 1") or (None, None))[:2]
        for _ in range(times):
            transaction = conn.transaction()
            await transaction.start()
            began = time.perf_counter()
            await conn.execute(
                """INSERT INTO ledger (order_id, kind, debit_account, credit_account, amount_rupiah, at)
                   SELECT $1, 'BENCH' || n, $3, 'merchant:bench' || n || ':payable', 1000, $2 FROM generate_series(1, 6) AS n""",
                order_id,
                at,
                AT.cash(partner),
            )
            took += time.perf_counter() - began
            await transaction.rollback()
    return took * 1000 / times


async def measure(url: str, owner_url: str, old: int, orders: int) -> None:
    owner = await asyncpg.connect(owner_url)
    db = Watched(url, size=1, one_plan=True)
    await db.open()
    try:
        before = await booking(db, PARTNER)
        await fill(owner, old, orders)
        async with db.acquire() as conn:
            accounts = AT.owed(SELLER)
            kept = await timed(lambda: books.balance(conn, *accounts))
            now = await conn.fetchval("SELECT wlijo_now() + interval '1 day'")
            summed = await timed(lambda: conn.fetchval(_SUM, accounts[0], now), 9)
            if await books.balance(conn, *accounts) != await conn.fetchval(_SUM, accounts[0], now):
                raise SystemExit("what is kept is not the sum")
            whole = await timed(lambda: read(conn), 9)
            service, of_database = time.process_time(), db.cpu_s()
            for _ in range(_ROUNDS):
                await read(conn)
            of_database = (db.cpu_s() - of_database) / _ROUNDS
            cpu = (time.process_time() - service) / _ROUNDS + of_database
            size = len(await read(conn))
            alone = await timed(lambda: told(conn), 9)
            totals = await timed(lambda: statements.statement(conn, SELLER, accounts, rules.period(FIRST, LAST)), 9)
            opening = await timed(lambda: conn.fetchval(_SUM, accounts[0], rules.Period(FIRST, LAST).begins), 9)
            slow = await timed(lambda: _drift(conn), 1)
        after = await booking(db, PARTNER)
    finally:
        await db.close()
        await owner.close()
    print(f"with {old:,} old transfers, {old // 10:,} of them the merchant's own:")
    print(f"  what it is owed: {kept:.2f} ms kept, {summed:.1f} ms as a plain sum ({summed / kept:.0f} times)")
    print(
        f"  a statement over {orders:,} orders, {(LAST - FIRST).days + 1} days: {whole:.0f} ms as a file of {size:,} characters"
    )
    print(
        f"  of that {cpu * 1000:.0f} ms of CPU, {of_database * 1000:.0f} ms the database's; read by its pages {alone:.0f} ms"
    )
    print(f"  its totals alone {totals:.0f} ms; its opening as a plain sum {opening:.0f} ms more")
    print(f"  six transfers booked: {before:.2f} ms in an empty ledger, {after:.2f} ms in this one")
    print(f"  all balances compared with their sums: {slow:.0f} ms")


async def _drift(conn: Connection) -> None:
    if await books.drift(conn):
        raise SystemExit("a balance is not its sum")


async def prepared(made: servers.TestDatabase) -> None:
    async with market(made, connections=2) as world:
        await world.hear(a_merchant(), a_product())
        await placed(world, test=False)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m infra.bench.statement")
    parser.add_argument("--old", type=int, default=1_000_000)
    parser.add_argument("--orders", type=int, default=10_000)
    asked = parser.parse_args()
    with servers.postgres() as postgres:
        made = postgres.database("ordering")
        asyncio.run(prepared(made))
        asyncio.run(measure(made.url, made.owner_url, asked.old, asked.orders))


if __name__ == "__main__":
    main()
