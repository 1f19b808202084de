"""Orders that were delivered, and claims of them."""

from __future__ import annotations

from typing import Any

from services.contracts.claims import ClaimId, ClaimKind
from services.contracts.delivery import DeliveryId
from services.contracts.ordering import OrderId
from services.kit.database.db import transaction
from services.ordering.commands import claims
from services.ordering.domain.ids import OrderLineId
from tests.worlds.ordering import SITI, Market, a_key, an_order, assigned, handed_over, hold


async def delivered(world: Market, who: str = SITI, **kwargs: Any) -> OrderId:
    order_id, delivery_id = await world.place(who, await an_order(world, who, **kwargs)), DeliveryId.new()
    await hold(world, order_id)
    await world.hear(assigned(order_id, delivery_id))
    cash = await world.value(
        "SELECT coalesce(cash_due_rupiah, amount_rupiah) FROM payment WHERE order_id = $1", order_id
    )
    await world.hear(await handed_over(world, order_id, delivery_id, cash))
    return order_id


async def line_of(world: Market, order_id: OrderId) -> OrderLineId:
    found = await world.value(
        "SELECT l.id FROM order_line l JOIN seller_order s ON s.id = l.seller_order_id WHERE s.order_id = $1 ORDER BY l.id LIMIT 1",
        order_id,
    )
    return OrderLineId(found)


async def claimed(
    world: Market, line: OrderLineId, *, quantity: int = 1, amount: int | None = None, who: str = SITI
) -> ClaimId:
    wanted = claims.OpenClaim(line, ClaimKind.SPOILED, quantity, "layu semua", amount)
    async with transaction(world.db) as conn:
        return await claims.open_claim(conn, who, wanted, idempotency_key=a_key())


async def the_claim(world: Market, claim_id: ClaimId) -> dict[str, Any]:
    (row,) = await world.rows("SELECT * FROM claim WHERE id = $1", claim_id)
    return row


async def booked(world: Market) -> list[tuple[str, str, str, int]]:
    """What claims have moved."""
    rows = await world.rows(
        "SELECT kind, debit_account, credit_account, amount_rupiah FROM ledger WHERE kind LIKE 'CLAIM%' ORDER BY id"
    )
    return [tuple(row.values()) for row in rows]
