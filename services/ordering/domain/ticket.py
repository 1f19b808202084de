"""A ticket: what somebody complains of or asks, by when it is answered and resolved, and the machine of its life. Pure.

PP 80/2019 asks whoever trades by electronic means to take complaints and to say by when they are dealt with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from services.contracts.claims import TicketCategory, TicketId, TicketResolved
from services.kit.messaging.envelope import Event
from services.ordering.domain.machine import Cell, Machine
from services.ordering.domain.refusal import Refused

MAX_WORDS: Final = 1_000
MAX_OPEN: Final = 10
"""Tickets of one person that wait for somebody."""
MAX_A_DAY: Final = 20
MAX_ENTRIES: Final = 100
"""Of one ticket, whoever writes: who has more to say opens another."""
DUE: Final = "ticket.due"
"""The kind of its durable timer."""


class TicketState(StrEnum):
    OPEN = "OPEN"
    WAITING_FOR_OPENER = "WAITING_FOR_OPENER"
    RESOLVED = "RESOLVED"
    REOPENED = "REOPENED"
    CLOSED = "CLOSED"


class TicketInput(StrEnum):
    SAY = "SAY"  # by who opened it
    REPLY = "REPLY"  # by an officer or ops, as is RESOLVE
    RESOLVE = "RESOLVE"
    DUE = "DUE"


_S, same, no = TicketState, Cell.SAME, Cell.NO
# fmt: off
TICKET: Final = Machine(TicketState.OPEN, TicketInput, {
    #                      SAY          REPLY                  RESOLVE      DUE
    _S.OPEN:               (same,        _S.WAITING_FOR_OPENER, _S.RESOLVED, same),
    _S.WAITING_FOR_OPENER: (_S.OPEN,     same,                  _S.RESOLVED, _S.RESOLVED),
    _S.RESOLVED:           (_S.REOPENED, same,                  same,        _S.CLOSED),
    _S.REOPENED:           (same,        _S.WAITING_FOR_OPENER, _S.RESOLVED, same),
    _S.CLOSED:             (no,          no,                    same,        same),
})
# fmt: on

FOR_STAFF: Final = frozenset({_S.OPEN, _S.REOPENED})
"""States that wait for an officer or ops."""


@dataclass(frozen=True, slots=True)
class Promise:
    respond: timedelta
    resolve: timedelta


PROMISED: Final[Mapping[TicketCategory, Promise]] = {
    TicketCategory.DELIVERY: Promise(timedelta(hours=2), timedelta(hours=24)),
    TicketCategory.ORDER: Promise(timedelta(hours=4), timedelta(hours=48)),
    TicketCategory.PAYMENT: Promise(timedelta(hours=4), timedelta(hours=72)),
    TicketCategory.ACCOUNT: Promise(timedelta(hours=24), timedelta(hours=72)),
    TicketCategory.OTHER: Promise(timedelta(hours=24), timedelta(days=7)),
}
"""By when it is answered and resolved, from its opening."""
SILENCE: Final = timedelta(days=7)
"""Who does not answer for so long is content; what was resolved for so long is closed."""
REMIND_AFTER: Final = timedelta(hours=24)


class TicketsAreTooMany(Refused):
    def __init__(self, limit: int) -> None:
        super().__init__(f"{limit} tickets, or words of one, and no more")
        self.limit = limit


@dataclass(frozen=True, slots=True)
class Standing:
    """What the opener has already."""

    open: int
    today: int


def check_room(standing: Standing) -> None:
    """For one more. Raises TicketsAreTooMany."""
    if standing.open >= MAX_OPEN:
        raise TicketsAreTooMany(MAX_OPEN)
    if standing.today >= MAX_A_DAY:
        raise TicketsAreTooMany(MAX_A_DAY)


@dataclass(slots=True)
class Ticket:
    """A working copy. `at` is the present by the database's clock; `given` the input of this time, None when nothing is to be kept."""

    id: TicketId
    category: TicketCategory
    state: TicketState
    at: datetime
    version: int
    respond_by: datetime
    resolve_by: datetime
    due_at: datetime | None
    responded_at: datetime | None = None
    resolved_at: datetime | None = None
    given: TicketInput | None = None
    events: list[Event] = field(default_factory=list)

    @classmethod
    def opened(cls, ticket_id: TicketId, category: TicketCategory, at: datetime) -> Ticket:
        promise = PROMISED[category]
        respond_by, resolve_by = at + promise.respond, at + promise.resolve
        return cls(ticket_id, category, TicketState.OPEN, at, 1, respond_by, resolve_by, respond_by)

    def say(self) -> None:
        """By its opener: what was resolved is opened again. Raises WrongState or TicketsAreTooMany, as `reply` does."""
        before = self.state
        self._take(TicketInput.SAY)
        promise = PROMISED[self.category]
        if self.state is TicketState.REOPENED and before is not self.state:
            self.resolved_at = self.responded_at = None
            self.respond_by, self.resolve_by = self.at + promise.respond, self.at + promise.resolve
            self.due_at = self.respond_by
        elif before is TicketState.WAITING_FOR_OPENER:
            self.due_at = max(self.resolve_by, self.at + promise.respond)

    def reply(self) -> None:
        self._take(TicketInput.REPLY)
        self.responded_at = self.responded_at or self.at
        if self.state is TicketState.WAITING_FOR_OPENER:
            self.due_at = self.at + SILENCE

    def resolve(self) -> None:
        """Raises WrongState; said again it changes nothing."""
        if TICKET.next(self.state, TicketInput.RESOLVE) is not self.state:
            self._take(TicketInput.RESOLVE)
            self._resolved()

    def due(self) -> None:
        wanted = TICKET.next(self.state, TicketInput.DUE)
        if wanted is self.state:
            return
        self.state, self.given = wanted, TicketInput.DUE
        if wanted is TicketState.CLOSED:
            self.due_at = None
        else:
            self._resolved()

    @property
    def is_overdue(self) -> bool:
        return self.due_at is not None and self.due_at <= self.at

    @property
    def wakes_at(self) -> datetime | None:
        return None if self.due_at is None else self.at + REMIND_AFTER if self.is_overdue else self.due_at

    def _take(self, given: TicketInput) -> None:
        wanted = TICKET.next(self.state, given)
        if self.version >= MAX_ENTRIES:
            raise TicketsAreTooMany(MAX_ENTRIES)
        self.state, self.given = wanted, given

    def _resolved(self) -> None:
        self.responded_at = self.responded_at or self.at
        self.resolved_at, self.due_at = self.at, self.at + SILENCE
        self.events.append(TicketResolved(ticket_id=self.id, resolved_at=self.at))
