"""A payment's state machine: cash on delivery, the one method that is taken."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from services.ordering.domain.machine import Cell, Machine


class PaymentStatus(StrEnum):
    """All that apps were told to expect; the machine says which can be reached."""

    PENDING = "PENDING"
    PAID = "PAID"
    PARTIALLY_REFUNDED = "PARTIALLY_REFUNDED"
    REFUNDED = "REFUNDED"
    EXPIRED = "EXPIRED"
    FAILED = "FAILED"
    DUE = "DUE"
    COLLECTED = "COLLECTED"
    HANDED_OVER = "HANDED_OVER"
    SETTLED = "SETTLED"
    VOIDED = "VOIDED"


class PaymentInput(StrEnum):
    COLLECT = "COLLECT"
    VOID = "VOID"


_P, same = PaymentStatus, Cell.SAME
# Cash that turns up after the order was cancelled is still cash: VOIDED takes COLLECT. Money that came is never voided.
# fmt: off
PAYMENT: Final = Machine(PaymentStatus.DUE, PaymentInput, {
    #              COLLECT       VOID
    _P.DUE:       (_P.COLLECTED, _P.VOIDED),
    _P.COLLECTED: (same,         same),
    _P.VOIDED:    (_P.COLLECTED, same),
})
# fmt: on
