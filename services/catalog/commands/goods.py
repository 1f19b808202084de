"""What merchants and operators change: stock, prices, the states of products."""

from __future__ import annotations

from services.catalog.domain import product
from services.catalog.domain.caller import Caller, NotFound
from services.catalog.domain.product import ProductAction
from services.catalog.domain.stock import counted
from services.catalog.store import goods, stock
from services.catalog.store.stock import Cause
from services.contracts.catalog import ProductId, VariantId
from services.kit.database.db import Transaction
from services.kit.messaging import outbox


async def set_stock(conn: Transaction, caller: Caller, variant_id: VariantId, on_hand: int, *, by: str) -> None:
    """`on_hand` is all that lies there. Raises NotFound or StockOutOfRange. Told is as much as others need to know."""
    present = await stock.lock_item(conn, caller, variant_id)
    if present is None:
        raise NotFound
    to = counted(present, on_hand)
    if to != present:
        levels = await stock.save_items(conn, {variant_id: to}, Cause(stock.COUNTED, subject=by))
        await outbox.append(conn, *levels)


async def change_price(conn: Transaction, caller: Caller, variant_id: VariantId, price_rupiah: int) -> None:
    """Raises NotFound or PriceOutOfRange."""
    present = await goods.lock_product_of(conn, caller, variant_id)
    if present is None:
        raise NotFound
    to = product.price(price_rupiah)
    if to != present.price_rupiah:
        await goods.save_price(conn, variant_id, to)
        await outbox.append(conn, *await goods.product_states(conn, [present.product_id]))


async def move_product(conn: Transaction, caller: Caller, product_id: ProductId, action: ProductAction) -> None:
    """Raises NotFound or ProductInState."""
    present = await goods.lock_product(conn, caller, product_id)
    if present is None:
        raise NotFound
    to = product.after(present, action)
    if to is not present:
        await goods.save_product_status(conn, product_id, to)
        await outbox.append(conn, *await goods.product_states(conn, [product_id]))
