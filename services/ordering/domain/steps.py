"""What each action of the process does to an order, and tells. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from services.contracts.delivery import FailureCode, PartnerId, RiderId, TripPay
from services.contracts.ordering import (
    BorneBy,
    BuyerAsked,
    CancellationRefused,
    CancellationRequested,
    CancelReason,
    CashCollected,
    Goods,
    HandoverWay,
    OrderAgreed,
    OrderCancelled,
    OrderConfirmed,
    OrderHandedOver,
    OrderStarted,
    PartReady,
    PaymentExpired,
    PaymentRequested,
    PaymentVoided,
)
from services.contracts.reasons import OF_FAILURE, REASONS
from services.ordering.domain.buying_on_kasbon import owe
from services.ordering.domain.calling_off import uncollected
from services.ordering.domain.completed import completed
from services.ordering.domain.ledger import Kind, Transfer, at_the_counter, cash_on_delivery, failed_trip, paid_before
from services.ordering.domain.payment import PAYMENT, PaymentInput, PaymentStatus, pay_by
from services.ordering.domain.process import (
    BUYER_WITHIN,
    BUYER_WITHIN_LATER,
    REMIND_AFTER,
    TIMER,
    Action,
    Input,
    State,
    Step,
)
from services.ordering.domain.refusal import WrongState
from services.ordering.domain.seller_order import SellerOrderInput, SellerOrderStatus
from services.ordering.domain.trip_pay import CALLED_OFF, WAY_BACK, trip_pay

if TYPE_CHECKING:
    from services.ordering.domain.order import Order

FAULT: Final[Mapping[FailureCode, BorneBy]] = {code: REASONS[OF_FAILURE[code]].borne_by for code in FailureCode}
"""Who carries the cost of a trip that failed, by its code."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What an input brings along, as far as it does."""

    partner_id: PartnerId | None = None
    rider_id: RiderId | None = None
    collected_rupiah: int = 0
    failure: FailureCode | None = None
    goods: Goods | None = None
    carries: bool = False  # the rider, and not the company, has what was collected
    pay: TripPay | None = None


@dataclass(frozen=True, slots=True)
class CallOff:
    """Why delivery was asked to end the trip. An order that carried on keeps it."""

    reason: CancelReason
    borne_by: BorneBy
    at: datetime


@dataclass(frozen=True, slots=True)
class Moment:
    """One step as its actions see it; the order's state is the next one already."""

    before: State
    given: Input
    step: Step
    facts: Facts


def _open_to_merchants(order: Order, moment: Moment) -> None:
    for seller in order.awaiting():
        seller.accept_by = order.at + timedelta(seconds=seller.accept_within_s)
        seller.changed = True
        if seller.auto_accept:
            order.accept_quietly(seller)
    order.when_all_accepted()


def _ask_buyer(order: Order, moment: Moment) -> None:
    order.answer_by = order.at + (BUYER_WITHIN if order.slot_from is None else BUYER_WITHIN_LATER)
    order.events.append(BuyerAsked(order_id=order.id, answer_by=order.answer_by, asked_at=order.at))


def _ask_payment(order: Order, moment: Moment) -> None:
    if order.payment_status is not PaymentStatus.PENDING:
        order.take(Input.NOTHING_TO_PAY)
        return
    order.pay_by = pay_by(order.at, order.way, order.slot_from)
    order.asks = True
    order.events.append(
        PaymentRequested(
            payment_id=order.payment_id, order_id=order.id, amount_rupiah=order.total_rupiah, pay_by=order.pay_by
        )
    )


def _agree(order: Order, moment: Moment) -> None:
    order.agreed_at = order.at
    waits = order.way is not HandoverWay.DELIVERY or order.rider_wanted_at > order.at
    if waits and order.slot_from is not None and order.slot_to is not None:
        order.events.append(
            OrderAgreed(
                order_id=order.id,
                way=order.way,
                slot_from=order.slot_from,
                slot_to=order.slot_to,
                cash_to_collect_rupiah=order.cash_to_collect_rupiah,
                agreed_at=order.at,
            )
        )
    if order.way is not HandoverWay.DELIVERY:
        order.take(Input.COUNTER_OPENS)
    elif not waits:
        order.take(Input.DELIVERY_DUE)


def _confirm(order: Order, moment: Moment) -> None:
    order.confirmed_at = order.at
    due = order.cash_to_collect_rupiah
    ready = [
        PartReady(merchant_id=each.merchant_id, ready_at=each.ready_at) for each in order.present() if each.ready_at
    ]
    order.events.append(
        OrderConfirmed(
            order_id=order.id,
            confirmed_at=order.at,
            cash_to_collect_rupiah=due,
            ready_at=max((each.ready_at for each in ready), default=None),
            parts_ready=ready,
        )
    )


def _start(order: Order, moment: Moment) -> None:
    order.events.append(OrderStarted(order_id=order.id))


def _hand_over(order: Order, moment: Moment) -> None:
    for seller in order.present():
        seller.to(SellerOrderInput.HAND_OVER)


def _hand_to_buyer(order: Order, moment: Moment) -> None:
    for seller in order.present():
        seller.to(SellerOrderInput.HAND_OVER)
        order.events.append(
            OrderHandedOver(
                order_id=order.id,
                seller_order_id=seller.id,
                merchant_id=seller.merchant_id,
                handed_over_at=order.at,
            )
        )


def _call_off(order: Order, moment: Moment) -> None:
    step = moment.step
    if order.call_off is None:
        assert step.reason is not None
        assert step.borne_by is not None
        order.call_off = CallOff(step.reason, step.borne_by, order.at)
    order.events.append(
        CancellationRequested(order_id=order.id, reason=order.call_off.reason, requested_at=order.call_off.at)
    )


def _carry_on(order: Order, moment: Moment) -> None:
    assert order.call_off is not None
    order.events.append(CancellationRefused(order_id=order.id, reason=order.call_off.reason, refused_at=order.at))
    _settle_overdue(order)
    order.set_timer()
    order.timer_due = max(order.timer_due or order.at, order.at + REMIND_AFTER)


def _book_what_is_held(order: Order, moment: Moment) -> None:
    """It was paid before. Once only: what is booked is held no more."""
    facts, handed_over = moment.facts, moment.given is Input.HANDED_OVER
    partner = str(facts.partner_id)
    transfers = paid_before(
        order.sales(),
        order.shares,
        partner=partner,
        rider=str(facts.rider_id) if facts.rider_id else None,
        merchant_id=order.present()[0].merchant_id if handed_over else None,
        test=order.test,
        borne=order.given,
    )
    if order.free_rupiah >= order.total_rupiah:
        order.book(*transfers)
        order.give_change(order.free_rupiah)
    if facts.collected_rupiah and not handed_over:
        # The rider has taken cash for what was paid: it is the buyer's, and a person asks.
        mark = "test:" if order.test else ""
        over = Transfer(
            Kind.CASH_OVER, f"{mark}partner:{partner}:cash", f"{mark}buyers:overpaid", facts.collected_rupiah
        )
        order.book(over)
        order.flagged, order.attention = True, str(Kind.CASH_OVER)


def _book_cash(order: Order, moment: Moment) -> None:
    if order.paid_at is not None:
        _book_what_is_held(order, moment)
        return
    collected = PAYMENT.next(order.payment_status, PaymentInput.COLLECT)
    if collected is order.payment_status:
        return  # booked before
    facts = moment.facts
    order.payment_status = collected
    order.collected_rupiah = facts.collected_rupiah
    merchant_id = order.present()[0].merchant_id if moment.given is Input.HANDED_OVER else None
    sales, borne = order.sales(), order.given
    if order.kasbon_id is not None:
        order.transfers += owe(order, order.kasbon_id)
        sales, borne = [], [each for each in borne if each.merchant_id is None]
    if merchant_id is not None and not sales:
        return  # nothing was paid over the counter
    if merchant_id is not None:
        transfers = at_the_counter(sales[0], due_rupiah=order.cash_due_rupiah, test=order.test, borne=borne)
    else:
        transfers = cash_on_delivery(
            sales,
            order.shares,
            partner=str(facts.partner_id),
            rider=str(facts.rider_id) if facts.rider_id else None,
            carries=facts.carries,
            due_rupiah=order.cash_due_rupiah,
            collected_rupiah=facts.collected_rupiah,
            test=order.test,
            borne=borne,
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
            amount_rupiah=facts.collected_rupiah,
            due_rupiah=order.cash_due_rupiah,
            partner_id="" if merchant_id else str(facts.partner_id),
            merchant_id=merchant_id,
        )
    )


def _book_failure(order: Order, moment: Moment) -> None:
    facts = moment.facts
    if facts.partner_id is None:
        return  # nobody had the job: the trip cost nothing
    order.transfers += failed_trip(
        order.sales(),
        order.shares,
        borne_by=_fault(facts),
        partner=str(facts.partner_id),
        rider=str(facts.rider_id) if facts.rider_id else None,
        gone=facts.goods is Goods.GONE,
        test=order.test,
    )
    _pay(order, facts, WAY_BACK, _fault(facts))


def _pay(order: Order, facts: Facts, cause: str, borne_by: BorneBy) -> None:
    if facts.pay is not None:
        merchants = [each.merchant_id for each in order.present()]
        order.transfers += trip_pay(facts.pay, cause, borne_by=borne_by, merchants=merchants, test=order.test)


def _fault(facts: Facts) -> BorneBy:
    return FAULT[facts.failure] if facts.failure else BorneBy.PLATFORM


def _complete(order: Order, moment: Moment) -> None:
    _end(order)
    for seller in order.present():
        seller.to(SellerOrderInput.COMPLETE)
    order.events.append(completed(order))


def _cancel(order: Order, moment: Moment) -> None:
    _end(order)
    step, asked = moment.step, order.call_off
    order.frees_slot = order.slot_from is not None
    order.frees_promotions = order.discounts_rupiah > 0 and not order.is_booked
    packed = [each.status is SellerOrderStatus.READY for each in order.present()]
    counted = uncollected(step.reason, all(packed)) if moment.before is State.AT_COUNTER else None
    order.cancel_reason, order.borne_by = step.reason, step.borne_by or counted or _fault(moment.facts)
    if order.cancel_reason is None:
        assert asked is not None
        order.cancel_reason, order.borne_by = asked.reason, asked.borne_by
    if moment.given is Input.DELIVERY_CANCELLED:
        assert order.borne_by is not None
        _pay(order, moment.facts, CALLED_OFF, order.borne_by)
    order.gives_back = not _ended_by_buyer(order)
    goods = moment.facts.goods or (Goods.GONE if moment.before is State.PICKED_UP else Goods.AT_COUNTER)
    for seller in order.sellers:
        seller.to(SellerOrderInput.WRITE_OFF if goods is Goods.GONE else SellerOrderInput.CANCEL)
    not_fetched = order.cancel_reason is CancelReason.NOT_FETCHED
    unpaid = order.cancel_reason is CancelReason.PAYMENT_TIMEOUT
    order.events.append(
        OrderCancelled(
            order_id=order.id,
            reason=KNOWN_BEFORE.get(order.cancel_reason, order.cancel_reason),
            borne_by=order.borne_by,
            cancelled_at=order.at,
            goods=goods,
            not_fetched=not_fetched,
            unpaid=unpaid,
        )
    )
    ended = PAYMENT.next(order.payment_status, PaymentInput.EXPIRE if unpaid else PaymentInput.VOID)
    if ended is not order.payment_status:
        order.payment_status = ended
        told = PaymentExpired if unpaid else PaymentVoided
        order.events.append(told(payment_id=order.payment_id, order_id=order.id, amount_rupiah=order.total_rupiah))
    order.give_back_what_is_held()


KNOWN_BEFORE: Final[Mapping[CancelReason, CancelReason]] = {
    CancelReason.NOT_FETCHED: CancelReason.DELIVERY_FAILED,
    CancelReason.PAYMENT_TIMEOUT: CancelReason.BUYER_CANCELLED,
}
"""What is told, and stored, of a reason that the release before does not know; what it is stands beside it."""


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


def _flag(order: Order, moment: Moment) -> None:
    order.flagged = True
    seen = f"{moment.given} in {moment.before}"
    if order.attention is None or seen not in _OVERDUE:
        order.attention = seen  # no reminder takes the place of a contradiction


def _remind(order: Order, moment: Moment) -> None:
    order.timer, order.timer_due = TIMER[order.state], order.at + REMIND_AFTER


_OVERDUE: Final = frozenset(f"{Input.DELIVERY_DEADLINE} in {state}" for state in State)
"""What a person had to look at because nothing came; it is settled by what comes."""


def _refuse(order: Order, moment: Moment) -> None:
    raise WrongState(order.status, moment.given)


DO: Final[Mapping[Action, Callable[[Order, Moment], None]]] = {
    Action.OPEN_TO_MERCHANTS: _open_to_merchants,
    Action.ASK_BUYER: _ask_buyer,
    Action.ASK_PAYMENT: _ask_payment,
    Action.AGREE: _agree,
    Action.CONFIRM: _confirm,
    Action.START: _start,
    Action.HAND_OVER: _hand_over,
    Action.HAND_TO_BUYER: _hand_to_buyer,
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
