"""Mutations of who packs, line by line, and of the buyer who is asked."""

from typing import Annotated

import strawberry

from services.contracts.catalog import VariantId
from services.contracts.ordering import OrderLineId, SellerOrderId
from services.contracts.packing import QuestionId
from services.contracts.roles import Role
from services.graph import Payload
from services.kit.database.db import transaction
from services.kit.graphql.refusals import refusable
from services.ordering.commands import packing
from services.ordering.domain.refusal import Unknown
from services.ordering.schema import loaders
from services.ordering.schema.context import Info
from services.ordering.schema.types import Order, SellerOrder

LineId = Annotated[strawberry.ID, strawberry.argument(description="Of a line of the merchant's part.")]


@strawberry.type
class WeighLinePayload(Payload):
    seller_order: SellerOrder | None = None


@strawberry.type
class PackLinePayload(Payload):
    seller_order: SellerOrder | None = None


@strawberry.type
class ReplaceLinePayload(Payload):
    seller_order: SellerOrder | None = None


@strawberry.type
class AnswerQuestionPayload(Payload):
    order: Order | None = None


@strawberry.type
class PackingMutations:
    @refusable(
        description="By the merchant, from accepting to ready: what a line that is priced by weight weighs, all its pieces together. Up "
        "to `capTotal` it costs what it weighs; above it costs that much, and the buyer is asked for the rest. Saying it again changes "
        "nothing; another weight takes its place."
    )
    async def weigh_line(
        self,
        info: Info,
        line_id: LineId,
        gram: Annotated[int, strawberry.argument(description="1 to 1,000,000.")],
    ) -> WeighLinePayload | None:
        subject, sees_all = _merchant(info)
        key = OrderLineId.parse(line_id)
        async with transaction(info.context.db) as conn:
            part = await packing.weigh_line(conn, key, subject, gram=gram, sees_all=sees_all)
        return WeighLinePayload(seller_order=await _seller_order(info, part))

    @refusable(
        description="By the merchant, from accepting to ready: so much of a line is there, 0 for none. Less than was ordered goes as the "
        "buyer wished, or the buyer is asked; at least nine tenths of what is measured is no less. The last line of a part stays: cancel "
        "the part. Saying it again changes nothing."
    )
    async def pack_line(
        self,
        info: Info,
        line_id: LineId,
        quantity: Annotated[int, strawberry.argument(description="In base units, at most what was ordered.")],
    ) -> PackLinePayload | None:
        subject, sees_all = _merchant(info)
        key = OrderLineId.parse(line_id)
        async with transaction(info.context.db) as conn:
            part = await packing.pack_line(conn, key, subject, quantity=quantity, sees_all=sees_all)
        return PackLinePayload(seller_order=await _seller_order(info, part))

    @refusable(
        description="By the merchant, from accepting to ready: something else of its own in a line's place. At once where the buyer wished "
        "something similar and it cannot come to more; else the buyer is asked. Saying it again changes nothing."
    )
    async def replace_line(
        self,
        info: Info,
        line_id: LineId,
        variant_id: Annotated[strawberry.ID, strawberry.argument(description="Of the same merchant, and for sale.")],
        quantity: Annotated[int, strawberry.argument(description="Of it, in base units.")],
    ) -> ReplaceLinePayload | None:
        subject, sees_all = _merchant(info)
        key, variant = OrderLineId.parse(line_id), VariantId.parse(variant_id)
        async with transaction(info.context.db) as conn:
            part = await packing.replace_line(
                conn, key, subject, variant_id=variant, quantity=quantity, sees_all=sees_all
            )
        return ReplaceLinePayload(seller_order=await _seller_order(info, part))

    @refusable(
        description="By the buyer, before `answerBy`. The same answer again changes nothing; another is refused with WRONG_STATE, as is "
        "one that comes too late."
    )
    async def answer_question(
        self,
        info: Info,
        id: strawberry.ID,
        accept: Annotated[bool, strawberry.argument(description="Whether it is fine as it was asked.")],
    ) -> AnswerQuestionPayload | None:
        subject = info.context.identity.require(Role.BUYER)
        question_id = QuestionId.parse(id)
        async with transaction(info.context.db) as conn:
            order_id = await packing.answer_question(conn, question_id, subject, accept=accept)
        row = await info.context.load(loaders.orders, order_id)
        if row is None:
            raise Unknown
        return AnswerQuestionPayload(order=Order.of(row))


def _merchant(info: Info) -> tuple[str, bool]:
    identity = info.context.identity
    return identity.require(Role.MERCHANT, Role.OPS), identity.has(Role.OPS)


async def _seller_order(info: Info, seller_order_id: SellerOrderId) -> SellerOrder:
    row = await info.context.load(loaders.seller_orders, seller_order_id)
    if row is None:
        raise Unknown
    return SellerOrder.of(row)
