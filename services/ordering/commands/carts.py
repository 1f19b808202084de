"""What is put into a cart and taken out of it: a buyer's, or a guest's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.contracts.catalog import MerchantId, VariantId
from services.contracts.ordering import OrderId
from services.kit.database.db import Transaction
from services.kit.database.step import NotInOne, Step
from services.kit.http.identity import Forbidden
from services.ordering.commands.buyers import ERASED, buyer
from services.ordering.domain.cart import MAX_CART_LINES, Choice, ProductIsUnavailable
from services.ordering.domain.guests import MAX_GUEST_LINES, Guest, GuestCartIsGone
from services.ordering.domain.ids import CartId, CartLineId
from services.ordering.domain.refusal import Gathered, Unknown
from services.ordering.domain.wishes import NOTHING, Wish, checked_note
from services.ordering.store import carts, guests
from services.ordering.store.carts import Seen

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
        return Held(found, at_most(whose))
    owner = await buyer(conn, whose)
    await carts.lock(conn, owner.cart_id)
    return Held(owner.cart_id, at_most(whose))


def at_most(whose: Whose) -> int:
    return MAX_GUEST_LINES if isinstance(whose, Guest) else MAX_CART_LINES


async def look(conn: Step, whose: Whose, variant_id: VariantId) -> Seen:
    """As it has to be still when it is written. A buyer who was never seen comes into being in a transaction. Raises GuestCartIsGone,
    Forbidden."""
    seen = await carts.look(conn, whose, variant_id)
    if seen is None and isinstance(whose, Guest):
        raise GuestCartIsGone("guest")
    if seen is None:
        raise NotInOne
    if seen.of_erased:
        raise Forbidden(ERASED)
    return seen


async def set_cart_line(
    conn: Transaction, whose: Whose, variant_id: VariantId, quantity: int, wish: Wish = NOTHING
) -> CartId:
    """The cart has this much of the variant afterwards; saying it again changes nothing. Raises ProductIsUnavailable, NoteIsInvalid,
    GuestCartIsGone, Forbidden, or what `Choice.changes` does."""
    if isinstance(conn, Step):
        seen = await look(conn, whose, variant_id)
        await _decide(conn, Held(seen.cart_id, at_most(whose)), variant_id, seen.choice, quantity, wish.checked())
        return seen.cart_id
    cart = await hold(conn, whose)
    await _set_line(conn, cart, variant_id, quantity, wish)
    return cart.id


async def set_cart_lines(conn: Transaction, whose: Whose, lines: Sequence[Line]) -> CartId:
    """The cart has all these quantities afterwards, or all stays as it was: raises what is against each line, as a group of several. More
    than one are for a transaction."""
    if isinstance(conn, Step):
        if len(lines) != 1:
            raise NotInOne
        ((variant_id, quantity, *wish),) = lines
        seen = await look(conn, whose, variant_id)
        refused = Gathered()
        with refused.here("lines.0."):
            said = wish[0].checked() if wish else NOTHING
            await _decide(conn, Held(seen.cart_id, at_most(whose)), variant_id, seen.choice, quantity, said)
        refused.tell()
        return seen.cart_id
    cart = await hold(conn, whose)
    await set_lines(conn, cart, lines)
    return cart.id


async def set_lines(conn: Transaction, cart: Held, lines: Sequence[Line]) -> None:
    """What gets less goes first, so that it is the cart as it would be that is in measure or not."""
    present = await carts.quantities(conn, cart.id) if len(lines) > 1 else {}
    numbered = list(enumerate(lines))
    refused = Gathered()
    for n, (variant_id, quantity, *wish) in sorted(numbered, key=lambda line: line[1][1] >= present.get(line[1][0], 0)):
        with refused.here(f"lines.{n}."):
            await _set_line(conn, cart, variant_id, quantity, wish[0] if wish else NOTHING)
    refused.tell()


async def _set_line(conn: Transaction, cart: Held, variant_id: VariantId, quantity: int, said: Wish) -> None:
    wish = said.checked()
    choice = await carts.choice(conn, cart.id, variant_id)
    await _decide(conn, cart, variant_id, choice, quantity, wish)


async def _decide(
    conn: Transaction, cart: Held, variant_id: VariantId, choice: Choice | None, quantity: int, wish: Wish
) -> None:
    if choice is None:
        raise ProductIsUnavailable(variant_id)
    if choice.of_erased:  # while the cart was waited for
        raise Forbidden(ERASED)
    if choice.changes(quantity, wish, at_most=cart.at_most):
        await carts.set_line(conn, cart.id, CartLineId.new(), variant_id, quantity, choice.price, wish)
        conn.wake(str(cart.id))


async def remove_cart_line(conn: Transaction, whose: Whose, variant_id: VariantId) -> CartId:
    """The cart has nothing of the variant afterwards, whether or not it had. Raises GuestCartIsGone, Forbidden."""
    if isinstance(conn, Step):
        seen = await look(conn, whose, variant_id)
        cart_id, there = seen.cart_id, seen.quantity is not None
    else:
        cart_id = (await hold(conn, whose)).id
        there = variant_id in await carts.quantities(conn, cart_id)
    if there:
        await carts.remove_line(conn, cart_id, variant_id)
        conn.wake(str(cart_id))
    return cart_id


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
