"""What delivery answers to a cancellation of a confirmed order. Pure."""

from __future__ import annotations

from enum import StrEnum

from services.ordering.domain.process import State


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
