"""An order as its process moves it: a working copy, changed in memory, with the events that tell of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.contracts.ordering import (
    BorneBy,
    CancelReason,
    HandoverWay,
    OrderId,
    PaymentId,
    SellerOrderAccepted,
    SellerOrderExpired,
    SellerOrderReady,
    SellerOrderRejected,
)
from services.kit.messaging.envelope import Event
from services.ordering.domain.handover import KEPT_FOR, pack_by
from services.ordering.domain.ledger import Sale, Shares, Transfer
from services.ordering.domain.payment import PaymentStatus
from services.ordering.domain.process import (
    DELIVER_WITHIN,
    STATUS,
    STOCK_WITHIN,
    TABLE,
    TIMER,
    Input,
    OrderStatus,
    State,
    Timer,
)
from services.ordering.domain.refusal import WrongState
from services.ordering.domain.seller_order import SellerOrder, SellerOrderInput, SellerOrderStatus
from services.ordering.domain.steps import DO, CallOff, Facts, Moment


@dataclass(slots=True)
class Order:
    """`at` is the present by the database's clock. `timer_due` is set when the state's timer is to be set anew; `moved` says that
    the timers of before have had their day, `flagged` that this time something contradicts, `gives_back` that this time it has ended and
    its buyer still wants the goods, `frees_slot` that this time it was cancelled and another may have its slot."""

    id: OrderId
    at: datetime
    placed_at: datetime
    state: State
    delivery_rupiah: int
    total_rupiah: int
    cash_due_rupiah: int
    shares: Shares
    test: bool
    payment_id: PaymentId
    payment_status: PaymentStatus
    sellers: list[SellerOrder]
    way: HandoverWay = HandoverWay.DELIVERY
    slot_from: datetime | None = None
    slot_to: datetime | None = None
    agreed_at: datetime | None = None
    collected_rupiah: int | None = None
    confirmed_at: datetime | None = None
    ended_at: datetime | None = None
    cancel_reason: CancelReason | None = None
    borne_by: BorneBy | None = None
    call_off: CallOff | None = None
    attention: str | None = None
    events: list[Event] = field(default_factory=list)
    transfers: list[Transfer] = field(default_factory=list)
    gives_back: bool = False
    frees_slot: bool = False
    timer: Timer | None = None
    timer_due: datetime | None = None
    moved: bool = False
    flagged: bool = False

    @property
    def status(self) -> OrderStatus:
        return STATUS[self.state]

    def take(self, given: Input, facts: Facts | None = None) -> None:
        """Follow the table. Raises WrongState where it refuses; then the copy is worthless."""
        step = TABLE[self.state][given]
        before, self.state = self.state, step.to
        moment = Moment(before, given, step, facts or Facts())
        for action in step.actions:
            DO[action](self, moment)
        if TIMER[self.state] is not TIMER[before]:
            self.moved = True
            self.set_timer()

    def accept(self, seller: SellerOrder) -> None:
        """By the merchant; the last of them moves the order. Raises WrongState."""
        if self.accept_quietly(seller):
            self.when_all_accepted()

    def reject(self, seller: SellerOrder, reason: str) -> None:
        """Raises WrongState."""
        if seller.to(SellerOrderInput.REJECT):
            seller.reject_reason = reason
            self.events.append(
                SellerOrderRejected(
                    order_id=self.id, seller_order_id=seller.id, merchant_id=seller.merchant_id, reason=reason
                )
            )
            self.take(Input.MERCHANT_REJECTED)

    def mark_ready(self, seller: SellerOrder) -> None:
        """Raises WrongState."""
        if seller.to(SellerOrderInput.READY):
            self.events.append(
                SellerOrderReady(order_id=self.id, seller_order_id=seller.id, merchant_id=seller.merchant_id)
            )

    def hand_over(self, seller: SellerOrder) -> None:
        """By the merchant to the buyer, who has shown the code and paid what is due. Raises WrongState."""
        if self.way is HandoverWay.DELIVERY or self.state not in (State.AT_COUNTER, State.COMPLETED):
            raise WrongState(seller.status, SellerOrderInput.HAND_OVER)
        self.take(Input.HANDED_OVER, Facts(collected_rupiah=self.cash_due_rupiah))

    def accept_deadline(self) -> bool:
        """Whether somebody's time is up; else the timer is set to the next deadline."""
        overdue = [each for each in self.awaiting() if each.accept_by is not None and each.accept_by <= self.at]
        if self.state is State.AWAIT_MERCHANTS and not overdue:
            self.set_timer()
            return False
        for each in overdue:
            each.to(SellerOrderInput.EXPIRE)
            self.events.append(
                SellerOrderExpired(order_id=self.id, seller_order_id=each.id, merchant_id=each.merchant_id)
            )
        self.take(Input.ACCEPT_DEADLINE)
        return True

    def sales(self) -> list[Sale]:
        return [Sale(each.merchant_id, each.goods_rupiah, each.commission_rupiah) for each in self.sellers]

    def awaiting(self) -> list[SellerOrder]:
        return [each for each in self.sellers if each.status is SellerOrderStatus.AWAITING_MERCHANT]

    def accept_quietly(self, seller: SellerOrder) -> bool:
        if not seller.to(SellerOrderInput.ACCEPT):
            return False
        seller.ready_at = self.at + timedelta(seconds=seller.prep_time_s)
        if self.slot_from is not None:
            seller.ready_at = max(seller.ready_at, pack_by(self.way, self.slot_from))
        self.events.append(
            SellerOrderAccepted(
                order_id=self.id, seller_order_id=seller.id, merchant_id=seller.merchant_id, ready_at=seller.ready_at
            )
        )
        return True

    def when_all_accepted(self) -> None:
        if not self.awaiting():
            self.take(Input.MERCHANTS_ACCEPTED)

    @property
    def rider_wanted_at(self) -> datetime:
        return self.at if self.slot_from is None else max(self.at, pack_by(self.way, self.slot_from))

    def set_timer(self) -> None:
        self.timer = TIMER[self.state]
        match self.timer:
            case Timer.STOCK_DEADLINE:
                self.timer_due = self.placed_at + STOCK_WITHIN
            case Timer.ACCEPT_DEADLINE:
                self.timer_due = min(each.accept_by or self.at for each in self.awaiting())
            case Timer.DELIVERY_DUE:
                self.timer_due = self.rider_wanted_at
            case Timer.FETCH_DEADLINE:
                self.timer_due = (self.slot_to or self.at) + KEPT_FOR
            case Timer.DELIVERY_DEADLINE:
                self.timer_due = (self.confirmed_at or self.at) + DELIVER_WITHIN
            case None:
                self.timer_due = None
