"""python -m infra.bench.old_orders [--old 1000000]: what a new order and a page cost with so many orders before, beside the same with none.

The old ones are copies of one that was placed, of two years, of a thousand merchants and twenty thousand buyers; a hundredth are of the
merchant that is looked at. All of them have ended, but for fifty of hers that wait for her word. The buyer has fifty orders.
"""

from __future__ import annotations

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import asyncpg

from infra.bench.backbone import say
from infra.bench.finding import Watched
from services.contracts.catalog import MerchantId, VariantId
from services.contracts.ordering import OrderId
from services.kit.database.live import Live
from services.ordering.commands.placing import PlaceOrder
from services.ordering.domain.ids import BuyerId
from services.ordering.domain.seller_order import SellerOrderStatus
from services.ordering.store import reading
from services.ordering.store.reading import Wanted
from tests.worlds import servers
from tests.worlds.ordering import BUDI, SITI, Market, a_merchant, a_product, an_order, buyer, hold, market, placed
from tests.worlds.packing import ORDER

SELLER: Final = MerchantId.seeded("wlijo")
_BUYERS, _SELLERS = 20_000, 1_000
_TABLES = (
    "orders",
    "seller_order",
    "order_line",
    "payment",
    "order_history",
    "ledger",
    "buyer",
    "contact",
    "account_balance",
)
_COPY = """CREATE TEMP TABLE copy AS
    SELECT n, uuidv7() AS id, uuidv7() AS part, wlijo_now() - interval '2 years' + n * (interval '1 year 11 months' / $1) AS at,
           (SELECT b.id FROM buyer_of b WHERE b.n = copied.n % $2) AS buyer,
           (SELECT c.id FROM contact_of c WHERE c.n = copied.n % $2) AS contact
    FROM generate_series(1, $1::int) AS copied (n)"""
_KEYS = """SELECT conrelid::regclass AS whose, conname, replace(pg_get_constraintdef(oid), ' NOT VALID', '') AS said
           FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace"""
_FILL: Final[Mapping[str, str]] = {
    "orders": """INSERT INTO orders SELECT x.* FROM orders o, copy c,
            LATERAL jsonb_populate_record(o, jsonb_build_object('id', c.id, 'code', 'LMJ-BENCH-' || c.n,
            'quote_jti', 'bench-' || c.n, 'placed_at', c.at, 'ended_at', c.at + interval '1 hour', 'confirmed_at', c.at,
            'status', 'COMPLETED', 'state', 'COMPLETED', 'buyer_id', c.buyer, 'contact_id', c.contact)) x
        WHERE o.id = (SELECT id FROM orders LIMIT 1)""",
    "seller_order": """INSERT INTO seller_order SELECT x.* FROM seller_order s, copy c,
            LATERAL jsonb_populate_record(s, jsonb_build_object('id', c.part, 'order_id', c.id,
            'placed_at', c.at, 'changed_at', c.at, 'status', 'COMPLETED',
            'merchant_id', CASE WHEN c.n % 100 = 0 THEN s.merchant_id ELSE md5((c.n % $1)::text)::uuid END)) x
        WHERE s.id = (SELECT id FROM seller_order LIMIT 1)""",
    "order_line": """INSERT INTO order_line
        SELECT x.* FROM order_line l, copy c,
            LATERAL jsonb_populate_record(l, jsonb_build_object('id', uuidv7(), 'seller_order_id', c.part)) x
        WHERE l.id = (SELECT id FROM order_line LIMIT 1)""",
    "payment": """INSERT INTO payment SELECT x.* FROM payment p, copy c,
            LATERAL jsonb_populate_record(p, jsonb_build_object('id', uuidv7(), 'order_id', c.id,
            'status', 'COLLECTED', 'collected_rupiah', p.amount_rupiah)) x
        WHERE p.id = (SELECT id FROM payment LIMIT 1)""",
    "order_history": """INSERT INTO order_history (order_id, version, at, status, state, input)
        SELECT c.id, v.n, c.at, v.state, v.state, v.state
        FROM copy c, (VALUES (1, 'PLACED'), (2, 'CONFIRMED'), (3, 'COMPLETED')) v (n, state)""",
    "ledger": """INSERT INTO ledger (order_id, kind, debit_account, credit_account, amount_rupiah, at)
        SELECT c.id, k.kind, 'partner:bench:cash', k.account || CASE WHEN k.kind = 'GOODS' THEN c.n % 1000 || ':payable' ELSE '' END,
            1000, c.at
        FROM copy c, (VALUES ('GOODS', 'merchant:bench'), ('RIDER_SHARE', 'rider:bench:payable'), ('PLATFORM_SHARE', 'platform:fees'))
            k (kind, account)""",
}


async def fill(owner: asyncpg.Connection[Any], old: int) -> float:
    began = time.perf_counter()
    for table in _TABLES:
        await owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    keys = await owner.fetch(_KEYS)
    for key in keys:
        await owner.execute(f"ALTER TABLE {key['whose']} DROP CONSTRAINT {key['conname']}")
    await owner.execute(
        "CREATE TEMP TABLE buyer_of AS SELECT n, uuidv7() AS id FROM generate_series(0, $1::int - 1) n", _BUYERS
    )
    await owner.execute("CREATE TEMP TABLE contact_of AS SELECT n, uuidv7() AS id FROM buyer_of")
    await owner.execute("CREATE INDEX ON buyer_of (n); CREATE INDEX ON contact_of (n)")
    await owner.execute(
        "INSERT INTO buyer (id, subject, created_at) SELECT id, 'usr_bench' || n, wlijo_now() FROM buyer_of"
    )
    await owner.execute(
        """INSERT INTO contact SELECT x.* FROM contact k, contact_of c JOIN buyer_of b USING (n),
            LATERAL jsonb_populate_record(k, jsonb_build_object('id', c.id, 'buyer_id', b.id)) x
        WHERE k.id = (SELECT id FROM contact LIMIT 1)"""
    )
    await owner.execute(_COPY, old, _BUYERS)
    for table, statement in _FILL.items():
        await owner.execute(statement, *([_SELLERS] if table == "seller_order" else []))
    for key in keys:  # of new rows they are asked as ever
        await owner.execute(f"ALTER TABLE {key['whose']} ADD CONSTRAINT {key['conname']} {key['said']} NOT VALID")
    for table in _TABLES:
        await owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    await owner.execute("VACUUM ANALYZE")
    return time.perf_counter() - began


@dataclass(slots=True)
class Shop:
    """The market over the one connection whose server process is watched."""

    world: Market
    db: Watched
    order_id: OrderId
    buyer_id: BuyerId
    wanted: PlaceOrder

    async def place(self) -> None:
        cart_id = await self.world.fill_cart(BUDI, {VariantId.seeded("bayam"): 2})
        quote = await self.world.quote(BUDI, test=False)
        wanted = replace(
            self.wanted,
            cart_id=cart_id,
            cart_version=await self.world.value("SELECT version FROM cart WHERE id = $1", cart_id),
            quote=quote,
        )
        await self.world.place(BUDI, wanted)
        await self.world.rows("DELETE FROM outbox")

    async def page(self) -> None:
        found = await self.world.ask(buyer(), ORDER, id=str(self.order_id))
        assert found["data"]["order"], found

    async def of_buyer(self) -> None:
        async with self.db.acquire() as conn:
            assert len(await reading.orders_of_buyer(conn, self.buyer_id, Wanted(), None, 20)) == 20

    async def of_merchant(self) -> None:
        async with self.db.acquire() as conn:
            assert len(await reading.seller_orders_of_merchant(conn, SELLER, Wanted(), None, 20)) == 20

    async def waiting(self) -> None:
        """What waits for her: of all that she ever had, the few that are as new as today's."""
        wanted = Wanted(SellerOrderStatus.AWAITING_MERCHANT)
        async with self.db.acquire() as conn:
            assert len(await reading.seller_orders_of_merchant(conn, SELLER, wanted, None, 20)) == 20

    async def rejected(self) -> None:
        """What she never had any of."""
        wanted = Wanted(SellerOrderStatus.REJECTED)
        async with self.db.acquire() as conn:
            assert await reading.seller_orders_of_merchant(conn, SELLER, wanted, None, 20) == []


async def cpu_ms(db: Watched, do: Callable[[], Awaitable[None]], times: int) -> float:
    """Of service and database together, of one of many; the least of two rounds."""
    for _ in range(4):
        await do()
    rounds = []
    for _ in range(2):
        service, database = time.process_time(), db.cpu_s()
        for _ in range(times):
            await do()
        rounds.append(time.process_time() - service + db.cpu_s() - database)
    return min(rounds) * 1000 / times


async def measured(shop: Shop) -> dict[str, float]:
    return {
        name: await cpu_ms(shop.db, do, times)
        for name, do, times in (
            ("a new order, from an empty cart", shop.place, 25),
            ("the page of an order", shop.page, 25),
            ("a buyer's orders", shop.of_buyer, 60),
            ("a merchant's orders", shop.of_merchant, 60),
            ("a merchant's orders that wait for her", shop.waiting, 60),
            ("a merchant's orders of a state that none is in", shop.rejected, 60),
        )
    }


async def prepared(world: Market) -> tuple[OrderId, BuyerId]:
    await world.hear(a_merchant(auto_accept=False), a_product())
    for _ in range(50):
        order_id = await placed(world, test=False)
        await hold(world, order_id)
        await world.rows("DELETE FROM outbox")
    await world.rows("UPDATE stock_level SET available = 1000000000")
    return order_id, BuyerId(await world.value("SELECT id FROM buyer WHERE subject = $1", SITI))


async def measure(made: servers.TestDatabase, old: int) -> int:
    owner = await asyncpg.connect(made.owner_url, command_timeout=3_600)
    await owner.execute("SET statement_timeout = 0; SET lock_timeout = 0")
    async with market(made, connections=4) as world:
        ids = await prepared(world)
        db = Watched(made.url, size=1, one_plan=True)
        await db.open()
        shop = Shop(Market(db, made.owner_url, Live(db)), db, *ids, await an_order(world, BUDI, test=False))
        try:
            await owner.execute("VACUUM ANALYZE")
            before = await measured(shop)
            took = await fill(owner, old)
            after = await measured(shop)
        finally:
            await db.close()
            await owner.close()
    print(f"CPU of service and database, with {old:,} old orders ({took:.0f} s to make them) and with none before:")
    dearer = {name: after[name] / before[name] - 1 for name in before}
    for name, more in dearer.items():
        say(name, f"{after[name]:.2f} ms", f"{before[name]:.2f} before, {100 * more:+.0f} %")
    return int(max(dearer.values()) > 0.2)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m infra.bench.old_orders")
    parser.add_argument("--old", type=int, default=1_000_000)
    asked = parser.parse_args()
    with servers.postgres() as postgres:
        raise SystemExit(asyncio.run(measure(postgres.database("ordering"), asked.old)))


if __name__ == "__main__":
    main()
