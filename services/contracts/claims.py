"""What ordering tells of claims after delivery, of tickets and of reviews: no word that a person wrote is in it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from services.contracts.catalog import MerchantId, ProductId
from services.contracts.delivery import PartnerId
from services.contracts.ordering import SOURCE, BorneBy, OrderId, SellerOrderId
from services.contracts.reasons import ReasonCode
from services.kit.ids import Id
from services.kit.messaging.envelope import Event, Stream


class ClaimId(Id, prefix="clm"):
    pass


class TicketId(Id, prefix="tik"):
    pass


class ClaimKind(StrEnum):
    """What was wrong with the goods: less than ordered, spoiled or broken, other goods, or not there at all."""

    SHORT = "SHORT"
    SPOILED = "SPOILED"
    WRONG = "WRONG"
    MISSING = "MISSING"


class ClaimEvent(Event, frozen=True, kw_only=True):
    source: ClassVar[str] = SOURCE
    topic: ClassVar[str] = "ordering.claims"

    claim_id: ClaimId
    order_id: OrderId
    seller_order_id: SellerOrderId
    merchant_id: MerchantId

    def aggregate(self) -> ClaimId:
        return self.claim_id


class ClaimOpened(ClaimEvent, frozen=True, kw_only=True):
    """The merchant is to answer until `answer_by`; then an officer decides."""

    type: ClassVar[str] = "ordering.claim_opened.v1"

    kind: ClaimKind
    asked_rupiah: int
    opened_at: datetime
    answer_by: datetime
    test: bool = False
    """Of an order that is a trial."""


class ClaimAnswered(ClaimEvent, frozen=True, kw_only=True):
    """By the merchant: what it would give, 0 when it refuses. What it gives in full is decided with that."""

    type: ClassVar[str] = "ordering.claim_answered.v1"

    offered_rupiah: int
    answered_at: datetime
    answer_by: datetime | None = None
    """Until when the buyer may go to an officer; null of what is given in full, and of what was told before it was said."""


class ClaimEscalated(ClaimEvent, frozen=True, kw_only=True):
    """An officer is to decide until `decide_by`: the buyer has gone there, or the merchant said nothing."""

    type: ClassVar[str] = "ordering.claim_escalated.v1"

    escalated_at: datetime
    decide_by: datetime


class ClaimPaid(ClaimEvent, frozen=True, kw_only=True):
    """The merchant says that the buyer has the money; a buyer who says nothing until `answer_by` has had it."""

    type: ClassVar[str] = "ordering.claim_paid.v1"

    amount_rupiah: int
    paid_at: datetime
    answer_by: datetime


class ClaimDecided(ClaimEvent, frozen=True, kw_only=True):
    """What the buyer gets back, and who bears it; of 0 nobody bears anything."""

    type: ClassVar[str] = "ordering.claim_decided.v1"

    granted_rupiah: int
    borne_by: BorneBy
    decided_at: datetime
    reason: ReasonCode | None = None
    by_officer: bool = False


class ClaimSettled(ClaimEvent, frozen=True, kw_only=True):
    """The buyer has the money."""

    type: ClassVar[str] = "ordering.claim_settled.v1"

    amount_rupiah: int
    settled_at: datetime


class ClaimWithdrawn(ClaimEvent, frozen=True, kw_only=True):
    type: ClassVar[str] = "ordering.claim_withdrawn.v1"

    withdrawn_at: datetime


class TicketCategory(StrEnum):
    ORDER = "ORDER"
    PAYMENT = "PAYMENT"
    DELIVERY = "DELIVERY"
    ACCOUNT = "ACCOUNT"
    OTHER = "OTHER"


class TicketEvent(Event, frozen=True, kw_only=True):
    source: ClassVar[str] = SOURCE
    topic: ClassVar[str] = "ordering.tickets"

    ticket_id: TicketId

    def aggregate(self) -> TicketId:
        return self.ticket_id


class TicketOpened(TicketEvent, frozen=True, kw_only=True):
    type: ClassVar[str] = "ordering.ticket_opened.v1"

    category: TicketCategory
    opened_at: datetime
    respond_by: datetime
    resolve_by: datetime
    order_id: OrderId | None = None
    test: bool = False
    """Of an order that is a trial."""


class TicketResolved(TicketEvent, frozen=True, kw_only=True):
    """Told again when it was opened again and resolved anew."""

    type: ClassVar[str] = "ordering.ticket_resolved.v1"

    resolved_at: datetime


class ReviewId(Id, prefix="rvw"):
    pass


class ReviewEvent(Event, frozen=True, kw_only=True):
    source: ClassVar[str] = SOURCE
    topic: ClassVar[str] = "ordering.reviews"
    stream: ClassVar[Stream] = Stream.STATE

    review_id: ReviewId

    def aggregate(self) -> ReviewId:
        return self.review_id


class ReviewChanged(ReviewEvent, frozen=True, kw_only=True):
    """A review as it is now: of a product, or of how an order was brought, and by whom. `shown` False: an officer has hidden it."""

    type: ClassVar[str] = "ordering.review_changed.v1"

    stars: int
    shown: bool
    posted_at: datetime
    product_id: ProductId | None = None
    merchant_id: MerchantId | None = None
    partner_id: PartnerId | None = None
