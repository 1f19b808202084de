"""What a buyer puts into the cart and takes out of it."""

from __future__ import annotations

from services.contracts.catalog import VariantId
from services.kit.database.db import Transaction
from services.ordering.commands.buyers import buyer
from services.ordering.domain.cart import ProductIsUnavailable
from services.ordering.domain.ids import CartId, CartLineId
from services.ordering.store import carts


async def set_cart_line(conn: Transaction, subject: str, variant_id: VariantId, quantity: int) -> CartId:
    """The cart has this much of the variant afterwards; saying it again changes nothing. Raises ProductIsUnavailable,
    or what `Choice.changes` does."""
    owner = await buyer(conn, subject)
    await carts.lock(conn, owner.cart_id)
    choice = await carts.choice(conn, owner.cart_id, variant_id)
    if choice is None:
        raise ProductIsUnavailable(variant_id)
    if choice.changes(quantity):
        await carts.set_line(conn, owner.cart_id, CartLineId.new(), variant_id, quantity)
        conn.wake(str(owner.cart_id))
    return owner.cart_id


async def remove_cart_line(conn: Transaction, subject: str, variant_id: VariantId) -> CartId:
    """The cart has nothing of the variant afterwards, whether or not it had."""
    owner = await buyer(conn, subject)
    if await carts.remove_line(conn, owner.cart_id, variant_id):
        conn.wake(str(owner.cart_id))
    return owner.cart_id
