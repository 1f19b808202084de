"""Erasure of a person: what it waits for, and how far it is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ErasureStatus(StrEnum):
    WAITING = "WAITING"
    DONE = "DONE"


class ErasureWaitsFor(StrEnum):
    OPEN_ORDERS = "OPEN_ORDERS"
    LAST_OF_OPS = "LAST_OF_OPS"


@dataclass(frozen=True, slots=True)
class Erasure:
    status: ErasureStatus
    asked_at: datetime
    waits_for: tuple[ErasureWaitsFor, ...]


def waits_for(*, open_orders: bool, last_of_ops: bool) -> tuple[ErasureWaitsFor, ...]:
    """Nobody could call the buyer of an open order; without ops nobody could let anybody in."""
    said = {ErasureWaitsFor.OPEN_ORDERS: open_orders, ErasureWaitsFor.LAST_OF_OPS: last_of_ops}
    return tuple(each for each, holds in said.items() if holds)
