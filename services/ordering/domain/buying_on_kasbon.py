"""What handing over an order that is bought on kasbon does. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from services.contracts.kasbon import KasbonBought, KasbonId
from services.ordering.domain.ledger import Transfer, on_kasbon

if TYPE_CHECKING:
    from services.ordering.domain.order import Order


def owe(order: Order, kasbon_id: KasbonId) -> list[Transfer]:
    """What its buyer owes the merchant from here on. The trip is paid in cash."""
    [sale] = order.sales()
    if order.on_kasbon_rupiah:
        order.events.append(
            KasbonBought(
                kasbon_id=kasbon_id,
                merchant_id=sale.merchant_id,
                buyer=order.buyer,
                at=order.at,
                test=order.test,
                order_id=order.id,
                amount_rupiah=order.on_kasbon_rupiah,
            )
        )
    return on_kasbon(sale, kasbon_id, test=order.test, borne=order.given)
