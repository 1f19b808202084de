"""The order's process as one total table: from (state, input) to the next state and what is to be done. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.contracts.ordering import BorneBy, CancelReason
from services.ordering.domain.process import Action, Input, State, Step


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
_ALL_ACCEPTED = Step(_S.AWAIT_PAYMENT, (_A.ASK_PAYMENT,))
_AGREE = Step(_S.AGREED, (_A.AGREE,))
_UNPAID = _cancel(CancelReason.PAYMENT_TIMEOUT, BorneBy.NOBODY)


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
        Input.MERCHANT_CANCELS: _REJECTED,
        Input.BUYER_IS_ASKED: _stay(state),
        Input.BUYER_GOES_ON: _stay(state),
        Input.BUYER_DEADLINE: _stay(state),
        # Money that comes when none is waited for is given back by who books it: the order goes on as it was.
        Input.NOTHING_TO_PAY: _stay(state),
        Input.PAYMENT_RECEIVED: _stay(state),
        Input.PAYMENT_DEADLINE: _stay(state),
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
        Input.MERCHANT_CANCELS: call_off(CancelReason.MERCHANT_REJECTED, BorneBy.MERCHANT),
        Input.BUYER_IS_ASKED: same,
        Input.BUYER_GOES_ON: same,
        Input.BUYER_DEADLINE: same,
        Input.NOTHING_TO_PAY: same,
        Input.PAYMENT_RECEIVED: same,
        Input.PAYMENT_DEADLINE: same,
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
    Input.MERCHANT_CANCELS: _stay(_S.PICKED_UP, _A.REFUSE),
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
    Input.MERCHANT_CANCELS: _stay(_S.COMPLETED, _A.REFUSE),
    Input.RETURNED: _stay(_S.COMPLETED, _A.FLAG),
    Input.BUYER_CANCELS: _stay(_S.COMPLETED, _A.REFUSE),
}

# Delivery ended the trip first or there was none: late answers need nothing more. Cash that was taken all the same is booked, and a
# rider who fetched the goods all the same is somebody's to look at.
_CANCELLED: Final[dict[Input, Step]] = {
    **{given: _stay(_S.CANCELLED) for given in Input},
    Input.MERCHANT_REJECTED: _stay(_S.CANCELLED, _A.REFUSE),
    Input.BUYER_GOES_ON: _stay(_S.CANCELLED, _A.REFUSE),
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
        held=_ALL_ACCEPTED,
        accepted=_stay(_S.ACCEPTED_EARLY),
        deadline=_NO_ANSWER,
        expires=_stay(_S.ACCEPTED_EARLY),
    ),
    State.AWAIT_MERCHANTS: {
        **_before_confirmation(
            _S.AWAIT_MERCHANTS,
            held=_stay(_S.AWAIT_MERCHANTS),
            accepted=_ALL_ACCEPTED,
            deadline=_stay(_S.AWAIT_MERCHANTS),
            expires=_NO_MERCHANT,
        ),
        Input.BUYER_IS_ASKED: Step(_S.AWAIT_BUYER, (_A.ASK_BUYER,)),
    },
    State.AWAIT_BUYER: _agreed(
        _S.AWAIT_BUYER,
        {
            Input.BUYER_GOES_ON: _ALL_ACCEPTED,
            Input.BUYER_DEADLINE: _ALL_ACCEPTED,
        },
    ),
    State.AWAIT_PAYMENT: _agreed(
        _S.AWAIT_PAYMENT,
        {Input.NOTHING_TO_PAY: _AGREE, Input.PAYMENT_RECEIVED: _AGREE, Input.PAYMENT_DEADLINE: _UNPAID},
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
