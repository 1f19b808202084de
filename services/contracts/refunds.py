"""What ordering tells of money that goes back, beside what its payments tell."""

from __future__ import annotations

from typing import ClassVar

from services.contracts.ordering import PaymentEvent, RefundId


class RefundByHand(PaymentEvent, frozen=True, kw_only=True):
    """No provider gives it back: a person does, whom ops are reminded of until it is done."""

    type: ClassVar[str] = "ordering.refund_by_hand.v1"

    refund_id: RefundId
