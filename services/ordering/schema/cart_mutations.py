"""Mutations of carts: a buyer's, or the one of a guest whose token is said."""

from typing import Annotated

import strawberry

from services.contracts.catalog import MerchantId, VariantId
from services.contracts.ordering import OrderId
from services.contracts.roles import Role
from services.graph import Payload
from services.kit.database.db import transaction
from services.kit.database.step import in_step
from services.kit.graphql.errors import BadUserInput
from services.kit.graphql.refusals import refusable
from services.ordering.commands import carts, guests, reordering
from services.ordering.commands.carts import Line, Whose
from services.ordering.domain.cart import MAX_CART_LINES
from services.ordering.domain.guests import MAX_GUEST_LINES, Guest, GuestCartIsGone
from services.ordering.domain.ids import CartId
from services.ordering.domain.refusal import Unknown
from services.ordering.domain.wishes import MAX_NOTE, Wish
from services.ordering.schema import loaders
from services.ordering.schema.context import Info
from services.ordering.schema.types import Cart
from services.ordering.schema.types.cart_parts import LineLeftOut
from services.ordering.schema.types.enums import WhenShort

_NOTE = f"For who packs it: up to {MAX_NOTE} characters, an empty one takes it away. When not said, it stays as it was."
_WHEN_SHORT = "What to do when there is less. When not said, it stays as it was: ASK of a new line."

OfGuest = Annotated[
    str | None,
    strawberry.argument(description="A guest's token: it is that cart's then, and nobody needs to be signed in."),
]


@strawberry.input(description="So much of one variant.")
class CartLineInput:
    variant_id: strawberry.ID = strawberry.field(description="A variant that is for sale.")
    quantity: int = strawberry.field(description="In base units, in place of what was there before.")
    note: str | None = strawberry.field(default=None, description=_NOTE)
    when_short: WhenShort | None = strawberry.field(default=None, description=_WHEN_SHORT)


@strawberry.type
class SetCartLinePayload(Payload):
    cart: Cart | None = None


@strawberry.type
class SetCartLinesPayload(Payload):
    cart: Cart | None = None


@strawberry.type
class RemoveCartLinePayload(Payload):
    cart: Cart | None = None


@strawberry.type
class SetSellerNotePayload(Payload):
    cart: Cart | None = None


@strawberry.type
class OpenGuestCartPayload(Payload):
    cart: Cart | None = None
    token: str | None = strawberry.field(
        default=None, description="Opens the cart, and is told here alone: keep it as a password is kept."
    )


@strawberry.type
class TakeOverGuestCartPayload(Payload):
    cart: Cart | None = None
    left_out: list[LineLeftOut] | None = strawberry.field(
        default=None,
        description="What the cart has no room for. It is not lost: taking over again, with room, brings it; after some days it goes.",
    )


@strawberry.type
class ReorderPayload(Payload):
    cart: Cart | None = None
    left_out: list[LineLeftOut] | None = strawberry.field(
        default=None, description="What is not for sale any more, or what the cart has no room for."
    )


@strawberry.type
class CartMutations:
    @refusable(
        description="The cart has this quantity of the variant afterwards, in base units; saying it again changes nothing."
    )
    async def set_cart_line(
        self,
        info: Info,
        variant_id: Annotated[strawberry.ID, strawberry.argument(description="A variant that is for sale.")],
        quantity: Annotated[int, strawberry.argument(description="In base units, in place of what was there before.")],
        note: Annotated[str | None, strawberry.argument(description=_NOTE)] = None,
        when_short: Annotated[WhenShort | None, strawberry.argument(description=_WHEN_SHORT)] = None,
        guest: OfGuest = None,
    ) -> SetCartLinePayload | None:
        whose, wish = _whose(info, guest), Wish(note, when_short)
        variant = VariantId.parse(variant_id)
        cart_id = await in_step(info.context.db, lambda conn: carts.set_cart_line(conn, whose, variant, quantity, wish))
        return SetCartLinePayload(cart=await _cart(info, whose, cart_id))

    @refusable(
        description="The cart has all these quantities afterwards, or nothing is changed and each line that cannot be is a problem. Lines "
        "that are not named stay."
    )
    async def set_cart_lines(
        self,
        info: Info,
        lines: Annotated[
            list[CartLineInput],
            strawberry.argument(description=f"1 to {MAX_CART_LINES}, each of another variant."),
        ],
        guest: OfGuest = None,
    ) -> SetCartLinesPayload | None:
        whose = _whose(info, guest)
        wanted = _lines(lines, MAX_CART_LINES)
        cart_id = await in_step(info.context.db, lambda conn: carts.set_cart_lines(conn, whose, wanted))
        return SetCartLinesPayload(cart=await _cart(info, whose, cart_id))

    @refusable(description="The cart has none of the variant afterwards, whether or not it had.")
    async def remove_cart_line(
        self,
        info: Info,
        variant_id: Annotated[strawberry.ID, strawberry.argument(description="Whose line goes, if there is one.")],
        guest: OfGuest = None,
    ) -> RemoveCartLinePayload | None:
        whose = _whose(info, guest)
        variant = VariantId.parse(variant_id)
        cart_id = await in_step(info.context.db, lambda conn: carts.remove_cart_line(conn, whose, variant))
        return RemoveCartLinePayload(cart=await _cart(info, whose, cart_id))

    @refusable(
        description="What the buyer says to one seller of the cart. It goes when nothing of that seller is left."
    )
    async def set_seller_note(
        self,
        info: Info,
        merchant_id: Annotated[strawberry.ID, strawberry.argument(description="One that the cart has goods of.")],
        note: Annotated[
            str, strawberry.argument(description=f"Up to {MAX_NOTE} characters; an empty one takes it away.")
        ],
        guest: OfGuest = None,
    ) -> SetSellerNotePayload | None:
        whose = _whose(info, guest)
        async with transaction(info.context.db) as conn:
            cart_id = await carts.set_seller_note(conn, whose, MerchantId.parse(merchant_id), note)
        return SetSellerNotePayload(cart=await _cart(info, whose, cart_id))

    @refusable(
        description="A cart for who has not signed in, with its first lines. There is no idempotency key: the token is kept by nobody but "
        "the caller, so an answer that was lost cannot be told again; a cart that nobody opens goes by itself."
    )
    async def open_guest_cart(
        self,
        info: Info,
        lines: Annotated[
            list[CartLineInput],
            strawberry.argument(description=f"1 to {MAX_GUEST_LINES}, each of another variant."),
        ],
    ) -> OpenGuestCartPayload | None:
        wanted = _lines(lines, MAX_GUEST_LINES)
        info.context.open_limit.take(info.context.address)
        async with transaction(info.context.db) as conn:
            token = await guests.open_cart(conn, wanted)
        guest = Guest.of(token)
        row = await info.context.load(loaders.carts_of_guests, guest) if guest else None
        return OpenGuestCartPayload(cart=Cart.of(row) if row else None, token=token)

    @refusable(
        description="Who has signed in gets what they had put in as a guest: of a variant that both carts have the larger quantity stays. "
        "A repeat does what is left. NOT_FOUND for a token that is nobody's."
    )
    async def take_over_guest_cart(
        self, info: Info, token: Annotated[str, strawberry.argument(description="As `openGuestCart` gave it.")]
    ) -> TakeOverGuestCartPayload | None:
        subject = info.context.identity.require(Role.BUYER)
        async with transaction(info.context.db) as conn:
            done = await guests.take_over(conn, subject, Guest.of(token))
        return TakeOverGuestCartPayload(
            cart=await cart_of(info, done.cart_id), left_out=[LineLeftOut.of_guest(info, each) for each in done.left]
        )

    @refusable(
        description="The cart has what the order had, as far as it is for sale: of a variant that it has already the larger quantity "
        "stays. So saying it again changes nothing, and needs no key."
    )
    async def reorder(
        self,
        info: Info,
        order_id: Annotated[strawberry.ID, strawberry.argument(description="One of the caller's own, in any status.")],
    ) -> ReorderPayload | None:
        subject = info.context.identity.require(Role.BUYER)
        async with transaction(info.context.db) as conn:
            done = await reordering.reorder(conn, subject, OrderId.parse(order_id))
        return ReorderPayload(
            cart=await cart_of(info, done.cart_id), left_out=[LineLeftOut.of_order(info, each) for each in done.left]
        )


def _whose(info: Info, guest: str | None) -> Whose:
    """Raises GuestCartIsGone."""
    if guest is None:
        return info.context.identity.require(Role.BUYER)
    found = Guest.of(guest)
    if found is None:
        raise GuestCartIsGone("guest")
    return found


def _lines(lines: list[CartLineInput], most: int) -> list[Line]:
    wanted: dict[VariantId, Line] = {}
    for line in lines:
        key = VariantId.parse(line.variant_id)
        wanted[key] = (key, line.quantity, Wish(line.note, line.when_short))
    if not 1 <= len(lines) <= most or len(wanted) < len(lines):
        raise BadUserInput(f"lines are 1 to {most}, each of another variant")
    return list(wanted.values())


async def _cart(info: Info, whose: Whose, cart_id: CartId) -> Cart:
    if isinstance(whose, str):
        return await cart_of(info, cart_id)
    row = await info.context.load(loaders.carts_of_guests, whose)
    if row is None:
        raise GuestCartIsGone("guest")
    return Cart.of(row)


async def cart_of(info: Info, cart_id: CartId) -> Cart:
    """The caller's. Raises Unknown."""
    row = await info.context.load(loaders.carts, cart_id)
    if row is None:
        raise Unknown
    return Cart.of(row)
