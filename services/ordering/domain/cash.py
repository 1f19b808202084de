"""What is asked in cash. Nobody has Rp69: a sum is asked in what people carry, and what that changes is booked. Pure."""

from __future__ import annotations

from typing import Final

CASH_STEP_RUPIAH: Final = 100
"""The smallest coin that is in everybody's purse: of Bank Indonesia's coins those of Rp100, 200, 500 and 1,000 go round. Article 6 of
Permendag 35/M-DAG/PER/7/2013 lets a price with a fraction that does not go round be rounded by what does, and wants the buyer told
when he pays: the order shows both sums from the moment it is placed."""


def in_cash(total_rupiah: int) -> int:
    """To the nearest step, half-up: never more than half a step from the total."""
    return (total_rupiah + CASH_STEP_RUPIAH // 2) // CASH_STEP_RUPIAH * CASH_STEP_RUPIAH
