"""Mutations of money that persons give back."""

from typing import Annotated

import strawberry

from services.contracts.ordering import RefundId
from services.contracts.roles import Role
from services.graph import Payload
from services.kit.database.db import transaction
from services.kit.graphql.refusals import refusable
from services.kit.graphql.texts import read_line
from services.ordering.commands import refunds
from services.ordering.domain.refusal import Unknown
from services.ordering.schema.context import Info
from services.ordering.schema.types.payments import Refund
from services.ordering.store import refunds as store

MAX_PROOF_CHARACTERS = 200


@strawberry.type
class SettleRefundPayload(Payload):
    refund: Refund | None = None


@strawberry.type
class PaymentMutations:
    @refusable(
        description="By ops: a person has given the buyer the money of a refund that is BY_HAND. Saying it again changes nothing. "
        "WRONG_STATE while its provider may still do it."
    )
    async def settle_refund(
        self,
        info: Info,
        id: strawberry.ID,
        proof: Annotated[
            str,
            strawberry.argument(
                description="By what it can be seen: the transfer's number, the receipt's. One line, up to 200 characters, and no name or "
                "account of anybody."
            ),
        ],
    ) -> SettleRefundPayload | None:
        subject = info.context.identity.require(Role.OPS)
        refund_id = RefundId.parse(id)
        said = read_line("proof", proof, longest=MAX_PROOF_CHARACTERS)
        async with transaction(info.context.db) as conn:
            await refunds.settle(conn, refund_id, proof=said, by=subject)
            task = await store.find(conn, refund_id)
        if task is None:
            raise Unknown("id")
        return SettleRefundPayload(refund=Refund.of(task))
