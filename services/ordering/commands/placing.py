"""Placing an order: the cart is locked, cart, contact and quote are judged at one instant, all is written at once and told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import timedelta
from typing import Final

import asyncpg
from joserfc.jwk import KeySet

from services.contracts.ordering import (
    CashDue,
    HandoverWay,
    IfRefused,
    OrderId,
    OrderPlaced,
    PaymentId,
    PaymentMethod,
    PlacedLine,
    PlacedSellerOrder,
    SellerOrderId,
    Slot,
)
from services.contracts.quote import KIND, Claims
from services.kit import jws
from services.kit.database.db import Transaction
from services.kit.graphql import idempotency
from services.kit.graphql.idempotency import Claim
from services.kit.messaging import outbox
from services.ordering.domain import load, placing
from services.ordering.domain.cart import CartIsEmpty
from services.ordering.domain.handover import NOW, SlotIsFull, Wanted
from services.ordering.domain.ids import BuyerId, CartId, ContactId, OrderLineId
from services.ordering.domain.kasbon import Kasbon, KasbonIsNotOpen, check_sellers
from services.ordering.domain.load import Policy
from services.ordering.domain.offer import OfferedLine
from services.ordering.domain.payment import PAY_GRACE, PAY_WITHIN, PaymentMethodIsNotOffered, Taker, check_taken
from services.ordering.domain.placing import Dropoff, Placement
from services.ordering.domain.promotion import PromotionIsGone
from services.ordering.domain.quote import QuoteIsInvalid, QuoteIsUsed, read_claims
from services.ordering.domain.refusal import Unknown
from services.ordering.store import carts, handovers, kasbons, offering, payments
from services.ordering.store import placing as store

PLACE_ORDER: Final = "placeOrder"


@dataclass(frozen=True, slots=True)
class PlaceOrder:
    """What the buyer asks for; `cart_version` and `total_rupiah` are what the buyer saw. What is collected needs no quote."""

    cart_id: CartId
    cart_version: int
    contact_id: ContactId
    slot: Slot
    payment_method: PaymentMethod
    quote: str | None
    total_rupiah: int
    handover: Wanted = NOW
    if_refused: IfRefused | None = None

    @property
    def body(self) -> dict[str, object]:
        """What a repeat has to say again. Of what is brought now, with no wish, it is what it was before there was anything else: a key
        outlives a release."""
        said = {each.name: getattr(self, each.name) for each in fields(self)}
        unsaid = {"handover": NOW, "if_refused": None}
        return {name: value for name, value in said.items() if name not in unsaid or value != unsaid[name]}


async def place_order(
    conn: Transaction,
    subject: str,
    wanted: PlaceOrder,
    *,
    idempotency_key: str,
    quote_keys: KeySet,
    policy: Policy,
    test: bool = False,
    taker: Taker | None = None,
) -> OrderId:
    """Five statements, whatever the number of lines, one for a slot, one for a kasbon, and one for a payment by code, which `taker`
    takes. What no quote says
    to be a `test` is one by this.
    Raises the domain's refusals, having written nothing that stays."""
    claim = await idempotency.claim(conn, caller=subject, mutation=PLACE_ORDER, key=idempotency_key, body=wanted.body)
    if claim.answer is not None:
        return OrderId.parse(claim.answer["order_id"])
    claims = _claims(wanted.quote, quote_keys) if wanted.quote and wanted.handover.way is HandoverWay.DELIVERY else None
    cart = await carts.lock_of(conn, wanted.cart_id, subject)
    if cart is None:
        raise Unknown("cartId")
    placing.check_seen(cart.version, wanted.cart_version)
    buyer_id = cart.buyer_id
    offer = await offering.read_offer(
        conn,
        wanted.cart_id,
        wanted.contact_id,
        buyer_id,
        count_to=placing.MAX_PENDING_EVENTS + 1,
        a_day=policy.a_day,
    )
    placing.check_pending(offer.pending_events, offer.pending_s)
    if offer.dropoff is None:
        raise Unknown("contactId")
    load.check(offer.standing, policy, offer.at)
    by_code = wanted.payment_method is PaymentMethod.QRIS
    kasbon = None
    if wanted.payment_method is PaymentMethod.KASBON:
        kasbon = await _kasbon(conn, buyer_id, offer.lines, test=claims.test if claims else test)
    if by_code and taker is None:
        raise PaymentMethodIsNotOffered
    placement = placing.place(
        buyer=subject,
        lines=offer.lines,
        dropoff=offer.dropoff,
        claims=claims,
        total_rupiah=wanted.total_rupiah,
        at=offer.at,
        ids=placing.NewIds(OrderId.new(), PaymentId.new(), SellerOrderId.new, OrderLineId.new),
        wanted=wanted.handover,
        if_refused=wanted.if_refused or IfRefused.ASK,
        test=test,
        prices=offer.prices,
        pay_within=PAY_WITHIN + PAY_GRACE if by_code else timedelta(),
    )
    if by_code:
        taker = check_taken(taker, placement.total_rupiah)
    if kasbon is not None:
        placement = replace(placement, kasbon_id=kasbon.id)
        kasbon.check_room(placement.on_kasbon_rupiah)
    if not await handovers.take(conn, placement.chosen.slots):
        raise SlotIsFull
    code = await _save(conn, wanted, placement, offer.dropoff, buyer_id, claim)
    if by_code and taker is not None:
        await payments.by_provider(conn, placement.payment_id, taker.name)
    # A quote of the release before has nothing to tell on but itself.
    await _tell(
        conn,
        subject,
        wanted,
        placement,
        offer.dropoff,
        code,
        quote=(claims.onward or wanted.quote or "") if claims else "",
    )
    return placement.id


async def _kasbon(conn: Transaction, buyer_id: BuyerId, lines: Sequence[OfferedLine], *, test: bool) -> Kasbon:
    """Locked before promotions are, as whoever moves an order on does. Raises CartIsEmpty, KasbonIsOfOneSeller or KasbonIsNotOpen."""
    if not lines:
        raise CartIsEmpty
    merchants = {line.product.merchant_id for line in lines if line.product is not None}
    check_sellers(merchants)
    found = await kasbons.lock_of(conn, buyer_id, merchants.pop(), test=test) if merchants else None
    if found is None:
        raise KasbonIsNotOpen("there is no kasbon")
    return found


def _claims(quote: str, keys: KeySet) -> Claims:
    try:
        return read_claims(jws.verify(quote, keys, kind=KIND))
    except jws.InvalidStatement as error:
        raise QuoteIsInvalid(str(error)) from error


async def _save(
    conn: Transaction, wanted: PlaceOrder, placement: Placement, dropoff: Dropoff, buyer_id: BuyerId, claim: Claim
) -> str:
    try:
        return await store.write(
            conn,
            placement,
            buyer_id=buyer_id,
            contact_id=wanted.contact_id,
            cart_id=wanted.cart_id,
            kecamatan_code=dropoff.kecamatan_code,
            slot=wanted.slot,
            method=PaymentMethod.COD,  # as the release before would take it; `by_provider` says who does
            claim=claim,
            answer={"order_id": str(placement.id)},
        )
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name == "orders_quote_is_used_once":
            raise QuoteIsUsed from error
        raise
    except asyncpg.CheckViolationError as error:
        if error.constraint_name in store.TAKEN:
            raise PromotionIsGone from error
        if error.constraint_name in store.ON_KASBON:
            raise KasbonIsNotOpen("there is no room, or it is not open") from error
        raise


async def _tell(
    conn: Transaction,
    subject: str,
    wanted: PlaceOrder,
    placement: Placement,
    dropoff: Dropoff,
    code: str,
    *,
    quote: str,
) -> None:
    place = placement.chosen.place
    placed = OrderPlaced(
        order_id=placement.id,
        code=code,
        buyer=subject,
        seller_orders=[
            PlacedSellerOrder(
                seller_order_id=each.id,
                merchant_id=each.merchant.id,
                goods_rupiah=each.goods_rupiah,
                accept_within_s=each.accept_within_s,
                discount_rupiah=each.discount_rupiah,
                lines=[
                    PlacedLine(
                        variant_id=line.variant_id,
                        quantity=line.quantity,
                        rupiah=line.total_rupiah,
                        category=line.category,
                    )
                    for line in each.lines
                ],
            )
            for each in placement.seller_orders
        ],
        goods_rupiah=placement.goods_rupiah,
        delivery_rupiah=placement.delivery_rupiah,
        discount_rupiah=placement.discounts.goods_rupiah,
        delivery_discount_rupiah=placement.discounts.fee_rupiah,
        total_rupiah=placement.total_rupiah,
        payment_method=PaymentMethod.COD if placement.kasbon_id else wanted.payment_method,
        on_kasbon_rupiah=placement.on_kasbon_rupiah,
        slot=wanted.slot,
        quote=quote,
        dropoff=place.point.rounded() if place else dropoff.rounded,
        dropoff_kecamatan_code=dropoff.kecamatan_code,
        hold_until=placement.hold_until,
        placed_at=placement.placed_at,
        test=placement.test,
        way=wanted.handover.way,
        slot_from=placement.chosen.starts,
        slot_to=placement.chosen.ends,
        stop_id=wanted.handover.stop_id,
    )
    cash = placement.total_rupiah - placement.on_kasbon_rupiah
    due = CashDue(payment_id=placement.payment_id, order_id=placement.id, amount_rupiah=cash)
    by_code = wanted.payment_method is PaymentMethod.QRIS
    await outbox.append(conn, placed, *([due] if cash and not by_code else []))
    conn.wake(str(wanted.cart_id))
    for each in placement.seller_orders:
        conn.wake(str(each.merchant.id))
