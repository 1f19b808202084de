"""What is known of one order, as data: what each service holds of it, and what was told and heard. No personal data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Settled:
    """A mark that a person has looked at."""

    mark: str
    because: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Order:
    """`state` is the process manager's. Times are aware, amounts whole rupiah."""

    id: str
    code: str
    status: str
    state: str
    version: int
    slot: str
    kecamatan: str
    test: bool
    goods_rupiah: int
    delivery_rupiah: int
    total_rupiah: int
    placed_at: datetime
    hold_until: datetime
    confirmed_at: datetime | None
    ended_at: datetime | None
    cancel_reason: str | None
    borne_by: str | None
    attention: str | None
    settled: Sequence[Settled] = ()
    called_off: str | None = None
    """Why delivery was asked to end the trip; `called_off_at` since when."""
    called_off_at: datetime | None = None
    way: str = "DELIVERY"
    slot_from: datetime | None = None
    slot_to: datetime | None = None
    place: str | None = None
    """Where it is collected; its code is nobody's to see here, `wrong_codes` says how often another was said."""
    agreed_at: datetime | None = None
    wrong_codes: int = 0


@dataclass(frozen=True, slots=True)
class SellerOrder:
    id: str
    merchant: str
    status: str
    version: int
    lines: int
    goods_rupiah: int
    accept_by: datetime | None
    ready_at: datetime | None


@dataclass(frozen=True, slots=True)
class Payment:
    id: str
    method: str
    status: str
    amount_rupiah: int
    asked_rupiah: int
    collected_rupiah: int | None


@dataclass(frozen=True, slots=True)
class Change:
    """One step of an order (with the process manager's state) or of a delivery (`state` is empty)."""

    version: int
    at: datetime
    status: str
    state: str
    cause: str


@dataclass(frozen=True, slots=True)
class Transfer:
    kind: str
    debit: str
    credit: str
    amount_rupiah: int
    at: datetime


@dataclass(frozen=True, slots=True)
class ContactRead:
    """That a partner read the buyer's contact for this trip; not what it read, nor who of the partner's people did."""

    delivery: str
    partner: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Timer:
    """Durable and live: due after `due_in`, overdue when that is negative, by the clock of its service."""

    service: str
    kind: str
    subject: str
    due_at: datetime
    due_in: timedelta
    attempts: int
    error: str | None


@dataclass(frozen=True, slots=True)
class Reservation:
    id: str
    state: str
    lines: int
    expires_at: datetime | None
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Ending:
    """A person ended the trip: `said` is the outcome, `by` a token's subject."""

    said: str
    by: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Delivery:
    id: str
    status: str
    version: int
    test: bool
    tariff: str
    distance_m: int
    fee_rupiah: int
    cash_to_collect_rupiah: int
    partner: str | None
    rider: str | None
    kecamatan: tuple[str, ...]
    """Codes of the stops, pickups first."""
    pin_tries: int
    failure_code: str | None
    requested_at: datetime | None
    ending: Ending | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    id: str
    partner: str
    state: str
    offered_at: datetime
    expires_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Reply:
    """What a partner replied; `code` says why it was refused, None that it was applied."""

    partner: str
    id: str
    type: str
    code: str | None
    answered_at: datetime


class Heard(StrEnum):
    """How far one service is with an event of another, the best last."""

    COMING = "coming"  # nothing of it has come yet
    WAITING = "waiting"  # it came, its predecessor did not
    PARKED = "parked"  # its handler fails; it is tried again
    DEAD = "dead"  # it was given up, with a reason
    APPLIED = "applied"


@dataclass(frozen=True, slots=True)
class Event:
    """`sent_at` is None while it is pending. `again`: it is about to be sent once more. `refill`: a new log has not got it yet."""

    service: str
    id: str
    type: str
    topic: str
    aggregate: str
    count: int
    epoch: int
    trace: str | None
    created_at: datetime
    sent_at: datetime | None = None
    again: bool = False
    refill: bool = False


@dataclass(frozen=True, slots=True)
class Position:
    """The last event of one aggregate that a consumer has applied."""

    consumer: str
    topic: str
    aggregate: str
    epoch: int
    last: int


@dataclass(frozen=True, slots=True)
class Trouble:
    """An event that a consumer of `service` did not apply; `mended_at`: it did so later, by hand."""

    service: str
    consumer: str
    kind: Heard
    event_id: str
    aggregate: str
    count: int | None
    since: datetime
    attempts: int = 0
    reason: str | None = None
    mended_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Log:
    """Which log a service's relay sends to (and whether the archive has been sent to it), and which one its consumer reads."""

    service: str
    relay: str | None
    filled: bool
    filled_from: int
    consumer: str | None


@dataclass(frozen=True, slots=True)
class Listener:
    """What a service has heard of one order's events."""

    service: str
    positions: Sequence[Position]
    troubles: Sequence[Trouble]


@dataclass(frozen=True, slots=True)
class Life:
    """One order. `reservation` and `delivery` are None while their services have not heard of it."""

    order: Order
    sellers: Sequence[SellerOrder]
    payment: Payment | None
    history: Sequence[Change]
    transfers: Sequence[Transfer]
    contact_reads: Sequence[ContactRead]
    reservation: Reservation | None
    delivery: Delivery | None
    way: Sequence[Change]
    offers: Sequence[Offer]
    replies: Sequence[Reply]
    timers: Sequence[Timer]
    events: Sequence[Event]
    listeners: Sequence[Listener]
    logs: Sequence[Log]
