"""What a trip costs and who gets what of it: dated rules, shares that add up to the rupiah, mass classes."""

from __future__ import annotations

from dataclasses import dataclass

from services.contracts.quote import MAX_MASS_GRAM

# A motorbike's box: what a rider may be asked to carry. A quote holds for the class that the goods fall in.
MASS_CLASSES_GRAM = (1_000, 3_000, 5_000, 10_000, 15_000, MAX_MASS_GRAM)
MAX_FEE_RUPIAH = 10_000_000
"""A tariff that comes to more for any trip is a slip of the pen, and a sum with it could be one that nobody can show."""


@dataclass(frozen=True, slots=True)
class TariffRule:
    """The fee is `min_fee_rupiah` for the first `included_m`, then `per_km_rupiah` for each kilometre begun. The shares are whole percents
    that make 100. `binding` says whether the legal basis prescribes the numbers or merely suggests them."""

    version: str
    min_fee_rupiah: int
    included_m: int
    per_km_rupiah: int
    rider_share_pct: int
    partner_share_pct: int
    platform_share_pct: int
    legal_basis: str

    def check(self, longest_m: int) -> None:
        """Before it is kept. Raises ValueError."""
        if not 0 <= self.fee(longest_m) <= MAX_FEE_RUPIAH:
            raise ValueError(
                f"{self.version}: {self.fee(longest_m)} rupiah for {longest_m} m are out of 0 to {MAX_FEE_RUPIAH}"
            )

    def fee(self, distance_m: int) -> int:
        """Rupiah."""
        begun_km = max(0, -(-(distance_m - self.included_m) // 1_000))
        return self.min_fee_rupiah + begun_km * self.per_km_rupiah

    def shares(self, fee_rupiah: int) -> Shares:
        return split(fee_rupiah, self.rider_share_pct, self.partner_share_pct, self.platform_share_pct)


@dataclass(frozen=True, slots=True)
class Shares:
    """Rupiah; their sum is the fee."""

    rider: int
    partner: int
    platform: int


def split(fee_rupiah: int, rider_pct: int, partner_pct: int, platform_pct: int) -> Shares:
    """By largest remainder: each share is within a rupiah of its percentage and the sum is exact. A tie goes to the rider first."""
    percents = (rider_pct, partner_pct, platform_pct)
    if min(percents) < 0 or sum(percents) != 100:
        raise ValueError("shares are percents that make 100")
    whole = [fee_rupiah * percent // 100 for percent in percents]
    by_remainder = sorted(range(3), key=lambda place: -(fee_rupiah * percents[place] % 100))
    for place in by_remainder[: fee_rupiah - sum(whole)]:
        whole[place] += 1
    return Shares(*whole)


def mass_class(mass_gram: int) -> int | None:
    """The limit in grams that a quote for this mass carries; None when it is too heavy for a motorbike."""
    return next((limit for limit in MASS_CLASSES_GRAM if mass_gram <= limit), None)
