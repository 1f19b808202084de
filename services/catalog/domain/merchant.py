"""A merchant: what operators may do with it."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from services.contracts.catalog import MerchantStatus

MAX_REASON_CHARACTERS = 500
"""Of why operators did so."""


class MerchantAction(StrEnum):
    SUSPEND = "SUSPEND"
    REACTIVATE = "REACTIVATE"


class MerchantInState(Exception):
    """The merchant's status forbids what was asked."""

    def __init__(self, status: MerchantStatus) -> None:
        super().__init__(f"the merchant is {status}")
        self.status = status


_M, _A = MerchantStatus, MerchantAction

# A state that is already what was asked for stays; None is a refusal.
TABLE: Mapping[tuple[MerchantStatus, MerchantAction], MerchantStatus | None] = {
    (_M.APPLIED, _A.SUSPEND): None,
    (_M.APPLIED, _A.REACTIVATE): None,
    (_M.VERIFIED, _A.SUSPEND): None,
    (_M.VERIFIED, _A.REACTIVATE): None,
    (_M.ACTIVE, _A.SUSPEND): _M.SUSPENDED,
    (_M.ACTIVE, _A.REACTIVATE): _M.ACTIVE,
    (_M.SUSPENDED, _A.SUSPEND): _M.SUSPENDED,
    (_M.SUSPENDED, _A.REACTIVATE): _M.ACTIVE,
    (_M.CLOSED, _A.SUSPEND): None,
    (_M.CLOSED, _A.REACTIVATE): None,
}


def after(status: MerchantStatus, action: MerchantAction) -> MerchantStatus:
    """Raises MerchantInState."""
    to = TABLE[status, action]
    if to is None:
        raise MerchantInState(status)
    return to
