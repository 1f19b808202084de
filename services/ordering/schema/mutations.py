"""Mutations: each opens one transaction, and answers with what is there afterwards or with the refusal."""

from typing import Annotated

import strawberry

from services.contracts import ordering as told
from services.contracts.catalog import StopId
from services.contracts.ordering import HandoverWay, OrderId, SellerOrderId
from services.contracts.reasons import ReasonCode
from services.contracts.roles import Role
from services.graph import Payload
from services.kit.database.db import transaction
from services.kit.graphql.errors import BadUserInput
from services.kit.graphql.refusals import refusable
from services.kit.graphql.scalars import Rupiah
from services.kit.graphql.texts import read_line
from services.ordering.commands import placing, process, selling
from services.ordering.domain.handover import NOW, Wanted
from services.ordering.domain.ids import CartId, ContactId
from services.ordering.domain.refusal import Unknown
from services.ordering.schema import loaders
from services.ordering.schema.cart_mutations import CartMutations, cart_of
from services.ordering.schema.cash_mutations import CashMutations
from services.ordering.schema.claim_mutations import ClaimMutations
from services.ordering.schema.claim_photo_mutations import ClaimPhotoMutations
from services.ordering.schema.contact_mutations import ContactMutations
from services.ordering.schema.context import Info
from services.ordering.schema.handover_mutations import HandoverMutations
from services.ordering.schema.kasbon_mutations import KasbonMutations
from services.ordering.schema.mark_fields import MarkMutations
from services.ordering.schema.packing_mutations import PackingMutations
from services.ordering.schema.part_mutations import MAX_REASON_CHARACTERS, PartMutations
from services.ordering.schema.payment_mutations import PaymentMutations
from services.ordering.schema.payout_mutations import PayoutMutations
from services.ordering.schema.promotion_mutations import PromotionMutations
from services.ordering.schema.review_mutations import ReviewMutations
from services.ordering.schema.running import RunningMutations
from services.ordering.schema.ticket_mutations import TicketMutations
from services.ordering.schema.types import Cart, Order, SellerOrder
from services.ordering.schema.types.enums import IfRefused, PaymentMethod, Slot
from services.ordering.schema.types.handovers import HandoverInput
from services.ordering.schema.types.orders import Cancellation, CancellationRequest


@strawberry.input(description="A cart becomes an order, exactly as the buyer saw it and for exactly that total.")
class PlaceOrderInput:
    cart_id: strawberry.ID = strawberry.field(description="The buyer's own; it is empty afterwards.")
    cart_version: int = strawberry.field(description="The cart's version that was shown to the buyer.")
    contact_id: strawberry.ID = strawberry.field(
        description="One of the buyer's contacts, at the place of the quote; of what is collected only whom to call."
    )
    slot: Slot = strawberry.field(description="NOW; `handover` says what else there is.")
    payment_method: PaymentMethod = strawberry.field(description="How it will be paid.")
    total: Rupiah = strawberry.field(
        description="Goods and delivery less what promotions take off them, as shown to the buyer."
    )
    quote: str | None = strawberry.field(
        default=None,
        description="The token of delivery's quote, for what is brought, also later: its fee holds once the order is placed. Null for what "
        "is collected.",
    )
    handover: HandoverInput | None = strawberry.field(
        default=None, description="How and when it is wanted; when not said, brought by a rider now."
    )
    if_refused: IfRefused | None = strawberry.field(
        default=None, description="What is wished when one of several merchants refuses; when not said, to be asked."
    )


@strawberry.type
class PlaceOrderPayload(Payload):
    order: Order | None = None
    cart_id: strawberry.Private[CartId | None] = None

    @strawberry.field(description="The buyer's, which is empty after the first answer; null when there are problems.")
    async def cart(self, info: Info) -> Cart | None:
        return await cart_of(info, self.cart_id) if self.cart_id else None


@strawberry.type
class CancelOrderPayload(Payload):
    order: Order | None = None

    @strawberry.field(
        description="Why the order has ended; null while that is being found out, and when there are problems."
    )
    def cancellation(self) -> Cancellation | None:
        return self.order.cancellation if self.order else None

    @strawberry.field(
        description="What is being found out of an order that was confirmed; null when it ended at once, and when there are problems."
    )
    def cancellation_request(self) -> CancellationRequest | None:
        return self.order.cancellation_request if self.order else None


@strawberry.type
class AcceptSellerOrderPayload(Payload):
    seller_order: SellerOrder | None = None


@strawberry.type
class RejectSellerOrderPayload(Payload):
    seller_order: SellerOrder | None = None


@strawberry.type
class MarkSellerOrderReadyPayload(Payload):
    seller_order: SellerOrder | None = None


@strawberry.type
class Mutation(
    CartMutations,
    ContactMutations,
    HandoverMutations,
    PartMutations,
    PackingMutations,
    PromotionMutations,
    PaymentMutations,
    CashMutations,
    PayoutMutations,
    KasbonMutations,
    ClaimMutations,
    ClaimPhotoMutations,
    TicketMutations,
    MarkMutations,
    ReviewMutations,
    RunningMutations,
):
    @refusable(
        description="Place the order, for exactly `total`. A repeat with the same key and input answers with the same order."
    )
    async def place_order(
        self,
        info: Info,
        input: Annotated[PlaceOrderInput, strawberry.argument(description="What the buyer has seen and agreed to.")],
        idempotency_key: str,
    ) -> PlaceOrderPayload | None:
        context = info.context
        subject = context.identity.require(Role.BUYER)
        wanted = placing.PlaceOrder(
            cart_id=CartId.parse(input.cart_id),
            cart_version=input.cart_version,
            contact_id=ContactId.parse(input.contact_id),
            slot=input.slot,
            payment_method=told.PaymentMethod(input.payment_method.value),
            quote=input.quote,
            total_rupiah=input.total,
            handover=_handover(input.handover),
            if_refused=input.if_refused,
        )
        context.place_limit.take(subject)
        async with transaction(context.db) as conn:
            order_id = await placing.place_order(
                conn,
                subject,
                wanted,
                idempotency_key=idempotency_key,
                quote_keys=context.quote_keys,
                policy=context.policy,
                test=context.tests_only,
                taker=context.taker,
            )
        return PlaceOrderPayload(order=await _order(info, order_id), cart_id=wanted.cart_id)

    @refusable(
        description="Call the order off, until it is picked up. Once it is confirmed its trip is stopped first, if it can be: "
        "`cancellationRequest` says how that stands, and the order is CANCELLED or goes on. A cancelled order stays cancelled."
    )
    async def cancel_order(self, info: Info, id: strawberry.ID) -> CancelOrderPayload | None:
        subject = info.context.identity.require(Role.BUYER)
        order_id = OrderId.parse(id)
        async with transaction(info.context.db) as conn:
            await process.cancel_order(conn, order_id, subject)
        return CancelOrderPayload(order=await _order(info, order_id))

    @refusable(description="By the merchant, until `acceptBy`.")
    async def accept_seller_order(self, info: Info, id: strawberry.ID) -> AcceptSellerOrderPayload | None:
        subject, sees_all = _merchant(info)
        seller_order_id = SellerOrderId.parse(id)
        async with transaction(info.context.db) as conn:
            await selling.accept_seller_order(conn, seller_order_id, subject, sees_all=sees_all)
        return AcceptSellerOrderPayload(seller_order=await _seller_order(info, seller_order_id))

    @refusable(
        description="By the merchant, until `acceptBy`. The order goes on with the other merchants' parts, as its buyer wishes; where "
        "there is no other it is cancelled."
    )
    async def reject_seller_order(
        self,
        info: Info,
        id: strawberry.ID,
        reason: Annotated[
            str, strawberry.argument(description="For the buyer to read: one line, up to 200 characters.")
        ],
        code: Annotated[
            ReasonCode | None,
            strawberry.argument(description="The same by the platform's list: one that is for refusals."),
        ] = None,
    ) -> RejectSellerOrderPayload | None:
        subject, sees_all = _merchant(info)
        seller_order_id = SellerOrderId.parse(id)
        said = read_line("reason", reason, longest=MAX_REASON_CHARACTERS)
        async with transaction(info.context.db) as conn:
            await selling.reject_seller_order(conn, seller_order_id, subject, reason=said, sees_all=sees_all, code=code)
        return RejectSellerOrderPayload(seller_order=await _seller_order(info, seller_order_id))

    @refusable(
        description="By the merchant: the goods are packed. Lines of which nothing was said are as they were ordered; what is estimated "
        "and was not weighed is charged by its estimate. QUESTION_OPEN while the buyer may answer."
    )
    async def mark_seller_order_ready(self, info: Info, id: strawberry.ID) -> MarkSellerOrderReadyPayload | None:
        subject, sees_all = _merchant(info)
        seller_order_id = SellerOrderId.parse(id)
        async with transaction(info.context.db) as conn:
            await selling.mark_seller_order_ready(conn, seller_order_id, subject, sees_all=sees_all)
        return MarkSellerOrderReadyPayload(seller_order=await _seller_order(info, seller_order_id))


def _handover(said: HandoverInput | None) -> Wanted:
    if said is None:
        return NOW
    way, stop = said.way, said.stop_id
    if (way is not HandoverWay.DELIVERY and said.slot_from is None) or (way is HandoverWay.ROUTE_STOP) != (
        stop is not None
    ):
        raise BadUserInput("a slot has a time, and at a stop the stop's id")
    return Wanted(way, said.slot_from, StopId.parse(stop) if stop else None)


def _merchant(info: Info) -> tuple[str, bool]:
    identity = info.context.identity
    return identity.require(Role.MERCHANT, Role.OPS), identity.has(Role.OPS)


async def _order(info: Info, order_id: OrderId) -> Order:
    row = await info.context.load(loaders.orders, order_id)
    if row is None:
        raise Unknown
    return Order.of(row)


async def _seller_order(info: Info, seller_order_id: SellerOrderId) -> SellerOrder:
    row = await info.context.load(loaders.seller_orders, seller_order_id)
    if row is None:
        raise Unknown
    return SellerOrder.of(row)
