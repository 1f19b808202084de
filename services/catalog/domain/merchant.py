"""A merchant's way: applied, sent back to be corrected, verified, active, suspended, closed; and who may lead it on."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from services.catalog.domain.caller import Caller
from services.contracts.catalog import ApplicationOutcome, MerchantStatus

MAX_REASON_CHARACTERS = 500
"""Of why somebody did so."""
MAX_OWN: Final = 5
"""Merchants of one owner that are not closed, or were closed within OWN_DAYS: what they cost is bounded, and so is the officers' work."""
OWN_DAYS: Final = 30


class MerchantAction(StrEnum):
    APPLY = "APPLY"
    VERIFY = "VERIFY"
    SEND_BACK = "SEND_BACK"
    OPEN = "OPEN"
    SUSPEND = "SUSPEND"
    REACTIVATE = "REACTIVATE"
    CLOSE = "CLOSE"


class MerchantInState(Exception):
    """The merchant's status forbids what was asked."""

    def __init__(self, status: MerchantStatus) -> None:
        super().__init__(f"the merchant is {status}")
        self.status = status


class OwnMatter(Exception):
    """Who decides is of the merchant's people."""

    def __init__(self) -> None:
        super().__init__("nobody decides on a merchant of their own")


class OwnMerchantsAreTooMany(Exception):
    def __init__(self) -> None:
        super().__init__(f"one person has at most {MAX_OWN} merchants")


_M, _A = MerchantStatus, MerchantAction

# A state that is already what was asked for stays; None is a refusal.
TABLE: Mapping[tuple[MerchantStatus, MerchantAction], MerchantStatus | None] = {
    (_M.APPLIED, _A.APPLY): None,  # what an officer is looking at does not change meanwhile
    (_M.APPLIED, _A.VERIFY): _M.VERIFIED,
    (_M.APPLIED, _A.SEND_BACK): _M.SENT_BACK,
    (_M.APPLIED, _A.OPEN): None,
    (_M.APPLIED, _A.SUSPEND): None,
    (_M.APPLIED, _A.REACTIVATE): None,
    (_M.APPLIED, _A.CLOSE): _M.CLOSED,
    (_M.SENT_BACK, _A.APPLY): _M.APPLIED,
    (_M.SENT_BACK, _A.VERIFY): None,
    (_M.SENT_BACK, _A.SEND_BACK): _M.SENT_BACK,
    (_M.SENT_BACK, _A.OPEN): None,
    (_M.SENT_BACK, _A.SUSPEND): None,
    (_M.SENT_BACK, _A.REACTIVATE): None,
    (_M.SENT_BACK, _A.CLOSE): _M.CLOSED,
    (_M.VERIFIED, _A.APPLY): None,
    (_M.VERIFIED, _A.VERIFY): _M.VERIFIED,
    (_M.VERIFIED, _A.SEND_BACK): None,
    (_M.VERIFIED, _A.OPEN): _M.ACTIVE,
    (_M.VERIFIED, _A.SUSPEND): None,
    (_M.VERIFIED, _A.REACTIVATE): None,
    (_M.VERIFIED, _A.CLOSE): _M.CLOSED,
    (_M.ACTIVE, _A.APPLY): None,
    (_M.ACTIVE, _A.VERIFY): None,
    (_M.ACTIVE, _A.SEND_BACK): None,
    (_M.ACTIVE, _A.OPEN): _M.ACTIVE,
    (_M.ACTIVE, _A.SUSPEND): _M.SUSPENDED,
    (_M.ACTIVE, _A.REACTIVATE): _M.ACTIVE,
    (_M.ACTIVE, _A.CLOSE): _M.CLOSED,
    (_M.SUSPENDED, _A.APPLY): None,
    (_M.SUSPENDED, _A.VERIFY): None,
    (_M.SUSPENDED, _A.SEND_BACK): None,
    (_M.SUSPENDED, _A.OPEN): None,  # by the platform, so not the owner's to undo
    (_M.SUSPENDED, _A.SUSPEND): _M.SUSPENDED,
    (_M.SUSPENDED, _A.REACTIVATE): _M.ACTIVE,
    (_M.SUSPENDED, _A.CLOSE): _M.CLOSED,
    (_M.CLOSED, _A.APPLY): None,
    (_M.CLOSED, _A.VERIFY): None,
    (_M.CLOSED, _A.SEND_BACK): None,
    (_M.CLOSED, _A.OPEN): None,
    (_M.CLOSED, _A.SUSPEND): None,
    (_M.CLOSED, _A.REACTIVATE): None,
    (_M.CLOSED, _A.CLOSE): _M.CLOSED,
}

DECISIONS = frozenset((_A.VERIFY, _A.SEND_BACK, _A.SUSPEND, _A.REACTIVATE))
"""The platform's, on others' matters. The rest is the owner's; to close is operators' too."""

UNTOLD = frozenset((_M.APPLIED, _M.SENT_BACK))
"""Nobody but catalog has to know who only asks."""


def after(status: MerchantStatus, action: MerchantAction) -> MerchantStatus:
    """Raises MerchantInState."""
    to = TABLE[status, action]
    if to is None:
        raise MerchantInState(status)
    return to


def of_any(caller: Caller, action: MerchantAction) -> bool:
    """Whether the caller may do so to merchants that are not theirs."""
    match action:
        case _A.VERIFY | _A.SEND_BACK:
            return caller.staff
        case _A.SUSPEND | _A.REACTIVATE | _A.CLOSE:
            return caller.ops
        case _A.APPLY | _A.OPEN:
            return False


def is_told(before: MerchantStatus, to: MerchantStatus) -> bool:
    """Who was never more than an applicant ends untold."""
    return to not in UNTOLD and not (before in UNTOLD and to is _M.CLOSED)


def settles(before: MerchantStatus, to: MerchantStatus) -> ApplicationOutcome | None:
    """How an application ended that waited for an officer; None when none did."""
    return _OUTCOMES.get(to) if before is _M.APPLIED else None


_OUTCOMES: Final = {
    _M.VERIFIED: ApplicationOutcome.VERIFIED,
    _M.SENT_BACK: ApplicationOutcome.SENT_BACK,
    _M.CLOSED: ApplicationOutcome.WITHDRAWN,
}


def check_room(own: int) -> None:
    """For one more, when a person has this many. Raises OwnMerchantsAreTooMany."""
    if own >= MAX_OWN:
        raise OwnMerchantsAreTooMany
