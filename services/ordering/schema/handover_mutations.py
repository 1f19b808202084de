"""Mutations of who hands over at a counter or a stop."""

from typing import Annotated

import strawberry

from services.contracts.catalog import MerchantId
from services.contracts.ordering import SellerOrderId
from services.contracts.roles import Role
from services.graph import Payload
from services.kit.database.db import transaction
from services.kit.graphql.refusals import refusable
from services.ordering.commands import handovers
from services.ordering.domain.refusal import Unknown
from services.ordering.schema import loaders
from services.ordering.schema.context import Info
from services.ordering.schema.types import Merchant, SellerOrder
from services.ordering.schema.types.handovers import HandoverLimitsInput


@strawberry.type
class HandOverSellerOrderPayload(Payload):
    seller_order: SellerOrder | None = None


@strawberry.type
class SetHandoverLimitsPayload(Payload):
    merchant: Merchant | None = None


@strawberry.type
class HandoverMutations:
    @refusable(
        description="By the merchant: the buyer has shown the code, paid what is due and has the goods. Saying it again changes nothing. "
        "After five wrong codes only ops can say it."
    )
    async def hand_over_seller_order(
        self,
        info: Info,
        id: strawberry.ID,
        code: Annotated[str, strawberry.argument(description="The six digits that the buyer shows.")],
    ) -> HandOverSellerOrderPayload | None:
        identity = info.context.identity
        subject, sees_all = identity.require(Role.MERCHANT, Role.OPS), identity.has(Role.OPS)
        seller_order_id = SellerOrderId.parse(id)
        async with transaction(info.context.db) as conn:
            wrong = await handovers.hand_over(conn, seller_order_id, subject, code=code, sees_all=sees_all)
        if wrong is not None:
            raise wrong
        row = await info.context.load(loaders.seller_orders, seller_order_id)
        if row is None:
            raise Unknown
        return HandOverSellerOrderPayload(seller_order=SellerOrder.of(row))

    @refusable(description="By the merchant: how many orders it takes for one hour of a later time.")
    async def set_handover_limits(
        self,
        info: Info,
        input: Annotated[HandoverLimitsInput, strawberry.argument(description="Both, as they are to be.")],
    ) -> SetHandoverLimitsPayload | None:
        info.context.identity.require(Role.MERCHANT, Role.OPS)
        merchant_id = MerchantId.parse(input.merchant_id)
        async with transaction(info.context.db) as conn:
            await handovers.set_handover_limits(
                conn,
                merchant_id,
                info.context.viewer,
                pickups_per_hour=input.pickups_per_hour,
                deliveries_per_hour=input.deliveries_per_hour,
            )
        return SetHandoverLimitsPayload(merchant=Merchant.of(merchant_id))
