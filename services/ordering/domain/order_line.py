"""A line of an order while it is packed: what was ordered stays, what is packed stands beside it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.contracts.amounts import capped
from services.contracts.catalog import CatchWeight, SaleUnit, UnitKind, VariantId
from services.contracts.ordering import OrderLineId
from services.ordering.domain.cart import line_total
from services.ordering.domain.machine import Cell, Machine
from services.ordering.domain.wishes import WhenShort

NEARLY_ALL_PERCENT: Final = 90
"""Of what is sold by mass or volume so much is no shortage: nobody's scale and scoop meet a kilo exactly, and less costs less."""


class OrderLineState(StrEnum):
    OPEN = "OPEN"
    PACKED = "PACKED"
    DROPPED = "DROPPED"
    REPLACED = "REPLACED"


class LineInput(StrEnum):
    PACK = "PACK"
    DROP = "DROP"
    REPLACE = "REPLACE"


_S, same, no = OrderLineState, Cell.SAME, Cell.NO
# What was packed may be packed anew until it is ready; what the buyer was told is gone does not come back.
# fmt: off
LINE: Final = Machine(OrderLineState.OPEN, LineInput, {
    #              PACK       DROP        REPLACE
    _S.OPEN:     (_S.PACKED, _S.DROPPED, _S.REPLACED),
    _S.PACKED:   (same,      _S.DROPPED, _S.REPLACED),
    _S.DROPPED:  (no,        no,         no),
    _S.REPLACED: (no,        no,         no),
})
# fmt: on


@dataclass(slots=True)
class Line:
    """A working copy. `quantity` and `total_rupiah` are as ordered, for ever; `packed_quantity`, `packed_gram` and `final_rupiah` are what
    became of it. `agreed_rupiah` is what the buyer, when asked, has agreed to pay for this much of it. `questions` were asked of it so far;
    `replaces` is the line in whose place it came. `most_rupiah` is what was paid, or is to be paid, for it by code: no more can be asked
    for, whatever it weighs or comes in its place."""

    id: OrderLineId
    variant_id: VariantId
    name: str
    unit: SaleUnit
    quantity: int
    price_rupiah: int
    price_basis: int
    total_rupiah: int
    catch_weight: CatchWeight | None = None
    when_short: WhenShort = WhenShort.ASK
    state: OrderLineState = OrderLineState.OPEN
    packed_quantity: int | None = None
    packed_gram: int | None = None
    final_rupiah: int | None = None
    agreed_rupiah: int | None = None
    replaces: OrderLineId | None = None
    questions: int = 0
    most_rupiah: int | None = None
    is_new: bool = False
    changed: bool = False

    @property
    def now_rupiah(self) -> int:
        """What it comes to as things stand."""
        return self.total_rupiah if self.final_rupiah is None else self.final_rupiah

    @property
    def now_quantity(self) -> int:
        return self.quantity if self.packed_quantity is None else self.packed_quantity

    @property
    def is_there(self) -> bool:
        return self.state in (OrderLineState.OPEN, OrderLineState.PACKED)

    @property
    def cap_rupiah(self) -> int:
        """The most that so much of it may come to without another word of the buyer."""
        return self.cap_of(self.now_quantity) if self.agreed_rupiah is None else self.agreed_rupiah

    def cap_of(self, quantity: int) -> int:
        priced = self.priced(quantity)
        return self._at_most(capped(priced, self.catch_weight.overrun_percent)) if self.catch_weight else priced

    def priced(self, quantity: int) -> int:
        """So much of it, before it is weighed."""
        return self._at_most(line_total(self.price_rupiah, quantity, self.price_basis))

    def _at_most(self, rupiah: int) -> int:
        return rupiah if self.most_rupiah is None else min(rupiah, self.most_rupiah)

    def may_be_short(self, quantity: int) -> bool:
        """Whether nobody need be asked when there is no more of it."""
        if self.when_short is not WhenShort.ASK or quantity >= self.quantity:
            return True
        measured = self.unit.kind is not UnitKind.COUNT
        return measured and 100 * quantity >= NEARLY_ALL_PERCENT * self.quantity

    def weighs(self, gram: int) -> int:
        """What it comes to at this weight."""
        assert self.catch_weight is not None
        return line_total(self.catch_weight.price_rupiah, gram, self.catch_weight.price_basis)

    def pack(self, quantity: int) -> None:
        """So much of it, at the price that was told: what is weighed is weighed next, and asked for anew. Raises WrongState."""
        self.state = LINE.next(self.state, LineInput.PACK)
        self.packed_quantity, self.packed_gram, self.agreed_rupiah = quantity, None, None
        self.final_rupiah, self.changed = self.priced(quantity), True

    def weigh(self, gram: int) -> None:
        """Never above the cap. Raises WrongState."""
        self.state = LINE.next(self.state, LineInput.PACK)
        self.packed_quantity, self.packed_gram = self.now_quantity, gram
        self.final_rupiah, self.changed = min(self.weighs(gram), self.cap_rupiah), True

    def go(self, given: LineInput) -> None:
        """It is not packed. Raises WrongState."""
        self.state = LINE.next(self.state, given)
        self.packed_quantity, self.packed_gram, self.final_rupiah, self.changed = 0, None, 0, True
