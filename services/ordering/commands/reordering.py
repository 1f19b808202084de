"""What was ordered once is put into the cart again."""

from __future__ import annotations

from dataclasses import dataclass

from services.contracts.ordering import OrderId
from services.kit.database.db import Transaction
from services.ordering.commands.buyers import buyer
from services.ordering.domain.cart import MAX_CART_LINES, CartIsFull
from services.ordering.domain.ids import CartId
from services.ordering.domain.offer import OfferedLine, for_sale
from services.ordering.domain.refusal import Refused, Unknown
from services.ordering.store import carts, offering


@dataclass(frozen=True, slots=True)
class NotAgain:
    """A line that stays out, by the name by which it was sold, and why."""

    name: str
    line: OfferedLine
    because: Refused


@dataclass(frozen=True, slots=True)
class Reordered:
    cart_id: CartId
    left: list[NotAgain]


async def reorder(conn: Transaction, subject: str, order_id: OrderId) -> Reordered:
    """As `carts.give_back`, of what is for sale: so saying it again changes nothing. What is short, shut or out of its steps by now is in
    the cart, which tells it. Raises Unknown for what is no order of the caller."""
    await buyer(conn, subject)
    cart_id = await carts.lock_of_own_order(conn, order_id, subject)
    if cart_id is None:
        raise Unknown
    wanted: list[tuple[str, OfferedLine]] = []
    left: list[NotAgain] = []
    for name, line in await offering.ordered_again(conn, cart_id, order_id):
        try:
            for_sale(line)
        except Refused as refused:
            left.append(NotAgain(name, line, refused))
        else:
            wanted.append((name, line))
    only = [line.variant_id for _, line in wanted]
    if await carts.take_back(conn, cart_id, order_id, at_most=MAX_CART_LINES, only=only):
        conn.wake(str(cart_id))
    there = await carts.quantities(conn, cart_id)
    full = [NotAgain(name, line, CartIsFull(MAX_CART_LINES)) for name, line in wanted if line.variant_id not in there]
    return Reordered(cart_id, left + full)
