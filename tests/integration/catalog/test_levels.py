"""How much is for sale is told as far as others need to know it: up to what one cart may have, and only when that has changed."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.catalog.commands import goods
from services.catalog.domain.caller import Caller
from services.contracts.catalog import LevelChanged, VariantId
from services.contracts.quote import MAX_MASS_GRAM
from services.kit.database.db import Database, transaction
from services.kit.messaging.envelope import decode
from tests.worlds.catalog import (
    BAYAM_IKAT,
    KELAPA_PASANG,
    an_order,
    cancelled,
    confirmed,
    hear,
    picked_up,
    told,
    trip_cancelled,
)

OPS = Caller(ops=True)


async def count(db: Database, on_hand: int, variant_id: VariantId = BAYAM_IKAT) -> None:
    async with transaction(db) as conn:
        await goods.set_stock(conn, OPS, variant_id, on_hand, by="usr_siti")


async def levels(db: Database, variant_id: VariantId = BAYAM_IKAT) -> list[int]:
    found = [decode(LevelChanged, payload) for _, payload in await told(db, "catalog.level_changed%")]
    return [each.available for each in found if each.variant_id == variant_id]


async def enough(db: Database) -> int:
    async with db.acquire() as conn:
        gram = await conn.fetchval("SELECT gram_per_base FROM variant WHERE id = $1", BAYAM_IKAT)
    return int(-(-MAX_MASS_GRAM // gram))


@pytest.fixture
async def seeded(db: Database) -> Database:
    """As if the levels of the seed had been read."""
    async with db.acquire() as conn:
        await conn.execute("DELETE FROM outbox")
    return db


async def test_a_seeded_variant_is_told_once(db: Database) -> None:
    assert await levels(db) == [10]


async def test_each_change_of_what_is_for_sale_is_told_and_what_changes_nothing_is_not(seeded: Database) -> None:
    order = an_order((BAYAM_IKAT, 3), (KELAPA_PASANG, 1))
    await hear(seeded, order)
    assert await levels(seeded) == [7]
    await hear(seeded, order, confirmed(order))  # to the counter: for sale is what was
    assert await levels(seeded) == [7]
    await count(seeded, 5)
    assert await levels(seeded) == [7, 2]
    await hear(seeded, cancelled(order), trip_cancelled(order))
    assert await levels(seeded) == [7, 2, 5]
    other = an_order((BAYAM_IKAT, 5))
    await hear(seeded, other, confirmed(other), picked_up(other))
    assert await levels(seeded) == [7, 2, 5, 0]


async def test_above_what_a_cart_may_have_no_change_is_told(seeded: Database) -> None:
    most = await enough(seeded)
    await count(seeded, most + 50)
    await hear(seeded, *(an_order((BAYAM_IKAT, 10)) for _ in range(5)))
    assert await levels(seeded) == [most]
    await hear(seeded, an_order((BAYAM_IKAT, 1)))
    assert await levels(seeded) == [most, most - 1]


async def test_an_order_that_is_refused_tells_no_level(seeded: Database) -> None:
    await hear(seeded, an_order((BAYAM_IKAT, 11)))
    assert await levels(seeded) == []


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(steps=st.lists(st.tuples(st.sampled_from(["count", "order", "cancel"]), st.integers(1, 120)), max_size=12))
async def test_what_was_told_last_is_what_is_for_sale_up_to_enough(db: Database, steps: list[tuple[str, int]]) -> None:
    orders = []
    for step, quantity in steps:
        match step:
            case "count":
                async with db.acquire() as conn:
                    kept = await conn.fetchval(
                        "SELECT reserved + on_counter FROM stock_item WHERE variant_id = $1", BAYAM_IKAT
                    )
                await count(db, kept + quantity)
            case "order":
                orders.append(an_order((BAYAM_IKAT, quantity)))
                await hear(db, orders[-1])
            case "cancel" if orders:
                await hear(db, cancelled(orders.pop()))
    async with db.acquire() as conn:
        there = await conn.fetchval("SELECT on_hand - reserved FROM stock_item WHERE variant_id = $1", BAYAM_IKAT)
    found = await levels(db)
    assert found[-1] == min(there, await enough(db))
    assert all(one != other for one, other in pairwise(found))
