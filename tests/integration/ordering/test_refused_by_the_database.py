"""What must not be, tried by plain SQL as the service's own role: the database refuses it by itself."""

from __future__ import annotations

import asyncpg
import pytest

from services.kit.database.db import transaction
from services.kit.database.migrate import MigrationError
from services.ordering.app import SERVICE
from tests.worlds.migrating import onward
from tests.worlds.ordering import BUDI, SITI, Market, an_order
from tests.worlds.servers import TestDatabase

NAME = "ordering/0009_refused_by_the_database.sql"

TRIED = {
    "a payment of other than the total": ("UPDATE payment SET amount_rupiah = amount_rupiah - 1", "payment_is_of_the_total"),
    "a total changed under its payment": (
        "UPDATE orders SET goods_rupiah = goods_rupiah + 1, total_rupiah = total_rupiah + 1", "payment_is_of_the_total"
    ),
    "another buyer's contact": (
        "UPDATE orders SET contact_id = (SELECT c.id FROM contact c WHERE c.buyer_id <> orders.buyer_id LIMIT 1)",
        "orders_contact_is_the_buyers",
    ),
    "another buyer": (
        "UPDATE orders SET buyer_id = (SELECT b.id FROM buyer b WHERE b.id <> orders.buyer_id LIMIT 1)",
        "orders_contact_is_the_buyers",
    ),
    "an erased contact that says something": ("UPDATE contact SET erased_at = now(), gone_at = now()", "contact_erased_is_empty"),
    "cash collected of nobody knows how much": ("UPDATE payment SET status = 'COLLECTED'", "payment_collected"),
    "an end without its time": ("UPDATE orders SET status = 'COMPLETED'", "orders_end_has_its_time"),
    "a time of an end without an end": ("UPDATE orders SET ended_at = now()", "orders_end_has_its_time"),
    "a line that is not its price": (
        """INSERT INTO order_line (id, seller_order_id, position, variant_id, name, unit_label, quantity, price_rupiah, price_basis,
                                   total_rupiah)
           SELECT gen_random_uuid(), seller_order_id, 9, variant_id, name, unit_label, quantity, price_rupiah, price_basis, total_rupiah + 1
           FROM order_line""",
        "order_line_is_price_times_quantity",
    ),
    "a line that is not what was ordered": ("UPDATE order_line SET quantity = quantity + 1", "order_line_is_as_ordered"),
    "money without a step of its order": (
        """INSERT INTO ledger (order_id, kind, debit_account, credit_account, amount_rupiah, at)
           SELECT id, 'GOODS', 'a', 'b', 1, now() FROM orders""",
        "ledger_cause",
    ),
    "money of an order that is none": (
        """INSERT INTO ledger (order_id, kind, debit_account, credit_account, amount_rupiah, at)
           VALUES (gen_random_uuid(), 'GOODS', 'a', 'b', 1, now())""",
        None,
    ),
    "a quantity of nothing": ("UPDATE order_line SET quantity = 0", None),
    "an order without lines": (
        """INSERT INTO orders (id, code, buyer_id, contact_id, dropoff_kecamatan_code, status, state, slot, goods_rupiah,
               delivery_rupiah, total_rupiah, rider_share_rupiah, partner_share_rupiah, platform_share_rupiah, quote_jti, test,
               placed_at, hold_until)
           SELECT gen_random_uuid(), 'LMJ-X', buyer_id, contact_id, dropoff_kecamatan_code, status, state, slot, goods_rupiah,
               delivery_rupiah, total_rupiah, rider_share_rupiah, partner_share_rupiah, platform_share_rupiah, 'another', test,
               placed_at, hold_until FROM orders""",
        "orders_add_up",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("statement", "constraint"), TRIED.values(), ids=TRIED)
async def test_it_is_refused(world: Market, statement: str, constraint: str | None) -> None:
    await world.contact(BUDI)
    await world.place(SITI, await an_order(world))
    before = await world.fingerprint()
    with pytest.raises(asyncpg.IntegrityConstraintViolationError) as refused:
        async with transaction(world.db) as conn:
            await conn.execute(statement)
    assert constraint is None or refused.value.constraint_name == constraint
    assert await world.fingerprint() == before


@pytest.mark.parametrize("end", ["COMPLETED", "CANCELLED"])
@pytest.mark.parametrize("back", ["PLACED", "CONFIRMED", "IN_PROGRESS", "COMPLETED", "CANCELLED"])
async def test_an_order_that_has_ended_does_not_go_back(world: Market, end: str, back: str) -> None:
    await world.place(SITI, await an_order(world))
    reason = ("NO_RIDER", "PLATFORM") if end == "CANCELLED" else (None, None)
    async with transaction(world.db) as conn:
        await conn.execute(
            "UPDATE orders SET status = $1, ended_at = now(), cancel_reason = $2, borne_by = $3", end, *reason
        )
    if back == end:
        return
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        async with transaction(world.db) as conn:
            await conn.execute("UPDATE orders SET status = $1", back)
    assert refused.value.constraint_name == "orders_ended"


async def test_lines_that_are_less_than_the_order_are_refused_when_it_is_placed(world: Market) -> None:
    await world.place(SITI, await an_order(world))
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        async with transaction(world.db) as conn:
            await conn.execute(TRIED["an order without lines"][0])
            await conn.execute(
                """INSERT INTO seller_order (id, order_id, merchant_id, status, goods_rupiah, accept_within_s, prep_time_s,
                                             auto_accept, placed_at)
                   SELECT gen_random_uuid(), o.id, s.merchant_id, s.status, s.goods_rupiah, 1, 1, true, s.placed_at
                   FROM seller_order s, orders o WHERE o.code = 'LMJ-X'"""
            )
    assert refused.value.constraint_name == "orders_add_up"


async def _again(made: TestDatabase, *before: str) -> list[str]:
    owner = await asyncpg.connect(made.owner_url)
    await owner.execute("DELETE FROM schema_migration WHERE name = $1", NAME)
    for statement in before:
        await owner.execute(statement)
    await owner.close()
    return await onward(made, SERVICE)


async def test_the_rules_come_over_orders_that_are_there_and_bear_a_repeat(world: Market, made: TestDatabase) -> None:
    await world.place(SITI, await an_order(world))
    before = await world.fingerprint()
    drop = "ALTER TABLE {} DROP CONSTRAINT {}"
    assert await _again(made, drop.format("payment", "payment_is_of_the_total"), "DROP INDEX orders_total") == [NAME]
    assert await _again(made) == [NAME]
    assert await world.fingerprint() == before
    unproven = {row["conname"] for row in await world.rows("SELECT conname FROM pg_constraint WHERE NOT convalidated")}
    assert not unproven & {constraint for _, constraint in TRIED.values()}
    assert await world.rows("SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid") == []


async def test_what_breaks_a_rule_already_is_named_when_the_rule_comes(world: Market, made: TestDatabase) -> None:
    await world.place(SITI, await an_order(world))
    change = "UPDATE payment SET amount_rupiah = amount_rupiah + {}"
    with pytest.raises(MigrationError, match="payment_is_of_the_total"):
        await _again(made, "ALTER TABLE payment DROP CONSTRAINT payment_is_of_the_total", change.format(1))
    assert await _again(
        made, "ALTER TABLE payment DROP CONSTRAINT IF EXISTS payment_is_of_the_total", change.format(-1)
    ) == [NAME]
