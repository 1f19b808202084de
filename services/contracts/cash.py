"""More of what ordering tells: where the cash goes after the door, and what was paid out."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from services.contracts.catalog import MerchantId
from services.contracts.delivery import PartnerId, RiderId
from services.contracts.ordering import SOURCE
from services.kit.ids import Id
from services.kit.messaging.envelope import Event


class CashHandoverId(Id, prefix="csh"):
    pass


class PayoutId(Id, prefix="pyo"):
    pass


class CashLeg(StrEnum):
    """From whom to whom cash goes on after the door."""

    RIDER_TO_COMPANY = "RIDER_TO_COMPANY"
    COMPANY_TO_MERCHANT = "COMPANY_TO_MERCHANT"
    COMPANY_TO_PLATFORM = "COMPANY_TO_PLATFORM"


class Payee(StrEnum):
    MERCHANT = "MERCHANT"
    COMPANY = "COMPANY"
    RIDER = "RIDER"


class PayoutMethod(StrEnum):
    BANK = "BANK"
    CASH = "CASH"
    KEPT = "KEPT"


class CashEvent(Event, frozen=True, kw_only=True):
    """What becomes of the cash that a company's riders collected; of one company in the order in which it happened."""

    source: ClassVar[str] = SOURCE
    topic: ClassVar[str] = "ordering.cash"

    partner_id: PartnerId

    def aggregate(self) -> PartnerId:
        return self.partner_id


class CashHandedOver(CashEvent, frozen=True, kw_only=True):
    """Both sides have said so, or a person has found out. `merchant_id` is who took it from the company."""

    type: ClassVar[str] = "ordering.cash_handed_over.v1"

    cash_handover_id: CashHandoverId
    leg: CashLeg
    amount_rupiah: int
    handed_over_at: datetime
    rider_id: RiderId | None = None
    merchant_id: MerchantId | None = None


class CashDisputed(CashEvent, frozen=True, kw_only=True):
    """The other side has counted something else: a person has to find out."""

    type: ClassVar[str] = "ordering.cash_disputed.v1"

    cash_handover_id: CashHandoverId
    leg: CashLeg
    amount_rupiah: int
    counted_rupiah: int
    rider_id: RiderId | None = None
    merchant_id: MerchantId | None = None


class CashLimitExceeded(CashEvent, frozen=True, kw_only=True):
    """With what they just collected a rider carries more than the company lets one carry. Told once until they are below again."""

    type: ClassVar[str] = "ordering.cash_limit_exceeded.v1"

    rider_id: RiderId
    carried_rupiah: int
    limit_rupiah: int


class PayoutEvent(Event, frozen=True, kw_only=True):
    """`payee_id` is a merchant's, a company's or a rider's, by `payee`."""

    source: ClassVar[str] = SOURCE
    topic: ClassVar[str] = "ordering.payouts"

    payout_id: PayoutId
    payee: Payee
    payee_id: str
    amount_rupiah: int

    def aggregate(self) -> PayoutId:
        return self.payout_id


class PayoutSent(PayoutEvent, frozen=True, kw_only=True):
    type: ClassVar[str] = "ordering.payout_sent.v1"

    method: PayoutMethod
    reference: str
    sent_at: datetime


class PayoutReversed(PayoutEvent, frozen=True, kw_only=True):
    """It did not arrive, or was a mistake: it is owed again."""

    type: ClassVar[str] = "ordering.payout_reversed.v1"

    reversed_at: datetime
