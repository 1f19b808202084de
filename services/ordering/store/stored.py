"""States and reasons as they are written: in words that the image of the release before knows."""

from __future__ import annotations

from collections.abc import Mapping

from services.contracts.ordering import CancelReason, HandoverWay
from services.kit.database.db import Row
from services.ordering.domain.payment import PaymentStatus
from services.ordering.domain.process import State
from services.ordering.domain.steps import KNOWN_BEFORE

# The image of the release before knows no order that waits for its time, and none that nobody fetched: it reads the state before, in which
# it answers stock and buyer as this one does, and what is as true of goods that could not be handed over. Of an order that is to be called
# off it reads the state that the order was in, and what delivery answers ends it or carries it on all the same.
STORED: Mapping[State, State] = {
    State.AWAIT_BUYER: State.AWAIT_MERCHANTS,
    State.AWAIT_PAYMENT: State.AWAIT_MERCHANTS,
    State.AGREED: State.AWAIT_MERCHANTS,
    State.AT_COUNTER: State.AWAIT_MERCHANTS,
    State.CALLED_OFF: State.CONFIRMED,
    State.CALLED_OFF_UNDERWAY: State.ASSIGNED,
}
# What it reads of a payment by code is cash that is due, and then was collected: taken over by it, such an order is paid in cash.
STORED_PAYMENT: Mapping[PaymentStatus, PaymentStatus] = {
    PaymentStatus.PENDING: PaymentStatus.DUE,
    PaymentStatus.PAID: PaymentStatus.COLLECTED,
    PaymentStatus.PARTIALLY_REFUNDED: PaymentStatus.COLLECTED,
    PaymentStatus.REFUNDED: PaymentStatus.COLLECTED,
}
_CALLED_OFF: Mapping[State, State] = {
    State.CONFIRMED: State.CALLED_OFF,
    State.ASSIGNED: State.CALLED_OFF_UNDERWAY,
    State.UNASSIGNED: State.CALLED_OFF_UNDERWAY,
}


def payment_status(row: Row, *, agreed: bool) -> PaymentStatus:
    """Of a row with `payment_status`, `provider`, `paid_at`, `refunded_rupiah` and `collected_rupiah`; `agreed`: nothing is
    asked any more."""
    status = PaymentStatus(row["payment_status"])
    if status is PaymentStatus.DUE and row["provider"] is not None and not agreed:
        return PaymentStatus.PENDING
    if status is not PaymentStatus.COLLECTED:
        return status
    if row["refunded_rupiah"]:
        all_of_it = row["refunded_rupiah"] >= row["collected_rupiah"]
        return PaymentStatus.REFUNDED if all_of_it else PaymentStatus.PARTIALLY_REFUNDED
    return PaymentStatus.PAID if row["paid_at"] else status


def stored_reason(stored: str | None, *, way: str, paid: str) -> CancelReason | None:
    """`paid` is the payment's status as it is stored."""
    reason = CancelReason(stored) if stored else None
    if reason is CancelReason.DELIVERY_FAILED and way != HandoverWay.DELIVERY:
        return CancelReason.NOT_FETCHED
    if reason is CancelReason.BUYER_CANCELLED and paid == PaymentStatus.EXPIRED:
        return CancelReason.PAYMENT_TIMEOUT
    return reason


def as_stored(reason: CancelReason | None) -> CancelReason | None:
    return reason and KNOWN_BEFORE.get(reason, reason)


def stored_state(
    stored: str,
    *,
    called_off: bool,
    agreed: bool = False,
    asked: bool = False,
    to_pay: bool = False,
    way: str = HandoverWay.DELIVERY,
) -> State:
    """`called_off`: delivery was asked to end the trip, and may have answered; `agreed`: every merchant has accepted, and what is to be
    paid before is; `to_pay`: the buyer was asked for the money; `asked`: the buyer was, whether it goes on with those who have accepted.
    The later of these tells, for each may have come after those that stand behind it."""
    state = State(stored)
    if agreed and state is State.AWAIT_MERCHANTS:
        return State.AGREED if way == HandoverWay.DELIVERY else State.AT_COUNTER
    if to_pay and state is State.AWAIT_MERCHANTS:
        return State.AWAIT_PAYMENT
    if asked and state is State.AWAIT_MERCHANTS:
        return State.AWAIT_BUYER
    return _CALLED_OFF.get(state, state) if called_off else state
