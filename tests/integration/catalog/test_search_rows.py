"""What a search looks in is always what is there, whoever changed it, by this release or the one before."""

from __future__ import annotations

import asyncio
import random
from datetime import UTC, datetime, time, timedelta
from typing import Any

import asyncpg
import pytest

from services.catalog.app import SERVICE
from services.catalog.store.finding import OPEN
from services.contracts.catalog import VariantId
from services.contracts.places import Closure, Hours, trades
from services.kit.database.db import Database, Row, transaction
from tests.worlds.catalog import BAYAM, BAYAM_IKAT, KELAPA_PASANG, KLENGKENG, MIN, SRI, Graph, an_order, hear
from tests.worlds.migrating import back_to, onward
from tests.worlds.servers import TestDatabase
from tests.worlds.waiting import until

_ROWS = """SELECT product_id, for_sale, category_code, kind, place::text, in_stock, unit_price, document::text,
    for_sale_since IS NULL AS since FROM search_row ORDER BY product_id"""
_OPEN = "SELECT merchant_id, always_open, week::text, shut::text FROM merchant_open ORDER BY merchant_id"


async def _kept(db: Database) -> tuple[list[Row], list[Row]]:
    async with db.acquire() as conn:
        return await conn.fetch(_ROWS), await conn.fetch(_OPEN)


async def _made_anew(catalog: TestDatabase) -> tuple[list[Row], list[Row]]:
    """Of nothing but the goods, in a transaction that is undone."""
    owner = await asyncpg.connect(catalog.owner_url)
    try:
        undone = owner.transaction()
        await undone.start()
        await owner.execute("TRUNCATE search_row, merchant_open")
        await owner.execute("SELECT search_refresh(ARRAY(SELECT id FROM product))")
        await owner.execute("SELECT merchant_open_refresh(id) FROM merchant")
        made = await owner.fetch(_ROWS), await owner.fetch(_OPEN)
        await undone.rollback()
        return made
    finally:
        await owner.close()


async def _change(db: Database, statement: str, *arguments: Any) -> None:
    async with transaction(db) as conn:
        await conn.execute(statement, *arguments)


CHANGES: list[tuple[str, tuple[Any, ...]]] = [
    ("UPDATE product SET name = 'Bayam merah' WHERE id = $1", (BAYAM,)),
    ("UPDATE product SET description = 'dari kebun' WHERE id = $1", (BAYAM,)),
    ("UPDATE product SET category_code = 'buah' WHERE id = $1", (BAYAM,)),
    ("UPDATE product SET status = 'HIDDEN' WHERE id = $1", (BAYAM,)),
    ("UPDATE variant SET price_rupiah = 1, price_basis = 250 WHERE product_id = $1", (KLENGKENG,)),
    ("UPDATE variant SET label = 'seikat' WHERE id = $1", (BAYAM_IKAT,)),
    ("UPDATE stock_item SET on_hand = 0, reserved = 0", ()),
    ("UPDATE stock_item SET reserved = on_hand", ()),
    ("UPDATE merchant SET name = 'Toko Lain', kind = 'HOME', lat = -8.2, lng = 113.0 WHERE id = $1", (SRI,)),
    ("UPDATE merchant SET status = 'SUSPENDED' WHERE id = $1", (MIN,)),
    ("UPDATE merchant SET always_open = NOT always_open", ()),
    ("DELETE FROM opening_hours WHERE weekday = 3", ()),
    ("UPDATE opening_hours SET closes = '04:00'", ()),
    (
        "INSERT INTO merchant_closure SELECT gen_random_uuid(), $1, wlijo_now(), wlijo_now() + interval '1 hour'",
        (MIN,),
    ),
    (
        """INSERT INTO variant SELECT gen_random_uuid(), product_id, 9, 'x', 'sekebat', unit_code, step, min, 1, 1, 1 FROM variant
           WHERE id = $1""",
        (BAYAM_IKAT,),
    ),
]


@pytest.mark.parametrize(("statement", "arguments"), CHANGES)
async def test_each_change_is_seen(
    db: Database, catalog: TestDatabase, statement: str, arguments: tuple[Any, ...]
) -> None:
    before = await _kept(db)
    await _change(db, statement, *arguments)
    assert await _kept(db) == await _made_anew(catalog) != before


async def test_any_changes_one_after_the_other_are_seen(db: Database, catalog: TestDatabase) -> None:
    some = random.Random(13)
    for statement, arguments in some.choices([each for each in CHANGES if "INTO variant" not in each[0]], k=30):
        await _change(db, statement, *arguments)
    assert await _kept(db) == await _made_anew(catalog)


async def test_what_is_kept_wrongly_is_seen(db: Database, catalog: TestDatabase) -> None:
    await _change(db, "UPDATE search_row SET in_stock = NOT in_stock")
    assert await _kept(db) != await _made_anew(catalog)


async def test_two_who_change_parts_of_one_product_at_once_leave_what_is_there(
    db: Database, catalog: TestDatabase
) -> None:
    other = VariantId.new()
    await _change(
        db,
        """WITH made AS (INSERT INTO variant SELECT $1, product_id, 9, 'x', 'sekebat', unit_code, step, min, 1, 1, 1 FROM variant
               WHERE id = $2 RETURNING id) INSERT INTO stock_item (variant_id, on_hand) SELECT id, 5 FROM made""",
        other,
        BAYAM_IKAT,
    )
    async with transaction(db) as first:
        await first.execute("UPDATE stock_item SET on_hand = 0 WHERE variant_id = $1", BAYAM_IKAT)
        second = asyncio.create_task(_change(db, "UPDATE stock_item SET on_hand = 0 WHERE variant_id = $1", other))

        async def waits() -> bool:
            async with db.acquire() as looking:
                return bool(
                    await looking.fetchval(
                        """SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')"""
                    )
                )

        await until(waits)
    await second
    assert await _kept(db) == await _made_anew(catalog)
    async with db.acquire() as conn:
        assert await conn.fetchval("SELECT in_stock FROM search_row WHERE product_id = $1", BAYAM) is False


async def test_orders_that_end_the_stock_of_the_same_goods_do_not_wait_for_each_other_in_a_ring(db: Database) -> None:
    for _ in range(5):
        await _change(db, "UPDATE stock_item SET on_hand = reserved + on_counter + 1")
        await asyncio.gather(
            hear(db, an_order((BAYAM_IKAT, 1), (KELAPA_PASANG, 1))),
            hear(db, an_order((KELAPA_PASANG, 1), (BAYAM_IKAT, 1))),
        )


async def test_open_now_is_as_the_hours_say(db: Database, catalog: TestDatabase) -> None:
    some = random.Random(13)
    clocks = [time(h, m) for h in range(24) for m in (0, 15, 59)] + [time(0, 0)] * 10
    for _ in range(40):
        weekdays = some.sample(range(7), k=some.randint(0, 7))
        hours = [Hours(weekday=day, opens=some.choice(clocks), closes=some.choice(clocks)) for day in weekdays]
        now = datetime(2026, 11, 1, tzinfo=UTC) + timedelta(minutes=some.randrange(20_160))
        closures = [
            Closure(starts=starts, ends=starts + timedelta(minutes=some.randint(1, 5_000)))
            for starts in (now + timedelta(minutes=some.randint(-5_000, 5_000)) for _ in range(some.randint(0, 2)))
        ]
        always = some.random() < 0.2
        await _change(db, "UPDATE merchant SET always_open = $2 WHERE id = $1", MIN, always)
        await _change(db, "DELETE FROM opening_hours WHERE merchant_id = $1", MIN)
        await _change(db, "DELETE FROM merchant_closure WHERE merchant_id = $1", MIN)
        for each in hours:
            await _change(
                db, "INSERT INTO opening_hours VALUES ($1, $2, $3, $4)", MIN, each.weekday, each.opens, each.closes
            )
        for shut in closures:
            await _change(
                db, "INSERT INTO merchant_closure VALUES (gen_random_uuid(), $1, $2, $3)", MIN, shut.starts, shut.ends
            )
        moments = [now + timedelta(minutes=some.randrange(10_080)) for _ in range(60)]
        moments += [datetime.combine(now.date(), each.opens, UTC) - timedelta(hours=7) for each in hours]
        moments += [each for shut in closures for each in (shut.starts, shut.ends)]
        async with db.acquire() as conn:
            rows = await conn.fetch(
                f"""SELECT here.now AS at, {OPEN} AS open FROM merchant_open o,
                        (SELECT now, second_of_week(now) AS second FROM unnest($2::timestamptz[]) AS now) AS here
                    WHERE o.merchant_id = $1""",
                MIN,
                moments,
            )
        for row in rows:
            assert (hours, closures, row["at"], row["open"]) == (
                hours, closures, row["at"], trades(hours, closures, row["at"], always_open=always),
            )  # fmt: skip


async def test_goods_of_before_are_found_after_the_migration_and_the_release_before_goes_on(
    catalog: TestDatabase,
) -> None:
    await back_to(catalog, SERVICE, "0011")
    owner = await asyncpg.connect(catalog.owner_url)
    try:
        await owner.execute(_AS_BEFORE)
        applied = await onward(catalog, SERVICE)
        assert applied[:2] == ["catalog/0012_finding.sql", "catalog/0013_finding_what_is_there.sql"]
        db = Database(catalog.url)
        await db.open()
        kept = await _kept(db)
        assert [len(rows) for rows in kept] == [1_200, 3]
        assert kept == await _made_anew(catalog)
        found = """{ searchProducts(text: "terong 7", first: 1) { facets { total } edges { node { name } } } }"""
        shown = (await Graph.over(db).data(found))["searchProducts"]
        assert shown["edges"] == [{"node": {"name": "Terong 7"}}]
        # The statements of the release before, which knows nothing of this.
        await _change(db, "UPDATE product SET status = 'HIDDEN' WHERE name = 'Terong 7'")
        await _change(db, "UPDATE stock_item SET on_hand = 0, version = version + 1")
        await _change(db, "UPDATE merchant SET status = 'SUSPENDED' WHERE slug = 'm1'")
        assert await _kept(db) == await _made_anew(catalog) != kept
        await db.close()
        await owner.execute("CALL search_begins(7)")  # repeated, it changes nothing
        assert await onward(catalog, SERVICE) == []
    finally:
        await owner.close()


_AS_BEFORE = """
INSERT INTO category VALUES ('sayur', 'Sayur');
INSERT INTO sale_unit VALUES ('ikat', 'ikat', 'COUNT', 1);
INSERT INTO merchant (id, slug, name, kind, status, kecamatan_code, lat, lng, umkm_class, always_open, auto_accept, accept_within_s,
                      prep_time_s)
SELECT gen_random_uuid(), 'm' || n, 'Kios ' || n, 'HOME', 'ACTIVE', '35.08.10', -8.1, 113.2, 'MIKRO', true, true, 300, 0
FROM generate_series(1, 3) n;
INSERT INTO product (id, merchant_id, name, description, category_code, status, words)
SELECT gen_random_uuid(), m.id, 'Terong ' || n, '', 'sayur', 'PUBLISHED', '' FROM merchant m, generate_series(1, 400) n;
INSERT INTO variant (id, product_id, position, sku, label, unit_code, step, min, price_rupiah, price_basis, gram_per_base)
SELECT gen_random_uuid(), id, 0, id::text, 'seikat', 'ikat', 1, 1, 1000, 1, 250 FROM product;
INSERT INTO stock_item (variant_id, on_hand) SELECT id, 10 FROM variant;
"""
