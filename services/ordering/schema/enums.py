"""Enums of the graph. Described here, once, before any type has a field of them."""

from enum import Enum

import strawberry

from services.contracts.ordering import BorneBy, CancelReason, Slot
from services.ordering.domain.machines import OrderStatus, PaymentStatus, SellerOrderStatus

__all__ = [
    "BorneBy",
    "CancelReason",
    "OrderStatus",
    "PaymentMethod",
    "PaymentStatus",
    "SellerOrderStatus",
    "Slot",
]

strawberry.enum(OrderStatus, description="Where an order stands. New values may come.")
strawberry.enum(SellerOrderStatus, description="Where one merchant's part of an order stands. New values may come.")
strawberry.enum(PaymentStatus, description="DUE: cash is due at the door. New values may come.")
strawberry.enum(CancelReason, description="Why an order ended early. New values may come.")
strawberry.enum(BorneBy, description="Who carries the cost of a cancelled order.")
strawberry.enum(Slot, description="When the goods are wanted.")


@strawberry.enum(description="How an order is paid. COD: cash to the rider. New values may come.")
class PaymentMethod(Enum):
    COD = "COD"
