"""What the gateway answers of carts and on the way to an order, as answers.py has it."""

from __future__ import annotations

from datetime import datetime

import msgspec

from services.web.answers import Answered, Contact, Problem, Seller, Unit, VariantId


class PriceSeen(Answered, frozen=True, kw_only=True):
    price_text: str


class CartLine(Answered, frozen=True, kw_only=True):
    id: str
    name: str
    quantity_text: str
    total: int
    problems: list[Problem]
    merchant: Seller | None
    variant: VariantId | None = None
    unit: Unit | None = None
    quantity: int = 0
    price_text: str = ""
    estimated: bool = False
    cap_total: int | None = None
    note: str | None = None
    when_short: str = ""
    price_seen: PriceSeen | None = None


class CartMerchant(Answered, frozen=True, kw_only=True):
    id: str
    name: str


class CartSeller(Answered, frozen=True, kw_only=True):
    merchant: CartMerchant | None
    note: str | None


class LeftOut(Answered, frozen=True, kw_only=True):
    name: str
    problems: list[Problem]


class Brought(Answered, frozen=True, kw_only=True):
    """What came into a cart, and what did not."""

    problems: list[Problem]
    left_out: list[LeftOut] | None


class TakeOver(Answered, frozen=True, kw_only=True):
    take_over_guest_cart: Brought | None = None


class Reorder(Answered, frozen=True, kw_only=True):
    reorder: Brought | None = None


class Opened(Answered, frozen=True, kw_only=True):
    problems: list[Problem]
    token: str | None


class OpenGuestCart(Answered, frozen=True, kw_only=True):
    open_guest_cart: Opened | None = None


class FareLine(Answered, frozen=True, kw_only=True):
    part: str
    amount: int
    off: int
    count: int | None
    each: int | None
    name: str | None


class Quote(Answered, frozen=True, kw_only=True):
    slot: str
    token: str
    fee: int
    distance_m: int
    duration_s: int
    rider_share: int
    expires_at: datetime
    tariff_version: str
    legal_basis: str
    distance_source: str
    lines: list[FareLine]


class QuoteProblem(Problem, frozen=True, kw_only=True):
    """`reason`: what officers wrote of a place."""

    reason: str | None
    reason_en: str | None


class Quotes(Answered, frozen=True, kw_only=True):
    problems: list[QuoteProblem]
    quotes: list[Quote] | None


class ContactName(Answered, frozen=True, kw_only=True):
    id: str
    label: str


class Checkout(Answered, frozen=True, kw_only=True):
    contact: ContactName
    problems: list[Problem]
    delivery_quotes: Quotes | None


class HandoverSlot(Answered, frozen=True, kw_only=True):
    way: str
    slot_from: datetime
    slot_to: datetime
    capacity_left: int
    unavailable: str | None
    stop_id: str | None
    place: str | None


class CartDiscount(Answered, frozen=True, kw_only=True):
    name: str
    amount: int | None
    borne_by: str
    off_delivery: bool
    by_voucher: bool


class CartVoucher(Answered, frozen=True, kw_only=True):
    code: str
    problems: list[Problem]


class CartPromotions(Answered, frozen=True, kw_only=True):
    goods_discount: int
    delivery_discount_at_most: int | None
    discounts: list[CartDiscount]
    voucher: CartVoucher | None


class Cart(Answered, frozen=True, kw_only=True):
    id: str
    version: int
    goods_total: int
    mass_gram: int
    lines: list[CartLine]
    problems: list[Problem]
    handovers: list[HandoverSlot]
    sellers: list[CartSeller] = msgspec.field(default_factory=list)
    expired_at: datetime | None = None
    checkout: Checkout | None = None
    promotions: CartPromotions | None = None


class CartBuyer(Answered, frozen=True, kw_only=True):
    cart: Cart
    contacts: list[Contact] = msgspec.field(default_factory=list)


class CartPage(Answered, frozen=True, kw_only=True):
    me: CartBuyer | None = None
    payment_methods: list[str] | None = None


class GuestCartPage(Answered, frozen=True, kw_only=True):
    guest_cart: Cart | None = None
