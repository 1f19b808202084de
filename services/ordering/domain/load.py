"""How much one buyer may have standing: unpaid orders that keep goods from others, and orders of a day. Pure.

Counted in the database under the lock of the buyer's cart, so requests side by side cannot pass it together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.contracts.catalog import VariantId
from services.ordering.domain.refusal import Refused

RETRY_AFTER_MS: Final = 60_000
"""When an order ends is people's doing; a minute is soon enough to look again."""
DAY: Final = timedelta(days=1)


class OpenOrdersAtLimit(Refused):
    """`variant_id` is of the line whose product is in too many of them; None when it is their number."""

    def __init__(self, maximum: int, variant_id: VariantId | None = None) -> None:
        with_what = f" with the product of {variant_id}" if variant_id else ""
        super().__init__(f"{maximum} unpaid orders{with_what} are open, and no more may be")
        self.maximum = maximum
        self.variant_id = variant_id


class OrdersOfTheDayAtLimit(Refused):
    def __init__(self, maximum: int, retry_after_ms: int) -> None:
        super().__init__(f"{maximum} orders were placed within a day, and no more may be")
        self.retry_after_ms = retry_after_ms


@dataclass(frozen=True, slots=True)
class Policy:
    """`open_orders`: a household that orders from several stalls in a morning has three or four on their way. `of_product`: one on its
    way, and one for what was forgotten; the third of the same goods keeps them from others. `a_day`: what is placed and cancelled again
    and again leaves rows and events behind each time."""

    open_orders: int = 5
    of_product: int = 2
    a_day: int = 50


@dataclass(frozen=True, slots=True)
class Standing:
    """What the buyer has: `of_products` are the lines of the cart, each with the number of open unpaid orders that have its product.
    `full_since` is when the first of the last `a_day` orders was placed, None when there are fewer within a day."""

    open_orders: int
    of_products: Sequence[tuple[VariantId, int]]
    full_since: datetime | None


def check(standing: Standing, policy: Policy, at: datetime) -> None:
    """For one order more. Raises OpenOrdersAtLimit or OrdersOfTheDayAtLimit."""
    if standing.open_orders >= policy.open_orders:
        raise OpenOrdersAtLimit(policy.open_orders)
    for variant_id, orders in standing.of_products:
        if orders >= policy.of_product:
            raise OpenOrdersAtLimit(policy.of_product, variant_id)
    if standing.full_since is not None:
        left = standing.full_since + DAY - at
        raise OrdersOfTheDayAtLimit(policy.a_day, max(1, int(left.total_seconds() * 1000)))
