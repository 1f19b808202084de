"""State machines as total tables: every state that can be reached answers every input."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, StrEnum
from typing import Final, Generic, TypeVar

from services.ordering.domain.refusal import WrongState

S = TypeVar("S", bound=StrEnum)
I = TypeVar("I", bound=StrEnum)  # noqa: E741 - an input


class Cell(Enum):
    SAME = "the state stays: a repeat, or an input that has come to nothing"
    NO = "refused"


class Machine(Generic[S, I]):
    """One row per state, and in it one cell per input, in the order of the enum. A cell is the next state, SAME or NO. States that apps
    know and nothing here leads to have no row."""

    def __init__(self, start: S, inputs: type[I], rows: Mapping[S, tuple[S | Cell, ...]]) -> None:
        self.start: Final = start
        self.table: Final[Mapping[tuple[S, I], S | None]] = {
            (state, given): _meant(state, cell)
            for state, row in rows.items()
            for given, cell in zip(inputs, row, strict=True)
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
