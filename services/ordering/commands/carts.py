"""What is put into a cart and taken out of it: a buyer's, or a guest's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.contracts.catalog import MerchantId, VariantId
from services.contracts.ordering import OrderId
from services.kit.database.db import Transaction
from services.ordering.commands.buyers import buyer
from services.ordering.domain.cart import MAX_CART_LINES, ProductIsUnavailable
from services.ordering.domain.guests import MAX_GUEST_LINES, Guest, GuestCartIsGone
from services.ordering.domain.ids import CartId, CartLineId
from services.ordering.domain.refusal import Gathered, Unknown
from services.ordering.domain.wishes import NOTHING, Wish, checked_note
from services.ordering.store import carts, guests

Whose = str | Guest
"""A buyer's, by the subject; or of who holds a token."""
Line = tuple[VariantId, int] | tuple[VariantId, int, Wish]


@dataclass(frozen=True, slots=True)
class Held:
    """A cart that is locked, and how many lines it may have."""

    id: CartId
    at_most: int


async def hold(conn: Transaction, whose: Whose) -> Held:
    """Before its lines, as placing does: else each waits for the other. Raises GuestCartIsGone."""
    if isinstance(whose, Guest):
        if (found := await guests.lock(conn, whose)) is None:
            raise GuestCartIsGone("guest")
        return Held(found, MAX_GUEST_LINES)
    owner = await buyer(conn, whose)
    await carts.lock(conn, owner.cart_id)
    return Held(owner.cart_id, MAX_CART_LINES)


async def set_cart_line(
    conn: Transaction, whose: Whose, variant_id: VariantId, quantity: int, wish: Wish = NOTHING
) -> CartId:
    """The cart has this much of the variant afterwards; saying it again changes nothing. Raises ProductIsUnavailable, NoteIsInvalid,
    GuestCartIsGone, or what `Choice.changes` does."""
    cart = await hold(conn, whose)
    await _set_line(conn, cart, variant_id, quantity, wish)
    return cart.id


async def set_cart_lines(conn: Transaction, whose: Whose, lines: Sequence[Line]) -> CartId:
    """The cart has all these quantities afterwards, or all stays as it was: raises what is against each line, as a group of several."""
    cart = await hold(conn, whose)
    await set_lines(conn, cart, lines)
    return cart.id


async def set_lines(conn: Transaction, cart: Held, lines: Sequence[Line]) -> None:
    """What gets less goes first, so that it is the cart as it would be that is in measure or not."""
    present = await carts.quantities(conn, cart.id)
    numbered = list(enumerate(lines))
    refused = Gathered()
    for n, (variant_id, quantity, *wish) in sorted(numbered, key=lambda line: line[1][1] >= present.get(line[1][0], 0)):
        with refused.here(f"lines.{n}."):
            await _set_line(conn, cart, variant_id, quantity, wish[0] if wish else NOTHING)
    refused.tell()


async def _set_line(conn: Transaction, cart: Held, variant_id: VariantId, quantity: int, said: Wish) -> None:
    wish = said.checked()
    choice = await carts.choice(conn, cart.id, variant_id)
    if choice is None:
        raise ProductIsUnavailable(variant_id)
    if choice.changes(quantity, wish, at_most=cart.at_most):
        await carts.set_line(conn, cart.id, CartLineId.new(), variant_id, quantity, choice.price, wish)
        conn.wake(str(cart.id))


async def remove_cart_line(conn: Transaction, whose: Whose, variant_id: VariantId) -> CartId:
    """The cart has nothing of the variant afterwards, whether or not it had. Raises GuestCartIsGone."""
    cart = await hold(conn, whose)
    if await carts.remove_line(conn, cart.id, variant_id):
        conn.wake(str(cart.id))
    return cart.id


async def set_seller_note(conn: Transaction, whose: Whose, merchant_id: MerchantId, note: str) -> CartId:
    """The note to a seller whom the cart has goods of; an empty one takes it away. Raises NoteIsInvalid, Unknown, GuestCartIsGone."""
    said = checked_note(note)
    cart = await hold(conn, whose)
    changed = await carts.set_seller_note(conn, cart.id, merchant_id, said)
    if changed is None:
        raise Unknown
    if changed:
        conn.wake(str(cart.id))
    return cart.id


async def give_back(conn: Transaction, order_id: OrderId) -> None:
    """What an order had is in its buyer's cart again: of a variant that the cart has too, the larger quantity stays. So orders given back
    in whatever sequence, or once more, make the same cart, and it has nothing twice. More lines than a cart may have stay in the order
    alone; what else a cart may not be is refused when it is placed, as ever."""
    cart_id = await carts.lock_of_order(conn, order_id)
    if await carts.take_back(conn, cart_id, order_id, at_most=MAX_CART_LINES):
        conn.wake(str(cart_id))
