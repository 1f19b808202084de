"""The money of an order that is paid by code: what came, what is held for it, and what goes back. Pure.

What a part cost that has left goes back at once. What lines come to less, as they are packed, goes back in one sum once nothing of the
order is packed any more: until then a line may be weighed anew, and money that has gone back is not asked for again.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from datetime import datetime

from services.contracts.ordering import (
    BorneBy,
    OrderId,
    PaymentId,
    PaymentReceived,
    RefundCompleted,
    RefundId,
    RefundRequested,
    SellerOrderId,
)
from services.contracts.places import WIB
from services.kit.messaging.envelope import Event
from services.ordering.domain.ids import AttemptId
from services.ordering.domain.ledger import Kind, Transfer, clearing, held, mdr_account
from services.ordering.domain.mdr import MerchantClass, mdr
from services.ordering.domain.payment import PAID_STATUSES, PAYMENT, PaymentInput, PaymentStatus
from services.ordering.domain.process import Input, State
from services.ordering.domain.refund import Bearer, Refund, RefundIsTooMuch, RefundReason
from services.ordering.domain.steps import Facts


@dataclass(slots=True, kw_only=True)
class Purse(ABC):
    """`provider` is who takes the money by code, None for cash. `held_rupiah` is the buyer's money that the books say is held for this
    order, `returning_rupiah` what of it is on its way back; `given_back_rupiah` all that was ever to go back, `borne` what of that by which
    account; `accepted_rupiah` is what the order was paid with. `asks` says that this time the buyer is to be asked for the money, `refunds`
    what is to go back from this time on."""

    id: OrderId
    at: datetime
    state: State
    total_rupiah: int
    test: bool
    payment_id: PaymentId
    payment_status: PaymentStatus
    collected_rupiah: int | None = None
    borne_by: BorneBy | None = None
    provider: str | None = None
    pay_by: datetime | None = None
    paid_at: datetime | None = None
    received_rupiah: int = 0
    held_rupiah: int = 0
    returning_rupiah: int = 0
    given_back_rupiah: int = 0
    refunded_rupiah: int = 0
    accepted_rupiah: int = 0
    borne: dict[str, int] = field(default_factory=dict)
    asks: bool = False
    refunds: list[Refund] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    transfers: list[Transfer] = field(default_factory=list)

    @abstractmethod
    def take(self, given: Input, facts: Facts | None = None) -> None:
        """Follow the table."""

    @property
    def is_by_code(self) -> bool:
        """Paid, or to be paid, before it is handed over. What the release before has agreed to unpaid is paid in cash."""
        return self.provider is not None and self.payment_status is not PaymentStatus.DUE

    @property
    def paid_rupiah(self) -> int:
        """All that has ever come for it."""
        return self.received_rupiah + (self.collected_rupiah or 0)

    @property
    def free_rupiah(self) -> int:
        """What is held of the buyer's money, and is not on its way back."""
        return self.held_rupiah - self.returning_rupiah

    @property
    def owed_rupiah(self) -> int:
        """What of the money that is held is the order's: nothing before it is paid, and once it is handed over or cancelled."""
        return min(self.total_rupiah, self.held_rupiah) if self._is_kept else 0

    @property
    def room_rupiah(self) -> int | None:
        """By how much more the order may still come to; None while no sum was asked for by code. A code that is shown is of one sum, and
        of what is paid no more is there than is held."""
        if self.paid_at is not None:
            return max(self.free_rupiah - self.total_rupiah, 0)
        return 0 if self.is_by_code and self.state is State.AWAIT_PAYMENT else None

    @property
    def is_booked(self) -> bool:
        """The books say who has got what of it: cash was taken for it, or what was paid before is held no more. From then on it is not
        reckoned anew, not even while all else says that it is not handed over yet: which is true a person finds out."""
        if self.paid_at is None:
            return self.collected_rupiah is not None
        return self.held_rupiah < self.total_rupiah

    @property
    def _is_kept(self) -> bool:
        return self.paid_at is not None and self.state not in (State.COMPLETED, State.CANCELLED)

    def book(self, *transfers: Transfer) -> None:
        """Of the buyer's money that is held the sum follows."""
        purse = held(self.test)
        self.transfers += transfers
        for each in transfers:
            self.held_rupiah += each.amount_rupiah * ((each.credit == purse) - (each.debit == purse))

    def receive(self, amount_rupiah: int, *, attempt_id: AttemptId, of: MerchantClass, cause: str) -> None:
        """Money has come by a code. It pays the order that waits for it, if it is all of it; what it does not need goes back. `cause` is
        another for each sum that comes."""
        assert self.provider is not None
        self.received_rupiah += amount_rupiah
        purse = clearing(self.provider, self.test)
        self.book(Transfer(Kind.PAYMENT, purse, held(self.test), amount_rupiah, cause=cause))
        waits = self.state is State.AWAIT_PAYMENT and self.payment_status is PaymentStatus.PENDING
        was_paid = self.payment_status in PAID_STATUSES
        if waits and self.free_rupiah >= self.total_rupiah:
            self.payment_status = PAYMENT.next(self.payment_status, PaymentInput.RECEIVE)
            self.paid_at, self.accepted_rupiah = self.at, self.total_rupiah
            fee = mdr(self.total_rupiah, of, self.at.astimezone(WIB).date())
            if fee:
                self.book(Transfer(Kind.MDR, mdr_account(self.test), purse, fee, cause=cause))
            self.events.append(
                PaymentReceived(
                    payment_id=self.payment_id,
                    order_id=self.id,
                    amount_rupiah=self.total_rupiah,
                    provider=self.provider,
                    received_at=self.at,
                )
            )
            self.take(Input.PAYMENT_RECEIVED)
            reason = RefundReason.PAID_OVER
        elif waits:
            reason = RefundReason.PAID_SHORT
        else:
            reason = RefundReason.PAID_TWICE if was_paid else RefundReason.PAID_LATE
        surplus = self.free_rupiah - self.owed_rupiah
        if surplus > 0:
            self._give_back(
                Refund(RefundId.new(), f"surplus:{cause}", surplus, reason, BorneBy.NOBODY, True, attempt_id)
            )

    @property
    def left_rupiah(self) -> int:
        """What the buyer has paid, and is not to get back yet."""
        return self.paid_rupiah - self.given_back_rupiah if self.payment_status in PAID_STATUSES else 0

    def give_back_claimed(self, refund: Refund, account: str) -> None:
        """What a claim has granted, from its own account: whoever bears it has paid it into that. Raises RefundIsTooMuch."""
        if refund.amount_rupiah > self.left_rupiah:
            raise RefundIsTooMuch(self.left_rupiah)
        self.book(Transfer(Kind.REFUND_BORNE, account, held(self.test), refund.amount_rupiah, cause=str(refund.id)))
        self._give_back(refund)

    def give_back(self, refund: Refund, bearer: Bearer) -> None:
        """Part of what was paid goes back. What is held beyond what the order needs is the buyer's own; for the rest its bearer pays.
        Raises RefundIsTooMuch."""
        if refund.amount_rupiah > self.left_rupiah:
            raise RefundIsTooMuch(self.left_rupiah)
        borne = refund.amount_rupiah - max(0, min(refund.amount_rupiah, self.free_rupiah - self.owed_rupiah))
        if borne:
            account = bearer.account("test:" if self.test else "")
            self.book(Transfer(Kind.REFUND_BORNE, account, held(self.test), borne, cause=str(refund.id)))
            self.borne[account] = self.borne.get(account, 0) + borne
        self._give_back(refund)

    def give_back_part(self, less_rupiah: int, seller_order_id: SellerOrderId | None) -> None:
        """The order goes on without it, for so much less."""
        if self._is_kept:
            self.give_change(min(less_rupiah, self.free_rupiah - self.owed_rupiah), seller_order_id)

    def give_back_change(self) -> None:
        """What was paid is more than what it has come to in the end: nothing of it is packed any more."""
        if self._is_kept:
            self.give_change(self.free_rupiah - self.owed_rupiah)

    def give_change(self, amount_rupiah: int, seller_order_id: SellerOrderId | None = None) -> None:
        """So much is held that the order does not cost any more."""
        if amount_rupiah > 0:
            refund_id = RefundId.new()
            self._give_back(
                Refund(
                    id=refund_id,
                    cause=f"changed:{refund_id}",
                    amount_rupiah=amount_rupiah,
                    reason=RefundReason.GOODS_CHANGED,
                    borne_by=BorneBy.NOBODY,
                    seller_order_id=seller_order_id,
                )
            )

    def give_back_what_is_held(self) -> None:
        """It was cancelled: a buyer who got nothing pays nothing, and nobody bears what was to go back of it before."""
        if self.paid_at is None or self.free_rupiah <= 0:
            return
        assert self.borne_by is not None
        for account, amount in self.borne.items():
            self.book(Transfer(Kind.REFUND_BORNE, held(self.test), account, amount, cause="cancelled"))
        if self.free_rupiah > 0:
            self._give_back(
                Refund(RefundId.new(), "cancelled", self.free_rupiah, RefundReason.CANCELLED, self.borne_by)
            )

    def _give_back(self, refund: Refund) -> None:
        self.refunds.append(refund)
        self.returning_rupiah += refund.amount_rupiah
        self.given_back_rupiah += refund.amount_rupiah
        self.events.append(
            RefundRequested(
                payment_id=self.payment_id,
                order_id=self.id,
                amount_rupiah=refund.amount_rupiah,
                refund_id=refund.id,
                reason=refund.reason,
                borne_by=refund.borne_by,
                seller_order_id=refund.seller_order_id,
            )
        )

    def has_gone_back(self, refund: Refund, *, by: str) -> None:
        """`by` is the account that it went out of."""
        self.book(Transfer(Kind.REFUND, held(self.test), by, refund.amount_rupiah, cause=str(refund.id)))
        self.returning_rupiah -= refund.amount_rupiah
        if not refund.surplus:
            self.refunded_rupiah += refund.amount_rupiah
            kept = self.accepted_rupiah if self.paid_at is not None else self.collected_rupiah or 0
            all_of_it = self.refunded_rupiah >= kept
            given = PaymentInput.REFUND_ALL if all_of_it else PaymentInput.REFUND_PART
            self.payment_status = PAYMENT.next(self.payment_status, given)
        self.events.append(
            RefundCompleted(
                payment_id=self.payment_id,
                order_id=self.id,
                amount_rupiah=refund.amount_rupiah,
                refund_id=refund.id,
                by_hand=self.provider is None or by != clearing(self.provider, self.test),
                completed_at=self.at,
            )
        )
