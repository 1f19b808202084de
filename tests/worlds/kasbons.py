"""Kasbons in ordering's small market: one of Siti with the wlijo, orders on it, and what has to add up."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from services.contracts.catalog import Member, MemberRole, MerchantId
from services.contracts.delivery import DeliveryId
from services.contracts.kasbon import KasbonEntryId, KasbonId
from services.contracts.ordering import OrderId, PaymentMethod
from services.kit.database.db import transaction
from services.ordering.commands import kasbons as commands
from services.ordering.commands.placing import PlaceOrder
from tests.worlds.ordering import SITI, Market, a_key, an_order, assigned, fetched, handed_over, hold

WLIJO = MerchantId.seeded("wlijo")
OWNER, HELPER = "usr_wlijo", "usr_helper"
PEOPLE = [Member(subject=OWNER, role=MemberRole.OWNER), Member(subject=HELPER, role=MemberRole.STAFF)]


async def asked(world: Market, subject: str = SITI, *, test: bool = True) -> KasbonId:
    async with transaction(world.db) as conn:
        return await commands.ask(conn, subject, WLIJO, called="Bu Siti", test=test)


async def opened(world: Market, limit: int = 50_000, subject: str = SITI, *, test: bool = True) -> KasbonId:
    kasbon_id = await asked(world, subject, test=test)
    async with transaction(world.db) as conn:
        await commands.accept(conn, OWNER, kasbon_id, limit)
    return kasbon_id


async def an_order_on_kasbon(world: Market, subject: str = SITI, **kwargs: Any) -> PlaceOrder:
    return replace(await an_order(world, subject, **kwargs), payment_method=PaymentMethod.KASBON)


async def bought(world: Market, subject: str = SITI, *, cash: int = 10_000, **kwargs: Any) -> OrderId:
    """Two ikat of bayam for Rp5,000, brought for Rp10,000 in cash."""
    order_id = await world.place(subject, await an_order_on_kasbon(world, subject, **kwargs))
    await hold(world, order_id)
    await brought(world, order_id, cash=cash)
    return order_id


async def brought(world: Market, order_id: OrderId, *, cash: int = 10_000) -> None:
    trip = DeliveryId.new()
    await world.hear(assigned(order_id, trip), fetched(order_id, trip), await handed_over(world, order_id, trip, cash))


async def paid(world: Market, kasbon_id: KasbonId, amount: int, by: str = OWNER, key: str | None = None) -> None:
    async with transaction(world.db) as conn:
        await commands.note_payment(conn, by, kasbon_id, amount, None, idempotency_key=key or a_key())


async def sums(world: Market, kasbon_id: KasbonId) -> tuple[int, int]:
    """What is owed, and what is held."""
    row = (await world.rows("SELECT owed_rupiah, held_rupiah FROM kasbon WHERE id = $1", kasbon_id))[0]
    return row["owed_rupiah"], row["held_rupiah"]


async def last_entry(world: Market, kind: str) -> KasbonEntryId:
    return KasbonEntryId(
        await world.value("SELECT id FROM kasbon_entry WHERE kind = $1 ORDER BY number DESC LIMIT 1", kind)
    )


async def faults(world: Market) -> list[str]:
    """What does not add up: between what is owed, the book that both read, the ledger, its balances, and orders."""
    return [
        row["fault"]
        for row in await world.rows(
            """WITH k AS (
                SELECT k.*,
                       (SELECT coalesce(sum(change_rupiah), 0) FROM kasbon_entry WHERE kasbon_id = k.id) AS told,
                       (SELECT balance_rupiah FROM kasbon_entry WHERE kasbon_id = k.id ORDER BY number DESC LIMIT 1) AS last,
                       (SELECT coalesce(sum(CASE account WHEN debit_account THEN amount_rupiah ELSE -amount_rupiah END), 0)
                        FROM ledger WHERE account IN (debit_account, credit_account)) AS booked,
                       (SELECT coalesce(sum(balance_rupiah), 0) FROM account_balance b WHERE b.account = k.account) AS balance,
                       (SELECT coalesce(sum(goods_rupiah - discount_rupiah), 0) FROM orders o
                        WHERE o.kasbon_id = k.id AND o.ended_at IS NULL) AS placed
                FROM kasbon k)
            SELECT 'the book' AS fault FROM k WHERE told <> owed_rupiah OR last IS DISTINCT FROM owed_rupiah
            UNION ALL SELECT 'the ledger' FROM k WHERE booked <> owed_rupiah OR balance <> owed_rupiah
            UNION ALL SELECT 'what is held' FROM k WHERE placed <> held_rupiah
            UNION ALL SELECT 'a merchant' FROM (
                SELECT merchant_id, sum(owed_rupiah) AS owed FROM kasbon GROUP BY 1) m
            WHERE m.owed <> (SELECT -coalesce(sum(balance_rupiah), 0) FROM account_balance b
                             WHERE b.account LIKE '%:kasbon' AND b.account LIKE '%merchant:' || $1 || ':%'
                               AND m.merchant_id = $2)""",
            str(WLIJO),
            WLIJO,
        )
    ]
