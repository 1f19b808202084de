"""What is ordered by the piece and priced by weight: what a piece comes to, and the most that it may."""

from __future__ import annotations

from fractions import Fraction
from typing import Final

MAX_OVERRUN_PERCENT: Final = 50
USUAL_OVERRUN_PERCENT: Final = 10
USUAL_BASIS: Final = 1_000
"""Grams that a price is for when it is not said."""


def estimate(price_rupiah: int, basis_gram: int, nominal_gram: float) -> int:
    """Rupiah of one piece of the usual mass, half up, a rupiah at least: a line is so many of these."""
    exact = Fraction(price_rupiah) * Fraction(str(nominal_gram)) / basis_gram
    return max(1, int(exact + Fraction(1, 2)))
