"""States and reasons as they are written: in words that the image of the release before knows."""

from __future__ import annotations

from collections.abc import Mapping

from services.contracts.ordering import CancelReason, HandoverWay
from services.ordering.domain.process import State

# The image of the release before knows no order that waits for its time, and none that nobody fetched: it reads the state before, in which
# it answers stock and buyer as this one does, and what is as true of goods that could not be handed over. Of an order that is to be called
# off it reads the state that the order was in, and what delivery answers ends it or carries it on all the same.
STORED: Mapping[State, State] = {
    State.AWAIT_BUYER: State.AWAIT_MERCHANTS,
    State.AGREED: State.AWAIT_MERCHANTS,
    State.AT_COUNTER: State.AWAIT_MERCHANTS,
    State.CALLED_OFF: State.CONFIRMED,
    State.CALLED_OFF_UNDERWAY: State.ASSIGNED,
}
_CALLED_OFF: Mapping[State, State] = {
    State.CONFIRMED: State.CALLED_OFF,
    State.ASSIGNED: State.CALLED_OFF_UNDERWAY,
    State.UNASSIGNED: State.CALLED_OFF_UNDERWAY,
}


def stored_reason(stored: str | None, *, way: str) -> CancelReason | None:
    if stored is None:
        return None
    reason = CancelReason(stored)
    return (
        CancelReason.NOT_FETCHED if reason is CancelReason.DELIVERY_FAILED and way != HandoverWay.DELIVERY else reason
    )


def as_stored(reason: CancelReason | None) -> CancelReason | None:
    return CancelReason.DELIVERY_FAILED if reason is CancelReason.NOT_FETCHED else reason


def stored_state(
    stored: str, *, called_off: bool, agreed: bool = False, asked: bool = False, way: str = HandoverWay.DELIVERY
) -> State:
    """`called_off`: delivery was asked to end the trip, and may have answered; `agreed`: every merchant has accepted; `asked`: the buyer
    was, whether it goes on with those who have."""
    state = State(stored)
    if agreed and state is State.AWAIT_MERCHANTS:
        return State.AGREED if way == HandoverWay.DELIVERY else State.AT_COUNTER
    if asked and state is State.AWAIT_MERCHANTS:
        return State.AWAIT_BUYER
    return _CALLED_OFF.get(state, state) if called_off else state
