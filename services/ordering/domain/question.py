"""What a merchant asks the buyer while it packs: one line, one answer, and what is done when none comes. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from services.contracts.catalog import CatchWeight, SaleUnit, VariantId
from services.contracts.ordering import OrderLineId
from services.contracts.packing import QuestionId, QuestionKind
from services.ordering.domain.machine import Cell, Machine
from services.ordering.domain.refusal import Refused

ANSWER_WITHIN: Final = timedelta(minutes=5)
"""The bag stands open on the counter meanwhile, and its merchant packs the other lines."""
WHILE_A_RIDER_COMES: Final = timedelta(minutes=2)
"""A rider who has the job earns nothing while he waits."""
ANSWER_WITHIN_LATER: Final = timedelta(minutes=30)
"""The most, of what is wanted later: nobody waits for it yet."""
MOST_QUESTIONS: Final = 3
"""Of one line: whoever is asked a fourth time has been told nothing by the first three."""


class QuestionState(StrEnum):
    OPEN = "OPEN"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    LAPSED = "LAPSED"
    WITHDRAWN = "WITHDRAWN"


class QuestionInput(StrEnum):
    ACCEPT = "ACCEPT"
    DECLINE = "DECLINE"
    LAPSE = "LAPSE"  # the time was up, or the goods left
    WITHDRAW = "WITHDRAW"  # the merchant did otherwise, or there is nothing to be packed any more


class IfNotAccepted(StrEnum):
    """What is done without a yes."""

    AT_CAP = "AT_CAP"
    SHORT = "SHORT"
    DROPPED = "DROPPED"
    KEPT = "KEPT"


_S, same, no = QuestionState, Cell.SAME, Cell.NO
# fmt: off
QUESTION: Final = Machine(QuestionState.OPEN, QuestionInput, {
    #               ACCEPT       DECLINE      LAPSE      WITHDRAW
    _S.OPEN:      (_S.ACCEPTED, _S.DECLINED, _S.LAPSED, _S.WITHDRAWN),
    _S.ACCEPTED:  (same,        no,          same,      same),
    _S.DECLINED:  (no,          same,        same,      same),
    _S.LAPSED:    (no,          no,          same,      same),
    _S.WITHDRAWN: (no,          no,          same,      same),
})
# fmt: on


class QuestionIsOpen(Refused):
    """The buyer was promised until then to answer."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"the buyer may answer until {until:%H:%M:%S}")
        self.until = until


class QuestionsAreTooMany(Refused):
    def __init__(self) -> None:
        super().__init__(f"of one line the buyer is asked {MOST_QUESTIONS} times at most")


@dataclass(frozen=True, slots=True)
class Replacement:
    """What is offered in a line's place, as it was sold when it was offered."""

    variant_id: VariantId
    name: str
    unit: SaleUnit
    price_rupiah: int
    price_basis: int
    catch_weight: CatchWeight | None = None


@dataclass(slots=True)
class Question:
    """A working copy. `total_rupiah` is what the line comes to with a yes, `otherwise_rupiah` without. `quantity` is what there would be:
    of the line itself when it is short, else of what replaces it; of too heavy pieces `gram` is what they weigh."""

    id: QuestionId
    line_id: OrderLineId
    kind: QuestionKind
    total_rupiah: int
    otherwise: IfNotAccepted
    otherwise_rupiah: int
    asked_at: datetime
    answer_by: datetime
    quantity: int
    gram: int | None = None
    replacement: Replacement | None = None
    state: QuestionState = QuestionState.OPEN
    ended_at: datetime | None = None
    changed: bool = False

    def to(self, given: QuestionInput, at: datetime) -> bool:
        """Whether it moved. Raises WrongState."""
        wanted = QUESTION.next(self.state, given)
        if wanted is self.state:
            return False
        self.state, self.ended_at, self.changed = wanted, at, True
        return True

    @property
    def is_open(self) -> bool:
        return self.state is QuestionState.OPEN

    def is_overdue(self, at: datetime) -> bool:
        return self.is_open and self.answer_by <= at

    def asks_the_same(self, kind: QuestionKind, quantity: int, gram: int | None, variant_id: VariantId | None) -> bool:
        mine = self.replacement.variant_id if self.replacement else None
        return (self.kind, self.quantity, self.gram, mine) == (kind, quantity, gram, variant_id)


def answer_within(at: datetime, *, rider_comes: bool, wanted_from: datetime | None) -> timedelta:
    """`wanted_from` is when it is handed over, None for now."""
    if rider_comes:
        return WHILE_A_RIDER_COMES
    if wanted_from is None:
        return ANSWER_WITHIN
    return min(max(wanted_from - at, ANSWER_WITHIN), ANSWER_WITHIN_LATER)
