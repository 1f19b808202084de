"""What a merchant may do with a product, and what it may cost."""

from __future__ import annotations

import pytest

from services.catalog.domain import product
from services.catalog.domain.product import ProductAction, State
from services.contracts.catalog import ProductStatus


def test_every_action_is_decided_in_every_status() -> None:
    assert set(product.TABLE) == {(status, action) for status in State for action in ProductAction}


@pytest.mark.parametrize("action", list(ProductAction))
def test_a_blocked_product_is_not_the_merchants_to_move(action: ProductAction) -> None:
    with pytest.raises(product.ProductInState) as refusal:
        product.after(State.BLOCKED, action)
    assert refusal.value.status is State.BLOCKED


@pytest.mark.parametrize("rupiah", [1, product.MAX_PRICE_RUPIAH])
def test_a_price_within_its_range_is_taken(rupiah: int) -> None:
    assert product.price(rupiah) == rupiah


@pytest.mark.parametrize("rupiah", [-1, 0, product.MAX_PRICE_RUPIAH + 1])
def test_a_price_out_of_its_range_is_refused(rupiah: int) -> None:
    with pytest.raises(product.PriceOutOfRange):
        product.price(rupiah)


def test_elsewhere_what_is_archived_is_hidden_and_all_else_is_called_the_same() -> None:
    assert {state.status for state in State} == set(ProductStatus)
    assert State.ARCHIVED.status is ProductStatus.HIDDEN
    assert all(state.status.value == state.value for state in State if state is not State.ARCHIVED)


def test_archived_goods_come_back_as_a_draft_and_no_other_way() -> None:
    allowed = {action: product.TABLE[State.ARCHIVED, action] for action in ProductAction}
    assert allowed == {
        ProductAction.PUBLISH: None,
        ProductAction.HIDE: None,
        ProductAction.ARCHIVE: State.ARCHIVED,
        ProductAction.RESTORE: State.DRAFT,
    }
