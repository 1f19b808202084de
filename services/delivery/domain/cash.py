"""What a rider may have been paid."""

from __future__ import annotations

from typing import Final

MOST_OVER_RUPIAH: Final = 1_000_000
"""More than any buyer rounds up: what is beyond it is a slip of the finger, and would be booked as money that the company owes."""


def is_plausible(paid_rupiah: int, asked_rupiah: int) -> bool:
    """Whether so much can have been paid where so much was asked; too little always can."""
    return paid_rupiah <= asked_rupiah + MOST_OVER_RUPIAH
