"""The state machines of order, seller order and payment, as total tables: every state answers every input."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
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


class Machine(Generic[S, I]):
    """A total table, one row per state and one cell per input in the order of the enum. A cell is the next state, the same
    state where the input is a repeat or has come to nothing, or None where it is refused."""

    def __init__(self, states: type[S], inputs: type[I], rows: Mapping[S, tuple[S | None, ...]]) -> None:
        self.table: Final[Mapping[tuple[S, I], S | None]] = {
            (state, given): cell
            for state in states
            for given, cell in zip(inputs, rows[state], strict=True)
        }

    def next(self, state: S, given: I) -> S:
        """Raises WrongState where the table refuses."""
        found = self.table[state, given]
        if found is None:
            raise WrongState(state, given)
        return found

    def sources(self, given: I) -> dict[S, S]:
        """The states that this input moves, and where to."""
        return {
            state: cell
            for (state, each), cell in self.table.items()
            if each is given and cell is not None and cell is not state
        }


_O = OrderStatus
# fmt: off
ORDER = Machine(OrderStatus, OrderInput, {
    #                CONFIRM         START           COMPLETE      CANCEL
    _O.PLACED:      (_O.CONFIRMED,   None,           None,         _O.CANCELLED),
    _O.CONFIRMED:   (_O.CONFIRMED,   _O.IN_PROGRESS, None,         _O.CANCELLED),
    _O.IN_PROGRESS: (_O.IN_PROGRESS, _O.IN_PROGRESS, _O.COMPLETED, _O.CANCELLED),
    _O.COMPLETED:   (_O.COMPLETED,   _O.COMPLETED,   _O.COMPLETED, None),
    _O.CANCELLED:   (None,           None,           None,         _O.CANCELLED),
})

_SO = SellerOrderStatus
# A cancelled order leaves what a merchant has ended by itself as it is, and goods already handed over come back.
SELLER_ORDER = Machine(SellerOrderStatus, SellerOrderInput, {
    #                        ACCEPT           REJECT        EXPIRE           PACK          READY         HAND_OVER        COMPLETE       CANCEL
    _SO.AWAITING_MERCHANT: (_SO.ACCEPTED,    _SO.REJECTED, _SO.EXPIRED,     None,         None,         None,            None,          _SO.CANCELLED),
    _SO.ACCEPTED:          (_SO.ACCEPTED,    None,         _SO.ACCEPTED,    _SO.PACKING,  _SO.READY,    _SO.HANDED_OVER, _SO.COMPLETED, _SO.CANCELLED),
    _SO.PACKING:           (_SO.PACKING,     None,         _SO.PACKING,     _SO.PACKING,  _SO.READY,    _SO.HANDED_OVER, _SO.COMPLETED, _SO.CANCELLED),
    _SO.READY:             (_SO.READY,       None,         _SO.READY,       _SO.READY,    _SO.READY,    _SO.HANDED_OVER, _SO.COMPLETED, _SO.CANCELLED),
    _SO.HANDED_OVER:       (_SO.HANDED_OVER, None,         _SO.HANDED_OVER, _SO.HANDED_OVER, _SO.HANDED_OVER, _SO.HANDED_OVER, _SO.COMPLETED, _SO.RETURNED),
    _SO.COMPLETED:         (_SO.COMPLETED,   None,         _SO.COMPLETED,   _SO.COMPLETED, _SO.COMPLETED, _SO.COMPLETED, _SO.COMPLETED, _SO.COMPLETED),
    _SO.REJECTED:          (None,            _SO.REJECTED, _SO.REJECTED,    None,         None,         None,            None,          _SO.REJECTED),
    _SO.EXPIRED:           (None,            None,         _SO.EXPIRED,     None,         None,         None,            None,          _SO.EXPIRED),
    _SO.CANCELLED:         (None,            None,         _SO.CANCELLED,   None,         None,         None,            None,          _SO.CANCELLED),
    _SO.RETURNED:          (None,            None,         _SO.RETURNED,    None,         None,         None,            None,          _SO.RETURNED),
})

_P = PaymentStatus
# Cash that turns up after the order was cancelled is still cash: VOIDED takes COLLECT. Money that came is never voided: it is
# refunded, so VOID leaves PAID and COLLECTED as they are.
PAYMENT = Machine(PaymentStatus, PaymentInput, {
    #                       PAY         EXPIRE       FAIL         REFUND_PART            REFUND       COLLECT         HAND_OVER        SETTLE         VOID
    _P.PENDING:            (_P.PAID,    _P.EXPIRED,  _P.FAILED,   None,                  None,        None,           None,            None,          _P.VOIDED),
    _P.PAID:               (_P.PAID,    _P.PAID,     _P.PAID,     _P.PARTIALLY_REFUNDED, _P.REFUNDED, None,           None,            None,          _P.PAID),
    _P.PARTIALLY_REFUNDED: (_P.PARTIALLY_REFUNDED, _P.PARTIALLY_REFUNDED, _P.PARTIALLY_REFUNDED, _P.PARTIALLY_REFUNDED, _P.REFUNDED, None, None, None, _P.PARTIALLY_REFUNDED),
    _P.REFUNDED:           (_P.REFUNDED, _P.REFUNDED, _P.REFUNDED, None,                 _P.REFUNDED, None,           None,            None,          _P.REFUNDED),
    _P.EXPIRED:            (_P.PAID,    _P.EXPIRED,  _P.EXPIRED,  None,                  None,        None,           None,            None,          _P.EXPIRED),
    _P.FAILED:             (_P.PAID,    _P.FAILED,   _P.FAILED,   None,                  None,        None,           None,            None,          _P.FAILED),
    _P.DUE:                (None,       None,        None,        None,                  None,        _P.COLLECTED,   None,            None,          _P.VOIDED),
    _P.COLLECTED:          (None,       None,        None,        None,                  None,        _P.COLLECTED,   _P.HANDED_OVER,  None,          _P.COLLECTED),
    _P.HANDED_OVER:        (None,       None,        None,        None,                  None,        _P.HANDED_OVER, _P.HANDED_OVER,  _P.SETTLED,    _P.HANDED_OVER),
    _P.SETTLED:            (None,       None,        None,        None,                  None,        _P.SETTLED,     _P.SETTLED,      _P.SETTLED,    _P.SETTLED),
    _P.VOIDED:             (_P.PAID,    _P.VOIDED,   _P.VOIDED,   None,                  None,        _P.COLLECTED,   None,            None,          _P.VOIDED),
})
# fmt: on
