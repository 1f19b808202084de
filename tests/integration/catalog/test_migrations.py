"""Catalog's migrations on stock that is being sold."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from services.catalog.app import SERVICE
from services.catalog.domain.stock import Stock
from services.contracts.catalog import ReservationId, VariantId
from services.kit.database.db import Database, transaction
from tests.integration.catalog.test_stock_movements import books_that_do_not_add_up, movements, stock_there
from tests.worlds.catalog import BAYAM_IKAT, KELAPA_PASANG, stock_up
from tests.worlds.migrating import back_to, onward
from tests.worlds.servers import TestDatabase


async def _reservation(db: Database, state: str, variant: VariantId, quantity: int, *, age: str) -> None:
    made = ReservationId.new()
    async with transaction(db) as conn:
        await conn.execute(
            """INSERT INTO reservation (id, order_id, state, expires_at, created_at, changed_at)
               SELECT $1, $2, $3, at, at, at FROM (SELECT wlijo_now() - $4::text::interval AS at) AS moment""",
            made,
            str(made),
            state,
            age,
        )
        await conn.execute("INSERT INTO reservation_line VALUES ($1, $2, $3)", made, variant, quantity)


async def _sell_as_before(db: Database, stopping: asyncio.Event) -> int:
    """Holds and confirms one of each order, with the statements of the release before, until told to stop."""
    sold = 0
    while not stopping.is_set() or not sold:
        async with transaction(db) as conn:
            there = await conn.fetchrow(
                "SELECT on_hand, reserved FROM stock_item WHERE variant_id = $1 FOR UPDATE", KELAPA_PASANG
            )
            assert there is not None
            held = ReservationId.new()
            await conn.execute(
                """INSERT INTO reservation (id, order_id, state, expires_at, created_at, changed_at)
                   VALUES ($1, $2, 'HELD', wlijo_now(), wlijo_now(), wlijo_now())""",
                held,
                str(held),
            )
            await conn.execute("INSERT INTO reservation_line VALUES ($1, $2, 1)", held, KELAPA_PASANG)
            await conn.execute(
                "UPDATE stock_item SET on_hand = $2, reserved = $3, version = version + 1 WHERE variant_id = $1",
                KELAPA_PASANG,
                there["on_hand"],
                there["reserved"] + 1,
            )
        async with transaction(db) as conn:
            await conn.fetchrow("SELECT FROM reservation WHERE id = $1 FOR UPDATE", held)
            await conn.execute(
                "UPDATE stock_item SET on_hand = on_hand - 1, reserved = reserved - 1, version = version + 1 WHERE variant_id = $1",
                KELAPA_PASANG,
            )
            await conn.execute(
                "UPDATE reservation SET state = 'COMMITTED', changed_at = wlijo_now() WHERE id = $1", held
            )
        sold += 1
    return sold


_LATER = {
    "product": [
        "attributes jsonb NOT NULL DEFAULT '{}'",
        "harvested_on date",
        "origin_group text",
        "region_mark text",
        "commodity_code text",
    ],
    "variant": [
        "max bigint",
        "weight_price_rupiah bigint",
        "weight_basis integer",
        "overrun_percent integer",
        "retired_at timestamptz",
    ],
}


@asynccontextmanager
async def _what_is_later(catalog: TestDatabase) -> AsyncIterator[None]:
    """What today's seed writes and reads and the schema of then has not."""
    owner = await asyncpg.connect(catalog.owner_url)
    try:
        await owner.execute("ALTER TABLE stock_item ADD COLUMN told bigint")
        await owner.execute(
            "ALTER TABLE stock_item ADD COLUMN mode text NOT NULL DEFAULT 'TRACKED', ADD COLUMN load_day date"
        )
        await owner.execute(
            """CREATE FUNCTION stock_for_sale(mode text, load_day date, on_hand bigint, reserved bigint) RETURNS bigint
               LANGUAGE sql RETURN on_hand - reserved"""
        )
        await owner.execute("CREATE TABLE merchant_closure (merchant_id uuid, starts timestamptz, ends timestamptz)")
        await owner.execute("CREATE TABLE licence_block (product_id uuid)")
        await owner.execute("GRANT SELECT ON merchant_closure, licence_block TO PUBLIC")
        for table, columns in _LATER.items():
            await owner.execute(f"ALTER TABLE {table} {', '.join(f'ADD COLUMN {each}' for each in columns)}")
        await owner.execute("ALTER TABLE merchant ADD serves_radius_m integer, ADD serves_kecamatan text[]")
        await owner.execute("ALTER TABLE category ADD name_en text")
        await owner.execute(
            "ALTER TABLE route_stop ADD id uuid, ADD orders int, ADD order_until_s int, ADD next_lat float8, ADD next_lng float8"
        )
        yield
        await owner.execute("DROP TABLE merchant_closure, licence_block")
        await owner.execute("DROP FUNCTION stock_for_sale")
        await owner.execute("ALTER TABLE merchant DROP serves_radius_m, DROP serves_kecamatan")
        await owner.execute("ALTER TABLE category DROP name_en")
        await owner.execute(
            "ALTER TABLE route_stop DROP id, DROP orders, DROP order_until_s, DROP next_lat, DROP next_lng"
        )
    finally:
        await owner.close()


async def test_goods_begin_to_be_followed_while_the_release_before_sells(catalog: TestDatabase) -> None:
    await back_to(catalog, SERVICE, "0002")
    db = Database(catalog.url)
    await db.open()
    async with _what_is_later(catalog):
        await stock_up(db)
    async with transaction(db) as conn:
        await conn.execute("UPDATE stock_item SET on_hand = 1000000 WHERE variant_id = $1", KELAPA_PASANG)
        await conn.execute("UPDATE stock_item SET reserved = 2 WHERE variant_id = $1", BAYAM_IKAT)
    await _reservation(db, "HELD", BAYAM_IKAT, 2, age="1 minute")
    await _reservation(db, "COMMITTED", BAYAM_IKAT, 3, age="1 hour")
    await _reservation(db, "COMMITTED", BAYAM_IKAT, 5, age="3 days")
    await _reservation(db, "RELEASED", BAYAM_IKAT, 7, age="1 hour")

    stopping = asyncio.Event()
    selling = asyncio.create_task(_sell_as_before(db, stopping))
    assert (await onward(catalog, SERVICE))[:2] == [
        "catalog/0003_on_the_counter.sql",
        "catalog/0004_stock_movements.sql",
    ]
    stopping.set()
    sold = await selling

    there = await stock_there(db)
    assert there[BAYAM_IKAT] == Stock(13, 2, 3)
    assert there[KELAPA_PASANG] == Stock(1_000_000, 0, sold)
    assert await books_that_do_not_add_up(db) == []
    assert {cause for cause, *_ in await movements(db, KELAPA_PASANG)} == {"OPENED", "UNEXPLAINED"}
    async with db.acquire() as conn:
        rows = await conn.fetch(
            """SELECT state, trip, on_counter FROM reservation r JOIN reservation_line l ON l.reservation_id = r.id
               WHERE l.variant_id = $1""",
            BAYAM_IKAT,
        )
        assert sorted(map(tuple, rows), key=str) == [
            ("COMMITTED", "FETCHED", False), ("COMMITTED", None, True), ("HELD", None, False), ("RELEASED", None, False),
        ]  # fmt: skip
        # Stops of before have ids, and Wednesday's first is joined to its second.
        stops = await conn.fetch("SELECT id, weekday, next_lat FROM route_stop ORDER BY weekday, position")
    assert len({row["id"] for row in stops}) == 3
    assert [(row["weekday"], row["next_lat"]) for row in stops] == [(0, None), (2, -8.1328), (2, None)]
    assert await onward(catalog, SERVICE) == []
    await db.close()
