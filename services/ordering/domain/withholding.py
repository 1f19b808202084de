"""PPh 22, which an appointed marketplace keeps back of what its merchants sell (PMK 37/2025, in force since 14 July 2025). Pure.

0.5 % of the gross, by a rule that has a day from which it applies; none before the installation is appointed. Not of a merchant that has
declared to sell for no more than Rp500,000,000 in the year, and whose statement an officer has seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from services.ordering.domain.refusal import Refused

IN_FORCE: Final = date(2025, 7, 14)
PERMILLE: Final = 5
BASIS: Final = "PMK 37/2025"


@dataclass(frozen=True, slots=True)
class Withholding:
    permille: int
    basis: str

    def of(self, gross_rupiah: int) -> int:
        """Half-up."""
        return (2 * gross_rupiah * self.permille + 1000) // 2000

    @property
    def rule(self) -> str:
        """As it is kept with each transfer."""
        return f"{self.basis}: {self.permille}/1000"


class YearIsWrong(Refused):
    """A statement is of this year or of the next."""


def check_year(year: int, today: date) -> int:
    """Raises YearIsWrong."""
    if year not in (today.year, today.year + 1):
        raise YearIsWrong(f"a statement is of {today.year} or {today.year + 1}")
    return year
