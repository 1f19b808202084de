"""What an order has of promotions, and how that follows when its goods become fewer. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from services.contracts.ordering import SellerOrderId
from services.ordering.domain.ids import PromotionId
from services.ordering.domain.promotion import Frozen, all_after, fee_after


@dataclass(slots=True)
class UsePart:
    """Off one merchant's part: `as_placed` of goods that count, out of all of its goods as placed, and what is left of it now."""

    seller_order_id: SellerOrderId
    as_placed: Frozen
    of_rupiah: int
    amount_rupiah: int

    def counting(self, goods_now: int) -> int:
        """What counts of what is left. Which lines that are is not kept: in proportion, half-up, never more than before."""
        counted = self.as_placed.goods_rupiah
        return min(counted, goods_now, (2 * counted * goods_now + self.of_rupiah) // (2 * self.of_rupiah))


@dataclass(slots=True)
class Use:
    """Of one promotion. `account` gives it, None: the merchants themselves. What is off the fee has no parts. A use of which nothing is
    left stays, for who saves it gives it back."""

    promotion_id: PromotionId
    account: str | None
    off_delivery: bool
    amount_rupiah: int
    parts: Sequence[UsePart] = field(default_factory=list)


def follow(uses: Iterable[Use], goods: Mapping[SellerOrderId, int], fee_rupiah: int) -> bool:
    """Whether anything became less. `goods` are of each part now, none of one that left. Each merchant's part hangs on its own goods alone,
    and nothing ever becomes more. The uses are in the order in which they were taken off."""
    uses = list(uses)
    before = [each.amount_rupiah for each in uses]
    for seller_order_id, goods_now in goods.items():
        parts = [part for use in uses for part in use.parts if part.seller_order_id == seller_order_id]
        amounts = all_after([(part.as_placed, part.counting(goods_now)) for part in parts], goods_now)
        for part, amount in zip(parts, amounts, strict=True):
            part.amount_rupiah = min(part.amount_rupiah, amount)
    for use in uses:
        if use.off_delivery:
            use.amount_rupiah = fee_after(use.amount_rupiah, fee_rupiah)
            fee_rupiah -= use.amount_rupiah
        else:
            use.amount_rupiah = sum(part.amount_rupiah for part in use.parts)
    return before != [each.amount_rupiah for each in uses]
