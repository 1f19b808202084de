"""Stock follows what is packed, on a real PostgreSQL: whatever is heard first, twice or late, and however the order ends."""

from __future__ import annotations

import asyncio
import itertools
import random
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

import asyncpg
import pytest

from services.catalog.commands import reservations
from services.contracts.catalog import VariantId
from services.contracts.delivery import DeliveryEvent
from services.contracts.ordering import OrderEvent, OrderLineId, OrderPlaced
from services.contracts.packing import ChangedLine, LineChange, LinesChanged
from services.kit.database.db import Database, only_row, transaction
from services.kit.messaging.handlers import Inapplicable
from tests.worlds import servers
from tests.worlds.catalog import (
    BAYAM_IKAT,
    KELAPA_PASANG,
    SOLD_BY,
    SRI,
    an_order,
    cancelled,
    confirmed,
    hear,
    picked_up,
    trip_cancelled,
)
from tests.worlds.stalls import books_that_do_not_add_up

A, B = BAYAM_IKAT, KELAPA_PASANG
"""Ten of the first are there, and twenty of the other."""


def packed(
    order: OrderPlaced,
    before: int,
    now: int,
    *,
    line: OrderLineId,
    at: int = 1,
    variant: VariantId = A,
    by: tuple[VariantId, int] | None = None,
) -> LinesChanged:
    return LinesChanged(
        order_id=order.order_id,
        seller_order_id=order.seller_orders[0].seller_order_id,
        merchant_id=order.seller_orders[0].merchant_id,
        lines=[
            ChangedLine(
                line_id=line,
                variant_id=variant,
                name="Bayam",
                change=LineChange.REPLACED if by else LineChange.DROPPED,
                quantity_before=before,
                quantity=now,
                rupiah_before=3000 * before,
                rupiah=3000 * now,
                replaced_by_variant_id=by[0] if by else None,
                replaced_by_quantity=by[1] if by else None,
                replaced_by_rupiah=3000 if by else None,
            )
        ],
        changed_at=order.placed_at + timedelta(minutes=at),
    )


async def stock(db: Database, variant: VariantId) -> tuple[int, int, int]:
    """What is for sale or reserved, what of it is reserved, and what lies on the counter."""
    async with db.acquire() as conn:
        row = await only_row(
            conn, "SELECT on_hand, reserved, on_counter FROM stock_item WHERE variant_id = $1", variant
        )
    return row["on_hand"], row["reserved"], row["on_counter"]


async def causes(db: Database, variant: VariantId) -> list[tuple[object, ...]]:
    async with db.acquire() as conn:
        rows = await conn.fetch(
            "SELECT cause, on_hand, reserved, on_counter FROM stock_movement WHERE variant_id = $1 ORDER BY id OFFSET 1",
            variant,
        )
    return [tuple(row) for row in rows]


async def bags_that_are_not_as_told(db: Database, order: OrderPlaced, facts: Sequence[LinesChanged]) -> list[str]:
    """Variants of which the order has more or less than ordering told of it, in the order in which it told them."""
    wanted = Counter({line.variant_id: line.quantity for seller in order.seller_orders for line in seller.lines})
    for fact in sorted({each.changed_at: each for each in facts}.values(), key=lambda each: each.changed_at):
        for line in fact.lines:
            wanted[line.variant_id] += line.quantity - line.quantity_before
            if line.replaced_by_variant_id:
                wanted[line.replaced_by_variant_id] += line.replaced_by_quantity or 0
    async with db.acquire() as conn:
        rows = await conn.fetch(
            """SELECT l.variant_id, l.quantity + l.uncounted AS n, l.quantity,
                      (SELECT -sum(m.on_hand) FROM stock_movement m WHERE m.variant_id = l.variant_id AND m.order_id = r.order_id) AS moved,
                      r.on_counter OR r.trip = 'FETCHED' AS out
               FROM reservation r JOIN reservation_line l ON l.reservation_id = r.id WHERE r.order_id = $1""",
            str(order.order_id),
        )
    wrong = [f"{row['variant_id']} moved" for row in rows if row["out"] and (row["moved"] or 0) != row["quantity"]]
    bag = Counter({VariantId(row["variant_id"]): row["n"] for row in rows})
    return wrong + [str(variant) for variant in sorted({*bag, *wanted}) if bag[variant] != wanted[variant]]


async def test_what_replaces_a_line_is_taken_from_the_shelf_and_what_it_replaces_is_for_sale_again(
    db: Database,
) -> None:
    order, line = an_order((A, 3)), OrderLineId.new()
    await hear(db, order, confirmed(order))
    fact = packed(order, 3, 0, line=line, by=(B, 2))
    await hear(db, fact)
    assert await stock(db, A) == (10, 0, 0)
    assert await stock(db, B) == (18, 0, 2)
    assert (await causes(db, A))[-1] == ("LEFT_OUT", 3, 0, -3)
    assert await causes(db, B) == [("REPLACED", -2, 0, 2)]
    assert await bags_that_are_not_as_told(db, order, [fact]) == []
    await hear(db, picked_up(order))
    assert await stock(db, B) == (18, 0, 0)
    assert await books_that_do_not_add_up(db) == []


async def test_it_is_packed_while_the_goods_are_only_held(db: Database) -> None:
    order, line = an_order((A, 3)), OrderLineId.new()
    await hear(db, order, packed(order, 3, 1, line=line))
    assert await stock(db, A) == (10, 1, 0)
    await hear(db, packed(order, 1, 0, line=line, at=2, by=(B, 2)))
    assert (await stock(db, A), await stock(db, B)) == ((10, 0, 0), (20, 2, 0))
    await hear(db, confirmed(order))
    assert (await stock(db, A), await stock(db, B)) == ((10, 0, 0), (18, 0, 2))
    assert await books_that_do_not_add_up(db) == []


async def test_everything_comes_back_when_the_order_is_cancelled_afterwards(db: Database) -> None:
    order = an_order((A, 3))
    fact = packed(order, 3, 0, line=OrderLineId.new(), by=(B, 2))
    await hear(db, order, confirmed(order), fact, cancelled(order), trip_cancelled(order))
    assert (await stock(db, A), await stock(db, B)) == ((10, 0, 0), (20, 0, 0))
    assert await books_that_do_not_add_up(db) == []


async def test_a_replacement_that_the_count_does_not_have_is_packed_and_gives_back_what_it_took(db: Database) -> None:
    """What is less after all is first what the count never had."""
    order, line, other = an_order((A, 3)), OrderLineId.new(), OrderLineId.new()
    await hear(db, order, confirmed(order), packed(order, 3, 0, line=line, by=(B, 25)))
    assert await stock(db, B) == (0, 0, 20)
    await hear(db, packed(order, 25, 22, line=other, at=2, variant=B))
    assert await stock(db, B) == (0, 0, 20)
    await hear(db, packed(order, 22, 18, line=other, at=3, variant=B))
    assert await stock(db, B) == (2, 0, 18)
    await hear(db, cancelled(order), trip_cancelled(order))
    assert await stock(db, B) == (20, 0, 0)
    assert await books_that_do_not_add_up(db) == []


async def test_of_nothing_that_the_count_has_nothing_moves(db: Database) -> None:
    order = an_order((A, 3))
    async with db.acquire() as conn:
        await conn.execute("UPDATE stock_item SET on_hand = 0 WHERE variant_id = $1", B)
    await hear(db, order, packed(order, 3, 0, line=OrderLineId.new(), by=(B, 2)), confirmed(order), picked_up(order))
    assert (await stock(db, A), await stock(db, B)) == ((10, 0, 0), (0, 0, 0))
    assert await books_that_do_not_add_up(db) == []


async def test_the_same_again_and_an_older_fact_move_nothing(db: Database) -> None:
    order, line = an_order((A, 3)), OrderLineId.new()
    first, second = packed(order, 3, 1, line=line), packed(order, 1, 2, line=line, at=2)
    await hear(db, order, confirmed(order), first, first, second, first, second)
    assert await stock(db, A) == (8, 0, 2)
    assert [cause for cause, *_ in await causes(db, A)] == ["PLACED", "CONFIRMED", "LEFT_OUT", "REPLACED"]
    assert await bags_that_are_not_as_told(db, order, [first, second]) == []


async def test_a_merchant_who_has_left_packs_nothing(db: Database) -> None:
    order, line = an_order((A, 3)), OrderLineId.new()
    await hear(db, order, confirmed(order), packed(order, 3, 0, line=line, by=(B, 2)))
    async with transaction(db) as conn:
        await reservations.let_part_go(conn, str(order.order_id), SRI)
    await hear(db, packed(order, 3, 0, line=line, at=2, by=(B, 2)))
    assert (await stock(db, A), await stock(db, B)) == ((10, 0, 0), (20, 0, 0))


@pytest.mark.parametrize("ends", ["cancelled", "fetched", "fetched and cancelled"])
async def test_it_comes_to_the_same_whatever_is_heard_first(db: Database, ends: str) -> None:
    """Ordering's facts in their order, delivery's among them anywhere."""
    line = OrderLineId.new()
    found = set()
    trip = trip_cancelled if ends == "cancelled" else picked_up
    for place in itertools.count(1):
        order = an_order((A, 3))
        facts = [packed(order, 3, 2, line=line), packed(order, 2, 0, line=line, at=2, by=(B, 2))]
        told: list[OrderEvent | DeliveryEvent] = [order, confirmed(order), *facts]
        if "cancelled" in ends:
            told.append(cancelled(order))
        if place > len(told):
            break
        told.insert(place, trip(order))
        before = await stock(db, A), await stock(db, B)
        await hear(db, *told)
        after = await stock(db, A), await stock(db, B)
        found.add(tuple(n - m for row, was in zip(after, before, strict=True) for n, m in zip(row, was, strict=True)))
        assert await bags_that_are_not_as_told(db, order, facts) == [] or ends == "cancelled"
    assert found == {(0, 0, 0, 0 if ends == "cancelled" else -2, 0, 0)}
    assert await books_that_do_not_add_up(db) == []


@pytest.mark.parametrize("seed", range(4))
async def test_many_orders_packed_at_once_end_with_what_came_less_what_went(db: Database, seed: int) -> None:
    rng = random.Random(seed)
    went: Counter[VariantId] = Counter()

    async def life(n: int) -> None:
        order, line = an_order((A, 1)), OrderLineId.new()
        await hear(db, order)
        async with db.acquire() as conn:
            if await conn.fetchval("SELECT state FROM reservation WHERE order_id = $1", str(order.order_id)) != "HELD":
                return
        fact = packed(order, 1, 0, line=line, by=(B, 1))
        replaced, fetched = rng.random() < 0.6, rng.random() < 0.5
        tail: list[OrderEvent | DeliveryEvent] = [confirmed(order), *([fact] if replaced else [])]
        if fetched:
            tail.insert(rng.randrange(1, len(tail) + 1), picked_up(order))
        else:
            tail += [cancelled(order), trip_cancelled(order)]
        await hear(db, *tail)
        if fetched:
            went[B if replaced else A] += 1

    await asyncio.gather(*(life(n) for n in range(16)))
    assert await stock(db, A) == (10 - went[A], 0, 0)
    assert await stock(db, B) == (20 - went[B], 0, 0)
    assert await books_that_do_not_add_up(db) == []


async def test_an_order_never_heard_of_is_a_dead_letter(db: Database) -> None:
    with pytest.raises(Inapplicable):
        await hear(db, packed(an_order((A, 3)), 3, 0, line=OrderLineId.new()))


@pytest.mark.parametrize("which", ["unknown", "of another"])
async def test_goods_that_are_not_the_merchants_are_a_dead_letter_and_move_nothing(db: Database, which: str) -> None:
    of_another = next(variant for variant, merchant in SOLD_BY.items() if merchant != SRI)
    by = VariantId.new() if which == "unknown" else of_another
    order = an_order((A, 3))
    await hear(db, order, confirmed(order))
    with pytest.raises(Inapplicable):
        await hear(db, packed(order, 3, 0, line=OrderLineId.new(), by=(by, 1)))
    assert await stock(db, A) == (7, 0, 3)


async def test_an_order_that_has_ended_packs_nothing(db: Database) -> None:
    order = an_order((A, 3))
    await hear(db, order, cancelled(order), packed(order, 3, 0, line=OrderLineId.new(), by=(B, 2)))
    assert (await stock(db, A), await stock(db, B)) == ((10, 0, 0), (20, 0, 0))


@pytest.mark.parametrize(
    "broken",
    [
        "UPDATE reservation_line SET quantity = quantity + 1",
        "DELETE FROM reservation_line WHERE quantity = 2",
        "UPDATE stock_item SET on_hand = on_hand - 1, version = version + 1",
    ],
)
async def test_the_checker_sees_what_was_moved_twice_and_what_was_not(
    catalog: servers.TestDatabase, db: Database, broken: str
) -> None:
    order = an_order((A, 3))
    fact = packed(order, 3, 0, line=OrderLineId.new(), by=(B, 2))
    await hear(db, order, confirmed(order), fact)
    assert await bags_that_are_not_as_told(db, order, [fact]) == []
    async with db.acquire() as conn, conn.transaction():
        said = f'{{"cause": "REPLACED", "order_id": "{order.order_id}"}}'
        await conn.execute("SELECT set_config('wlijo.movement', $1, true)", said)
        await conn.execute(broken)
    assert await bags_that_are_not_as_told(db, order, [fact])


@pytest.mark.parametrize(
    ("cause", "change"), [("LEFT_OUT", "on_hand = on_hand - 1"), ("REPLACED", "on_hand = on_hand + 1")]
)
async def test_a_movement_that_packing_does_not_make_is_refused(db: Database, cause: str, change: str) -> None:
    async with db.acquire() as conn, conn.transaction():
        await conn.execute(
            "SELECT set_config('wlijo.movement', $1, true)", f'{{"cause": "{cause}", "order_id": "ord_1"}}'
        )
        with pytest.raises(asyncpg.CheckViolationError):
            await conn.execute(f"UPDATE stock_item SET {change}, version = version + 1 WHERE variant_id = $1", A)
