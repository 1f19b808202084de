"""Mutations of an order that goes on with some of its merchants."""

from typing import Annotated

import strawberry

from services.contracts.ordering import OrderId, SellerOrderId
from services.contracts.roles import Role
from services.graph import Payload
from services.kit.database.db import transaction
from services.kit.graphql.enums import described
from services.kit.graphql.errors import BadUserInput
from services.kit.graphql.refusals import refusable
from services.kit.graphql.texts import read_line
from services.ordering.commands import process, selling
from services.ordering.domain.calling_off import CallOffFor
from services.ordering.domain.refusal import Unknown
from services.ordering.schema import loaders
from services.ordering.schema.context import Info
from services.ordering.schema.types import Order, SellerOrder

MAX_REASON_CHARACTERS = 200

described(
    CallOffFor,
    "For whom operators end an order. New values may come.",
    BUYER="The buyer asks for it, by telephone.",
    MERCHANT="The goods are not to be had, and their merchant does not say so here.",
)


@strawberry.type
class ContinueOrderPayload(Payload):
    order: Order | None = None


@strawberry.type
class CancelSellerOrderPayload(Payload):
    seller_order: SellerOrder | None = None


@strawberry.type
class CallOffOrderPayload(Payload):
    order: Order | None = None


@strawberry.type
class PartMutations:
    @refusable(
        description="Ops: end an order for somebody who cannot do it themself, until it is picked up; it costs whom it would, and money "
        "that was paid goes back, as if they had. Of a confirmed one the trip is stopped first, if it can be: `Order.cancellationRequest` "
        "says how that stands. NOT_CANCELLABLE when it has ended or is to end. Who did it and why is in the order's history."
    )
    async def call_off_order(
        self,
        info: Info,
        id: strawberry.ID,
        on_behalf_of: Annotated[CallOffFor, strawberry.argument(description="Who cannot do it themself.")],
        reason: Annotated[
            str, strawberry.argument(description="For buyer and merchants to read: one line, up to 200 characters.")
        ],
    ) -> CallOffOrderPayload | None:
        subject = info.context.identity.require(Role.OPS)
        order_id = OrderId.parse(id)
        said = read_line("reason", reason, longest=MAX_REASON_CHARACTERS)
        if not said:
            raise BadUserInput("reason says why")
        async with transaction(info.context.db) as conn:
            await process.call_off_for(conn, order_id, subject, on_behalf_of, said)
        row = await info.context.load(loaders.orders, order_id)
        if row is None:
            raise Unknown
        return CallOffOrderPayload(order=Order.of(row))

    @refusable(
        description="By the buyer: the rest is wanted, whichever merchants have refused or will. Where `answerBy` waits for it the order "
        "goes on at once. Saying it again changes nothing."
    )
    async def continue_order(self, info: Info, id: strawberry.ID) -> ContinueOrderPayload | None:
        subject = info.context.identity.require(Role.BUYER)
        order_id = OrderId.parse(id)
        async with transaction(info.context.db) as conn:
            await process.continue_order(conn, order_id, subject)
        row = await info.context.load(loaders.orders, order_id)
        if row is None:
            raise Unknown
        return ContinueOrderPayload(order=Order.of(row))

    @refusable(
        description="One merchant's part is called off: by its buyer until a rider is sought, by its merchant until it is picked up. The "
        "order goes on with the others and costs less; the last part takes the order along, as `cancelOrder` does, and the merchant's "
        "fault is the merchant's to bear. Saying it again changes nothing."
    )
    async def cancel_seller_order(
        self,
        info: Info,
        id: strawberry.ID,
        reason: Annotated[
            str | None, strawberry.argument(description="For the other side to read: one line, up to 200 characters.")
        ] = None,
    ) -> CancelSellerOrderPayload | None:
        identity = info.context.identity
        subject = identity.require(Role.BUYER, Role.MERCHANT, Role.OPS)
        seller_order_id = SellerOrderId.parse(id)
        said = read_line("reason", reason, longest=MAX_REASON_CHARACTERS) if reason is not None else None
        async with transaction(info.context.db) as conn:
            await selling.cancel_seller_order(
                conn, seller_order_id, subject, reason=said, sees_all=identity.has(Role.OPS)
            )
        row = await info.context.load(loaders.seller_orders, seller_order_id)
        if row is None:
            raise Unknown
        return CancelSellerOrderPayload(seller_order=SellerOrder.of(row))
