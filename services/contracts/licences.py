"""What catalog tells of licences: facts, for those who have to look at them and for their merchant's owners."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from services.contracts.catalog import SOURCE, LicenceId, MerchantId
from services.kit.messaging.envelope import Event


class LicenceKind(StrEnum):
    """What a merchant or its goods are registered by; the rules of their numbers are in catalog's `domain/licence_number`."""

    NIB = "NIB"
    PIRT = "PIRT"
    HALAL = "HALAL"
    BPOM_MD = "BPOM_MD"
    QRIS_NMID = "QRIS_NMID"


class LicenceEvent(Event, frozen=True, kw_only=True):
    """What became of a licence, for those who have to look at it and its merchant's owners: ids alone, no number and no document.
    `owners` are the subjects of their tokens, as they were when it was told."""

    source: ClassVar[str] = SOURCE
    topic: ClassVar[str] = "catalog.licences"

    licence_id: LicenceId
    merchant_id: MerchantId
    kind: LicenceKind
    owners: list[str]
    expires_on: date | None = None
    """The last day that it holds, WIB."""

    def aggregate(self) -> LicenceId:
        return self.licence_id


class LicenceSubmitted(LicenceEvent, frozen=True, kw_only=True):
    """For an officer to look at, since then."""

    type: ClassVar[str] = "catalog.licence_submitted.v1"

    since: datetime


class LicenceWithdrawn(LicenceEvent, frozen=True, kw_only=True):
    """By its owner: nobody has to look at it any more, and it holds no more."""

    type: ClassVar[str] = "catalog.licence_withdrawn.v1"


class LicenceVerified(LicenceEvent, frozen=True, kw_only=True):
    type: ClassVar[str] = "catalog.licence_verified.v1"


class LicenceRejected(LicenceEvent, frozen=True, kw_only=True):
    """`revoked` when it had been verified before. Why, its owner reads in the officer's words."""

    type: ClassVar[str] = "catalog.licence_rejected.v1"

    revoked: bool = False


class LicenceDue(LicenceEvent, frozen=True, kw_only=True):
    """It ends within so many days, and nothing of its merchant takes its place yet."""

    type: ClassVar[str] = "catalog.licence_due.v1"

    within_days: int


class LicenceExpired(LicenceEvent, frozen=True, kw_only=True):
    """Since midnight WIB. What needs it is for sale no more unless another covers it."""

    type: ClassVar[str] = "catalog.licence_expired.v1"


class GoodsBlocked(Event, frozen=True, kw_only=True):
    """Goods of a merchant are for sale no more, because their kind needs a licence since `applies_from`, and they have none. `owners` as of
    a licence."""

    type: ClassVar[str] = "catalog.goods_blocked.v1"
    source: ClassVar[str] = SOURCE
    topic: ClassVar[str] = "catalog.licences"

    merchant_id: MerchantId
    kind: LicenceKind
    applies_from: date
    owners: list[str]

    def aggregate(self) -> MerchantId:
        return self.merchant_id
