"""More of what ordering tells: a buyer's credit with one seller (kasbon), agreed to by both, and what becomes of what is owed."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from services.contracts.catalog import MerchantId
from services.contracts.ordering import SOURCE, OrderId
from services.kit.ids import Id
from services.kit.messaging.envelope import Event


class KasbonId(Id, prefix="ksb"):
    pass


class KasbonEntryId(Id, prefix="kse"):
    pass


class KasbonSide(StrEnum):
    """Who did it."""

    BUYER = "BUYER"
    MERCHANT = "MERCHANT"


class KasbonEvent(Event, frozen=True, kw_only=True):
    """What becomes of one kasbon, in the order in which it happened. `buyer` is the subject of the buyer's token. `test`: of a trial."""

    source: ClassVar[str] = SOURCE
    topic: ClassVar[str] = "ordering.kasbons"

    kasbon_id: KasbonId
    merchant_id: MerchantId
    buyer: str
    at: datetime
    test: bool

    def aggregate(self) -> KasbonId:
        return self.kasbon_id


class KasbonAsked(KasbonEvent, frozen=True, kw_only=True):
    """The buyer would like one; the merchant says yes or no."""

    type: ClassVar[str] = "ordering.kasbon_asked.v1"


class KasbonOffered(KasbonEvent, frozen=True, kw_only=True):
    """The merchant would give one, up to `limit_rupiah`; the buyer says yes or no."""

    type: ClassVar[str] = "ordering.kasbon_offered.v1"

    limit_rupiah: int


class KasbonOpened(KasbonEvent, frozen=True, kw_only=True):
    """Both have agreed. `by` is who said so last."""

    type: ClassVar[str] = "ordering.kasbon_opened.v1"

    limit_rupiah: int
    by: KasbonSide


class KasbonDeclined(KasbonEvent, frozen=True, kw_only=True):
    """Who was asked does not want it, or who asked does not any more."""

    type: ClassVar[str] = "ordering.kasbon_declined.v1"

    by: KasbonSide


class KasbonLimitChanged(KasbonEvent, frozen=True, kw_only=True):
    """By the merchant. What is owed may be more than the limit: nothing is demanded by that."""

    type: ClassVar[str] = "ordering.kasbon_limit_changed.v1"

    before_rupiah: int
    limit_rupiah: int


class KasbonClosed(KasbonEvent, frozen=True, kw_only=True):
    """Nothing more is bought on it; `owed_rupiah` stays owed."""

    type: ClassVar[str] = "ordering.kasbon_closed.v1"

    by: KasbonSide
    owed_rupiah: int


class KasbonBought(KasbonEvent, frozen=True, kw_only=True):
    """Goods were handed over, and are owed."""

    type: ClassVar[str] = "ordering.kasbon_bought.v1"

    order_id: OrderId
    amount_rupiah: int


class KasbonPaid(KasbonEvent, frozen=True, kw_only=True):
    """The merchant has taken so much of what is owed; `owed_rupiah` is what is left."""

    type: ClassVar[str] = "ordering.kasbon_paid.v1"

    entry_id: KasbonEntryId
    amount_rupiah: int
    owed_rupiah: int


class KasbonForgiven(KasbonEvent, frozen=True, kw_only=True):
    """The merchant asks for so much no more."""

    type: ClassVar[str] = "ordering.kasbon_forgiven.v1"

    entry_id: KasbonEntryId
    amount_rupiah: int
    owed_rupiah: int


class KasbonPaymentTakenBack(KasbonEvent, frozen=True, kw_only=True):
    """A payment was noted that was none, or another sum: it is owed again."""

    type: ClassVar[str] = "ordering.kasbon_payment_taken_back.v1"

    entry_id: KasbonEntryId
    payment_id: KasbonEntryId
    by: KasbonSide
    amount_rupiah: int
    owed_rupiah: int


class KasbonDisputed(KasbonEvent, frozen=True, kw_only=True):
    """One side says that an entry is wrong; what is owed stays as it is until they have settled it."""

    type: ClassVar[str] = "ordering.kasbon_disputed.v1"

    entry_id: KasbonEntryId
    disputed_id: KasbonEntryId
    by: KasbonSide


class KasbonClaimed(KasbonEvent, frozen=True, kw_only=True):
    """A claim was granted, and takes so much off what is owed."""

    type: ClassVar[str] = "ordering.kasbon_claimed.v1"

    order_id: OrderId
    amount_rupiah: int
