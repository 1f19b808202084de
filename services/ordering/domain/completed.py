"""What is told of an order that is completed: what was booked of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.contracts.ordering import OrderCompleted, SoldPart
from services.ordering.domain.ledger import programme_of

if TYPE_CHECKING:
    from services.ordering.domain.order import Order


def completed(order: Order) -> OrderCompleted:
    """As it was booked, of what a merchant handed over itself too: there the trip has no shares."""
    regency: dict[str, int] = {}
    for each in order.given:
        if (programme := programme_of(each.account)) is not None:
            regency[programme] = regency.get(programme, 0) + each.amount_rupiah
    return OrderCompleted(
        order_id=order.id,
        completed_at=order.at,
        sold=[
            SoldPart(seller_order_id=part.id, merchant_id=part.merchant_id, sold_rupiah=sale.price_rupiah)
            for part, sale in zip(order.present(), order.sales(), strict=True)
        ],
        rider_share_rupiah=order.shares.rider_rupiah,
        partner_share_rupiah=order.shares.partner_rupiah,
        platform_share_rupiah=order.shares.platform_rupiah,
        regency_rupiah=regency,
    )
