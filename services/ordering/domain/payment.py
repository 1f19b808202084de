"""A payment's state machine: cash on delivery, and what is paid by code before it is handed over. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from services.contracts.ordering import HandoverWay
from services.ordering.domain.handover import pack_by
from services.ordering.domain.machine import Cell, Machine
from services.ordering.domain.refusal import Refused

PAY_WITHIN: Final = timedelta(minutes=15)
"""How long a buyer has to pay by code once all have accepted, at least."""
PAY_LATER_WITHIN: Final = timedelta(hours=12)
"""The same of an order for later, as far as its sellers need not begin to pack before."""
PAY_GRACE: Final = timedelta(minutes=5)
"""How long after that money is still waited for: who paid at the last second is heard of a little later."""
MAX_QRIS_RUPIAH: Final = 10_000_000
"""The most of one QRIS payment: Bank Indonesia, PADG 24/1/PADG/2022, from 1 March 2022."""


def pay_by(at: datetime, way: HandoverWay, slot_from: datetime | None) -> datetime:
    """Until when an order is to be paid that all have accepted `at`."""
    soon = at + PAY_WITHIN
    if slot_from is None:
        return soon
    return max(soon, min(at + PAY_LATER_WITHIN, pack_by(way, slot_from)))


@dataclass(frozen=True, slots=True)
class Taker:
    """Who takes money by code now, and the most of one payment."""

    name: str
    max_rupiah: int = MAX_QRIS_RUPIAH


class PaymentMethodIsNotOffered(Refused):
    """Nobody takes it, or not so much (`limit`)."""

    def __init__(self, limit: int | None = None) -> None:
        super().__init__(
            "this way of paying is not offered" if limit is None else f"at most {limit} rupiah are paid so"
        )
        self.limit = limit


def check_taken(taker: Taker | None, total_rupiah: int) -> Taker:
    """Raises PaymentMethodIsNotOffered."""
    if taker is None:
        raise PaymentMethodIsNotOffered
    if not 1 <= total_rupiah <= taker.max_rupiah:
        raise PaymentMethodIsNotOffered(taker.max_rupiah)
    return taker


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
    COLLECT = "COLLECT"  # cash was taken
    VOID = "VOID"  # nothing is to be paid any more
    RECEIVE = "RECEIVE"  # all of it has come by code, while the order waited for it
    EXPIRE = "EXPIRE"
    REFUND_PART = "REFUND_PART"  # a part of what was kept has gone back
    REFUND_ALL = "REFUND_ALL"


_P, same, no = PaymentStatus, Cell.SAME, Cell.NO
# Cash that turns up after the order was cancelled is still cash: VOIDED takes COLLECT. Money that came is never voided. What comes by code
# when none is waited for is given back, and makes no payment of the order's.
# fmt: off
PAYMENT: Final = Machine(PaymentStatus.DUE, PaymentInput, {
    #                       COLLECT       VOID       RECEIVE  EXPIRE      REFUND_PART            REFUND_ALL
    _P.PENDING:            (_P.COLLECTED, _P.VOIDED, _P.PAID, _P.EXPIRED, no,                    no),
    _P.DUE:                (_P.COLLECTED, _P.VOIDED, no,      same,       no,                    no),
    _P.COLLECTED:          (same,         same,      no,      same,       _P.PARTIALLY_REFUNDED, _P.REFUNDED),
    _P.PAID:               (same,         same,      same,    same,       _P.PARTIALLY_REFUNDED, _P.REFUNDED),
    _P.PARTIALLY_REFUNDED: (same,         same,      same,    same,       same,                  _P.REFUNDED),
    _P.REFUNDED:           (same,         same,      same,    same,       same,                  same),
    _P.EXPIRED:            (_P.COLLECTED, same,      same,    same,       no,                    no),
    _P.VOIDED:             (_P.COLLECTED, same,      same,    same,       no,                    no),
})
# fmt: on
PAID_STATUSES: Final = frozenset({_P.PAID, _P.COLLECTED, _P.PARTIALLY_REFUNDED, _P.REFUNDED})
"""The buyer has paid it, whatever went back since."""
