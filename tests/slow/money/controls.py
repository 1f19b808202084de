"""Negative controls: one order of everything, and lies that are written past the database's own guards; each has to be found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import asyncpg

from services.contracts.delivery import DeliveryId
from services.contracts.ordering import OrderId
from services.kit.database.db import transaction
from services.ordering.commands import claims, process
from services.ordering.domain.books import Parties
from services.ordering.domain.promotion import PromotionKind
from tests.integration.ordering.test_books import OF_RIDER, confirm, state
from tests.integration.ordering.test_parts import says
from tests.slow.money.books import Books, read
from tests.slow.money.laws import judge
from tests.worlds.books import AYU, SRI, TONO, WLIJO, crewed
from tests.worlds.claims import claimed, line_of
from tests.worlds.ordering import (
    BUDI,
    PARTNER,
    SITI,
    Market,
    a_merchant,
    a_product,
    an_order,
    assigned,
    fetched,
    handed_over,
    hold,
)
from tests.worlds.paying import Till
from tests.worlds.promoting import a_promotion
from tests.worlds.promoting import an_order as with_code

_EVERYWHERE: Final = """SELECT format('ALTER TABLE %I DISABLE TRIGGER USER', relname) FROM pg_class
    WHERE relkind = 'r' AND relname IN ('orders', 'seller_order', 'order_line', 'payment', 'ledger', 'refund', 'promotion', 'promotion_use',
        'cash_handover', 'claim', 'payment_attempt', 'order_history')"""

LIES: Final[Mapping[str, tuple[str, str]]] = {
    "a refund twice": (
        "money goes back once",
        """INSERT INTO ledger (order_id, kind, debit_account, credit_account, amount_rupiah, at, cause)
           SELECT order_id, kind, debit_account, 'platform:by_hand', amount_rupiah, at, cause FROM ledger WHERE kind = 'REFUND' LIMIT 1""",
    ),
    "a refund of which nobody knows": (
        "money goes back once",
        "UPDATE ledger SET cause = 'somebody' WHERE kind = 'REFUND'",
    ),
    "a task that is done and gave nothing": ("money goes back once", "DELETE FROM ledger WHERE kind = 'REFUND'"),
    "a weighing after the hand-over": (
        "a sale is what its order came to",
        """WITH o AS (SELECT id FROM orders WHERE status = 'COMPLETED' ORDER BY id LIMIT 1),
                l AS (UPDATE order_line SET state = 'PACKED', packed_quantity = quantity, final_rupiah = total_rupiah - 500
                      WHERE seller_order_id IN (
                          SELECT s.id FROM seller_order s JOIN o ON s.order_id = o.id) AND position = 0),
                s AS (UPDATE seller_order SET goods_rupiah = goods_rupiah - 500 WHERE order_id IN (SELECT id FROM o)),
                p AS (UPDATE payment SET amount_rupiah = amount_rupiah - 500 WHERE order_id IN (SELECT id FROM o))
           UPDATE orders SET goods_rupiah = goods_rupiah - 500, total_rupiah = total_rupiah - 500 WHERE id IN (SELECT id FROM o)""",
    ),
    "a weighing after the hand-over, as it is told": (
        "nothing is packed once it has left",
        """INSERT INTO order_history (order_id, version, at, status, state, input)
           SELECT order_id, version + 1000, at, status, state, 'LINE_WEIGHED' FROM order_history WHERE state = 'COMPLETED' LIMIT 1""",
    ),
    "a voucher used by two at once": (
        "promotions are their uses",
        """INSERT INTO promotion_use (order_id, promotion_id, buyer_id, position, amount_rupiah, at)
           SELECT o.id, u.promotion_id, o.buyer_id, 9, u.amount_rupiah, u.at FROM promotion_use u, orders o
           WHERE o.id NOT IN (SELECT order_id FROM promotion_use) LIMIT 1""",
    ),
    "a budget that gave more than it had": (
        "promotions are their uses",
        "UPDATE promotion SET budget_rupiah = spent_rupiah - 1 WHERE spent_rupiah > 1",
    ),
    "cash counted at both ends": (
        "cash is in one hand",
        """INSERT INTO ledger (order_id, kind, debit_account, credit_account, amount_rupiah, at)
           SELECT order_id, 'GOODS', replace(credit_account, ':payable', ':cash'), credit_account, amount_rupiah, at
           FROM ledger WHERE kind = 'GOODS' AND debit_account LIKE 'partner:%:cash' LIMIT 1""",
    ),
    "a hand-over booked by both sides": (
        "hands and payouts are booked once",
        """INSERT INTO ledger (posting_id, kind, debit_account, credit_account, amount_rupiah, at)
           SELECT posting_id, kind, debit_account || ':2', credit_account, amount_rupiah, at
           FROM ledger WHERE kind = 'CASH_HANDOVER' LIMIT 1""",
    ),
    "a rider who has less than nothing": (
        "nobody is owed negative cash",
        """WITH told AS (INSERT INTO ledger (order_id, kind, debit_account, credit_account, amount_rupiah, at)
               SELECT order_id, kind, credit_account, debit_account, 900000, at FROM ledger WHERE kind = 'CASH_CARRIED' LIMIT 1 RETURNING 1)
           UPDATE account_balance SET balance_rupiah = balance_rupiah - 900000 WHERE account LIKE '%:carrying' AND slice = 0""",
    ),
    "a commission out of nowhere": (
        "a sale is what its order came to",
        """INSERT INTO ledger (order_id, kind, debit_account, credit_account, amount_rupiah, at, cause)
           SELECT order_id, 'COMMISSION', credit_account, 'platform:commission', 7, at, 'x' FROM ledger WHERE kind = 'GOODS' LIMIT 1""",
    ),
    "a payment that no code brought": (
        "payments are what came",
        "UPDATE payment_attempt SET received_rupiah = received_rupiah - 1 WHERE received_rupiah > 0",
    ),
    "a claim given and not booked": ("claims are given once", "UPDATE claim SET state = 'SETTLED', granted_rupiah = 100, due_at = NULL"),
    "a claim that is settled and has not gone back": (
        "claims are given once",
        "UPDATE refund SET state = 'UNKNOWN' WHERE reason = 'CLAIM'",
    ),
    "a claim that goes back and is given by hand too": (
        "claims are given once",
        """INSERT INTO ledger (order_id, kind, debit_account, credit_account, amount_rupiah, at, cause)
           SELECT order_id, 'CLAIM_SETTLED', debit_account, 'platform:refunds', amount_rupiah, at, '' FROM ledger
           WHERE kind = 'REFUND_BORNE' AND debit_account LIKE 'claim:%'""",
    ),
    "a balance that is not its transfers": (
        "every account is the sum of its transfers",
        "UPDATE account_balance SET balance_rupiah = balance_rupiah + 1 WHERE ctid = (SELECT min(ctid) FROM account_balance)",
    ),
    "an order that waits for nothing": (
        "every order ends or has a timer",
        "DELETE FROM timer WHERE subject IN (SELECT id FROM orders WHERE ended_at IS NULL)",
    ),
    "a total that is not its parts": (
        "orders are the sum of their parts",
        "UPDATE seller_order SET goods_rupiah = goods_rupiah + 3 WHERE left_at IS NULL",
    ),
    "a trip in vain of an order that came": (
        "failures are of trips that failed",
        """INSERT INTO ledger (order_id, kind, debit_account, credit_account, amount_rupiah, at)
           SELECT order_id, 'FAILED_TRIP', 'platform:losses', credit_account, 7000, at FROM ledger WHERE kind = 'RIDER_SHARE' LIMIT 1""",
    ),
    "a way back of an order that came": (
        "trips pay once and at no buyers cost",
        """INSERT INTO ledger (order_id, kind, debit_account, credit_account, amount_rupiah, at, rule, cause)
           SELECT order_id, 'TRIP_PAY', 'platform:losses', credit_account, 500, at, 'R', 'WAY_BACK' FROM ledger
           WHERE kind = 'RIDER_SHARE' LIMIT 1""",
    ),
    "a wait that the buyer pays": (
        "trips pay once and at no buyers cost",
        """INSERT INTO ledger (order_id, kind, debit_account, credit_account, amount_rupiah, at, rule, cause)
           SELECT order_id, 'TRIP_PAY', 'buyers:held', credit_account, 500, at, 'R', 'WAITED:mer_x' FROM ledger
           WHERE kind = 'RIDER_SHARE' LIMIT 1""",
    ),
    "a kind that nobody knows": ("every rupiah has a cause", "UPDATE ledger SET kind = 'GIFT' WHERE kind = 'PLATFORM_SHARE'"),
    "a sale that its merchant does not read of": (
        "statements are the books",
        "UPDATE seller_order SET commission_rupiah = 40 WHERE left_at IS NULL",
    ),
    "money that is kept": ("nothing is held", "UPDATE refund SET state = 'BY_HAND', done_at = NULL, proof = NULL, settled_by = NULL"),
}  # fmt: skip
"""What is written, and the law that has to find it."""


async def scene(shop: Till) -> None:
    """Two sellers of whom one refuses, paid in cash, handed on; one paid by code, with too much; one with a voucher; one that is open."""
    world = shop.world
    await crewed(world)
    await world.hear(
        a_merchant(auto_accept=False), a_merchant("kateki", auto_accept=False), a_product("kelapa", "kateki")
    )
    trips: list[tuple[OrderId, int]] = []
    both = await an_order(
        world, lines={"bayam": 2, "kelapa": 1}, merchants=("wlijo", "kateki"), total=17_500, test=False
    )
    order_id = await world.place(SITI, both)
    await hold(world, order_id)
    await says(world, order_id, kateki="no", wlijo="yes")
    async with transaction(world.db) as conn:
        await process.continue_order(conn, order_id, SITI)
    trips.append((order_id, 15_000))
    await a_promotion(world, kind=PromotionKind.AMOUNT, value=1_000, code="SATUSAJA", uses=1, budget_rupiah=1_000)
    order_id = await world.place(BUDI, await with_code(world, BUDI, total=14_000, code="SATUSAJA"))
    await hold(world, order_id)
    await says(world, order_id, wlijo="yes")
    trips.append((order_id, 14_000))
    by_code = await shop.shown(test=False)
    await says(world, by_code, wlijo="yes")
    await shop.work()
    code = await shop.code(by_code)
    shop.bank.pay(code.reference, 16_000)
    await shop.later(62)
    trips.append((by_code, 0))
    for order_id, cash in trips:
        trip = DeliveryId.new()
        await world.hear(
            assigned(order_id, trip), fetched(order_id, trip), await handed_over(world, order_id, trip, cash)
        )
    await confirm(world, AYU, await state(world, TONO, OF_RIDER, 15_000))
    await confirm(world, SRI, await state(world, AYU, Parties(PARTNER, merchant_id=WLIJO), 5_000))
    line = await line_of(world, by_code)
    given = await claimed(world, line, amount=200)
    async with transaction(world.db) as conn:
        await claims.answer_claim(conn, given, "usr_wlijo", amount_rupiah=200, words="maaf")
    await shop.work()
    await claimed(world, line, amount=100)
    await world.rows("DELETE FROM outbox")  # what was told has left
    await world.place(SITI, await an_order(world))


async def books_of(shop: Till) -> Books:
    at_bank = {code.reference: (code.paid_rupiah, code.back_rupiah) for code in shop.bank.codes.values()}
    async with shop.world.db.acquire() as conn:
        return await read(conn, at_bank)


async def told(world: Market, lie: str, shop: Till) -> dict[str, list[str]]:
    """What the laws say once the lie is there; then it is taken back."""
    owner = await asyncpg.connect(world.owner_url)
    try:
        whole = owner.transaction()
        await whole.start()
        for (statement,) in await owner.fetch(_EVERYWHERE):
            await owner.execute(statement)
        for constraint in await owner.fetch(
            """SELECT format('ALTER TABLE %I DROP CONSTRAINT %I', conrelid::regclass::text, conname) FROM pg_constraint
               WHERE contype IN ('c', 'f') AND conrelid IN ('claim'::regclass, 'payment'::regclass, 'promotion'::regclass,
                   'orders'::regclass, 'refund'::regclass, 'order_line'::regclass, 'seller_order'::regclass, 'account_balance'::regclass)"""
        ):
            await owner.execute(constraint[0])
        for (index,) in await owner.fetch(
            """SELECT format('DROP INDEX %I', indexrelid::regclass::text) FROM pg_index
               WHERE indrelid = 'ledger'::regclass AND indisunique AND NOT indisprimary"""
        ):
            await owner.execute(index)
        await owner.execute(lie)
        at_bank = {code.reference: (code.paid_rupiah, code.back_rupiah) for code in shop.bank.codes.values()}
        found = judge(await read(owner, at_bank, nested=True), at_rest=True)
        await whole.rollback()
        return found
    finally:
        await owner.close()
