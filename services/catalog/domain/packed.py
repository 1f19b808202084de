"""What packing makes of an order's goods: less of what was ordered, other goods in its place. Pure; in base units."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.catalog.domain.reservation import ReservationState
from services.contracts.catalog import VariantId
from services.contracts.ordering import OrderLineId
from services.contracts.packing import ChangedLine

OVER: Final = frozenset({ReservationState.RELEASED, ReservationState.REFUSED})
"""Nothing is kept for such an order: what is packed of it is not in its count, unless a rider has it."""


@dataclass(frozen=True, slots=True)
class Bagged:
    """So much of a variant is an order's: `quantity` by the count, `uncounted` what lay there beside it."""

    quantity: int = 0
    uncounted: int = 0

    def less(self, quantity: int) -> Bagged:
        """What the count never had is the first that is not packed after all; never less than nothing."""
        uncounted = min(quantity, self.uncounted)
        return Bagged(max(0, self.quantity - (quantity - uncounted)), self.uncounted - uncounted)

    def more(self, quantity: int, available: int) -> Bagged:
        """What was in the hand was there, whatever the count says: it gives what it has, and is never below nothing."""
        counted = min(quantity, available)
        return Bagged(self.quantity + counted, self.uncounted + quantity - counted)


def news(
    lines: Iterable[ChangedLine],
    changed_at: datetime,
    heard: dict[OrderLineId, datetime],
    ordered: Iterable[VariantId],
) -> list[ChangedLine]:
    """Those of which nothing as late was heard. What is not of the order, or left it with its merchant, is none of it."""
    there = set(ordered)
    return [
        line
        for line in lines
        if (changed_at > heard[line.line_id] if line.line_id in heard else line.variant_id in there)
    ]


def difference(lines: Iterable[ChangedLine]) -> dict[VariantId, int]:
    """How much more of each variant is packed than was; less is below zero. What only weighs otherwise is as much as it was."""
    more: dict[VariantId, int] = {}
    for line in lines:
        more[line.variant_id] = more.get(line.variant_id, 0) + line.quantity - line.quantity_before
        if line.replaced_by_variant_id is not None:
            by = line.replaced_by_variant_id
            more[by] = more.get(by, 0) + (line.replaced_by_quantity or 0)
    return {variant_id: quantity for variant_id, quantity in more.items() if quantity}
