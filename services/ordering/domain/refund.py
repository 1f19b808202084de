"""Money that goes back to a buyer: why, at whose cost, and the states of the task that ends with it. Pure.

Every task ends: the provider says that it is done, or a person gives the money and says how. What the provider left unknown is asked
about before anything is sent again.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from services.contracts.catalog import MerchantId
from services.contracts.delivery import PartnerId
from services.contracts.ordering import BorneBy, OrderId, PaymentId, RefundId, SellerOrderId
from services.contracts.refunds import RefundByHand
from services.ordering.domain.ids import AttemptId
from services.ordering.domain.machine import Cell, Machine
from services.ordering.domain.refusal import Refused

SETTLES_WITHIN: Final = timedelta(minutes=2)
"""Before that a provider that knows nothing of a refund may only be slow: it is not sent again."""
GIVE_UP_AFTER: Final = timedelta(hours=24)
"""For so long a provider is asked what became of a refund; then a person is, who sees its statement."""


class RefundReason(StrEnum):
    CANCELLED = "CANCELLED"
    PAID_LATE = "PAID_LATE"
    PAID_TWICE = "PAID_TWICE"
    PAID_SHORT = "PAID_SHORT"
    PAID_OVER = "PAID_OVER"
    GOODS_CHANGED = "GOODS_CHANGED"
    CLAIM = "CLAIM"


class RefundState(StrEnum):
    REQUESTED = "REQUESTED"
    SENT = "SENT"
    UNKNOWN = "UNKNOWN"
    BY_HAND = "BY_HAND"
    DONE = "DONE"


class RefundInput(StrEnum):
    SEND = "SEND"  # the provider is about to be asked: from here on the outcome is unknown until it is known
    CONFIRM = "CONFIRM"  # the provider has done it
    LOSE = "LOSE"  # no answer came
    RETRY = "RETRY"  # it is certain that nothing was done, and it may be another time
    REFUSE = "REFUSE"  # it is certain that nothing was done, nor will be; or nobody can find out
    SETTLE = "SETTLE"  # by a person, with proof


_R, same, no = RefundState, Cell.SAME, Cell.NO
# A person settles only what the provider is certain not to do, or can no longer be asked about: else it would go back twice.
# fmt: off
REFUND: Final = Machine(RefundState.REQUESTED, RefundInput, {
    #              SEND      CONFIRM  LOSE        RETRY         REFUSE       SETTLE
    _R.REQUESTED: (_R.SENT,  same,    same,       same,         _R.BY_HAND,  no),
    _R.SENT:      (same,     _R.DONE, _R.UNKNOWN, _R.REQUESTED, _R.BY_HAND,  no),
    _R.UNKNOWN:   (same,     _R.DONE, same,       _R.REQUESTED, _R.BY_HAND,  no),
    _R.BY_HAND:   (same,     same,    same,       same,         same,        _R.DONE),
    _R.DONE:      (same,     same,    same,       same,         same,        same),
})
# fmt: on


def by_hand(order_id: OrderId, payment_id: PaymentId, refund: Refund) -> RefundByHand:
    return RefundByHand(
        payment_id=payment_id, order_id=order_id, amount_rupiah=refund.amount_rupiah, refund_id=refund.id
    )


class RefundIsTooMuch(Refused):
    """More than the buyer has paid and not got back. `left_rupiah` is what is left."""

    def __init__(self, left_rupiah: int) -> None:
        super().__init__(f"at most {left_rupiah} rupiah can go back")
        self.left_rupiah = left_rupiah


@dataclass(frozen=True, slots=True)
class Refund:
    """A new task. One `cause` of an order gives back once. `attempt_id` is the payment that it is part of, where that is known; a
    `surplus` was never the order's: it came late, twice, short or over."""

    id: RefundId
    cause: str
    amount_rupiah: int
    reason: RefundReason
    borne_by: BorneBy
    surplus: bool = False
    attempt_id: AttemptId | None = None
    seller_order_id: SellerOrderId | None = None


@dataclass(frozen=True, slots=True)
class Bearer:
    """Whose money it is that goes back, where it is not the buyer's own still."""

    borne_by: BorneBy
    merchant_id: MerchantId | None = None
    partner_id: PartnerId | None = None

    def account(self, mark: str) -> str:
        """Of several merchants or an unknown company nobody can say whose fault it was: then the platform stands in."""
        if self.borne_by is BorneBy.MERCHANT and self.merchant_id is not None:
            return f"{mark}merchant:{self.merchant_id}:payable"
        if self.borne_by is BorneBy.PARTNER and self.partner_id is not None:
            return f"{mark}partner:{self.partner_id}:losses"
        return f"{mark}platform:losses"
