"""A claim after the delivery: the machine of its life, and the money that it moves. Pure.

The merchant answers first, for most of what is wrong is settled between two people who know each other. Who is silent is not right by it:
a claim without an answer goes to an officer, an answer without a word of the buyer stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from services.contracts.catalog import MerchantId
from services.contracts.claims import (
    ClaimAnswered,
    ClaimDecided,
    ClaimEscalated,
    ClaimId,
    ClaimKind,
    ClaimPaid,
    ClaimSettled,
    ClaimWithdrawn,
)
from services.contracts.delivery import PartnerId
from services.contracts.kasbon import KasbonClaimed
from services.contracts.ordering import BorneBy, OrderId, RefundId, SellerOrderId
from services.contracts.reasons import REASONS, ReasonCode, Use
from services.kit.messaging.envelope import Event
from services.ordering.domain.claimable import ClaimIsTooHigh, ReasonDoesNotFit
from services.ordering.domain.ids import OrderLineId
from services.ordering.domain.kasbon import Kasbon
from services.ordering.domain.ledger import Kind, Transfer, owed_to_merchant
from services.ordering.domain.machine import Cell, Machine
from services.ordering.domain.refusal import WrongState

DUE: Final = "claim.due"
"""The kind of its durable timer."""


class ClaimState(StrEnum):
    OPENED = "OPENED"
    OFFERED = "OFFERED"  # the merchant would give a part
    DECLINED = "DECLINED"  # the merchant refuses
    ESCALATED = "ESCALATED"  # an officer decides
    GRANTED = "GRANTED"  # the buyer is owed it
    PAID = "PAID"  # the merchant says that the buyer has it
    SETTLED = "SETTLED"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"


class ClaimInput(StrEnum):
    ACCEPT = "ACCEPT"  # by the merchant, the whole
    OFFER = "OFFER"
    DECLINE = "DECLINE"
    AGREE = "AGREE"  # by the buyer, to the part that is offered
    ESCALATE = "ESCALATE"
    GRANT = "GRANT"  # by an officer, as is REFUSE
    REFUSE = "REFUSE"
    PAY = "PAY"
    CONFIRM = "CONFIRM"  # by the buyer, as is DISPUTE
    DISPUTE = "DISPUTE"
    SETTLE = "SETTLE"  # by ops, with proof
    WITHDRAW = "WITHDRAW"
    DUE = "DUE"


_S, same = ClaimState, Cell.SAME


def _row(**moves: ClaimState | Cell) -> tuple[ClaimState | Cell, ...]:
    """What is not named is refused."""
    return tuple(moves.get(each, Cell.NO) for each in ClaimInput)


CLAIM: Final = Machine(
    ClaimState.OPENED,
    ClaimInput,
    {
        _S.OPENED: _row(
            ACCEPT=_S.GRANTED, OFFER=_S.OFFERED, DECLINE=_S.DECLINED, WITHDRAW=_S.WITHDRAWN, DUE=_S.ESCALATED
        ),
        _S.OFFERED: _row(
            ACCEPT=_S.GRANTED, AGREE=_S.GRANTED, ESCALATE=_S.ESCALATED, WITHDRAW=_S.WITHDRAWN, DUE=_S.GRANTED
        ),
        _S.DECLINED: _row(
            ACCEPT=_S.GRANTED, OFFER=_S.OFFERED, DECLINE=same, ESCALATE=_S.ESCALATED, WITHDRAW=_S.WITHDRAWN,
            DUE=_S.REFUSED,
        ),
        _S.ESCALATED: _row(
            ACCEPT=_S.GRANTED, ESCALATE=same, GRANT=_S.GRANTED, REFUSE=_S.REFUSED, WITHDRAW=_S.WITHDRAWN, DUE=same
        ),
        _S.GRANTED: _row(ACCEPT=same, AGREE=same, PAY=_S.PAID, SETTLE=_S.SETTLED, DUE=same),
        _S.PAID: _row(
            ACCEPT=same, AGREE=same, PAY=same, CONFIRM=_S.SETTLED, DISPUTE=_S.GRANTED, SETTLE=_S.SETTLED, DUE=_S.SETTLED
        ),
        _S.SETTLED: _row(ACCEPT=same, AGREE=same, PAY=same, CONFIRM=same, SETTLE=same, DUE=same),
        _S.REFUSED: _row(REFUSE=same, DUE=same),
        _S.WITHDRAWN: _row(WITHDRAW=same, DUE=same),
    },
)  # fmt: skip

WAITS: Final[Mapping[ClaimState, timedelta | None]] = {
    _S.OPENED: timedelta(hours=24),
    _S.OFFERED: timedelta(hours=72),
    _S.DECLINED: timedelta(hours=72),
    _S.ESCALATED: timedelta(hours=72),
    _S.GRANTED: timedelta(days=7),
    _S.PAID: timedelta(days=7),
    _S.SETTLED: None,
    _S.REFUSED: None,
    _S.WITHDRAWN: None,
}
"""How long each state waits before its timer has a say; None of an end."""
_GRANTS: Final = frozenset({ClaimInput.ACCEPT, ClaimInput.AGREE, ClaimInput.GRANT, ClaimInput.DUE})
REMIND_AFTER: Final = timedelta(hours=24)
"""What a person has not done in time is not done for them: it is asked for again, and ops are alarmed."""

USUAL: Final[Mapping[ClaimKind, ReasonCode]] = {
    ClaimKind.SHORT: ReasonCode.WRONG_QUANTITY,
    ClaimKind.SPOILED: ReasonCode.SPOILED_OR_BROKEN,
    ClaimKind.WRONG: ReasonCode.OTHER_THAN_ORDERED,
    ClaimKind.MISSING: ReasonCode.PACKED_INCOMPLETE,
}
"""What a merchant that gives in has said with it: all of these are its own to bear."""


@dataclass(slots=True)
class Claim:
    """A working copy. `at` is the present by the database's clock; `given` is the input that changed it, None while nothing has;
    `transfers` and `events` are what follows from that. What was bought on a `kasbon` is first of all owed less: `kasbon_rupiah` of what
    was granted, at once. What was paid by code goes back by a refund (`refund_id`), and nobody else gives it."""

    id: ClaimId
    order_id: OrderId
    seller_order_id: SellerOrderId
    order_line_id: OrderLineId
    merchant_id: MerchantId
    kind: ClaimKind
    state: ClaimState
    asked_rupiah: int
    test: bool
    at: datetime
    due_at: datetime | None
    partner_id: PartnerId | None = None
    offered_rupiah: int | None = None
    granted_rupiah: int | None = None
    borne_by: BorneBy | None = None
    reason: ReasonCode | None = None
    settled_by: BorneBy | None = None
    kasbon: Kasbon | None = None
    kasbon_rupiah: int = 0
    refund_id: RefundId | None = None
    given: ClaimInput | None = None
    transfers: list[Transfer] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def accept(self) -> None:
        """By the merchant, the whole. Raises WrongState, as all of these do."""
        before = self.state
        if self._to(ClaimInput.ACCEPT):
            if before is not ClaimState.ESCALATED:
                self._answered(self.asked_rupiah)
            self._grant(self.asked_rupiah, USUAL[self.kind])

    def offer(self, amount_rupiah: int) -> None:
        """By the merchant, a part; the whole is `accept`. The same offer again changes nothing. Raises ClaimIsTooHigh too."""
        if self.state is ClaimState.OFFERED and self.offered_rupiah == amount_rupiah:
            return
        if not 1 <= amount_rupiah < self.asked_rupiah:
            raise ClaimIsTooHigh("amount", self.asked_rupiah)
        if self._to(ClaimInput.OFFER):
            self.offered_rupiah = amount_rupiah
            self._answered(amount_rupiah)

    def decline(self) -> None:
        if self._to(ClaimInput.DECLINE):
            self._answered(0)

    def agree(self) -> None:
        if self._to(ClaimInput.AGREE):
            self._grant(self._offered, USUAL[self.kind])

    def escalate(self) -> None:
        if self._to(ClaimInput.ESCALATE):
            self._escalated()

    def decide(self, amount_rupiah: int, reason: ReasonCode) -> None:
        """By an officer; 0 refuses. The same again changes nothing. Raises ReasonDoesNotFit and ClaimIsTooHigh too."""
        if self.granted_rupiah == amount_rupiah and (self.reason is reason or amount_rupiah == 0):
            return
        if not 0 <= amount_rupiah <= self.asked_rupiah:
            raise ClaimIsTooHigh("amount", self.asked_rupiah)
        if amount_rupiah == 0:
            if self._to(ClaimInput.REFUSE):
                self._refused()
            return
        borne_by = REASONS[reason].borne_by
        if Use.CLAIM not in REASONS[reason].uses or (borne_by is BorneBy.PARTNER and self.partner_id is None):
            raise ReasonDoesNotFit(reason)
        if self._to(ClaimInput.GRANT):
            self._grant(amount_rupiah, reason)

    def pay(self) -> None:
        """The merchant says that it gave the buyer the money."""
        self._check_given_by_people(ClaimInput.PAY)
        if self._to(ClaimInput.PAY):
            self.settled_by = BorneBy.MERCHANT
            assert self.granted_rupiah is not None
            assert self.due_at is not None
            self.events.append(
                ClaimPaid(**self._names(), amount_rupiah=self.granted_rupiah, paid_at=self.at, answer_by=self.due_at)
            )

    def confirm(self) -> None:
        if self._to(ClaimInput.CONFIRM):
            self._settled()

    def dispute(self) -> None:
        """The buyer has not had it."""
        if self._to(ClaimInput.DISPUTE):
            self.settled_by = None

    def settle(self) -> None:
        """By ops, who have given it or have seen that it was given: what a merchant has said that it paid, it has."""
        self._check_given_by_people(ClaimInput.SETTLE)
        if self._to(ClaimInput.SETTLE):
            self.settled_by = self.settled_by or BorneBy.PLATFORM
            self._settled()

    def has_gone_back(self) -> None:
        """Its refund is done, which has moved the money already."""
        assert self.granted_rupiah
        if self._to(ClaimInput.SETTLE):
            self.settled_by = BorneBy.PLATFORM
            self.events.append(ClaimSettled(**self._names(), amount_rupiah=self.granted_rupiah, settled_at=self.at))

    def _check_given_by_people(self, given: ClaimInput) -> None:
        """Raises WrongState: it goes back by itself, and twice would be once too often."""
        if self.refund_id is not None and self.state is ClaimState.GRANTED:
            raise WrongState(self.state, given)

    @property
    def is_to_be_given(self) -> bool:
        """It was just granted, and something of it is to be given in money."""
        return self.state is ClaimState.GRANTED and self.given in _GRANTS and self.left_rupiah > 0

    @property
    def left_rupiah(self) -> int:
        return (self.granted_rupiah or 0) - self.kasbon_rupiah

    def withdraw(self) -> None:
        if self._to(ClaimInput.WITHDRAW):
            self.events.append(ClaimWithdrawn(**self._names(), withdrawn_at=self.at))

    def due(self) -> None:
        """Its time is up."""
        if self._to(ClaimInput.DUE):
            match self.state:
                case ClaimState.ESCALATED:
                    self._escalated()
                case ClaimState.GRANTED:
                    self._grant(self._offered, USUAL[self.kind])
                case ClaimState.REFUSED:
                    self._refused()
                case ClaimState.SETTLED:
                    self._settled()

    @property
    def wakes_at(self) -> datetime | None:
        """When its timer is to have a say: at its deadline, and again while that is past; None of an end."""
        return None if self.due_at is None else max(self.due_at, self.at + REMIND_AFTER if self.is_overdue else self.at)

    @property
    def is_overdue(self) -> bool:
        return self.due_at is not None and self.due_at <= self.at

    @property
    def _offered(self) -> int:
        assert self.offered_rupiah is not None
        return self.offered_rupiah

    @property
    def account(self) -> str:
        """What its buyer is owed, in an account of its own: nothing can be given back twice, and what is owed is one row."""
        return f"{self._mark}claim:{self.id}:refundable"

    @property
    def _mark(self) -> str:
        return "test:" if self.test else ""

    def _to(self, given: ClaimInput) -> bool:
        wanted = CLAIM.next(self.state, given)
        if wanted is self.state:
            return False
        self.state, self.given = wanted, given
        waits = WAITS[wanted]
        self.due_at = None if waits is None else self.at + waits
        return True

    def _names(self) -> dict[str, Any]:
        return {
            "claim_id": self.id,
            "order_id": self.order_id,
            "seller_order_id": self.seller_order_id,
            "merchant_id": self.merchant_id,
        }

    def _answered(self, offered_rupiah: int) -> None:
        in_full = self.state is ClaimState.GRANTED
        self.events.append(
            ClaimAnswered(
                **self._names(),
                offered_rupiah=offered_rupiah,
                answered_at=self.at,
                answer_by=None if in_full else self.due_at,
            )
        )

    def _escalated(self) -> None:
        assert self.due_at is not None
        self.events.append(ClaimEscalated(**self._names(), escalated_at=self.at, decide_by=self.due_at))

    @property
    def _by_officer(self) -> bool:
        return self.given in (ClaimInput.GRANT, ClaimInput.REFUSE)

    def _refused(self) -> None:
        self.granted_rupiah = 0
        self.events.append(
            ClaimDecided(
                **self._names(),
                granted_rupiah=0,
                borne_by=BorneBy.NOBODY,
                decided_at=self.at,
                by_officer=self._by_officer,
            )
        )

    def _grant(self, amount_rupiah: int, reason: ReasonCode) -> None:
        self.granted_rupiah, self.reason, self.borne_by = amount_rupiah, reason, REASONS[reason].borne_by
        bearers = {
            BorneBy.MERCHANT: f"merchant:{self.merchant_id}:payable",
            BorneBy.PARTNER: f"partner:{self.partner_id}:payable",
            BorneBy.PLATFORM: "platform:claims",
        }
        bearer = f"{self._mark}{bearers[self.borne_by]}"
        self.transfers.append(Transfer(Kind.CLAIM, bearer, self.account, amount_rupiah))
        off_kasbon = min(amount_rupiah, self.kasbon.owed_rupiah) if self.kasbon else 0
        self.events.append(
            ClaimDecided(
                **self._names(),
                granted_rupiah=amount_rupiah,
                borne_by=self.borne_by,
                reason=reason,
                decided_at=self.at,
                by_officer=self._by_officer,
            )
        )
        if self.kasbon is not None and off_kasbon:
            self._off(self.kasbon, off_kasbon)

    def _off(self, kasbon: Kasbon, amount_rupiah: int) -> None:
        """The merchant has given the buyer so much, by asking for so much less. What is left of a claim goes on as of every order."""
        self.kasbon_rupiah = amount_rupiah
        payable = f"{self._mark}merchant:{self.merchant_id}:payable"
        owed_to = owed_to_merchant(self.merchant_id, test=self.test)
        self.transfers += [
            Transfer(Kind.CLAIM_SETTLED, self.account, payable, amount_rupiah, cause="kasbon"),
            Transfer(Kind.KASBON_CLAIMED, owed_to, kasbon.account, amount_rupiah, cause=str(self.id)),
        ]
        self.events.append(
            KasbonClaimed(
                kasbon_id=kasbon.id,
                merchant_id=self.merchant_id,
                buyer=kasbon.buyer,
                at=self.at,
                test=self.test,
                order_id=self.order_id,
                amount_rupiah=amount_rupiah,
            )
        )
        if amount_rupiah == self.granted_rupiah:
            self.state, self.due_at = CLAIM.next(self.state, ClaimInput.SETTLE), None
            self.settled_by = BorneBy.MERCHANT
            self.events.append(ClaimSettled(**self._names(), amount_rupiah=amount_rupiah, settled_at=self.at))

    def _settled(self) -> None:
        assert self.granted_rupiah
        by_merchant = self.settled_by is BorneBy.MERCHANT
        giver = f"merchant:{self.merchant_id}:payable" if by_merchant else "platform:refunds"
        self.transfers.append(Transfer(Kind.CLAIM_SETTLED, self.account, f"{self._mark}{giver}", self.left_rupiah))
        self.events.append(ClaimSettled(**self._names(), amount_rupiah=self.granted_rupiah, settled_at=self.at))
