"""What a buyer puts into the cart and takes out of it."""

from __future__ import annotations

from collections.abc import Sequence

from services.contracts.catalog import VariantId
from services.contracts.ordering import OrderId
from services.kit.database.db import Transaction
from services.ordering.commands.buyers import buyer
from services.ordering.domain.cart import MAX_CART_LINES, ProductIsUnavailable
from services.ordering.domain.ids import CartId, CartLineId
from services.ordering.domain.refusal import Gathered
from services.ordering.store import carts


async def set_cart_line(conn: Transaction, subject: str, variant_id: VariantId, quantity: int) -> CartId:
    """The cart has this much of the variant afterwards; saying it again changes nothing. Raises ProductIsUnavailable,
    or what `Choice.changes` does."""
    owner = await buyer(conn, subject)
    await carts.lock(conn, owner.cart_id)
    await _set_line(conn, owner.cart_id, variant_id, quantity)
    return owner.cart_id


async def set_cart_lines(conn: Transaction, subject: str, lines: Sequence[tuple[VariantId, int]]) -> CartId:
    """The cart has all these quantities afterwards, or all stays as it was: raises what is against each line, as a group if it is several.
    What gets less goes first, so that it is the cart as it would be that is in measure or not."""
    owner = await buyer(conn, subject)
    await carts.lock(conn, owner.cart_id)
    present = await carts.quantities(conn, owner.cart_id)
    numbered = [(n, variant_id, quantity) for n, (variant_id, quantity) in enumerate(lines)]
    refused = Gathered()
    for n, variant_id, quantity in sorted(numbered, key=lambda line: line[2] >= present.get(line[1], 0)):
        with refused.here(f"lines.{n}."):
            await _set_line(conn, owner.cart_id, variant_id, quantity)
    refused.tell()
    return owner.cart_id


async def _set_line(conn: Transaction, cart_id: CartId, variant_id: VariantId, quantity: int) -> None:
    choice = await carts.choice(conn, cart_id, variant_id)
    if choice is None:
        raise ProductIsUnavailable(variant_id)
    if choice.changes(quantity):
        await carts.set_line(conn, cart_id, CartLineId.new(), variant_id, quantity)
        conn.wake(str(cart_id))


async def remove_cart_line(conn: Transaction, subject: str, variant_id: VariantId) -> CartId:
    """The cart has nothing of the variant afterwards, whether or not it had."""
    owner = await buyer(conn, subject)
    await carts.lock(conn, owner.cart_id)  # before its lines, as placing does: else each waits for the other
    if await carts.remove_line(conn, owner.cart_id, variant_id):
        conn.wake(str(owner.cart_id))
    return owner.cart_id


async def give_back(conn: Transaction, order_id: OrderId) -> None:
    """What an order had is in its buyer's cart again: of a variant that the cart has too, the larger quantity stays. So orders given back
    in whatever sequence, or once more, make the same cart, and it has nothing twice. More lines than a cart may have stay in the order
    alone; what else a cart may not be is refused when it is placed, as ever."""
    cart_id = await carts.lock_of_order(conn, order_id)
    if await carts.take_back(conn, cart_id, order_id, at_most=MAX_CART_LINES):
        conn.wake(str(cart_id))
