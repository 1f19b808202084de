"""What operators may do with a merchant."""

from __future__ import annotations

import pytest

from services.catalog.domain import merchant
from services.catalog.domain.merchant import MerchantAction
from services.contracts.catalog import MerchantStatus


def test_every_action_is_decided_in_every_status() -> None:
    assert set(merchant.TABLE) == {(status, action) for status in MerchantStatus for action in MerchantAction}


@pytest.mark.parametrize("action", list(MerchantAction))
@pytest.mark.parametrize("status", [MerchantStatus.APPLIED, MerchantStatus.VERIFIED, MerchantStatus.CLOSED])
def test_a_merchant_that_does_not_trade_is_neither_suspended_nor_reactivated(
    status: MerchantStatus, action: MerchantAction
) -> None:
    with pytest.raises(merchant.MerchantInState) as refusal:
        merchant.after(status, action)
    assert refusal.value.status is status
