"""The order's process manager: its states, inputs, actions and timers; `process_table` says what leads where. Pure.

One of several merchants who refuses ends nothing: the order goes on with the others, once its buyer has wished so, or is asked and does not
say no in time.

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
BUYER_WITHIN: Final = timedelta(minutes=5)
"""How long a buyer is waited for who is asked whether it goes on: goods of those who accepted lie ready meanwhile."""
BUYER_WITHIN_LATER: Final = timedelta(minutes=30)
"""The same, of what is for later."""
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
    AWAIT_BUYER = "AWAIT_BUYER"  # some merchants refused, the others accepted: the buyer is asked
    AWAIT_PAYMENT = "AWAIT_PAYMENT"  # every merchant has accepted; the buyer is asked for the money
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
    MERCHANT_CANCELS = "MERCHANT_CANCELS"  # what it had accepted, and it was the only part that was left
    BUYER_IS_ASKED = "BUYER_IS_ASKED"  # all have answered, not all with yes
    BUYER_GOES_ON = "BUYER_GOES_ON"
    BUYER_DEADLINE = "BUYER_DEADLINE"  # no answer is a yes
    NOTHING_TO_PAY = "NOTHING_TO_PAY"  # before it is handed over: it is paid in cash
    PAYMENT_RECEIVED = "PAYMENT_RECEIVED"  # all of it
    PAYMENT_DEADLINE = "PAYMENT_DEADLINE"
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
    ASK_BUYER = "ASK_BUYER"
    ASK_PAYMENT = "ASK_PAYMENT"  # of who pays by code
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
    BUYER_DEADLINE = "order.buyer_deadline"
    PAYMENT_DEADLINE = "order.payment_deadline"
    DELIVERY_DUE = "order.delivery_due"
    FETCH_DEADLINE = "order.fetch_deadline"
    DELIVERY_DEADLINE = "order.delivery_deadline"


STATUS: Final[Mapping[State, OrderStatus]] = {
    State.AWAIT_STOCK: OrderStatus.PLACED,
    State.ACCEPTED_EARLY: OrderStatus.PLACED,
    State.AWAIT_MERCHANTS: OrderStatus.PLACED,
    State.AWAIT_BUYER: OrderStatus.PLACED,
    State.AWAIT_PAYMENT: OrderStatus.PLACED,
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
    State.AWAIT_BUYER: Timer.BUYER_DEADLINE,
    State.AWAIT_PAYMENT: Timer.PAYMENT_DEADLINE,
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
    Timer.BUYER_DEADLINE: Input.BUYER_DEADLINE,
    Timer.PAYMENT_DEADLINE: Input.PAYMENT_DEADLINE,
    Timer.DELIVERY_DUE: Input.DELIVERY_DUE,
    Timer.FETCH_DEADLINE: Input.FETCH_DEADLINE,
    Timer.DELIVERY_DEADLINE: Input.DELIVERY_DEADLINE,
}


def hold_until(
    placed_at: datetime,
    accept_within: timedelta,
    kept_until: datetime | None = None,
    pay_within: timedelta = timedelta(),
) -> datetime:
    """When the stock's hold may end; `accept_within` is that of the slowest merchant, `pay_within` the buyer's, `kept_until` when the
    order's last timer before its confirmation, or its end, is due."""
    answered = placed_at + STOCK_WITHIN + accept_within + BUYER_WITHIN + pay_within
    return max(answered, kept_until or answered) + HOLD_MARGIN
