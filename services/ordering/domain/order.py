"""An order as its process moves it: a working copy, changed in memory, with the events that tell of it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from services.contracts.delivery import FailureCode, PartnerId, RiderId
from services.contracts.ordering import (
    BorneBy,
    CancellationRefused,
    CancellationRequested,
    CancelReason,
    CashCollected,
    Goods,
    OrderCancelled,
    OrderCompleted,
    OrderConfirmed,
    OrderId,
    OrderStarted,
    PaymentId,
    PaymentVoided,
    SellerOrderAccepted,
    SellerOrderExpired,
    SellerOrderReady,
    SellerOrderRejected,
)
from services.kit.messaging.envelope import Event
from services.ordering.domain.ledger import Kind, Sale, Shares, Transfer, cash_on_delivery, failed_trip
from services.ordering.domain.payment import PAYMENT, PaymentInput, PaymentStatus
from services.ordering.domain.process import (
    DELIVER_WITHIN,
    REMIND_AFTER,
    STATUS,
    STOCK_WITHIN,
    TABLE,
    TIMER,
    Action,
    Input,
    OrderStatus,
    State,
    Step,
    Timer,
)
from services.ordering.domain.refusal import WrongState
from services.ordering.domain.seller_order import SellerOrder, SellerOrderInput, SellerOrderStatus

FAULT: Final[Mapping[FailureCode, BorneBy]] = {
    FailureCode.RIDER_GAVE_UP: BorneBy.PARTNER,
    FailureCode.GOODS_NOT_READY: BorneBy.MERCHANT,
    FailureCode.BUYER_UNREACHABLE: BorneBy.BUYER,
    FailureCode.BUYER_REFUSED: BorneBy.BUYER,
    FailureCode.ADDRESS_NOT_FOUND: BorneBy.BUYER,
    FailureCode.ACCIDENT: BorneBy.PARTNER,
    FailureCode.LOST_IN_TRANSIT: BorneBy.PARTNER,
}
"""Who carries the cost of a trip that failed, by its code."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What an input brings along, as far as it does."""

    partner_id: PartnerId | None = None
    rider_id: RiderId | None = None
    collected_rupiah: int = 0
    failure: FailureCode | None = None
    goods: Goods | None = None


@dataclass(frozen=True, slots=True)
class CallOff:
    """Why delivery was asked to end the trip. An order that carried on keeps it."""

    reason: CancelReason
    borne_by: BorneBy
    at: datetime


@dataclass(slots=True)
class Order:
    """`at` is the present by the database's clock. `timer_due` is set when the state's timer is to be set anew; `moved` says that
    the timers of before have had their day, `flagged` that this time something contradicts, `gives_back` that this time it has ended and
    its buyer still wants the goods."""

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
        moment = _Moment(before, given, step, facts or Facts())
        for action in step.actions:
            _DO[action](self, moment)
        if TIMER[self.state] is not TIMER[before]:
            self.moved = True
            self._set_timer()

    def accept(self, seller: SellerOrder) -> None:
        """By the merchant; the last of them moves the order. Raises WrongState."""
        if self._accept(seller):
            self._when_all_accepted()

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

    def accept_deadline(self) -> bool:
        """Whether somebody's time is up; else the timer is set to the next deadline."""
        overdue = [each for each in self._awaiting() if each.accept_by is not None and each.accept_by <= self.at]
        if self.state is State.AWAIT_MERCHANTS and not overdue:
            self._set_timer()
            return False
        for each in overdue:
            each.to(SellerOrderInput.EXPIRE)
            self.events.append(
                SellerOrderExpired(order_id=self.id, seller_order_id=each.id, merchant_id=each.merchant_id)
            )
        self.take(Input.ACCEPT_DEADLINE)
        return True

    def _sales(self) -> list[Sale]:
        return [Sale(each.merchant_id, each.goods_rupiah, each.commission_rupiah) for each in self.sellers]

    def _awaiting(self) -> list[SellerOrder]:
        return [each for each in self.sellers if each.status is SellerOrderStatus.AWAITING_MERCHANT]

    def _accept(self, seller: SellerOrder) -> bool:
        if not seller.to(SellerOrderInput.ACCEPT):
            return False
        seller.ready_at = self.at + timedelta(seconds=seller.prep_time_s)
        self.events.append(
            SellerOrderAccepted(
                order_id=self.id, seller_order_id=seller.id, merchant_id=seller.merchant_id, ready_at=seller.ready_at
            )
        )
        return True

    def _when_all_accepted(self) -> None:
        if not self._awaiting():
            self.take(Input.MERCHANTS_ACCEPTED)

    def _set_timer(self) -> None:
        self.timer = TIMER[self.state]
        match self.timer:
            case Timer.STOCK_DEADLINE:
                self.timer_due = self.placed_at + STOCK_WITHIN
            case Timer.ACCEPT_DEADLINE:
                self.timer_due = min(each.accept_by or self.at for each in self._awaiting())
            case Timer.DELIVERY_DEADLINE:
                self.timer_due = (self.confirmed_at or self.at) + DELIVER_WITHIN
            case None:
                self.timer_due = None


@dataclass(frozen=True, slots=True)
class _Moment:
    """One step as its actions see it; the order's state is the next one already."""

    before: State
    given: Input
    step: Step
    facts: Facts


def _open_to_merchants(order: Order, moment: _Moment) -> None:
    for seller in order._awaiting():
        seller.accept_by = order.at + timedelta(seconds=seller.accept_within_s)
        seller.changed = True
        if seller.auto_accept:
            order._accept(seller)
    order._when_all_accepted()


def _confirm(order: Order, moment: _Moment) -> None:
    order.confirmed_at = order.at
    due = order.cash_due_rupiah if order.payment_status is PaymentStatus.DUE else 0
    order.events.append(OrderConfirmed(order_id=order.id, confirmed_at=order.at, cash_to_collect_rupiah=due))


def _start(order: Order, moment: _Moment) -> None:
    order.events.append(OrderStarted(order_id=order.id))


def _hand_over(order: Order, moment: _Moment) -> None:
    for seller in order.sellers:
        seller.to(SellerOrderInput.HAND_OVER)


def _call_off(order: Order, moment: _Moment) -> None:
    step = moment.step
    if order.call_off is None:
        assert step.reason is not None
        assert step.borne_by is not None
        order.call_off = CallOff(step.reason, step.borne_by, order.at)
    order.events.append(
        CancellationRequested(order_id=order.id, reason=order.call_off.reason, requested_at=order.call_off.at)
    )


def _carry_on(order: Order, moment: _Moment) -> None:
    assert order.call_off is not None
    order.events.append(CancellationRefused(order_id=order.id, reason=order.call_off.reason, refused_at=order.at))
    _settle_overdue(order)
    order._set_timer()
    order.timer_due = max(order.timer_due or order.at, order.at + REMIND_AFTER)


def _book_cash(order: Order, moment: _Moment) -> None:
    collected = PAYMENT.next(order.payment_status, PaymentInput.COLLECT)
    if collected is order.payment_status:
        return  # booked before
    order.payment_status = collected
    order.collected_rupiah = moment.facts.collected_rupiah
    partner = str(moment.facts.partner_id)
    transfers = cash_on_delivery(
        order._sales(),
        order.shares,
        partner=partner,
        rider=str(moment.facts.rider_id) if moment.facts.rider_id else None,
        due_rupiah=order.cash_due_rupiah,
        collected_rupiah=moment.facts.collected_rupiah,
        test=order.test,
    )
    order.transfers += transfers
    for each in transfers:
        if each.kind in (Kind.CASH_SHORT, Kind.CASH_OVER):
            # A person asks the partner; the books say of how much.
            order.flagged, order.attention = True, str(each.kind)
    order.events.append(
        CashCollected(
            payment_id=order.payment_id,
            order_id=order.id,
            amount_rupiah=moment.facts.collected_rupiah,
            due_rupiah=order.cash_due_rupiah,
            partner_id=partner,
        )
    )


def _book_failure(order: Order, moment: _Moment) -> None:
    facts = moment.facts
    if facts.partner_id is None:
        return  # nobody had the job: the trip cost nothing
    order.transfers += failed_trip(
        order._sales(),
        order.shares,
        borne_by=_fault(facts),
        partner=str(facts.partner_id),
        rider=str(facts.rider_id) if facts.rider_id else None,
        gone=facts.goods is Goods.GONE,
        test=order.test,
    )


def _fault(facts: Facts) -> BorneBy:
    return FAULT[facts.failure] if facts.failure else BorneBy.PLATFORM


def _complete(order: Order, moment: _Moment) -> None:
    _end(order)
    for seller in order.sellers:
        seller.to(SellerOrderInput.COMPLETE)
    order.events.append(OrderCompleted(order_id=order.id, completed_at=order.at))


def _cancel(order: Order, moment: _Moment) -> None:
    _end(order)
    step, asked = moment.step, order.call_off
    order.cancel_reason, order.borne_by = step.reason, step.borne_by or _fault(moment.facts)
    if order.cancel_reason is None:
        assert asked is not None
        order.cancel_reason, order.borne_by = asked.reason, asked.borne_by
    order.gives_back = not _ended_by_buyer(order)
    goods = moment.facts.goods or (Goods.GONE if moment.before is State.PICKED_UP else Goods.AT_COUNTER)
    for seller in order.sellers:
        seller.to(SellerOrderInput.WRITE_OFF if goods is Goods.GONE else SellerOrderInput.CANCEL)
    order.events.append(
        OrderCancelled(
            order_id=order.id,
            reason=order.cancel_reason,
            borne_by=order.borne_by,
            cancelled_at=order.at,
            goods=goods,
        )
    )
    voided = PAYMENT.next(order.payment_status, PaymentInput.VOID)
    if voided is not order.payment_status:
        order.payment_status = voided
        order.events.append(
            PaymentVoided(payment_id=order.payment_id, order_id=order.id, amount_rupiah=order.total_rupiah)
        )


def _ended_by_buyer(order: Order) -> bool:
    """Whether the buyer called it off, whatever ended it first, or was not found, or did not take it."""
    asked = order.call_off.reason if order.call_off else None
    return CancelReason.BUYER_CANCELLED in (order.cancel_reason, asked) or order.borne_by is BorneBy.BUYER


def _end(order: Order) -> None:
    order.ended_at = order.at
    _settle_overdue(order)


def _settle_overdue(order: Order) -> None:
    if order.attention in _OVERDUE:
        order.attention = None


def _flag(order: Order, moment: _Moment) -> None:
    order.flagged = True
    seen = f"{moment.given} in {moment.before}"
    if order.attention is None or seen not in _OVERDUE:
        order.attention = seen  # no reminder takes the place of a contradiction


def _remind(order: Order, moment: _Moment) -> None:
    order.timer, order.timer_due = TIMER[order.state], order.at + REMIND_AFTER


_OVERDUE: Final = frozenset(f"{Input.DELIVERY_DEADLINE} in {state}" for state in State)
"""What a person had to look at because nothing came; it is settled by what comes."""


def _refuse(order: Order, moment: _Moment) -> None:
    raise WrongState(order.status, moment.given)


_DO: Final[Mapping[Action, Callable[[Order, _Moment], None]]] = {
    Action.OPEN_TO_MERCHANTS: _open_to_merchants,
    Action.CONFIRM: _confirm,
    Action.START: _start,
    Action.HAND_OVER: _hand_over,
    Action.BOOK_CASH: _book_cash,
    Action.BOOK_FAILURE: _book_failure,
    Action.CALL_OFF: _call_off,
    Action.CARRY_ON: _carry_on,
    Action.COMPLETE: _complete,
    Action.CANCEL: _cancel,
    Action.FLAG: _flag,
    Action.REMIND: _remind,
    Action.REFUSE: _refuse,
}
