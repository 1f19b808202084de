"""What ordering tells: facts of orders, with their seller orders, and of payments."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import ClassVar

import msgspec

from services.contracts.catalog import MerchantId, StopId
from services.contracts.export import ExportId, ExportPart
from services.contracts.order_parts import OrderId as OrderId
from services.contracts.order_parts import OrderLineId as OrderLineId
from services.contracts.order_parts import PartReady as PartReady
from services.contracts.order_parts import PlacedLine as PlacedLine
from services.contracts.order_parts import PlacedSellerOrder as PlacedSellerOrder
from services.contracts.order_parts import SellerOrderId as SellerOrderId
from services.contracts.order_parts import SoldPart as SoldPart
from services.contracts.places import GeoPoint
from services.contracts.proofs import ProofKind
from services.kit.ids import Id
from services.kit.messaging.envelope import Event, source_of

SOURCE = source_of("ordering")


class PaymentId(Id, prefix="pay"):
    pass


class RefundId(Id, prefix="ref"):
    pass


class PaymentMethod(StrEnum):
    COD = "COD"
    QRIS = "QRIS"
    KASBON = "KASBON"  # told as COD, which the release before knows: the rider asks for the fee alone


class Slot(StrEnum):
    NOW = "NOW"


class HandoverWay(StrEnum):
    """How an order comes to its buyer: by a rider, at a stop of its seller's round, or over the seller's counter."""

    DELIVERY = "DELIVERY"
    ROUTE_STOP = "ROUTE_STOP"
    PICKUP = "PICKUP"


class CancelReason(StrEnum):
    """Why an order ended early; `borne_by` says who carries the cost."""

    BUYER_CANCELLED = "BUYER_CANCELLED"
    STOCK_SHORT = "STOCK_SHORT"
    STOCK_TIMEOUT = "STOCK_TIMEOUT"
    MERCHANT_REJECTED = "MERCHANT_REJECTED"
    MERCHANT_TIMEOUT = "MERCHANT_TIMEOUT"
    NO_RIDER = "NO_RIDER"
    DELIVERY_TIMEOUT = "DELIVERY_TIMEOUT"
    DELIVERY_FAILED = "DELIVERY_FAILED"
    NOT_FETCHED = "NOT_FETCHED"
    PAYMENT_TIMEOUT = "PAYMENT_TIMEOUT"


class BorneBy(StrEnum):
    NOBODY = "NOBODY"
    BUYER = "BUYER"
    MERCHANT = "MERCHANT"
    PARTNER = "PARTNER"
    PLATFORM = "PLATFORM"


class IfRefused(StrEnum):
    """What a buyer of several merchants wishes when one of them refuses, or does not answer."""

    GO_ON = "GO_ON"
    ASK = "ASK"
    CANCEL = "CANCEL"


class LeftBecause(StrEnum):
    """Why an order goes on without one merchant's part."""

    REFUSED = "REFUSED"
    NOT_ANSWERED = "NOT_ANSWERED"
    MERCHANT_CANCELLED = "MERCHANT_CANCELLED"
    BUYER_CANCELLED = "BUYER_CANCELLED"
    NOT_FETCHED = "NOT_FETCHED"  # the rider found nobody there, or nothing


class Goods(StrEnum):
    """Where the goods of an order that ended early are: never fetched, back at their merchants, or lost or disposed of."""

    AT_COUNTER = "AT_COUNTER"
    RETURNED = "RETURNED"
    GONE = "GONE"


class OrderEvent(Event, frozen=True, kw_only=True):
    source: ClassVar[str] = SOURCE
    topic: ClassVar[str] = "ordering.orders"

    order_id: OrderId

    def aggregate(self) -> OrderId:
        return self.order_id


class OrderPlaced(OrderEvent, frozen=True, kw_only=True):
    """`dropoff` is rounded to about a hundred metres: the exact place stays with ordering's contact. `quote` is delivery's own signed
    statement, returned to it without the hash of that place (`Claims.onward`). `buyer` is the subject of the buyer's token.

    `total_rupiah` is what the buyer pays: goods less `discount_rupiah`, and the fee less `delivery_discount_rupiah`.

    `slot_from` to `slot_to` is when it is handed over, null when that is now. What goes another `way` than by DELIVERY has no trip:
    `quote` is empty then, `dropoff` the place where it is collected."""

    type: ClassVar[str] = "ordering.order_placed.v1"

    code: str
    buyer: str
    seller_orders: list[PlacedSellerOrder]
    goods_rupiah: int
    delivery_rupiah: int
    total_rupiah: int
    payment_method: PaymentMethod
    slot: Slot
    quote: str
    dropoff: GeoPoint
    dropoff_kecamatan_code: str
    hold_until: datetime
    placed_at: datetime
    test: bool
    way: HandoverWay = HandoverWay.DELIVERY
    slot_from: datetime | None = None
    slot_to: datetime | None = None
    stop_id: StopId | None = None
    discount_rupiah: int = 0
    delivery_discount_rupiah: int = 0
    on_kasbon_rupiah: int = 0  # of the total: owed to its merchant, and not asked in cash


class OrderAgreed(OrderEvent, frozen=True, kw_only=True):
    """Stock is held and every merchant has accepted, and the order waits for its time. By DELIVERY the order is confirmed, and a rider
    sought, when that is near; what is collected is never confirmed, but handed over or cancelled."""

    type: ClassVar[str] = "ordering.order_agreed.v1"

    way: HandoverWay
    slot_from: datetime
    slot_to: datetime
    cash_to_collect_rupiah: int
    agreed_at: datetime


class SellerOrderLeft(OrderEvent, frozen=True, kw_only=True):
    """The order goes on without this part: its goods are not fetched, and not paid. `OrderRepriced` says what is."""

    type: ClassVar[str] = "ordering.seller_order_left.v1"

    seller_order_id: SellerOrderId
    merchant_id: MerchantId
    because: LeftBecause
    left_at: datetime


class BuyerAsked(OrderEvent, frozen=True, kw_only=True):
    """The other merchants have accepted: does the buyer want what is left? Without an answer by then it goes on."""

    type: ClassVar[str] = "ordering.buyer_asked.v1"

    answer_by: datetime
    asked_at: datetime


class OrderRepriced(OrderEvent, frozen=True, kw_only=True):
    """What is to be paid has changed, never upward without the buyer's word: a part or a line left, or was weighed. The shares make the
    delivery's fee. `cash_to_collect_rupiah` is what is asked from now on; 0 where nothing is asked in cash."""

    type: ClassVar[str] = "ordering.order_repriced.v1"

    goods_rupiah: int
    delivery_rupiah: int
    rider_share_rupiah: int
    partner_share_rupiah: int
    platform_share_rupiah: int
    total_rupiah: int
    cash_to_collect_rupiah: int
    way: HandoverWay
    repriced_at: datetime


class OrderHandedOver(OrderEvent, frozen=True, kw_only=True):
    """The merchant gave the goods to the buyer, against the code and the cash: no rider has had them."""

    type: ClassVar[str] = "ordering.order_handed_over.v1"

    seller_order_id: SellerOrderId
    merchant_id: MerchantId
    handed_over_at: datetime
    proven_by: ProofKind = ProofKind.COUNTER_CODE  # as was what was told before it was said


class OrderConfirmed(OrderEvent, frozen=True, kw_only=True):
    """Stock is held, the payment method stands, every merchant has accepted: the goods may be fetched."""

    type: ClassVar[str] = "ordering.order_confirmed.v1"

    confirmed_at: datetime
    cash_to_collect_rupiah: int
    ready_at: datetime | None = None  # when the last of the goods are packed, as promised
    parts_ready: list[PartReady] = msgspec.field(default_factory=list)  # and when each merchant's are


class SellerOrderAccepted(OrderEvent, frozen=True, kw_only=True):
    type: ClassVar[str] = "ordering.seller_order_accepted.v1"

    seller_order_id: SellerOrderId
    merchant_id: MerchantId
    ready_at: datetime


class SellerOrderRejected(OrderEvent, frozen=True, kw_only=True):
    type: ClassVar[str] = "ordering.seller_order_rejected.v1"

    seller_order_id: SellerOrderId
    merchant_id: MerchantId
    reason: str
    code: str | None = None
    """A `reasons.ReasonCode`; null in what was told before there was one, and of who gave none."""


class SellerOrderExpired(OrderEvent, frozen=True, kw_only=True):
    type: ClassVar[str] = "ordering.seller_order_expired.v1"

    seller_order_id: SellerOrderId
    merchant_id: MerchantId


class SellerOrderReady(OrderEvent, frozen=True, kw_only=True):
    type: ClassVar[str] = "ordering.seller_order_ready.v1"

    seller_order_id: SellerOrderId
    merchant_id: MerchantId


class OrderStarted(OrderEvent, frozen=True, kw_only=True):
    """A rider has the job: the order is in progress."""

    type: ClassVar[str] = "ordering.order_started.v1"


class OrderCompleted(OrderEvent, frozen=True, kw_only=True):
    """With what was booked: each merchant's part, the shares of the fee, and what each programme of the regency has borne of both. Nothing
    of that is in what was told before it was said: then `sold` is empty."""

    type: ClassVar[str] = "ordering.order_completed.v1"

    completed_at: datetime
    sold: list[SoldPart] = msgspec.field(default_factory=list)
    rider_share_rupiah: int = 0
    partner_share_rupiah: int = 0
    platform_share_rupiah: int = 0
    regency_rupiah: dict[str, int] = msgspec.field(default_factory=dict)


class CancellationRequested(OrderEvent, frozen=True, kw_only=True):
    """A confirmed order is to end: delivery, which knows where its goods are, ends the trip or not. Told again until it answers."""

    type: ClassVar[str] = "ordering.cancellation_requested.v1"

    reason: CancelReason
    requested_at: datetime


class CancellationRefused(OrderEvent, frozen=True, kw_only=True):
    """The goods had left before the request came: the order goes on."""

    type: ClassVar[str] = "ordering.cancellation_refused.v1"

    reason: CancelReason
    refused_at: datetime


class OrderCancelled(OrderEvent, frozen=True, kw_only=True):
    """The last that is told of the order. `goods` is null in what was told before it was known; then the reason hints at it. `not_fetched`
    goes with the reason DELIVERY_FAILED, `unpaid` with BUYER_CANCELLED, which the release before knows: read `why`."""

    type: ClassVar[str] = "ordering.order_cancelled.v1"

    reason: CancelReason
    borne_by: BorneBy
    cancelled_at: datetime
    goods: Goods | None = None
    not_fetched: bool = False
    unpaid: bool = False

    @property
    def why(self) -> CancelReason:
        if self.unpaid:
            return CancelReason.PAYMENT_TIMEOUT
        return CancelReason.NOT_FETCHED if self.not_fetched else self.reason


class PaymentEvent(Event, frozen=True, kw_only=True):
    source: ClassVar[str] = SOURCE
    topic: ClassVar[str] = "ordering.payments"

    payment_id: PaymentId
    order_id: OrderId
    amount_rupiah: int

    def aggregate(self) -> PaymentId:
        return self.payment_id


class CashDue(PaymentEvent, frozen=True, kw_only=True):
    type: ClassVar[str] = "ordering.cash_due.v1"


class CashCollected(PaymentEvent, frozen=True, kw_only=True):
    """The rider, for `partner_id`, has the buyer's cash, or the merchant at its counter, of `due_rupiah`: the total, rounded for cash."""

    type: ClassVar[str] = "ordering.cash_collected.v1"

    partner_id: str
    due_rupiah: int | None = None
    merchant_id: MerchantId | None = None


class PaymentVoided(PaymentEvent, frozen=True, kw_only=True):
    """The order was cancelled before the cash was collected, or the money had come."""

    type: ClassVar[str] = "ordering.payment_voided.v1"


class PaymentRequested(PaymentEvent, frozen=True, kw_only=True):
    """All have accepted, and the buyer is asked for the order's total, by code and until then."""

    type: ClassVar[str] = "ordering.payment_requested.v1"

    pay_by: datetime


class PaymentReceived(PaymentEvent, frozen=True, kw_only=True):
    """The order is paid in full, through this provider. What else comes for it is given back, and told as that."""

    type: ClassVar[str] = "ordering.payment_received.v1"

    provider: str
    received_at: datetime


class PaymentExpired(PaymentEvent, frozen=True, kw_only=True):
    """The money did not come in time, and the order was cancelled."""

    type: ClassVar[str] = "ordering.payment_expired.v1"


class RefundRequested(PaymentEvent, frozen=True, kw_only=True):
    """So much is to go back to the buyer, who has been told no account or number of theirs here. `reason` may get new words."""

    type: ClassVar[str] = "ordering.refund_requested.v1"

    refund_id: RefundId
    reason: str
    borne_by: BorneBy
    seller_order_id: SellerOrderId | None = None


class RefundCompleted(PaymentEvent, frozen=True, kw_only=True):
    """It has gone back: by the provider, or `by_hand`, by a person who has proof."""

    type: ClassVar[str] = "ordering.refund_completed.v1"

    refund_id: RefundId
    by_hand: bool
    completed_at: datetime


class OrderingExportPart(ExportPart, frozen=True, kw_only=True):
    """Of what ordering keeps about somebody who has asked for it."""

    type: ClassVar[str] = "ordering.export_part.v1"
    source: ClassVar[str] = SOURCE
    topic: ClassVar[str] = "ordering.exports"

    def aggregate(self) -> ExportId:
        return self.export_id
