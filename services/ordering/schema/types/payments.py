"""GraphQL types of payments by code, and of money that goes back."""

from datetime import datetime
from enum import StrEnum
from typing import Self

import strawberry

from services.contracts import ordering as told
from services.contracts.ordering import PaymentId
from services.kit.graphql.enums import described
from services.kit.graphql.pages import sized
from services.kit.graphql.scalars import Rupiah
from services.kit.graphql.types import Node
from services.ordering.domain.attempt import AttemptState
from services.ordering.domain.payment import PAID_STATUSES, PaymentStatus
from services.ordering.domain.refund import RefundReason, RefundState
from services.ordering.schema import loaders
from services.ordering.schema.context import Info
from services.ordering.schema.types.enums import BorneBy, PaymentMethod
from services.ordering.store import rows
from services.ordering.store.payments import Shown
from services.ordering.store.refunds import Task


class QrisState(StrEnum):
    MAKING = "MAKING"
    SHOWN = "SHOWN"
    PAID = "PAID"
    OVER = "OVER"


class RefundStatus(StrEnum):
    UNDER_WAY = "UNDER_WAY"
    BY_HAND = "BY_HAND"
    DONE = "DONE"


described(
    QrisState,
    "Where the code is by which an order is paid. New values may come.",
    MAKING="The provider is asked for one; look again in a moment.",
    SHOWN="Draw `content`, and have it scanned until `expiresAt`.",
    PAID="The money has come.",
    OVER="None is waited for any more: what is paid now goes back.",
)
described(
    RefundStatus,
    "How far a refund is. New values may come.",
    UNDER_WAY="The provider is asked for it, until it says that it is done.",
    BY_HAND="A person has to give it.",
    DONE="The buyer has it back.",
)
described(
    RefundReason,
    "Why money goes back. New values may come.",
    CANCELLED="The order was cancelled after it was paid.",
    PAID_LATE="It came when nobody waited for it any more.",
    PAID_TWICE="The order was paid already.",
    PAID_SHORT="It was less than the order's total.",
    PAID_OVER="It was more than the order's total, and this is the rest.",
    GOODS_CHANGED="Less was packed than was ordered, or lighter.",
    CLAIM="Something was wrong with what the buyer got.",
)


@strawberry.type(description="The code by which an order is paid. There may be one after another, and one at a time.")
class Qris:
    state: QrisState = strawberry.field(description="Follow the order: it changes with every change of this.")
    content: str | None = strawberry.field(
        description="What the code says, for a QR of error correction M, as it is; null unless it is SHOWN."
    )
    expires_at: datetime | None = strawberry.field(description="Until when this one can be paid; then comes another.")
    pay_by: datetime | None = strawberry.field(description="Until when the order waits for its money.")

    @classmethod
    def of(cls, row: Shown, status: PaymentStatus, at: datetime) -> Self:
        state = QrisState.MAKING
        if status in PAID_STATUSES:
            state = QrisState.PAID
        elif not row.expected:
            state = QrisState.OVER
        elif row.state is AttemptState.SHOWN and row.expires_at is not None and row.expires_at > at:
            state = QrisState.SHOWN
        shown = state is QrisState.SHOWN
        return cls(
            state=state,
            content=row.content if shown else None,
            expires_at=row.expires_at if shown else None,
            pay_by=row.pay_by,
        )


@strawberry.type(description="Money that goes back to a buyer. It ends, by the provider or by a person.")
class Refund:
    id: strawberry.ID = strawberry.field(description="For `settleRefund`.")
    order_code: str = strawberry.field(description="LMJ-YYMMDD-NNNN.")
    amount: Rupiah = strawberry.field(description="What goes back.")
    reason: RefundReason = strawberry.field(description="Why.")
    borne_by: BorneBy = strawberry.field(description="Who carries it; NOBODY where it was the buyer's own still.")
    status: RefundStatus = strawberry.field(description="How far it is.")
    requested_at: datetime = strawberry.field(description="Since when it is owed.")
    done_at: datetime | None = strawberry.field(description="When it was given back.")
    why_by_hand: str | None = strawberry.field(
        description="Why a person had to see to it, in words for ops; null where no person had to."
    )
    proof: str | None = strawberry.field(description="By what can be seen that a person gave it; null where none did.")

    @classmethod
    def of(cls, task: Task) -> Self:
        status = RefundStatus.UNDER_WAY
        if task.state in (RefundState.BY_HAND, RefundState.DONE):
            status = RefundStatus(task.state.value)
        return cls(
            id=strawberry.ID(str(task.id)),
            order_code=task.order_code,
            amount=Rupiah(task.refund.amount_rupiah),
            reason=task.refund.reason,
            borne_by=task.refund.borne_by,
            status=status,
            requested_at=task.requested_at,
            done_at=task.done_at,
            why_by_hand=task.why_by_hand,
            proof=task.proof,
        )


@strawberry.federation.type(keys=["id"], description="How an order is paid, and how far that is.")
class Payment(Node):
    method: PaymentMethod = strawberry.field(description="As chosen when the order was placed.")
    amount: Rupiah = strawberry.field(description="The order's total.")
    status: PaymentStatus = strawberry.field(description="Of the money alone; the order has a status of its own.")
    cash_to_collect: Rupiah = strawberry.field(
        description="What the rider asks at the door: the total to the nearest Rp100, half-up, for nobody has smaller coins; nothing of "
        "what is paid by code. Show it to the buyer beside the total."
    )
    cash_collected: Rupiah | None = strawberry.field(
        description="What was paid to the rider, as the rider's company reported it; null before."
    )
    paid: strawberry.Private[rows.Payment]

    @strawberry.field(description="The code by which it is paid; null in cash, and before all sellers have accepted.")
    async def qris(self, info: Info) -> Qris | None:
        if self.paid.method is not told.PaymentMethod.QRIS:
            return None
        found = await info.context.load(loaders.codes_of, self.paid.order_id)
        return Qris.of(found[0], self.paid.status, found[1]) if found else None

    @strawberry.field(
        description="What goes back of it, and of what came beside it; oldest first.",
        directives=[sized(loaders.MOST_REFUNDS)],
    )
    async def refunds(self, info: Info) -> list[Refund]:
        return [Refund.of(each) for each in await info.context.load(loaders.refunds_of, self.paid.order_id)]

    @classmethod
    def of(cls, row: rows.Payment) -> Self:
        return cls(
            id=strawberry.ID(str(row.id)),
            method=PaymentMethod(row.method),
            amount=Rupiah(row.amount_rupiah),
            status=row.status,
            cash_to_collect=Rupiah(row.cash_due_rupiah),
            cash_collected=None if row.collected_rupiah is None else Rupiah(row.collected_rupiah),
            paid=row,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> Self | None:
        row = await info.context.load(loaders.payments, PaymentId.parse(id))
        return cls.of(row) if row else None
