"""What may be sold, and what may be shown to whom."""

from __future__ import annotations

from services.contracts.catalog import MerchantStatus, ProductStatus

SOLD = (ProductStatus.PUBLISHED, MerchantStatus.ACTIVE)
"""A product for sale, and the merchant who sells."""

PUBLIC_MERCHANTS = (MerchantStatus.ACTIVE, MerchantStatus.SUSPENDED, MerchantStatus.CLOSED)
"""Shown to anybody who has the id, once they have opened: they have been public, and old orders point to them."""

PUBLIC_PRODUCTS = (ProductStatus.PUBLISHED,)
"""Shown to anybody who has the id. What was sold of another, an order's line keeps."""


def for_sale(product: ProductStatus, merchant: MerchantStatus) -> bool:
    return (product, merchant) == SOLD
