"""The order's process manager: one total table from (state, input) to the next state and what is to be done. Pure.

Before the confirmation ordering alone decides that an order ends. From then on a rider may have the goods and the news of it be on its
way, so that an end is asked of delivery (`CALL_OFF`) and is what delivery answers: the trip ended before its pickup, and so does the order,
or its goods have left and it goes on.

What is agreed waits for its time: until a rider is to be sought, or, where there is no trip, until the merchant hands it over. Then
ordering still decides alone: the goods are with their merchant, whom one lock keeps from handing over what is cancelled.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from services.contracts.ordering import BorneBy, CancelReason

STOCK_WITHIN: Final = timedelta(minutes=15)
"""How long catalog may take to hold the stock. Long, for an order placed while the broker is away must survive it."""
HOLD_MARGIN: Final = timedelta(minutes=10)
"""A hold outlives ordering's own last deadline by this, so that *expired* stays the rare case."""
DELIVER_WITHIN: Final = timedelta(hours=3)
REMIND_AFTER: Final = timedelta(minutes=30)
"""Past the pickup nothing is undone by a clock: an overdue trip is flagged, and flagged again, until a person ends it. A trip that is to be
called off is asked for again as often."""
CONTACT_WITHIN: Final = timedelta(hours=6)
"""A partner reads the contact of its job for so long after the latest news of the trip, twice what a trip may take."""


class OrderStatus(StrEnum):
    """What people see of a process; `STATUS` says of which state."""

    PLACED = "PLACED"
    CONFIRMED = "CONFIRMED"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"


class State(StrEnum):
    AWAIT_STOCK = "AWAIT_STOCK"
    ACCEPTED_EARLY = "ACCEPTED_EARLY"  # every merchant has accepted, and catalog has not answered yet
    AWAIT_MERCHANTS = "AWAIT_MERCHANTS"
    AGREED = "AGREED"  # every merchant has accepted; a rider is sought when the time is near, which may be at once
    AT_COUNTER = "AT_COUNTER"  # every merchant has accepted; the buyer collects it from its merchant
    CONFIRMED = "CONFIRMED"
    ASSIGNED = "ASSIGNED"
    UNASSIGNED = "UNASSIGNED"  # the rider gave the job back, another is sought
    CALLED_OFF = "CALLED_OFF"  # to be cancelled: delivery has been asked whether the goods are still at their counters
    CALLED_OFF_UNDERWAY = "CALLED_OFF_UNDERWAY"  # the same, after a rider had the job
    PICKED_UP = "PICKED_UP"  # the pivot: from here on it only goes forward
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"


class Input(StrEnum):
    STOCK_HELD = "STOCK_HELD"
    STOCK_REFUSED = "STOCK_REFUSED"
    STOCK_EXPIRED = "STOCK_EXPIRED"
    STOCK_COMMITTED = "STOCK_COMMITTED"
    STOCK_RELEASED = "STOCK_RELEASED"
    MERCHANTS_ACCEPTED = "MERCHANTS_ACCEPTED"  # the last of them
    MERCHANT_REJECTED = "MERCHANT_REJECTED"
    DELIVERY_DUE = "DELIVERY_DUE"  # its trip is to be asked for: by the clock, or at once
    COUNTER_OPENS = "COUNTER_OPENS"  # there is no trip: it is collected
    HANDED_OVER = "HANDED_OVER"  # by the merchant, against the buyer's code and cash
    FETCH_DEADLINE = "FETCH_DEADLINE"  # nobody came for it
    STOCK_DEADLINE = "STOCK_DEADLINE"
    ACCEPT_DEADLINE = "ACCEPT_DEADLINE"
    DELIVERY_DEADLINE = "DELIVERY_DEADLINE"
    DELIVERY_ASSIGNED = "DELIVERY_ASSIGNED"
    DELIVERY_UNASSIGNED = "DELIVERY_UNASSIGNED"
    PICKED_UP = "PICKED_UP"
    DELIVERED = "DELIVERED"
    ATTEMPT_FAILED = "ATTEMPT_FAILED"
    RETURNED = "RETURNED"
    UNASSIGNABLE = "UNASSIGNABLE"
    DELIVERY_CANCELLED = "DELIVERY_CANCELLED"
    BUYER_CANCELS = "BUYER_CANCELS"


class Action(StrEnum):
    OPEN_TO_MERCHANTS = "OPEN_TO_MERCHANTS"  # accept-by times are set; who accepts by itself accepts
    AGREE = "AGREE"  # it is told, and what comes next follows from how and when it is handed over
    CONFIRM = "CONFIRM"
    START = "START"
    HAND_OVER = "HAND_OVER"  # the seller orders are with the rider
    HAND_TO_BUYER = "HAND_TO_BUYER"
    BOOK_CASH = "BOOK_CASH"
    BOOK_FAILURE = "BOOK_FAILURE"  # what the trip cost, and goods that will not come back
    CALL_OFF = "CALL_OFF"  # delivery is asked to end the trip
    CARRY_ON = "CARRY_ON"  # the goods had left: it was not to be called off
    COMPLETE = "COMPLETE"
    CANCEL = "CANCEL"
    FLAG = "FLAG"  # contradicts what we know: a person has to look
    REMIND = "REMIND"  # set the state's timer again
    REFUSE = "REFUSE"  # the caller is told that it cannot be done


@dataclass(frozen=True, slots=True)
class Step:
    """Where an input leads. `reason` and `borne_by` go with CANCEL and CALL_OFF. A CANCEL without a reason has that of its CALL_OFF, one
    without `borne_by` takes it from the failure's code, or from whether the goods were packed for who would collect them."""

    to: State
    actions: tuple[Action, ...] = ()
    reason: CancelReason | None = None
    borne_by: BorneBy | None = None


class Timer(StrEnum):
    """The kinds of durable timers, one running per order."""

    STOCK_DEADLINE = "order.stock_deadline"
    ACCEPT_DEADLINE = "order.accept_deadline"
    DELIVERY_DUE = "order.delivery_due"
    FETCH_DEADLINE = "order.fetch_deadline"
    DELIVERY_DEADLINE = "order.delivery_deadline"


STATUS: Final[Mapping[State, OrderStatus]] = {
    State.AWAIT_STOCK: OrderStatus.PLACED,
    State.ACCEPTED_EARLY: OrderStatus.PLACED,
    State.AWAIT_MERCHANTS: OrderStatus.PLACED,
    State.AGREED: OrderStatus.CONFIRMED,
    State.AT_COUNTER: OrderStatus.CONFIRMED,
    State.CONFIRMED: OrderStatus.CONFIRMED,
    State.ASSIGNED: OrderStatus.IN_PROGRESS,
    State.UNASSIGNED: OrderStatus.IN_PROGRESS,
    State.CALLED_OFF: OrderStatus.CONFIRMED,
    State.CALLED_OFF_UNDERWAY: OrderStatus.IN_PROGRESS,
    State.PICKED_UP: OrderStatus.IN_PROGRESS,
    State.COMPLETED: OrderStatus.COMPLETED,
    State.CANCELLED: OrderStatus.CANCELLED,
}

TIMER: Final[Mapping[State, Timer | None]] = {
    State.AWAIT_STOCK: Timer.STOCK_DEADLINE,
    State.ACCEPTED_EARLY: Timer.STOCK_DEADLINE,
    State.AWAIT_MERCHANTS: Timer.ACCEPT_DEADLINE,
    State.AGREED: Timer.DELIVERY_DUE,
    State.AT_COUNTER: Timer.FETCH_DEADLINE,
    State.CONFIRMED: Timer.DELIVERY_DEADLINE,
    State.ASSIGNED: Timer.DELIVERY_DEADLINE,
    State.UNASSIGNED: Timer.DELIVERY_DEADLINE,
    State.CALLED_OFF: Timer.DELIVERY_DEADLINE,
    State.CALLED_OFF_UNDERWAY: Timer.DELIVERY_DEADLINE,
    State.PICKED_UP: Timer.DELIVERY_DEADLINE,
    State.COMPLETED: None,
    State.CANCELLED: None,
}

TIMER_INPUT: Final[Mapping[Timer, Input]] = {
    Timer.STOCK_DEADLINE: Input.STOCK_DEADLINE,
    Timer.ACCEPT_DEADLINE: Input.ACCEPT_DEADLINE,
    Timer.DELIVERY_DUE: Input.DELIVERY_DUE,
    Timer.FETCH_DEADLINE: Input.FETCH_DEADLINE,
    Timer.DELIVERY_DEADLINE: Input.DELIVERY_DEADLINE,
}


class CancellationAnswer(StrEnum):
    """What delivery has said to a cancellation of a confirmed order."""

    PENDING = "PENDING"
    CANCELLED = "CANCELLED"
    REFUSED = "REFUSED"


def answer_to_call_off(state: State) -> CancellationAnswer:
    """By the state that the order was called off in, or has come to since."""
    match state:
        case State.CALLED_OFF | State.CALLED_OFF_UNDERWAY:
            return CancellationAnswer.PENDING
        case State.CANCELLED:
            return CancellationAnswer.CANCELLED
        case _:
            return CancellationAnswer.REFUSED


def hold_until(placed_at: datetime, accept_within: timedelta, kept_until: datetime | None = None) -> datetime:
    """When the stock's hold may end; `accept_within` is that of the slowest merchant, `kept_until` when the order's last timer before its
    confirmation, or its end, is due."""
    answered = placed_at + STOCK_WITHIN + accept_within
    return max(answered, kept_until or answered) + HOLD_MARGIN


def _cancel(reason: CancelReason | None, borne_by: BorneBy | None, *also: Action) -> Step:
    return Step(State.CANCELLED, (*also, Action.CANCEL), reason, borne_by)


_A, _S = Action, State
_SHORT = _cancel(CancelReason.STOCK_SHORT, BorneBy.NOBODY)
_NO_ANSWER = _cancel(CancelReason.STOCK_TIMEOUT, BorneBy.PLATFORM)
_LOST_HOLD = _cancel(CancelReason.STOCK_TIMEOUT, BorneBy.PLATFORM, _A.FLAG)
_REJECTED = _cancel(CancelReason.MERCHANT_REJECTED, BorneBy.MERCHANT)
_NO_MERCHANT = _cancel(CancelReason.MERCHANT_TIMEOUT, BorneBy.MERCHANT)
_NO_RIDER = _cancel(CancelReason.NO_RIDER, BorneBy.PLATFORM)
_TRIP_ENDED = _cancel(CancelReason.DELIVERY_FAILED, BorneBy.PLATFORM)
_TRIP_ENDED_ODDLY = _cancel(CancelReason.DELIVERY_FAILED, BorneBy.PLATFORM, _A.FLAG)
_FAILED = _cancel(CancelReason.DELIVERY_FAILED, None, _A.BOOK_FAILURE)
_FAILED_ODDLY = _cancel(CancelReason.DELIVERY_FAILED, None, _A.BOOK_FAILURE, _A.FLAG)
_CALLED_OFF = _cancel(None, None)
_FREE = _cancel(CancelReason.BUYER_CANCELLED, BorneBy.NOBODY)
_OPEN = Step(_S.AWAIT_MERCHANTS, (_A.OPEN_TO_MERCHANTS,))
_AGREE = Step(_S.AGREED, (_A.AGREE,))


def _stay(state: State, *actions: Action) -> Step:
    return Step(state, actions)


def _before_confirmation(state: State, held: Step, accepted: Step, deadline: Step, expires: Step) -> dict[Input, Step]:
    # A trip cannot be under way before the order was confirmed: such reports contradict, and are flagged. Its end is an end.
    odd = _stay(state, _A.FLAG)
    return {
        Input.STOCK_HELD: held,
        Input.STOCK_REFUSED: _SHORT,
        Input.STOCK_EXPIRED: _NO_ANSWER,
        Input.STOCK_COMMITTED: odd,
        Input.STOCK_RELEASED: _LOST_HOLD,
        Input.MERCHANTS_ACCEPTED: accepted,
        Input.MERCHANT_REJECTED: _REJECTED,
        Input.DELIVERY_DUE: _stay(state),
        Input.COUNTER_OPENS: _stay(state),
        Input.HANDED_OVER: _stay(state, _A.REFUSE),
        Input.FETCH_DEADLINE: _stay(state),
        Input.STOCK_DEADLINE: deadline,
        Input.ACCEPT_DEADLINE: expires,
        Input.DELIVERY_DEADLINE: _stay(state),
        Input.DELIVERY_ASSIGNED: odd,
        Input.DELIVERY_UNASSIGNED: odd,
        Input.PICKED_UP: odd,
        Input.DELIVERED: _stay(state, _A.BOOK_CASH, _A.FLAG),
        Input.ATTEMPT_FAILED: odd,
        Input.RETURNED: _FAILED_ODDLY,
        Input.UNASSIGNABLE: _NO_RIDER,
        Input.DELIVERY_CANCELLED: _TRIP_ENDED,
        Input.BUYER_CANCELS: _FREE,
    }


def _agreed(state: State, next_steps: dict[Input, Step]) -> dict[Input, Step]:
    # As before the confirmation, but no clock of before it has a say, and the merchants have had theirs.
    same = _stay(state)
    return {
        **_before_confirmation(state, held=same, accepted=same, deadline=same, expires=same),
        Input.MERCHANT_REJECTED: _stay(state, _A.REFUSE),
        **next_steps,
    }


def _before_pickup(
    state: State, assigned: Step, unassigned: Step, called_off: State, *start: Action
) -> dict[Input, Step]:
    # `start` is what a trip that is under way has to make up for when nobody told of its beginning.
    same = _stay(state)

    def call_off(reason: CancelReason, borne_by: BorneBy, *also: Action) -> Step:
        return Step(called_off, (*also, _A.CALL_OFF, _A.REMIND), reason, borne_by)

    return {
        Input.STOCK_HELD: same,
        Input.STOCK_REFUSED: call_off(CancelReason.STOCK_SHORT, BorneBy.PLATFORM, _A.FLAG),
        # It ended before catalog heard of the confirmation, and catalog answers that next: committed all the same, or refused.
        Input.STOCK_EXPIRED: same,
        Input.STOCK_COMMITTED: same,
        Input.STOCK_RELEASED: call_off(CancelReason.STOCK_TIMEOUT, BorneBy.PLATFORM, _A.FLAG),
        Input.MERCHANTS_ACCEPTED: same,
        Input.MERCHANT_REJECTED: _stay(state, _A.REFUSE),
        Input.DELIVERY_DUE: same,
        Input.COUNTER_OPENS: same,
        Input.HANDED_OVER: _stay(state, _A.REFUSE),
        Input.FETCH_DEADLINE: same,
        Input.STOCK_DEADLINE: same,
        Input.ACCEPT_DEADLINE: same,
        Input.DELIVERY_DEADLINE: call_off(CancelReason.DELIVERY_TIMEOUT, BorneBy.PLATFORM),
        Input.DELIVERY_ASSIGNED: assigned,
        Input.DELIVERY_UNASSIGNED: unassigned,
        Input.PICKED_UP: Step(_S.PICKED_UP, (*start, _A.HAND_OVER)),
        Input.DELIVERED: Step(_S.COMPLETED, (*start, _A.HAND_OVER, _A.BOOK_CASH, _A.COMPLETE)),
        Input.ATTEMPT_FAILED: Step(_S.PICKED_UP, (*start, _A.HAND_OVER)),
        Input.RETURNED: _FAILED,
        Input.UNASSIGNABLE: _NO_RIDER,
        Input.DELIVERY_CANCELLED: _TRIP_ENDED,
        Input.BUYER_CANCELS: call_off(CancelReason.BUYER_CANCELLED, BorneBy.BUYER),
    }


def _called_off(state: State, assigned: Step, *start: Action) -> dict[Input, Step]:
    # What came first at delivery comes first here: its events of a trip are in order, and it has one answer to a request. No catalog, clock
    # or buyer changes that any more.
    same = _stay(state)
    return {
        **dict.fromkeys(Input, same),
        Input.MERCHANT_REJECTED: _stay(state, _A.REFUSE),
        Input.HANDED_OVER: _stay(state, _A.REFUSE),
        Input.DELIVERY_DEADLINE: _stay(state, _A.FLAG, _A.CALL_OFF, _A.REMIND),
        Input.DELIVERY_ASSIGNED: assigned,
        Input.PICKED_UP: Step(_S.PICKED_UP, (*start, _A.HAND_OVER, _A.CARRY_ON)),
        Input.DELIVERED: Step(_S.COMPLETED, (*start, _A.HAND_OVER, _A.CARRY_ON, _A.BOOK_CASH, _A.COMPLETE)),
        Input.ATTEMPT_FAILED: Step(_S.PICKED_UP, (*start, _A.HAND_OVER, _A.CARRY_ON)),
        Input.RETURNED: _FAILED,
        Input.UNASSIGNABLE: _NO_RIDER,
        Input.DELIVERY_CANCELLED: _CALLED_OFF,
    }


_PICKED_UP: Final[dict[Input, Step]] = {
    **dict.fromkeys(Input, _stay(_S.PICKED_UP)),
    Input.STOCK_REFUSED: _stay(_S.PICKED_UP, _A.FLAG),
    Input.STOCK_EXPIRED: _stay(_S.PICKED_UP, _A.FLAG),
    Input.STOCK_RELEASED: _stay(_S.PICKED_UP, _A.FLAG),
    Input.MERCHANT_REJECTED: _stay(_S.PICKED_UP, _A.REFUSE),
    Input.HANDED_OVER: _stay(_S.PICKED_UP, _A.REFUSE),
    Input.DELIVERY_DEADLINE: _stay(_S.PICKED_UP, _A.FLAG, _A.REMIND),
    Input.DELIVERY_UNASSIGNED: _stay(_S.PICKED_UP, _A.FLAG),
    Input.DELIVERED: Step(_S.COMPLETED, (_A.BOOK_CASH, _A.COMPLETE)),
    Input.RETURNED: _FAILED,
    Input.UNASSIGNABLE: _stay(_S.PICKED_UP, _A.FLAG),
    Input.DELIVERY_CANCELLED: _TRIP_ENDED_ODDLY,
    Input.BUYER_CANCELS: _stay(_S.PICKED_UP, _A.REFUSE),
}

_COMPLETED: Final[dict[Input, Step]] = {
    **{given: _stay(_S.COMPLETED) for given in Input},
    Input.STOCK_REFUSED: _stay(_S.COMPLETED, _A.FLAG),
    Input.STOCK_EXPIRED: _stay(_S.COMPLETED, _A.FLAG),
    Input.STOCK_RELEASED: _stay(_S.COMPLETED, _A.FLAG),
    Input.MERCHANT_REJECTED: _stay(_S.COMPLETED, _A.REFUSE),
    Input.RETURNED: _stay(_S.COMPLETED, _A.FLAG),
    Input.BUYER_CANCELS: _stay(_S.COMPLETED, _A.REFUSE),
}

# Delivery ended the trip first or there was none: late answers need nothing more. Cash that was taken all the same is booked, and a
# rider who fetched the goods all the same is somebody's to look at.
_CANCELLED: Final[dict[Input, Step]] = {
    **{given: _stay(_S.CANCELLED) for given in Input},
    Input.MERCHANT_REJECTED: _stay(_S.CANCELLED, _A.REFUSE),
    Input.HANDED_OVER: _stay(_S.CANCELLED, _A.REFUSE),
    Input.PICKED_UP: _stay(_S.CANCELLED, _A.FLAG),
    Input.DELIVERED: _stay(_S.CANCELLED, _A.BOOK_CASH, _A.FLAG),
}

TABLE: Final[Mapping[State, Mapping[Input, Step]]] = {
    State.AWAIT_STOCK: _before_confirmation(
        _S.AWAIT_STOCK,
        held=_OPEN,
        accepted=_stay(_S.ACCEPTED_EARLY),
        deadline=_NO_ANSWER,
        expires=_stay(_S.AWAIT_STOCK),
    ),
    State.ACCEPTED_EARLY: _before_confirmation(
        _S.ACCEPTED_EARLY,
        held=_AGREE,
        accepted=_stay(_S.ACCEPTED_EARLY),
        deadline=_NO_ANSWER,
        expires=_stay(_S.ACCEPTED_EARLY),
    ),
    State.AWAIT_MERCHANTS: _before_confirmation(
        _S.AWAIT_MERCHANTS,
        held=_stay(_S.AWAIT_MERCHANTS),
        accepted=_AGREE,
        deadline=_stay(_S.AWAIT_MERCHANTS),
        expires=_NO_MERCHANT,
    ),
    State.AGREED: _agreed(
        _S.AGREED,
        {
            Input.DELIVERY_DUE: Step(_S.CONFIRMED, (_A.CONFIRM,)),
            Input.COUNTER_OPENS: Step(_S.AT_COUNTER),
        },
    ),
    State.AT_COUNTER: _agreed(
        _S.AT_COUNTER,
        {
            Input.HANDED_OVER: Step(_S.COMPLETED, (_A.HAND_TO_BUYER, _A.BOOK_CASH, _A.COMPLETE)),
            Input.FETCH_DEADLINE: _cancel(CancelReason.NOT_FETCHED, None),
            Input.BUYER_CANCELS: _cancel(CancelReason.BUYER_CANCELLED, None),
        },
    ),
    State.CONFIRMED: _before_pickup(
        _S.CONFIRMED, Step(_S.ASSIGNED, (_A.START,)), _stay(_S.CONFIRMED), _S.CALLED_OFF, _A.START
    ),
    State.ASSIGNED: _before_pickup(_S.ASSIGNED, _stay(_S.ASSIGNED), _stay(_S.UNASSIGNED), _S.CALLED_OFF_UNDERWAY),
    State.UNASSIGNED: _before_pickup(_S.UNASSIGNED, _stay(_S.ASSIGNED), _stay(_S.UNASSIGNED), _S.CALLED_OFF_UNDERWAY),
    State.CALLED_OFF: _called_off(_S.CALLED_OFF, Step(_S.CALLED_OFF_UNDERWAY, (_A.START,)), _A.START),
    State.CALLED_OFF_UNDERWAY: _called_off(_S.CALLED_OFF_UNDERWAY, _stay(_S.CALLED_OFF_UNDERWAY)),
    State.PICKED_UP: _PICKED_UP,
    State.COMPLETED: _COMPLETED,
    State.CANCELLED: _CANCELLED,
}
