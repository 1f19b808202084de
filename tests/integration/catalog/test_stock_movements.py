"""Stock as a ledger on a real PostgreSQL: every change has its movement, balances are sums, all as the rules without a database say."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from uuid import UUID

import asyncpg
import pytest

from services.catalog.commands import goods, reservations
from services.catalog.domain.caller import Caller
from services.catalog.domain.reservation import Input
from services.catalog.domain.stock import Stock, StockOutOfRange
from services.contracts.catalog import VariantId
from services.contracts.delivery import DeliveryEvent
from services.contracts.ordering import CancelReason, OrderEvent, OrderPlaced
from services.kit.database.db import Database, transaction
from tests.worlds import servers
from tests.worlds.catalog import (
    BAYAM_IKAT,
    KELAPA_PASANG,
    an_order,
    cancelled,
    confirmed,
    delivered,
    hear,
    picked_up,
    told,
    trip_cancelled,
    unassignable,
)
from tests.worlds.stock_market import GOODS, Books, Market, Op

OPS = Caller(ops=True)
VARIANTS = dict(zip(GOODS, (BAYAM_IKAT, KELAPA_PASANG), strict=True))


async def stock_there(db: Database) -> dict[VariantId, Stock]:
    async with db.acquire() as conn:
        rows = await conn.fetch("SELECT variant_id, on_hand + on_counter AS all, reserved, on_counter FROM stock_item")
    return {VariantId(row["variant_id"]): Stock(row["all"], row["reserved"], row["on_counter"]) for row in rows}


async def books_that_do_not_add_up(db: Database) -> list[str]:
    """Rows that are not the sum of their movements, or of the reservations that stand behind them."""
    async with db.acquire() as conn:
        rows = await conn.fetch(
            """WITH moved AS (
                   SELECT variant_id, sum(on_hand) AS on_hand, sum(reserved) AS reserved, sum(on_counter) AS on_counter
                   FROM stock_movement GROUP BY variant_id
               ), kept AS (
                   SELECT l.variant_id, sum(l.quantity) FILTER (WHERE r.state = 'HELD') AS reserved,
                          sum(l.quantity) FILTER (WHERE r.on_counter) AS on_counter
                   FROM reservation r JOIN reservation_line l ON l.reservation_id = r.id GROUP BY l.variant_id
               )
               SELECT v.sku FROM stock_item s JOIN variant v ON v.id = s.variant_id
               LEFT JOIN moved USING (variant_id) LEFT JOIN kept USING (variant_id)
               WHERE (s.on_hand, s.reserved, s.on_counter)
                     IS DISTINCT FROM (coalesce(moved.on_hand, 0), coalesce(moved.reserved, 0), coalesce(moved.on_counter, 0))
                  OR (s.reserved, s.on_counter) IS DISTINCT FROM (coalesce(kept.reserved, 0), coalesce(kept.on_counter, 0))"""
        )
    return [row["sku"] for row in rows]


async def count(db: Database, variant_id: VariantId, on_hand: int, by: str = "usr_siti") -> None:
    async with transaction(db) as conn:
        await goods.set_stock(conn, OPS, variant_id, on_hand, by=by)


async def movements(db: Database, variant_id: VariantId) -> list[tuple[object, ...]]:
    async with db.acquire() as conn:
        rows = await conn.fetch(
            """SELECT cause, on_hand, reserved, on_counter, order_id, subject FROM stock_movement
               WHERE variant_id = $1 ORDER BY id""",
            variant_id,
        )
    return [tuple(row) for row in rows]


async def test_each_movement_has_its_cause_its_order_and_who_counted(db: Database) -> None:
    order, other = an_order((BAYAM_IKAT, 3)), an_order((BAYAM_IKAT, 2))
    await hear(db, order, confirmed(order))
    await count(db, BAYAM_IKAT, 12)
    await hear(db, cancelled(order), trip_cancelled(order), other, confirmed(other), picked_up(other))
    first, second = str(order.order_id), str(other.order_id)
    assert await movements(db, BAYAM_IKAT) == [
        ("OPENED", 10, 0, 0, None, None),
        ("PLACED", 0, 3, 0, first, None),
        ("CONFIRMED", -3, -3, 3, first, None),
        ("COUNTED", 2, 0, 0, None, "usr_siti"),
        ("UNFETCHED", 3, 0, -3, first, None),
        ("PLACED", 0, 2, 0, second, None),
        ("CONFIRMED", -2, -2, 2, second, None),
        ("FETCHED", 0, 0, -2, second, None),
    ]
    assert await books_that_do_not_add_up(db) == []


async def test_a_count_holds_what_lies_on_the_counter_and_a_cancellation_makes_no_more_of_it(db: Database) -> None:
    order = an_order((BAYAM_IKAT, 3))
    await hear(db, order, confirmed(order))
    await count(db, BAYAM_IKAT, 10)  # ten lie there, three of them packed
    assert (await stock_there(db))[BAYAM_IKAT] == Stock(10, 0, 3)
    await hear(db, cancelled(order), trip_cancelled(order))
    assert (await stock_there(db))[BAYAM_IKAT] == Stock(10, 0, 0)


async def test_no_less_can_be_counted_than_is_reserved_and_on_the_counter(db: Database) -> None:
    order = an_order((BAYAM_IKAT, 3))
    await hear(db, order, confirmed(order), an_order((BAYAM_IKAT, 2)))
    with pytest.raises(StockOutOfRange) as refused:
        await count(db, BAYAM_IKAT, 4)
    assert refused.value.minimum == 5
    await count(db, BAYAM_IKAT, 5)
    assert (await stock_there(db))[BAYAM_IKAT].available == 0


@pytest.mark.parametrize("seed", range(12))
async def test_random_lives_go_on_the_database_as_they_go_without_one(db: Database, seed: int) -> None:
    rng, books = random.Random(seed), Books()
    market = Market(rng, books, expiries=seed % 3 == 0)
    done = market.run()
    async with transaction(db) as conn:
        for name, variant in VARIANTS.items():
            await conn.execute("UPDATE stock_item SET on_hand = $2 WHERE variant_id = $1", variant, market.opened[name])
    orders = _orders(market)
    for op in done:
        await _do(db, op, orders)
    there = await stock_there(db)
    assert {name: there[variant] for name, variant in VARIANTS.items()} == books.stock
    assert await books_that_do_not_add_up(db) == []


@pytest.mark.parametrize("seed", range(4))
async def test_everything_at_once_ends_with_all_that_lies_there_for_sale(db: Database, seed: int) -> None:
    """Each order's two tellers, the timers and a merchant who counts, all side by side."""
    rng = random.Random(seed)
    orders = [an_order((BAYAM_IKAT, rng.randint(1, 2)), (KELAPA_PASANG, 2)) for _ in range(8)]
    await hear(db, *orders)
    async with db.acquire() as conn:
        held = {row["order_id"] for row in await conn.fetch("SELECT order_id FROM reservation WHERE state = 'HELD'")}
    tellers, gone = [], {BAYAM_IKAT: 0, KELAPA_PASANG: 0}
    for order in orders:
        ends = rng.choice(["fetched", "cancelled", "searched", "both"])
        ordering: list[OrderEvent] = [confirmed(order)] if str(order.order_id) in held else []
        trip: list[DeliveryEvent] = []
        if not ordering or ends != "fetched":
            ordering.append(cancelled(order, rng.choice(list(CancelReason))))
        if ordering[0].type == "ordering.order_confirmed.v1":
            fetched = ends in ("fetched", "both")
            trip = (
                [picked_up(order), delivered(order)] if fetched else [rng.choice([unassignable, trip_cancelled])(order)]
            )
            for seller in order.seller_orders if fetched else []:
                gone[seller.lines[0].variant_id] += seller.lines[0].quantity
        tellers += [hear(db, *ordering), hear(db, *trip)]
    rng.shuffle(tellers)
    await asyncio.gather(*tellers)
    opened = {BAYAM_IKAT: 10, KELAPA_PASANG: 20}
    there = {variant: opened[variant] - gone[variant] for variant in opened}
    assert {variant: stock for variant, stock in (await stock_there(db)).items() if variant in there} == {
        variant: Stock(left, 0, 0) for variant, left in there.items()
    }
    assert await books_that_do_not_add_up(db) == []


def _orders(market: Market) -> Sequence[OrderPlaced]:
    return [
        an_order(*((VARIANTS[name], quantity) for name, quantity in order.lines.items())) for order in market.orders
    ]


async def _do(db: Database, op: Op, orders: Sequence[OrderPlaced]) -> None:
    if op.what == "COUNTED":
        await count(db, VARIANTS[op.goods], op.number)
        return
    order = orders[op.order]
    if op.what == Input.TIME_IS_UP:
        async with transaction(db) as conn:
            found = await conn.fetchval("SELECT id FROM reservation WHERE order_id = $1", str(order.order_id))
            await reservations.expire(conn, UUID(str(found)))
        return
    tells: Mapping[str, OrderEvent | DeliveryEvent] = {
        Input.PLACED: order,
        Input.CONFIRMED: confirmed(order),
        Input.CANCELLED: cancelled(order),
        Input.FETCHED: picked_up(order),
        Input.UNFETCHED: trip_cancelled(order),
    }
    await hear(db, tells[op.what])


async def test_the_checker_sees_a_counter_that_no_reservation_stands_behind(
    catalog: servers.TestDatabase, db: Database
) -> None:
    async with transaction(db) as conn:
        await conn.execute("UPDATE stock_item SET on_counter = 1 WHERE variant_id = $1", BAYAM_IKAT)
    assert await books_that_do_not_add_up(db) == ["SRI-BAYAM-IKAT"]


async def test_the_checker_sees_a_movement_that_is_missing(catalog: servers.TestDatabase, db: Database) -> None:
    owner = await asyncpg.connect(catalog.owner_url)
    await owner.execute("DELETE FROM stock_movement WHERE variant_id = $1", BAYAM_IKAT.uuid)
    await owner.close()
    assert await books_that_do_not_add_up(db) == ["SRI-BAYAM-IKAT"]


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO stock_movement (cause, on_hand, reserved, on_counter) VALUES ('OPENED', 1, 0, 0)",
        "UPDATE stock_movement SET on_hand = on_hand + 1",
        "DELETE FROM stock_movement",
        "TRUNCATE stock_movement",
    ],
)
async def test_nobody_writes_a_movement_but_the_stock_itself(db: Database, statement: str) -> None:
    async with db.acquire() as conn:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await conn.execute(statement)


@pytest.mark.parametrize(
    ("cause", "change"),
    [
        ('{"cause": "PLACED", "order_id": "ord_1"}', "on_hand = on_hand - 1"),
        ('{"cause": "CONFIRMED", "order_id": "ord_1"}', "on_counter = on_counter + 1"),
        ('{"cause": "CANCELLED", "order_id": "ord_1"}', "on_hand = on_hand + 1"),
        ('{"cause": "UNFETCHED", "order_id": "ord_1"}', "on_hand = on_hand + 1"),
        ('{"cause": "FETCHED", "order_id": "ord_1"}', "on_hand = on_hand + 1"),
        ('{"cause": "COUNTED", "subject": "usr_siti"}', "reserved = reserved + 1"),
        ('{"cause": "COUNTED"}', "on_hand = on_hand + 1"),
        ('{"cause": "PLACED"}', "reserved = reserved + 1"),
        ('{"cause": "A_WHIM", "order_id": "ord_1"}', "on_hand = on_hand + 1"),
    ],
)
async def test_a_movement_that_its_cause_does_not_make_is_refused(db: Database, cause: str, change: str) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        async with transaction(db) as conn:
            await conn.execute("SELECT set_config('wlijo.movement', $1, true)", cause)
            await conn.execute(f"UPDATE stock_item SET {change} WHERE variant_id = $1", BAYAM_IKAT)
    assert await books_that_do_not_add_up(db) == []


async def test_what_the_release_before_does_is_followed(db: Database) -> None:
    """It takes confirmed goods out, and puts cancelled ones back, with statements that know no counter."""
    orders = [an_order((BAYAM_IKAT, 2)) for _ in range(3)]
    await hear(db, *orders)
    for order in orders[:2]:
        await _as_before(db, order, "COMMITTED", on_hand=-2, reserved=-2)
    assert (await stock_there(db))[BAYAM_IKAT] == Stock(10, 2, 4)
    await _as_before(db, orders[0], "RELEASED", on_hand=2, reserved=0)
    await _as_before(db, orders[2], "RELEASED", on_hand=0, reserved=-2)
    assert (await stock_there(db))[BAYAM_IKAT] == Stock(10, 0, 2)
    assert await books_that_do_not_add_up(db) == []
    await hear(db, picked_up(orders[1]))  # by this release again
    assert (await stock_there(db))[BAYAM_IKAT] == Stock(8, 0, 0)
    assert {cause for cause, *_ in await movements(db, BAYAM_IKAT)} == {"OPENED", "PLACED", "UNEXPLAINED", "FETCHED"}
    assert [kind for kind, _ in await told(db, "catalog.stock_%")] == ["catalog.stock_held.v1"] * 3


async def _as_before(db: Database, order: OrderPlaced, state: str, *, on_hand: int, reserved: int) -> None:
    async with transaction(db) as conn:
        await conn.execute(
            "UPDATE stock_item SET on_hand = on_hand + $2, reserved = reserved + $3, version = version + 1 WHERE variant_id = $1",
            BAYAM_IKAT,
            on_hand,
            reserved,
        )
        await conn.execute(
            "UPDATE reservation SET state = $2, changed_at = wlijo_now() WHERE order_id = $1",
            str(order.order_id),
            state,
        )
