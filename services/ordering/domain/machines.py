"""The state machines of order, seller order and payment, as total tables: every state answers every input."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, StrEnum
from typing import Final, Generic, TypeVar


class OrderStatus(StrEnum):
    PLACED = "PLACED"
    CONFIRMED = "CONFIRMED"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"


class OrderInput(StrEnum):
    CONFIRM = "CONFIRM"
    START = "START"
    COMPLETE = "COMPLETE"
    CANCEL = "CANCEL"


class SellerOrderStatus(StrEnum):
    AWAITING_MERCHANT = "AWAITING_MERCHANT"
    ACCEPTED = "ACCEPTED"
    PACKING = "PACKING"
    READY = "READY"
    HANDED_OVER = "HANDED_OVER"
    COMPLETED = "COMPLETED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    CANCELLED = "CANCELLED"
    RETURNED = "RETURNED"


class SellerOrderInput(StrEnum):
    ACCEPT = "ACCEPT"
    REJECT = "REJECT"
    EXPIRE = "EXPIRE"
    PACK = "PACK"
    READY = "READY"
    HAND_OVER = "HAND_OVER"
    COMPLETE = "COMPLETE"
    CANCEL = "CANCEL"


class PaymentStatus(StrEnum):
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
    PAY = "PAY"
    EXPIRE = "EXPIRE"
    FAIL = "FAIL"
    REFUND_PART = "REFUND_PART"
    REFUND = "REFUND"
    COLLECT = "COLLECT"
    HAND_OVER = "HAND_OVER"
    SETTLE = "SETTLE"
    VOID = "VOID"


S = TypeVar("S", bound=StrEnum)
I = TypeVar("I", bound=StrEnum)  # noqa: E741 - an input


class WrongState(Exception):
    """What was asked does not fit the present state; nothing was changed."""

    def __init__(self, current: StrEnum, wanted: StrEnum) -> None:
        super().__init__(f"{wanted} does not fit {current}")
        self.current = current
        self.wanted = wanted


class Cell(Enum):
    SAME = "the state stays: a repeat, or an input that has come to nothing"
    NO = "refused"


class Machine(Generic[S, I]):
    """A total table: one row per state, and in it one cell per input, in the order of the enum. A cell is the next state, SAME or NO."""

    def __init__(self, states: type[S], inputs: type[I], rows: Mapping[S, tuple[S | Cell, ...]]) -> None:
        self.table: Final[Mapping[tuple[S, I], S | None]] = {
            (state, given): _meant(state, cell)
            for state in states
            for given, cell in zip(inputs, rows[state], strict=True)
        }
        """The next state, or None where the input is refused."""

    def next(self, state: S, given: I) -> S:
        """Raises WrongState where the table refuses."""
        found = self.table[state, given]
        if found is None:
            raise WrongState(state, given)
        return found


def _meant(state: S, cell: S | Cell) -> S | None:
    if isinstance(cell, Cell):
        return state if cell is Cell.SAME else None
    return cell


same, no = Cell.SAME, Cell.NO
_O = OrderStatus
# fmt: off
ORDER = Machine(OrderStatus, OrderInput, {
    #                CONFIRM       START           COMPLETE      CANCEL
    _O.PLACED:      (_O.CONFIRMED, no,             no,           _O.CANCELLED),
    _O.CONFIRMED:   (same,         _O.IN_PROGRESS, no,           _O.CANCELLED),
    _O.IN_PROGRESS: (same,         same,           _O.COMPLETED, _O.CANCELLED),
    _O.COMPLETED:   (same,         same,           same,         no),
    _O.CANCELLED:   (no,           no,             no,           same),
})

_S = SellerOrderStatus
# A cancelled order leaves what a merchant has ended by itself as it is, and goods already handed over come back.
SELLER_ORDER = Machine(SellerOrderStatus, SellerOrderInput, {
    #                      ACCEPT       REJECT       EXPIRE      PACK        READY     HAND_OVER       COMPLETE      CANCEL
    _S.AWAITING_MERCHANT: (_S.ACCEPTED, _S.REJECTED, _S.EXPIRED, no,         no,       no,             no,           _S.CANCELLED),
    _S.ACCEPTED:          (same,        no,          same,       _S.PACKING, _S.READY, _S.HANDED_OVER, _S.COMPLETED, _S.CANCELLED),
    _S.PACKING:           (same,        no,          same,       same,       _S.READY, _S.HANDED_OVER, _S.COMPLETED, _S.CANCELLED),
    _S.READY:             (same,        no,          same,       same,       same,     _S.HANDED_OVER, _S.COMPLETED, _S.CANCELLED),
    _S.HANDED_OVER:       (same,        no,          same,       same,       same,     same,           _S.COMPLETED, _S.RETURNED),
    _S.COMPLETED:         (same,        no,          same,       same,       same,     same,           same,         same),
    _S.REJECTED:          (no,          same,        same,       no,         no,       no,             no,           same),
    _S.EXPIRED:           (no,          no,          same,       no,         no,       no,             no,           same),
    _S.CANCELLED:         (no,          no,          same,       no,         no,       no,             no,           same),
    _S.RETURNED:          (no,          no,          same,       no,         no,       no,             no,           same),
})

_P = PaymentStatus
_PART = PaymentStatus.PARTIALLY_REFUNDED
# Cash that turns up after the order was cancelled is still cash: VOIDED takes COLLECT. Money that came is never voided, it is
# refunded: VOID leaves it as it is.
PAYMENT = Machine(PaymentStatus, PaymentInput, {
    #               PAY      EXPIRE      FAIL       REFUND_PART   REFUND       COLLECT       HAND_OVER       SETTLE      VOID
    _P.PENDING:    (_P.PAID, _P.EXPIRED, _P.FAILED, no,           no,          no,           no,             no,         _P.VOIDED),
    _P.PAID:       (same,    same,       same,      _PART,        _P.REFUNDED, no,           no,             no,         same),
    _PART:         (same,    same,       same,      same,         _P.REFUNDED, no,           no,             no,         same),
    _P.REFUNDED:   (same,    same,       same,      no,           same,        no,           no,             no,         same),
    _P.EXPIRED:    (_P.PAID, same,       same,      no,           no,          no,           no,             no,         same),
    _P.FAILED:     (_P.PAID, same,       same,      no,           no,          no,           no,             no,         same),
    _P.DUE:        (no,      no,         no,        no,           no,          _P.COLLECTED, no,             no,         _P.VOIDED),
    _P.COLLECTED:  (no,      no,         no,        no,           no,          same,         _P.HANDED_OVER, no,         same),
    _P.HANDED_OVER:(no,      no,         no,        no,           no,          same,         same,           _P.SETTLED, same),
    _P.SETTLED:    (no,      no,         no,        no,           no,          same,         same,           same,       same),
    _P.VOIDED:     (_P.PAID, same,       same,      no,           no,          _P.COLLECTED, no,             no,         same),
})
# fmt: on
