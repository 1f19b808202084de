"""Who holds cash and who is owed what: accounts by their owners, cash that goes on from hand to hand, payouts. Pure.

The company whose rider collected answers for the cash from the door on. Which of it a rider carries is booked between the two, of a rider
who can say so: who signs in, and does not speak for the company anyhow. So a rider's hand-over moves what is carried, and a company's what
it owes: a merchant is paid with it, the platform owes on. A hand-over is one side's word until the other confirms it.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from services.contracts.cash import CashLeg, Payee, PayoutMethod
from services.contracts.catalog import MerchantId
from services.contracts.delivery import PartnerId, RiderId
from services.kit.ids import Id
from services.ordering.domain.ledger import Kind, Transfer
from services.ordering.domain.machine import Cell, Machine
from services.ordering.domain.refusal import Refused

MAX_RUPIAH: Final = 1_000_000_000
"""Of one hand-over, payout or limit: more is a slip of the finger."""
CASH_LIMIT_RUPIAH: Final = 500_000
"""What one rider may carry when the company has said nothing: about a day of orders."""
MAX_OPEN: Final = 20
"""Hand-overs of one giver that nobody has answered: more is noise."""
PLATFORM: Final = "platform:settlement"
"""The platform's own money, by bank or in a drawer, with which it pays what it owes."""


class CashHandoverState(StrEnum):
    STATED = "STATED"
    CONFIRMED = "CONFIRMED"
    DISPUTED = "DISPUTED"
    WITHDRAWN = "WITHDRAWN"


class CashHandoverInput(StrEnum):
    CONFIRM = "CONFIRM"
    DISPUTE = "DISPUTE"
    SETTLE = "SETTLE"  # staff have found out what it was, or nobody is left to confirm it
    WITHDRAW = "WITHDRAW"


_C, same, no = CashHandoverState, Cell.SAME, Cell.NO
# fmt: off
CASH_HANDOVER: Final = Machine(CashHandoverState.STATED, CashHandoverInput, {
    #              CONFIRM       DISPUTE      SETTLE        WITHDRAW
    _C.STATED:    (_C.CONFIRMED, _C.DISPUTED, _C.CONFIRMED, _C.WITHDRAWN),
    _C.DISPUTED:  (no,           same,        _C.CONFIRMED, _C.WITHDRAWN),
    _C.CONFIRMED: (same,         no,          same,         no),
    _C.WITHDRAWN: (no,           no,          no,           same),
})
# fmt: on


class Side(StrEnum):
    GIVER = "GIVER"
    TAKER = "TAKER"

    @property
    def other(self) -> Side:
        return Side.TAKER if self is Side.GIVER else Side.GIVER


class AmountIsWrong(Refused):
    def __init__(self, field: str, minimum: int = 1) -> None:
        super().__init__(f"it is {minimum} to {MAX_RUPIAH} rupiah")
        self.field = field
        self.minimum = minimum


class MoreThanThereIs(Refused):
    """It is more than the giver holds, or than is owed. `limit_rupiah` is what that is; None when it was less by the time it was booked."""

    def __init__(self, limit_rupiah: int | None = None) -> None:
        super().__init__("there is not as much" if limit_rupiah is None else f"there are {limit_rupiah} rupiah")
        self.limit_rupiah = limit_rupiah


class OwnWord(Refused):
    """Who said it cannot be who confirms it."""


class OpenHandoversAtLimit(Refused):
    def __init__(self) -> None:
        super().__init__(f"{MAX_OPEN} hand-overs wait for their answers")


class NotForThisPayee(Refused):
    """Only a company keeps of the cash that it holds."""


def check_amount(field: str, rupiah: int, *, minimum: int = 1) -> int:
    """Raises AmountIsWrong."""
    if not minimum <= rupiah <= MAX_RUPIAH:
        raise AmountIsWrong(field, minimum)
    return rupiah


@dataclass(frozen=True, slots=True)
class Accounts:
    """The names of accounts; those of a trial are others."""

    test: bool

    def payable(self, owner: Id) -> str:
        """What the platform owes the owner, as a credit."""
        return f"{self._of(owner)}:payable"

    def cash(self, owner: MerchantId | PartnerId) -> str:
        """What the owner has of buyers' cash and answers for, as a debit."""
        return f"{self._of(owner)}:cash"

    def with_riders(self, company: PartnerId) -> str:
        """Which of a company's cash its riders carry, as a credit."""
        return f"{self._of(company)}:with_riders"

    def carrying(self, rider: RiderId) -> str:
        return f"{self._of(rider)}:carrying"

    @property
    def platform(self) -> str:
        return self._marked(PLATFORM)

    def owed(self, owner: Id) -> tuple[str, ...]:
        """Accounts whose credits, less their debits, are what the owner is owed: of a merchant less the cash that it took itself."""
        return (self.payable(owner), self.cash(owner)) if isinstance(owner, MerchantId) else (self.payable(owner),)

    def _of(self, owner: Id) -> str:
        return self._marked(f"{_OWNERS[type(owner)]}:{owner}")

    def _marked(self, name: str) -> str:
        return f"test:{name}" if self.test else name


_OWNERS: Final[dict[type[Id], str]] = {MerchantId: "merchant", PartnerId: "partner", RiderId: "rider"}
PAYEES: Final[dict[type[Id], Payee]] = {MerchantId: Payee.MERCHANT, PartnerId: Payee.COMPANY, RiderId: Payee.RIDER}


@dataclass(frozen=True, slots=True)
class Parties:
    """Whom one leg leads from and to; always by a company."""

    partner_id: PartnerId
    rider_id: RiderId | None = None
    merchant_id: MerchantId | None = None

    @property
    def leg(self) -> CashLeg:
        if self.rider_id is not None:
            return CashLeg.RIDER_TO_COMPANY
        return CashLeg.COMPANY_TO_MERCHANT if self.merchant_id is not None else CashLeg.COMPANY_TO_PLATFORM

    @property
    def giver(self) -> RiderId | PartnerId:
        return self.rider_id or self.partner_id


def handed_over(parties: Parties, amount_rupiah: int, *, test: bool) -> Transfer:
    at = Accounts(test)
    match parties.rider_id, parties.merchant_id:
        case RiderId() as rider, _:
            debit, credit = at.with_riders(parties.partner_id), at.carrying(rider)
        case _, MerchantId() as merchant:
            debit, credit = at.payable(merchant), at.cash(parties.partner_id)
        case _:
            debit, credit = at.platform, at.cash(parties.partner_id)
    return Transfer(Kind.CASH_HANDOVER, debit, credit, amount_rupiah)


def paid_out(payee: Id, method: PayoutMethod, amount_rupiah: int, *, test: bool) -> Transfer:
    """Raises NotForThisPayee."""
    at = Accounts(test)
    if method is PayoutMethod.KEPT:
        if not isinstance(payee, PartnerId):
            raise NotForThisPayee("only a company keeps of its cash")
        return Transfer(Kind.PAYOUT, at.payable(payee), at.cash(payee), amount_rupiah)
    return Transfer(Kind.PAYOUT, at.payable(payee), at.platform, amount_rupiah)


def reversed_(payout: Transfer) -> Transfer:
    return Transfer(Kind.PAYOUT_REVERSED, payout.credit, payout.debit, payout.amount_rupiah)
