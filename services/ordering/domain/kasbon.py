"""A kasbon: a buyer's credit with one seller, by consent of both, up to a limit, without interest. Pure.

It is opened by the second yes, whoever says it. Either side ends it for what is new; what is owed stays owed until it is paid, or forgiven
by the merchant in writing. What is wrong is put right by an entry against it: none is changed or taken away.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from services.contracts.catalog import MerchantId
from services.contracts.kasbon import (
    KasbonAsked,
    KasbonClosed,
    KasbonDeclined,
    KasbonDisputed,
    KasbonEntryId,
    KasbonForgiven,
    KasbonId,
    KasbonLimitChanged,
    KasbonOffered,
    KasbonOpened,
    KasbonPaid,
    KasbonPaymentTakenBack,
    KasbonSide,
)
from services.kit.messaging.envelope import Event
from services.ordering.domain.books import MoreThanThereIs, OwnWord
from services.ordering.domain.ids import BuyerId
from services.ordering.domain.ledger import Kind, Transfer, kasbon_owed, owed_to_merchant
from services.ordering.domain.machine import Cell, Machine
from services.ordering.domain.refusal import Refused, WrongState

MAX_LIMIT_RUPIAH: Final = 100_000_000
"""Of one kasbon: more is a slip of the finger."""
MAX_ASKED: Final = 10
"""What one buyer has asked for and nobody has answered."""
MAX_ASKED_OF_MERCHANT: Final = 200
"""What one merchant was asked for and has not answered: more nobody reads."""
MAX_OFFERED: Final = 50
"""What one merchant has offered and nobody has answered."""
MAX_DISPUTED: Final = 3
"""Of one entry: more words change nothing."""


class KasbonState(StrEnum):
    NONE = "NONE"  # nobody has said anything yet
    ASKED = "ASKED"
    OFFERED = "OFFERED"
    OPEN = "OPEN"
    DECLINED = "DECLINED"
    CLOSED = "CLOSED"


class KasbonInput(StrEnum):
    BUYER_AGREES = "BUYER_AGREES"  # asks for one, or takes what is offered
    MERCHANT_AGREES = "MERCHANT_AGREES"  # offers one, or gives what is asked for
    DECLINE = "DECLINE"  # by who was asked, or who asked
    SET_LIMIT = "SET_LIMIT"
    CLOSE = "CLOSE"


_K, same, no = KasbonState, Cell.SAME, Cell.NO
# fmt: off
KASBON: Final = Machine(KasbonState.NONE, KasbonInput, {
    #              BUYER_AGREES MERCHANT_AGREES DECLINE      SET_LIMIT CLOSE
    _K.NONE:     (_K.ASKED,     _K.OFFERED,     no,          no,       no),
    _K.ASKED:    (same,         _K.OPEN,        _K.DECLINED, no,       no),
    _K.OFFERED:  (_K.OPEN,      same,           _K.DECLINED, no,       no),
    _K.OPEN:     (same,         same,           no,          same,     _K.CLOSED),
    _K.DECLINED: (_K.ASKED,     _K.OFFERED,     same,        no,       no),
    _K.CLOSED:   (_K.ASKED,     _K.OFFERED,     no,          no,       same),
})
# fmt: on


class EntryKind(StrEnum):
    """What stands in a kasbon's book. The first five move what is owed."""

    BOUGHT = "BOUGHT"
    PAID = "PAID"
    FORGIVEN = "FORGIVEN"
    TAKEN_BACK = "TAKEN_BACK"  # a payment that was none
    CLAIMED = "CLAIMED"  # a claim of what was bought
    ASKED = "ASKED"
    OFFERED = "OFFERED"
    OPENED = "OPENED"
    DECLINED = "DECLINED"
    LIMIT_SET = "LIMIT_SET"
    CLOSED = "CLOSED"
    DISPUTED = "DISPUTED"


class KasbonIsNotOpen(Refused):
    """Nothing is bought on it now, or there is none."""


class KasbonHasNoRoom(Refused):
    """`room_rupiah` is what may still be bought on it."""

    def __init__(self, room_rupiah: int) -> None:
        super().__init__(f"{room_rupiah} rupiah may still be bought on it")
        self.room_rupiah = room_rupiah


class KasbonIsOfOneSeller(Refused):
    """Goods of several sellers are not bought on one kasbon."""


class KasbonRequestsAtLimit(Refused):
    def __init__(self, limit: int) -> None:
        super().__init__(f"{limit} wait for their answers")
        self.limit = limit


class LimitIsWrong(Refused):
    def __init__(self) -> None:
        super().__init__(f"a limit is 0 to {MAX_LIMIT_RUPIAH} rupiah")


def check_limit(rupiah: int) -> int:
    """Raises LimitIsWrong."""
    if not 0 <= rupiah <= MAX_LIMIT_RUPIAH:
        raise LimitIsWrong
    return rupiah


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the book; `change_rupiah` of what is owed, `balance_rupiah` afterwards."""

    id: KasbonEntryId
    kind: EntryKind
    side: KasbonSide
    by: str
    balance_rupiah: int
    change_rupiah: int = 0
    limit_rupiah: int | None = None
    of_entry: KasbonEntryId | None = None
    words: str | None = None


@dataclass(slots=True)
class Kasbon:
    """A working copy. `at` is the present by the database's clock; `entries`, `transfers` and `events` are what follows from what was done.
    `buyer` is the buyer's subject, `called` by what the merchant knows them. What is owed and held the database keeps."""

    id: KasbonId
    buyer_id: BuyerId
    buyer: str
    merchant_id: MerchantId
    state: KasbonState
    called: str
    limit_rupiah: int
    at: datetime
    test: bool
    owed_rupiah: int = 0
    held_rupiah: int = 0
    buyer_agreed_at: datetime | None = None
    merchant_agreed_at: datetime | None = None
    entries: list[Entry] = field(default_factory=list)
    transfers: list[tuple[KasbonEntryId, Transfer]] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    @property
    def account(self) -> str:
        return kasbon_owed(self.id, test=self.test)

    @property
    def room_rupiah(self) -> int:
        """What may still be bought on it."""
        left = self.limit_rupiah - self.owed_rupiah - self.held_rupiah
        return max(0, left) if self.state is KasbonState.OPEN else 0

    def check_room(self, amount_rupiah: int) -> None:
        """Raises KasbonIsNotOpen or KasbonHasNoRoom."""
        if self.state is not KasbonState.OPEN:
            raise KasbonIsNotOpen("there is no open kasbon")
        if amount_rupiah > self.room_rupiah:
            raise KasbonHasNoRoom(self.room_rupiah)

    def agree_as_buyer(self, called: str) -> None:
        """Asks for one, or takes what is offered. Saying it again changes nothing."""
        before, self.state = self.state, KASBON.next(self.state, KasbonInput.BUYER_AGREES)
        if before is self.state:
            return
        self.buyer_agreed_at = self.at
        if self.state is KasbonState.OPEN:
            self._opened(KasbonSide.BUYER, self.buyer)
            return
        self.merchant_agreed_at, self.called, self.limit_rupiah = None, called, 0
        self._told(EntryKind.ASKED, KasbonSide.BUYER, self.buyer)
        self.events.append(KasbonAsked(**self._names()))

    def agree_as_merchant(self, by: str, limit_rupiah: int, called: str | None = None) -> None:
        """Offers one up to a limit, or gives what is asked for. Offering another limit takes the place of the one before. Raises
        LimitIsWrong, and OwnWord for a merchant's person who is the buyer."""
        check_limit(limit_rupiah)
        if by == self.buyer:
            raise OwnWord("nobody has a kasbon with themselves")
        before, self.state = self.state, KASBON.next(self.state, KasbonInput.MERCHANT_AGREES)
        if self.state is KasbonState.OPEN and before is KasbonState.OPEN:
            return
        if before is KasbonState.OFFERED and limit_rupiah == self.limit_rupiah:
            return
        self.merchant_agreed_at, self.limit_rupiah = self.at, limit_rupiah
        if self.state is KasbonState.OPEN:
            self._opened(KasbonSide.MERCHANT, by)
            return
        self.buyer_agreed_at, self.called = None, called or self.called
        self._told(EntryKind.OFFERED, KasbonSide.MERCHANT, by, limit_rupiah=limit_rupiah)
        self.events.append(KasbonOffered(**self._names(), limit_rupiah=limit_rupiah))

    def decline(self, side: KasbonSide, by: str, words: str | None) -> None:
        before, self.state = self.state, KASBON.next(self.state, KasbonInput.DECLINE)
        if before is not self.state:
            self._told(EntryKind.DECLINED, side, by, words=words)
            self.events.append(KasbonDeclined(**self._names(), by=side))

    def set_limit(self, by: str, limit_rupiah: int) -> None:
        """Below what is owed nothing new is bought, and nothing demanded. Raises LimitIsWrong."""
        check_limit(limit_rupiah)
        KASBON.next(self.state, KasbonInput.SET_LIMIT)
        before, self.limit_rupiah = self.limit_rupiah, limit_rupiah
        if before != limit_rupiah:
            self._told(EntryKind.LIMIT_SET, KasbonSide.MERCHANT, by, limit_rupiah=limit_rupiah)
            self.events.append(KasbonLimitChanged(**self._names(), before_rupiah=before, limit_rupiah=limit_rupiah))

    def close(self, side: KasbonSide, by: str, words: str | None) -> None:
        """For what is new: what is placed goes on, what is owed stays."""
        before, self.state = self.state, KASBON.next(self.state, KasbonInput.CLOSE)
        if before is not self.state:
            self._told(EntryKind.CLOSED, side, by, words=words)
            self.events.append(KasbonClosed(**self._names(), by=side, owed_rupiah=self.owed_rupiah))

    def end_without_its_buyer(self) -> None:
        """The buyer was erased: nothing new is asked, offered or bought. What is owed stays."""
        if self.state is KasbonState.OPEN:
            self.close(KasbonSide.BUYER, self.buyer, None)
        elif self.state in (KasbonState.ASKED, KasbonState.OFFERED):
            self.decline(KasbonSide.BUYER, self.buyer, None)

    def pay(self, by: str, amount_rupiah: int, words: str | None) -> KasbonEntryId:
        """The merchant has the money. Raises MoreThanThereIs for more than is owed."""
        entry = self._lower(EntryKind.PAID, Kind.KASBON_PAID, by, amount_rupiah, words)
        self.events.append(
            KasbonPaid(**self._names(), entry_id=entry, amount_rupiah=amount_rupiah, owed_rupiah=self.owed_rupiah)
        )
        return entry

    def forgive(self, by: str, amount_rupiah: int, words: str) -> KasbonEntryId:
        """The merchant asks for it no more, in writing. Raises MoreThanThereIs for more than is owed."""
        entry = self._lower(EntryKind.FORGIVEN, Kind.KASBON_FORGIVEN, by, amount_rupiah, words)
        self.events.append(
            KasbonForgiven(**self._names(), entry_id=entry, amount_rupiah=amount_rupiah, owed_rupiah=self.owed_rupiah)
        )
        return entry

    def take_back(self, side: KasbonSide, by: str, payment: KasbonEntryId, amount_rupiah: int, words: str) -> None:
        """A payment that was noted was none, or another: it is owed again, by an entry against it."""
        entry = self._move(
            EntryKind.TAKEN_BACK, Kind.KASBON_TAKEN_BACK, side, by, amount_rupiah, words, of_entry=payment
        )
        self.events.append(
            KasbonPaymentTakenBack(
                **self._names(),
                entry_id=entry,
                payment_id=payment,
                by=side,
                amount_rupiah=amount_rupiah,
                owed_rupiah=self.owed_rupiah,
            )
        )

    def dispute(self, side: KasbonSide, by: str, disputed: KasbonEntryId, words: str) -> None:
        """It is written beside the entry for both to read; nothing is owed less or more by it."""
        entry = self._told(EntryKind.DISPUTED, side, by, words=words, of_entry=disputed)
        self.events.append(KasbonDisputed(**self._names(), entry_id=entry, disputed_id=disputed, by=side))

    def _opened(self, side: KasbonSide, by: str) -> None:
        self._told(EntryKind.OPENED, side, by, limit_rupiah=self.limit_rupiah)
        self.events.append(KasbonOpened(**self._names(), limit_rupiah=self.limit_rupiah, by=side))

    def _lower(self, kind: EntryKind, booked: Kind, by: str, amount_rupiah: int, words: str | None) -> KasbonEntryId:
        if amount_rupiah > self.owed_rupiah:
            raise MoreThanThereIs(self.owed_rupiah)
        return self._move(kind, booked, KasbonSide.MERCHANT, by, -amount_rupiah, words)

    def _move(
        self,
        kind: EntryKind,
        booked: Kind,
        side: KasbonSide,
        by: str,
        change_rupiah: int,
        words: str | None,
        *,
        of_entry: KasbonEntryId | None = None,
    ) -> KasbonEntryId:
        self.owed_rupiah += change_rupiah
        entry = self._told(kind, side, by, words=words, change_rupiah=change_rupiah, of_entry=of_entry)
        accounts = (self.account, owed_to_merchant(self.merchant_id, test=self.test))
        debit, credit = accounts if change_rupiah > 0 else reversed(accounts)
        self.transfers.append((entry, Transfer(booked, debit, credit, abs(change_rupiah))))
        return entry

    def _told(
        self,
        kind: EntryKind,
        side: KasbonSide,
        by: str,
        *,
        words: str | None = None,
        change_rupiah: int = 0,
        limit_rupiah: int | None = None,
        of_entry: KasbonEntryId | None = None,
    ) -> KasbonEntryId:
        entry = Entry(
            KasbonEntryId.new(), kind, side, by, self.owed_rupiah, change_rupiah, limit_rupiah, of_entry, words
        )
        self.entries.append(entry)
        return entry.id

    def _names(self) -> dict[str, Any]:
        return {
            "kasbon_id": self.id,
            "merchant_id": self.merchant_id,
            "buyer": self.buyer,
            "at": self.at,
            "test": self.test,
        }


def check_sellers(merchants: Collection[MerchantId]) -> None:
    """Raises KasbonIsOfOneSeller."""
    if len(merchants) > 1:
        raise KasbonIsOfOneSeller("it is of one seller")


def check_payment(kind: EntryKind, *, taken_back: bool) -> bool:
    """Whether an entry is to be taken back; False when it was. Raises WrongState for what is no payment."""
    if kind is not EntryKind.PAID:
        raise WrongState(kind, EntryKind.TAKEN_BACK)
    return not taken_back


def check_disputes(count: int) -> None:
    """Raises KasbonRequestsAtLimit."""
    if count >= MAX_DISPUTED:
        raise KasbonRequestsAtLimit(MAX_DISPUTED)
