"""What ordering's facts are made of: an order's ids, its lines and each merchant's part."""

from __future__ import annotations

from datetime import datetime

import msgspec

from services.contracts.catalog import MerchantId, VariantId
from services.kit.ids import Id


class OrderId(Id, prefix="ord"):
    pass


class SellerOrderId(Id, prefix="sor"):
    pass


class OrderLineId(Id, prefix="oln"):
    pass


class PlacedLine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    variant_id: VariantId
    quantity: int  # base units
    rupiah: int | None = None
    """What it comes to; null in what was told before it was said, as is its `category`."""
    category: str | None = None


class SoldPart(msgspec.Struct, frozen=True, kw_only=True):
    """What one merchant's goods were paid for with, by whomever, as the books have it: less what the merchant gave of its own accord."""

    seller_order_id: SellerOrderId
    merchant_id: MerchantId
    sold_rupiah: int


class PlacedSellerOrder(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    seller_order_id: SellerOrderId
    merchant_id: MerchantId
    goods_rupiah: int
    lines: list[PlacedLine]
    accept_within_s: int | None = None
    """How long this merchant has to answer; null in what was told before it was said: as the merchant has it set."""
    discount_rupiah: int = 0
    """Off its goods, whoever bears it."""


class PartReady(msgspec.Struct, frozen=True, kw_only=True):
    """When one merchant's goods are packed, as promised."""

    merchant_id: MerchantId
    ready_at: datetime
