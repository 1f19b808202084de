"""A guest's cart: opened with its first goods, taken over by who signs in, emptied and forgotten by age."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.kit.database.db import Database, Transaction, transaction
from services.ordering.commands.buyers import buyer
from services.ordering.commands.carts import Held, Line, set_lines
from services.ordering.domain import guests
from services.ordering.domain.cart import MAX_CART_LINES
from services.ordering.domain.guests import MAX_GUEST_LINES, Guest, GuestCartIsGone
from services.ordering.domain.ids import CartId
from services.ordering.store import carts
from services.ordering.store import guests as store
from services.ordering.store.guests import LineLeft

_LOT = 200


@dataclass(frozen=True, slots=True)
class TakenOver:
    """`left`: what the buyer's cart had no room for, and the guest's still has."""

    cart_id: CartId
    left: list[LineLeft]


async def open_cart(conn: Transaction, lines: Sequence[Line]) -> str:
    """The token of a new cart with these lines, which nobody is told again. Raises GuestCartsAreTooMany, or what `set_lines` does, and
    then there is no cart."""
    at, full_since = await store.full_since(conn, guests.MAX_OPENED_AN_HOUR)
    guests.check_opened(full_since, at)
    token = guests.new_token()
    guest = Guest.of(token)
    assert guest is not None
    cart = Held(CartId.new(), MAX_GUEST_LINES)
    await store.add(conn, cart.id, guest)
    await set_lines(conn, cart, lines)
    return token


async def take_over(conn: Transaction, subject: str, guest: Guest | None) -> TakenOver:
    """All that the guest's cart had is in the buyer's: by the rule of `carts.give_back`, so that repeating does what is left and no more.
    Lines that there was no room for stay, for this buyer alone. Raises GuestCartIsGone."""
    owner = await buyer(conn, subject)
    await carts.lock(conn, owner.cart_id)
    found = await store.lock(conn, guest, owner.id) if guest else None
    if found is None:
        raise GuestCartIsGone("token")
    if await store.take_over(conn, owner.cart_id, found, owner.id, at_most=MAX_CART_LINES):
        conn.wake(str(owner.cart_id))
    return TakenOver(owner.cart_id, await store.left(conn, found))


async def sweep(db: Database) -> bool:
    """A lot of what is old, each in a transaction of its own; whether there may be more."""
    full = False
    for of_guests in (False, True):
        async with transaction(db) as conn:
            looked, emptied = await store.sweep(conn, of_guests=of_guests, limit=_LOT)
            for cart_id in emptied:
                conn.wake(str(cart_id))
        full = full or looked == _LOT
    async with transaction(db) as conn:
        gone = await store.forget(conn, _LOT)
    return full or gone == _LOT
