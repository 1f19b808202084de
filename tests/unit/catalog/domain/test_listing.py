"""What is for sale."""

from __future__ import annotations

import pytest

from services.catalog.domain.listing import for_sale
from services.contracts.catalog import MerchantStatus, ProductStatus


@pytest.mark.parametrize("product", list(ProductStatus))
@pytest.mark.parametrize("merchant", list(MerchantStatus))
def test_only_a_published_product_of_an_active_merchant_is_for_sale(
    product: ProductStatus, merchant: MerchantStatus
) -> None:
    both = product is ProductStatus.PUBLISHED and merchant is MerchantStatus.ACTIVE
    assert for_sale(product, merchant) is both
