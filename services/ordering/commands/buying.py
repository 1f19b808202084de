"""What a buyer can do: contacts, the cart, placing an order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import asyncpg
from joserfc.jwk import KeySet

from services.contracts import quote
from services.contracts.catalog import ProductStatus, VariantId
from services.contracts.ordering import (
    CashDue,
    OrderId,
    OrderPlaced,
    PaymentId,
    PaymentMethod,
    PlacedLine,
    PlacedSellerOrder,
    SellerOrderId,
    Slot,
)
from services.kit import jws
from services.kit.database.db import Transaction
from services.kit.graphql import idempotency
from services.kit.graphql.idempotency import Claim
from services.kit.messaging import outbox
from services.ordering.domain import cart as domain
from services.ordering.domain import placing
from services.ordering.domain.ids import BuyerId, CartId, CartLineId, ContactId, OrderLineId
from services.ordering.domain.placing import Placement
from services.ordering.domain.process import STOCK_WITHIN
from services.ordering.store import carts
from services.ordering.store import placing as store

PLACE_ORDER: Final = "placeOrder"
SAVE_CONTACT: Final = "saveContact"


async def buyer(conn: Transaction, subject: str) -> carts.Buyer:
    """The buyer of this subject, who comes into being, with an empty cart, when first seen."""
    found = await carts.buyer(conn, subject)
    if found is None:
        await carts.add_buyer(conn, BuyerId.new(), CartId.new(), subject)
        found = await carts.buyer(conn, subject)
        assert found is not None
    return found


async def save_contact(conn: Transaction, subject: str, contact: domain.Contact, *, idempotency_key: str) -> ContactId:
    """Raises ContactInvalid."""
    claim = await idempotency.claim(conn, caller=subject, mutation=SAVE_CONTACT, key=idempotency_key, body=contact)
    if claim.answer is not None:
        return ContactId.parse(claim.answer["contact_id"])
    checked = domain.checked_contact(contact)
    owner = await buyer(conn, subject)
    if await carts.count_contacts(conn, owner.id) >= domain.MAX_CONTACTS:
        raise domain.ContactInvalid("contacts", f"at most {domain.MAX_CONTACTS}")
    contact_id = ContactId.new()
    await carts.add_contact(conn, contact_id, owner.id, checked)
    await claim.store(conn, {"contact_id": str(contact_id)})
    return contact_id


async def set_cart_line(conn: Transaction, subject: str, variant_id: VariantId, quantity: int) -> CartId:
    """The cart has this much of the variant afterwards; saying it again changes nothing. Raises ProductIsUnavailable,
    QuantityInvalid or CartIsFull."""
    owner = await buyer(conn, subject)
    await carts.lock_cart(conn, owner.cart_id)
    choice = await carts.choice(conn, owner.cart_id, variant_id)
    if choice is None or choice.status is not ProductStatus.PUBLISHED:
        raise domain.ProductIsUnavailable(variant_id)
    domain.check_quantity(variant_id, quantity, minimum=choice.minimum, step=choice.step)
    if choice.quantity is None and choice.cart_lines >= domain.MAX_CART_LINES:
        raise domain.CartIsFull(domain.MAX_CART_LINES)
    if choice.quantity != quantity:
        await carts.set_line(conn, owner.cart_id, CartLineId.new(), variant_id, quantity)
        conn.wake(str(owner.cart_id))
    return owner.cart_id


async def remove_cart_line(conn: Transaction, subject: str, variant_id: VariantId) -> CartId:
    """The cart has nothing of the variant afterwards, whether or not it had."""
    owner = await buyer(conn, subject)
    if await carts.remove_line(conn, owner.cart_id, variant_id):
        conn.wake(str(owner.cart_id))
    return owner.cart_id


@dataclass(frozen=True, slots=True)
class PlaceOrder:
    """What the buyer asks for; `total_rupiah` is the total that the buyer saw."""

    cart_id: CartId
    contact_id: ContactId
    slot: Slot
    payment_method: PaymentMethod
    quote: str
    total_rupiah: int


async def place_order(
    conn: Transaction, subject: str, wanted: PlaceOrder, *, idempotency_key: str, quote_keys: KeySet
) -> OrderId:
    """Five statements, whatever the number of lines. Raises domain's refusals, having written nothing that stays."""
    claim = await idempotency.claim(conn, caller=subject, mutation=PLACE_ORDER, key=idempotency_key, body=wanted)
    if claim.answer is not None:
        return store.order_id_of(claim.answer)
    try:
        claims = placing.read_claims(jws.verify(wanted.quote, quote_keys, kind=quote.KIND))
    except jws.InvalidStatement as error:
        raise domain.QuoteIsInvalid(str(error)) from error
    buyer_id = await store.lock_cart(conn, wanted.cart_id, subject)
    if buyer_id is None:
        raise domain.Unknown
    offer = await store.read_offer(
        conn, wanted.cart_id, wanted.contact_id, buyer_id, count_to=placing.MAX_PENDING_EVENTS + 1
    )
    if offer.pending_events > placing.MAX_PENDING_EVENTS or offer.pending_s > placing.MAX_PENDING_S:
        raise domain.IsBehind
    if offer.dropoff is None:
        raise domain.Unknown
    placement = placing.place(
        buyer=subject,
        lines=offer.lines,
        dropoff=offer.dropoff,
        claims=claims,
        total_rupiah=wanted.total_rupiah,
        at=offer.at,
        ids=placing.NewIds(OrderId.new(), PaymentId.new(), SellerOrderId.new, OrderLineId.new),
    )
    await _write(conn, subject, wanted, placement, offer.dropoff, buyer_id, claim)
    return placement.id


async def _write(
    conn: Transaction,
    subject: str,
    wanted: PlaceOrder,
    placement: Placement,
    dropoff: placing.Dropoff,
    buyer_id: BuyerId,
    claim: Claim,
) -> None:
    try:
        code = await store.write(
            conn,
            placement,
            buyer_id=buyer_id,
            contact_id=wanted.contact_id,
            cart_id=wanted.cart_id,
            kecamatan_code=dropoff.kecamatan_code,
            slot=wanted.slot,
            method=wanted.payment_method,
            stock_by=placement.placed_at + STOCK_WITHIN,
            claim=claim,
        )
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name == "orders_quote_is_used_once":
            raise domain.QuoteIsUsed from error
        raise
    await outbox.append(
        conn,
        OrderPlaced(
            order_id=placement.id,
            code=code,
            buyer=subject,
            seller_orders=[
                PlacedSellerOrder(
                    seller_order_id=each.id,
                    merchant_id=each.merchant.id,
                    goods_rupiah=each.goods_rupiah,
                    lines=[PlacedLine(variant_id=line.variant_id, quantity=line.quantity) for line in each.lines],
                )
                for each in placement.seller_orders
            ],
            goods_rupiah=placement.goods_rupiah,
            delivery_rupiah=placement.delivery_rupiah,
            total_rupiah=placement.total_rupiah,
            payment_method=wanted.payment_method,
            slot=wanted.slot,
            quote=wanted.quote,
            dropoff=dropoff.rounded,
            dropoff_kecamatan_code=dropoff.kecamatan_code,
            hold_until=placement.hold_until,
            placed_at=placement.placed_at,
            test=placement.test,
        ),
        CashDue(payment_id=placement.payment_id, order_id=placement.id, amount_rupiah=placement.total_rupiah),
    )
    conn.wake(str(wanted.cart_id))
    for each in placement.seller_orders:
        conn.wake(str(each.merchant.id))
