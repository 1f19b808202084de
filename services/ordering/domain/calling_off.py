"""What delivery answers to a cancellation of a confirmed order, and who bears that nobody collected one. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from services.contracts.ordering import BorneBy, CancelReason
from services.ordering.domain.process import Input, State


class CancellationAnswer(StrEnum):
    """What delivery has said to a cancellation of a confirmed order."""

    PENDING = "PENDING"
    CANCELLED = "CANCELLED"
    REFUSED = "REFUSED"


class CallOffFor(StrEnum):
    """For whom operators end an order before it is picked up."""

    BUYER = "BUYER"
    MERCHANT = "MERCHANT"


OF_CALL_OFF: Final[Mapping[CallOffFor, Input]] = {
    CallOffFor.BUYER: Input.BUYER_CANCELS,
    CallOffFor.MERCHANT: Input.MERCHANT_CANCELS,
}


def answer_to_call_off(state: State) -> CancellationAnswer:
    """By the state that the order was called off in, or has come to since."""
    match state:
        case State.CALLED_OFF | State.CALLED_OFF_UNDERWAY:
            return CancellationAnswer.PENDING
        case State.CANCELLED:
            return CancellationAnswer.CANCELLED
        case _:
            return CancellationAnswer.REFUSED


def uncollected(reason: CancelReason | None, packed: bool) -> BorneBy | None:
    """Of what was to be collected: packed goods have cost their merchant something, and it is the buyer's that nobody came; what was not
    packed could not be collected."""
    match reason:
        case CancelReason.NOT_FETCHED:
            return BorneBy.BUYER if packed else BorneBy.MERCHANT
        case CancelReason.BUYER_CANCELLED:
            return BorneBy.BUYER if packed else BorneBy.NOBODY
        case _:
            return None
