"""What may be done with a merchant, and by whom."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.domain import merchant
from services.catalog.domain.caller import Caller
from services.catalog.domain.merchant import MerchantAction
from services.contracts.catalog import MerchantStatus


def test_every_action_is_decided_in_every_status() -> None:
    assert set(merchant.TABLE) == {(status, action) for status in MerchantStatus for action in MerchantAction}


@pytest.mark.parametrize("action", [MerchantAction.SUSPEND, MerchantAction.REACTIVATE])
@pytest.mark.parametrize("status", [MerchantStatus.APPLIED, MerchantStatus.VERIFIED, MerchantStatus.CLOSED])
def test_a_merchant_that_does_not_trade_is_neither_suspended_nor_reactivated(
    status: MerchantStatus, action: MerchantAction
) -> None:
    with pytest.raises(merchant.MerchantInState) as refusal:
        merchant.after(status, action)
    assert refusal.value.status is status


_ACTIONS = st.lists(st.sampled_from(list(MerchantAction)), max_size=12)


@given(_ACTIONS)
def test_nobody_sells_whom_no_officer_has_verified_and_who_has_ended_stays_so(actions: list[MerchantAction]) -> None:
    status, verified, closed = MerchantStatus.APPLIED, False, False
    for action in actions:
        try:
            to = merchant.after(status, action)
        except merchant.MerchantInState:
            continue
        verified |= action is MerchantAction.VERIFY
        closed |= action is MerchantAction.CLOSE
        status = to
        assert verified or status not in (MerchantStatus.VERIFIED, MerchantStatus.ACTIVE, MerchantStatus.SUSPENDED)
        assert closed == (status is MerchantStatus.CLOSED)


@given(_ACTIONS)
def test_others_hear_of_a_merchant_from_its_verification_on_and_of_every_step_then(
    actions: list[MerchantAction],
) -> None:
    status, verified = MerchantStatus.APPLIED, False
    for action in actions:
        try:
            to = merchant.after(status, action)
        except merchant.MerchantInState:
            continue
        verified |= action is MerchantAction.VERIFY
        if to is not status:
            assert merchant.is_told(status, to) == verified
        status = to


def test_only_the_platform_decides_on_what_is_not_its_own() -> None:
    owner, officer, ops = Caller(member="x"), Caller(officer=True), Caller(ops=True)
    allowed = {
        who: {action for action in MerchantAction if merchant.of_any(caller, action)}
        for who, caller in {"owner": owner, "officer": officer, "ops": ops}.items()
    }
    assert allowed == {
        "owner": set(),
        "officer": {MerchantAction.VERIFY, MerchantAction.SEND_BACK},
        "ops": merchant.DECISIONS | {MerchantAction.CLOSE},
    }
