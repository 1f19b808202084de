"""What a merchant may do with a product, and what it may cost."""

from __future__ import annotations

import pytest

from services.catalog.domain import product
from services.catalog.domain.product import ProductAction
from services.contracts.catalog import ProductStatus


def test_every_action_is_decided_in_every_status() -> None:
    assert set(product.TABLE) == {(status, action) for status in ProductStatus for action in ProductAction}


@pytest.mark.parametrize("action", list(ProductAction))
def test_a_blocked_product_is_not_the_merchants_to_move(action: ProductAction) -> None:
    with pytest.raises(product.ProductInState) as refusal:
        product.after(ProductStatus.BLOCKED, action)
    assert refusal.value.status is ProductStatus.BLOCKED


@pytest.mark.parametrize("rupiah", [1, product.MAX_PRICE_RUPIAH])
def test_a_price_within_its_range_is_taken(rupiah: int) -> None:
    assert product.price(rupiah) == rupiah


@pytest.mark.parametrize("rupiah", [-1, 0, product.MAX_PRICE_RUPIAH + 1])
def test_a_price_out_of_its_range_is_refused(rupiah: int) -> None:
    with pytest.raises(product.PriceOutOfRange):
        product.price(rupiah)
