"""An order as its process moves it: a working copy, changed in memory, with the events that tell of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from services.contracts.kasbon import KasbonId
from services.contracts.ordering import (
    CancelReason,
    HandoverWay,
    IfRefused,
    LeftBecause,
    OrderRepriced,
    SellerOrderAccepted,
    SellerOrderExpired,
    SellerOrderLeft,
    SellerOrderReady,
    SellerOrderRejected,
)
from services.contracts.reasons import ReasonCode
from services.ordering.domain.cash import in_cash
from services.ordering.domain.handover import KEPT_FOR, pack_by
from services.ordering.domain.history import By
from services.ordering.domain.ledger import Borne, Sale, Shares
from services.ordering.domain.payment import PAID_STATUSES, PAY_GRACE, PaymentStatus
from services.ordering.domain.process import (
    DELIVER_WITHIN,
    STATUS,
    STOCK_WITHIN,
    TIMER,
    Input,
    OrderStatus,
    State,
    Timer,
)
from services.ordering.domain.process_table import TABLE
from services.ordering.domain.purse import Purse
from services.ordering.domain.refusal import WrongState
from services.ordering.domain.seller_order import SellerOrder, SellerOrderInput, SellerOrderStatus
from services.ordering.domain.steps import DO, CallOff, Facts, Moment
from services.ordering.domain.used import Use, follow

_UNTIL_CONFIRMED: Final = (
    State.AWAIT_STOCK,
    State.ACCEPTED_EARLY,
    State.AWAIT_MERCHANTS,
    State.AWAIT_BUYER,
    State.AWAIT_PAYMENT,
    State.AGREED,
    State.AT_COUNTER,
)
_UNTIL_PICKED_UP: Final = (*_UNTIL_CONFIRMED, State.CONFIRMED, State.ASSIGNED, State.UNASSIGNED)
_FETCHING: Final = (
    State.CONFIRMED,
    State.ASSIGNED,
    State.UNASSIGNED,
    State.CALLED_OFF,
    State.CALLED_OFF_UNDERWAY,
)
"""A rider may be fetching its goods, one merchant's after another's."""
_REFUSED: Final = (SellerOrderStatus.REJECTED, SellerOrderStatus.EXPIRED)


@dataclass(slots=True)
class Order(Purse):
    """`at` is the present by the database's clock. `timer_due` is set when the state's timer is to be set anew; `moved` says that
    the timers of before have had their day, `flagged` that this time something contradicts, `gives_back` that this time it has ended and
    its buyer still wants the goods, `frees_slot` and `frees_promotions` that this time it was cancelled and another may have its slot and
    its vouchers, `by` who did it, where a person did. `uses` are what promotions take off it now, in the order in which they do, and
    `discounts_less` says that this time something of them became less. What concerns the money is its purse's. Its goods are bought
    on `kasbon_id`, where that is there, by `buyer`, a subject."""

    placed_at: datetime
    delivery_rupiah: int
    cash_due_rupiah: int
    shares: Shares
    sellers: list[SellerOrder]
    way: HandoverWay = HandoverWay.DELIVERY
    slot_from: datetime | None = None
    slot_to: datetime | None = None
    if_refused: IfRefused = IfRefused.ASK
    answer_by: datetime | None = None
    agreed_at: datetime | None = None
    confirmed_at: datetime | None = None
    ended_at: datetime | None = None
    cancel_reason: CancelReason | None = None
    call_off: CallOff | None = None
    attention: str | None = None
    gives_back: bool = False
    frees_slot: bool = False
    by: By | None = None
    frees_promotions: bool = False
    uses: list[Use] = field(default_factory=list)
    discounts_less: bool = False
    kasbon_id: KasbonId | None = None
    buyer: str = ""
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

    def reject(self, seller: SellerOrder, reason: str, code: ReasonCode | None = None) -> None:
        """Raises WrongState."""
        if seller.to(SellerOrderInput.REJECT):
            seller.reject_reason = reason
            self.events.append(
                SellerOrderRejected(
                    order_id=self.id,
                    seller_order_id=seller.id,
                    merchant_id=seller.merchant_id,
                    reason=reason,
                    code=code,
                )
            )
            self._without([seller], LeftBecause.REFUSED, Input.MERCHANT_REJECTED)

    def cancel_part(self, seller: SellerOrder, because: LeftBecause) -> None:
        """By its merchant, until it is picked up, or by the buyer, until a rider is sought: what is left goes on, and the last part takes
        the order along. Raises WrongState."""
        by_buyer = because is LeftBecause.BUYER_CANCELLED
        if seller.left_at is not None:
            return
        too_late = self.is_booked or seller.status is SellerOrderStatus.HANDED_OVER
        if too_late or self.state not in (_UNTIL_CONFIRMED if by_buyer else _UNTIL_PICKED_UP):
            raise WrongState(seller.status, SellerOrderInput.CANCEL)
        if len(self.present()) > 1:
            seller.to(SellerOrderInput.CANCEL)
            self._leave([seller], because)
        else:
            self.take(Input.BUYER_CANCELS if by_buyer else Input.MERCHANT_CANCELS)

    def fetched(self, seller: SellerOrder) -> None:
        """The rider has its goods, others' are still to be fetched. Of a part that the order went on without a person has to look."""
        if self.state in _FETCHING and seller.left_at is None and not self.is_booked:
            seller.to(SellerOrderInput.HAND_OVER)
        elif self.state not in (State.PICKED_UP, State.COMPLETED) or seller.left_at is not None:
            self.contradicts(f"GOODS_FETCHED in {self.state}")

    def not_fetched(self, seller: SellerOrder) -> None:
        """The rider was there and got nothing: what is left goes on, whatever was wished of refusals, and the last part takes the order
        along, at its merchant's cost."""
        if seller.left_at is not None or self.state is State.CANCELLED:
            return
        if self.state not in _FETCHING or seller.status is SellerOrderStatus.HANDED_OVER or self.is_booked:
            self.contradicts(f"STOP_FAILED in {self.state}")
        elif len(self.present()) > 1:
            seller.to(SellerOrderInput.CANCEL)
            self._leave([seller], LeftBecause.NOT_FETCHED)
        else:
            self.take(Input.MERCHANT_CANCELS)

    def contradicts(self, what: str) -> None:
        """A person has to look."""
        self.flagged, self.attention = True, what

    def go_on(self) -> None:
        """The buyer wants what is left, whoever else refuses. Raises WrongState."""
        self.if_refused = IfRefused.GO_ON
        self.take(Input.BUYER_GOES_ON)

    def _without(self, gone: Sequence[SellerOrder], because: LeftBecause, ends: Input) -> None:
        all_or_nothing = self.if_refused is IfRefused.CANCEL or self.is_booked
        if all_or_nothing or all(each in gone for each in self.present()):
            self.take(ends)
        else:
            self._leave(gone, because)

    def _leave(self, gone: Sequence[SellerOrder], because: LeftBecause) -> None:
        for each in gone:
            each.leave(self.at)
            self.events.append(
                SellerOrderLeft(
                    order_id=self.id,
                    seller_order_id=each.id,
                    merchant_id=each.merchant_id,
                    because=because,
                    left_at=self.at,
                )
            )
        before = self.total_rupiah
        self.reprice()
        self.give_back_part(before - self.total_rupiah, gone[0].id if len(gone) == 1 else None)
        self.when_all_accepted()

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
        due = 0 if self.payment_status in PAID_STATUSES else self.cash_due_rupiah
        self.take(Input.HANDED_OVER, Facts(collected_rupiah=due))

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
        self._without(overdue, LeftBecause.NOT_ANSWERED, Input.ACCEPT_DEADLINE)
        if self.state is State.AWAIT_MERCHANTS:
            self.set_timer()
        return True

    def reprice(self) -> None:
        """The sums follow the parts, and what promotions take off follows both. The fee is that of the stops that are left, never more than
        before, and once the order is confirmed it stays: a rider was promised it. What is in the purse already is not asked again."""
        goods, fee = self.goods_rupiah, self.delivery_rupiah
        if self.confirmed_at is None:
            fee = min([fee, *(each.fee_without_rupiah or fee for each in self.sellers if each.left_at is not None)])
        counted = self.total_rupiah - self.delivery_rupiah + self.discounts_rupiah
        if (goods, fee) == (counted, self.delivery_rupiah):
            return
        if fee != self.delivery_rupiah:
            self.delivery_rupiah, self.shares = fee, self.shares.of(fee)
        self._discounts_follow()
        self.total_rupiah = goods + fee - self.discounts_rupiah
        if self.payment_status in (PaymentStatus.DUE, PaymentStatus.PENDING):
            self.cash_due_rupiah = in_cash(self.total_rupiah - self.on_kasbon_rupiah)
        self.events.append(
            OrderRepriced(
                order_id=self.id,
                goods_rupiah=goods,
                delivery_rupiah=fee,
                rider_share_rupiah=self.shares.rider_rupiah,
                partner_share_rupiah=self.shares.partner_rupiah,
                platform_share_rupiah=self.shares.platform_rupiah,
                total_rupiah=self.total_rupiah,
                cash_to_collect_rupiah=self.cash_to_collect_rupiah,
                way=self.way,
                repriced_at=self.at,
            )
        )

    def _discounts_follow(self) -> None:
        goods = {each.id: each.goods_rupiah for each in self.sellers}
        self.discounts_less = follow(self.uses, goods, self.delivery_rupiah) or self.discounts_less
        for seller in self.sellers:
            now = sum(
                part.amount_rupiah for use in self.uses for part in use.parts if part.seller_order_id == seller.id
            )
            seller.changed = seller.changed or now != seller.discount_rupiah
            seller.discount_rupiah = now

    @property
    def discount_rupiah(self) -> int:
        """Off the goods, whoever gives it."""
        return sum(each.amount_rupiah for each in self.uses if not each.off_delivery)

    @property
    def delivery_discount_rupiah(self) -> int:
        return sum(each.amount_rupiah for each in self.uses if each.off_delivery)

    @property
    def discounts_rupiah(self) -> int:
        return self.discount_rupiah + self.delivery_discount_rupiah

    @property
    def given(self) -> list[Borne]:
        """What others than its merchants give for it."""
        merchants = {each.id: each.merchant_id for each in self.sellers}
        found = [
            Borne(use.account, merchants[part.seller_order_id], part.amount_rupiah)
            for use in self.uses
            if use.account is not None
            for part in use.parts
        ]
        trip = [
            Borne(use.account, None, use.amount_rupiah)
            for use in self.uses
            if use.account is not None and use.off_delivery
        ]
        return [each for each in (*found, *trip) if each.amount_rupiah]

    @property
    def never_rises(self) -> bool:
        """What lines come to as they are packed is never more than was ordered: it is paid, or was held against a limit."""
        return self.is_by_code or self.kasbon_id is not None

    @property
    def on_kasbon_rupiah(self) -> int:
        """What is not paid when it is handed over, but owed to its merchant: the goods, less what is off them. The fee is paid in cash."""
        return self.goods_rupiah - self.discount_rupiah if self.kasbon_id else 0

    @property
    def goods_rupiah(self) -> int:
        return sum(each.goods_rupiah for each in self.sellers)

    @property
    def cash_to_collect_rupiah(self) -> int:
        return self.cash_due_rupiah if self.payment_status is PaymentStatus.DUE else 0

    def sales(self) -> list[Sale]:
        given = self.given
        return [
            Sale(
                each.merchant_id,
                each.goods_rupiah,
                each.commission_rupiah,
                each.withholding,
                each.discount_rupiah - sum(of.amount_rupiah for of in given if of.merchant_id == each.merchant_id),
            )
            for each in self.present()
        ]

    def present(self) -> list[SellerOrder]:
        """Those that the order has not gone on without."""
        return [each for each in self.sellers if each.left_at is None]

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
        if self.awaiting():
            return
        refused = any(each.status in _REFUSED for each in self.sellers)
        self.take(Input.BUYER_IS_ASKED if refused and self.if_refused is IfRefused.ASK else Input.MERCHANTS_ACCEPTED)

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
            case Timer.BUYER_DEADLINE:
                self.timer_due = self.answer_by
            case Timer.PAYMENT_DEADLINE:
                self.timer_due = (self.pay_by or self.at) + PAY_GRACE
            case Timer.DELIVERY_DUE:
                self.timer_due = self.rider_wanted_at
            case Timer.FETCH_DEADLINE:
                self.timer_due = (self.slot_to or self.at) + KEPT_FOR
            case Timer.DELIVERY_DEADLINE:
                self.timer_due = (self.confirmed_at or self.at) + DELIVER_WITHIN
            case None:
                self.timer_due = None
