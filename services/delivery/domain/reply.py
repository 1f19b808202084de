"""What a partner's reply is judged by, and how it is refused."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from services.contracts.delivery import PartnerId
from services.contracts.partner import RefusalCode
from services.delivery.domain.dispatch import Policy
from services.delivery.domain.pins import Pins
from services.delivery.domain.trip import DeliveryStatus, Input, Refused, Stay, To, Trip

MAX_REPLY_ID = 128
_LONGEST_MESSAGE = 300
TELL_AGAIN_AFTER = timedelta(seconds=30)
_DOUBLINGS = 20


class ReplyRefused(Exception):
    """The reply changes nothing, for this reason; `counted`: but that it was counted. `field` names what is wrong in the data, if it is one
    thing."""

    def __init__(self, code: RefusalCode, message: str, field: str | None = None, *, counted: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.message = printable(message)
        self.field = printable(field) if field else None
        self.counted = counted


class TakesNoPart(Exception):
    """The company is told nothing yet, or no more."""


class Budget(Protocol):
    """How many replies that change nothing are kept, and told the outcome of, of one company."""

    def allows(self, partner_id: PartnerId) -> bool:
        """Count one more."""


@dataclass(frozen=True, slots=True)
class Rules:
    policy: Policy
    pins: Pins
    budget: Budget | None = None

    def may_keep(self, partner_id: PartnerId) -> bool:
        """Whether one more reply that changed nothing is kept and its outcome told."""
        return self.budget is None or self.budget.allows(partner_id)


@dataclass(frozen=True, slots=True)
class Sent:
    """Whose reply it is, and when the broker took it, on our clock: None when nobody trustworthy says."""

    partner_id: PartnerId
    at: datetime | None
    rules: Rules
    by_topic: bool = False


def told_again_after(tellings: int) -> timedelta:
    """How long after its last telling an outcome is told once more, if its reply comes again: each time twice as long, so that a reply
    said for ever makes a handful of events."""
    return TELL_AGAIN_AFTER * (1 << min(tellings - 1, _DOUBLINGS))


def is_usable(reply_id: str) -> bool:
    """Whether a reply with this id can be answered at all."""
    return 0 < len(reply_id) <= MAX_REPLY_ID and reply_id.isprintable()


_OF_NO_USE = frozenset(
    {
        RefusalCode.MALFORMED,
        RefusalCode.UNKNOWN_TYPE,
        RefusalCode.TOO_LARGE,
        RefusalCode.RATE_LIMITED,
        RefusalCode.ID_REUSED,
        RefusalCode.NOT_YOUR_JOB,
    }
)


def is_of_use(code: RefusalCode | None) -> bool:
    """Whether a reply with this outcome was about an offer or a job of the partner's: somebody is awake there, and uses this channel."""
    return code not in _OF_NO_USE


def printable(text: str) -> str:
    """A fault's description may quote what was sent; PostgreSQL's text cannot hold all of that."""
    return "".join(letter if letter.isprintable() else "?" for letter in text[:_LONGEST_MESSAGE])


_MESSAGES = {
    RefusalCode.ALREADY_DONE: "that is behind the trip already; it is {status}: go on from there",
    RefusalCode.WRONG_ORDER: "something before this has not been reported yet; the trip is {status}: report that, then send this again",
    RefusalCode.NOT_YOUR_JOB: "the job is not, or no longer, yours",
    RefusalCode.OFFER_TAKEN: "another acceptance came first",
    RefusalCode.OFFER_WITHDRAWN: "the offer was withdrawn",
}


def judge(trip: Trip, happened: Input) -> DeliveryStatus:
    """The state that it leads to. Raises ReplyRefused."""
    match trip.step(happened):
        case To(status):
            return status
        case Stay():
            return trip.status
        case Refused(RefusalCode.WRONG_ORDER) if trip.fetching:
            message = "goods are still to be fetched: report each stop as picked up or failed, then send this again"
            raise ReplyRefused(RefusalCode.WRONG_ORDER, message)
        case Refused(code):
            raise ReplyRefused(code, _MESSAGES[code].format(status=trip.status))


def own(trip: Trip | None, partner_id: PartnerId) -> Trip:
    """The trip, if the partner has it now. Raises ReplyRefused."""
    if trip is None or trip.partner_id != partner_id:
        raise ReplyRefused(RefusalCode.NOT_YOUR_JOB, _MESSAGES[RefusalCode.NOT_YOUR_JOB], "job_id")
    return trip
