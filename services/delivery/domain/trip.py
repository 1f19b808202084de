"""The trip: its states, what may happen to it, and what becomes of each thing in each state. The table is the machine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any, TypeAlias

from services.contracts.catalog import MerchantId
from services.contracts.delivery import DeliveryId, FailureCode, OfferId, PartnerId, RiderId
from services.contracts.ordering import OrderId
from services.contracts.partner import RefusalCode
from services.contracts.places import GeoPoint
from services.delivery.domain.policy import Entered
from services.delivery.domain.proof import DropoffWish, ProofRule

if TYPE_CHECKING:
    from services.delivery.domain.rehearsal import Rehearsal


class DeliveryStatus(StrEnum):
    """WAITING: the order is placed and not yet confirmed. REQUESTED: a rider is sought, nobody has an offer. The rest as its name."""

    WAITING = "WAITING"
    REQUESTED = "REQUESTED"
    OFFERED = "OFFERED"
    ASSIGNED = "ASSIGNED"
    AT_PICKUP = "AT_PICKUP"
    PICKED_UP = "PICKED_UP"
    AT_DROPOFF = "AT_DROPOFF"
    FAILED_ATTEMPT = "FAILED_ATTEMPT"
    RETURNING = "RETURNING"
    DELIVERED = "DELIVERED"
    RETURNED = "RETURNED"
    DISPOSED = "DISPOSED"
    UNASSIGNABLE = "UNASSIGNABLE"
    CANCELLED = "CANCELLED"


class Input(StrEnum):
    """What can happen to a trip. The first six come from us and from ordering, then come the partner's reports; the last four are the
    word of a person on a trip that nothing else ends."""

    CONFIRMED = "CONFIRMED"
    CANCELLED = "CANCELLED"
    OFFERED = "OFFERED"
    OFFERS_CLOSED = "OFFERS_CLOSED"
    ACCEPTED = "ACCEPTED"
    TIME_UP = "TIME_UP"
    AT_PICKUP = "AT_PICKUP"
    PICKED_UP = "PICKED_UP"
    AT_DROPOFF = "AT_DROPOFF"
    DELIVERED = "DELIVERED"
    FAILED = "FAILED"
    RETURNING = "RETURNING"
    RETURNED = "RETURNED"
    DISPOSED = "DISPOSED"
    ENDED_DELIVERED = "ENDED_DELIVERED"
    ENDED_RETURNED = "ENDED_RETURNED"
    ENDED_DISPOSED = "ENDED_DISPOSED"
    ENDED_CANCELLED = "ENDED_CANCELLED"


@dataclass(frozen=True, slots=True)
class To:
    """The trip goes to this state."""

    status: DeliveryStatus


@dataclass(frozen=True, slots=True)
class Stay:
    """Heard, known or too late: nothing changes and nobody is to blame."""


@dataclass(frozen=True, slots=True)
class Refused:
    """A partner's report, or a person's word, that does not fit: nothing changes and who sent it is told."""

    code: RefusalCode


Step: TypeAlias = "To | Stay | Refused"

_S, _I = DeliveryStatus, Input
_STAY = Stay()
_DONE = Refused(RefusalCode.ALREADY_DONE)
_EARLY = Refused(RefusalCode.WRONG_ORDER)
_NOT_YOURS = Refused(RefusalCode.NOT_YOUR_JOB)
_TAKEN = Refused(RefusalCode.OFFER_TAKEN)
_WITHDRAWN = Refused(RefusalCode.OFFER_WITHDRAWN)
_REPORTS = (_I.AT_PICKUP, _I.PICKED_UP, _I.AT_DROPOFF, _I.DELIVERED, _I.FAILED, _I.RETURNING, _I.RETURNED, _I.DISPOSED)
_NOBODYS: dict[Input, Step] = dict.fromkeys(_REPORTS, _NOT_YOURS)
_ALL_DONE: dict[Input, Step] = dict.fromkeys(_REPORTS, _DONE)
# A person knows what was never reported: goods that were fetched and delivered, brought back or lost without a word.
_ENDED_WITH_GOODS: dict[Input, Step] = {
    _I.ENDED_DELIVERED: To(_S.DELIVERED),
    _I.ENDED_RETURNED: To(_S.RETURNED),
    _I.ENDED_DISPOSED: To(_S.DISPOSED),
}
_CANNOT_BE: dict[Input, Step] = {
    **dict.fromkeys((_I.ENDED_DELIVERED, _I.ENDED_RETURNED, _I.ENDED_DISPOSED), _EARLY),
    _I.ENDED_CANCELLED: To(_S.CANCELLED),
}
_OVER: dict[Input, Step] = dict.fromkeys(
    (_I.ENDED_DELIVERED, _I.ENDED_RETURNED, _I.ENDED_DISPOSED, _I.ENDED_CANCELLED), _DONE
)
# On the way an order that is confirmed again, an offer that ends or a search that is over change nothing.
_UNDER_WAY: dict[Input, Step] = {
    _I.CONFIRMED: _STAY,
    _I.OFFERED: _STAY,
    _I.OFFERS_CLOSED: _STAY,
    _I.ACCEPTED: _TAKEN,
    _I.TIME_UP: _STAY,
}
# Once the goods are with the rider, the order's end is a matter of money, not of the trip.
_WITH_GOODS: dict[Input, Step] = {
    **_UNDER_WAY,
    **_ENDED_WITH_GOODS,
    _I.ENDED_CANCELLED: _DONE,
    _I.CANCELLED: _STAY,
    _I.AT_PICKUP: _DONE,
    _I.PICKED_UP: _DONE,
}
_ENDED: dict[Input, Step] = {**_UNDER_WAY, **_OVER, _I.CANCELLED: _STAY}

# The AT_ states may be skipped: a partner need not report them, and a report may be lost.
TABLE: Mapping[DeliveryStatus, Mapping[Input, Step]] = {
    _S.WAITING: {
        _I.CONFIRMED: To(_S.REQUESTED),
        _I.CANCELLED: To(_S.CANCELLED),
        _I.OFFERED: _STAY,
        _I.OFFERS_CLOSED: _STAY,
        _I.ACCEPTED: _NOT_YOURS,
        _I.TIME_UP: _STAY,
        **_NOBODYS,
        **_CANNOT_BE,
    },
    _S.REQUESTED: {
        _I.CONFIRMED: _STAY,
        _I.CANCELLED: To(_S.CANCELLED),
        _I.OFFERED: To(_S.OFFERED),
        _I.OFFERS_CLOSED: _STAY,
        _I.ACCEPTED: To(_S.ASSIGNED),  # sent in time, read late
        _I.TIME_UP: To(_S.UNASSIGNABLE),
        **_NOBODYS,
        **_CANNOT_BE,
    },
    _S.OFFERED: {
        _I.CONFIRMED: _STAY,
        _I.CANCELLED: To(_S.CANCELLED),
        _I.OFFERED: _STAY,
        _I.OFFERS_CLOSED: To(_S.REQUESTED),
        _I.ACCEPTED: To(_S.ASSIGNED),
        _I.TIME_UP: To(_S.UNASSIGNABLE),
        **_NOBODYS,
        **_CANNOT_BE,
    },
    _S.ASSIGNED: {
        **_UNDER_WAY,
        **_ENDED_WITH_GOODS,
        _I.ENDED_CANCELLED: To(_S.CANCELLED),
        _I.CANCELLED: To(_S.CANCELLED),
        _I.AT_PICKUP: To(_S.AT_PICKUP),
        _I.PICKED_UP: To(_S.PICKED_UP),
        _I.AT_DROPOFF: _EARLY,
        _I.DELIVERED: _EARLY,
        _I.FAILED: To(_S.REQUESTED),
        _I.RETURNING: _EARLY,
        _I.RETURNED: _EARLY,
        _I.DISPOSED: _EARLY,
    },
    _S.AT_PICKUP: {
        **_UNDER_WAY,
        **_ENDED_WITH_GOODS,
        _I.ENDED_CANCELLED: To(_S.CANCELLED),
        _I.CANCELLED: To(_S.CANCELLED),
        _I.AT_PICKUP: _DONE,
        _I.PICKED_UP: To(_S.PICKED_UP),
        _I.AT_DROPOFF: _EARLY,
        _I.DELIVERED: _EARLY,
        _I.FAILED: To(_S.REQUESTED),
        _I.RETURNING: _EARLY,
        _I.RETURNED: _EARLY,
        _I.DISPOSED: _EARLY,
    },
    _S.PICKED_UP: {
        **_WITH_GOODS,
        _I.AT_DROPOFF: To(_S.AT_DROPOFF),
        _I.DELIVERED: To(_S.DELIVERED),
        _I.FAILED: To(_S.FAILED_ATTEMPT),
        _I.RETURNING: _EARLY,
        _I.RETURNED: _EARLY,
        _I.DISPOSED: _EARLY,
    },
    _S.AT_DROPOFF: {
        **_WITH_GOODS,
        _I.AT_DROPOFF: _DONE,
        _I.DELIVERED: To(_S.DELIVERED),
        _I.FAILED: To(_S.FAILED_ATTEMPT),
        _I.RETURNING: _EARLY,
        _I.RETURNED: _EARLY,
        _I.DISPOSED: _EARLY,
    },
    _S.FAILED_ATTEMPT: {
        **_WITH_GOODS,
        _I.AT_DROPOFF: To(_S.AT_DROPOFF),
        _I.DELIVERED: To(_S.DELIVERED),
        _I.FAILED: _DONE,
        _I.RETURNING: To(_S.RETURNING),
        _I.RETURNED: To(_S.RETURNED),
        _I.DISPOSED: To(_S.DISPOSED),
    },
    _S.RETURNING: {
        **_WITH_GOODS,
        _I.AT_DROPOFF: _DONE,
        _I.DELIVERED: _DONE,
        _I.FAILED: _DONE,
        _I.RETURNING: _DONE,
        _I.RETURNED: To(_S.RETURNED),
        _I.DISPOSED: To(_S.DISPOSED),
    },
    _S.DELIVERED: {**_ENDED, **_ALL_DONE, _I.ENDED_DELIVERED: _STAY},
    _S.RETURNED: {**_ENDED, **_ALL_DONE, _I.ENDED_RETURNED: _STAY},
    _S.DISPOSED: {**_ENDED, **_ALL_DONE, _I.ENDED_DISPOSED: _STAY},
    _S.UNASSIGNABLE: {**_ENDED, _I.ACCEPTED: _WITHDRAWN, **_NOBODYS},
    _S.CANCELLED: {**_ENDED, _I.ACCEPTED: _WITHDRAWN, **_NOBODYS, _I.ENDED_CANCELLED: _STAY},
}

# Some of the goods are with the rider, others are still to be fetched: as with the goods, but not on the way to the door yet.
FETCHING: Mapping[Input, Step] = {
    **TABLE[_S.PICKED_UP],
    _I.PICKED_UP: To(_S.PICKED_UP),
    _I.AT_DROPOFF: _EARLY,
    _I.DELIVERED: _EARLY,
}

NOT_FETCHED = frozenset({_S.WAITING, _S.REQUESTED, _S.OFFERED, _S.ASSIGNED, _S.AT_PICKUP})
TERMINAL = frozenset({_S.DELIVERED, _S.RETURNED, _S.DISPOSED, _S.UNASSIGNABLE, _S.CANCELLED})
SEEKING = frozenset({_S.REQUESTED, _S.OFFERED})
# A rider has the job: positions are taken and shown, contact is given.
ON_TRIP = frozenset({_S.ASSIGNED, _S.AT_PICKUP, _S.PICKED_UP, _S.AT_DROPOFF, _S.FAILED_ATTEMPT, _S.RETURNING})


OVERDUE_AFTER = timedelta(hours=3)
"""A trip that takes longer than this, from the search on, is overdue; ordering has it looked at by a person."""
ASK_OVERDUE_EVERY = timedelta(hours=1)
"""An overdue trip is asked after no more often than this, for as long as it takes until it ends."""


def step(status: DeliveryStatus, happened: Input) -> Step:
    return TABLE[status][happened]


class Wake(StrEnum):
    """Kinds of timers. The subject of `OFFER` is the offer, of `HAZARD` the zone, of the others the trip."""

    DISPATCH = "delivery.dispatch"
    OFFER = "delivery.offer"
    LONG = "delivery.search_long"
    TIME_UP = "delivery.time_up"
    SILENT = "delivery.silent"
    HAZARD = "delivery.hazard"
    REHEARSAL = "delivery.rehearsal"
    REHEARSAL_OVER = "delivery.rehearsal_over"


# What moves a trip on when nothing else does: a timer of ours. WAITING alone has none: ordering owes us the order's outcome, by
# timers of its own.
WAKES: Mapping[DeliveryStatus, frozenset[Wake]] = {
    _S.WAITING: frozenset(),
    _S.REQUESTED: frozenset({Wake.DISPATCH, Wake.TIME_UP, Wake.LONG}),
    _S.OFFERED: frozenset({Wake.OFFER, Wake.TIME_UP, Wake.LONG}),
    **{status: frozenset({Wake.SILENT}) for status in ON_TRIP},
    **{status: frozenset() for status in TERMINAL},
}


@dataclass(frozen=True, slots=True)
class Trip:
    """As it was when its row was locked; `now` is the database's clock at that moment, `entered` the policy of dispatch that holds then.
    None: no officer has entered one. The search ends at `seek_until`, wants a person since `wants_person_at`, and companies' rounds count
    from `rounds_from` where a person has let it go on. `proof_rule` is the one of the day on which its rider was sought."""

    id: DeliveryId
    order_id: OrderId
    buyer: str
    status: DeliveryStatus
    version: int
    test: bool
    fee_rupiah: int
    rider_share_rupiah: int
    partner_share_rupiah: int
    platform_share_rupiah: int
    distance_m: int
    cash_to_collect_rupiah: int
    partner_id: PartnerId | None
    rider_id: RiderId | None
    offer_id: OfferId | None
    pin_tries: int
    failure_code: FailureCode | None
    requested_at: datetime | None
    now: datetime
    ready_at: datetime | None = None
    entered: Entered | None = None
    seek_until: datetime | None = None
    wants_person_at: datetime | None = None
    rounds_from: datetime | None = None
    fetching: bool = False
    weight_limit_gram: int | None = None
    only_for: PartnerId | None = None
    rehearsal: Rehearsal | None = None
    dropoff_wish: DropoffWish | None = None
    proof_rule: ProofRule | None = None

    def step(self, happened: Input) -> Step:
        return FETCHING[happened] if self.fetching else step(self.status, happened)

    @property
    def fetches(self) -> bool:
        """Whether there may be goods that are still to be fetched."""
        return self.fetching or self.status in (_S.ASSIGNED, _S.AT_PICKUP)

    def after(self, happened: Input) -> DeliveryStatus | None:
        """The state that this leads to; None when the trip stays as it is."""
        onward = self.step(happened)
        return onward.status if isinstance(onward, To) else None

    def may_be_silent(self, silent: timedelta) -> timedelta:
        """For how long from now on: `silent`, and longer once it is overdue."""
        overdue = self.requested_at is not None and self.now - self.requested_at > OVERDUE_AFTER
        return max(silent, ASK_OVERDUE_EVERY) if overdue else silent

    def to(self, status: DeliveryStatus, **changes: Any) -> Trip:
        return replace(self, status=status, version=self.version + 1, **changes)


@dataclass(frozen=True, slots=True)
class Stop:
    """A pickup names its merchant; the drop-off is rounded and names nobody. `number` is its own on the trip, from 1 on; `ready_at` is when
    the goods were promised, `packed_at` when they were said to be packed."""

    kecamatan_code: str
    point: GeoPoint
    merchant_id: MerchantId | None = None
    merchant_name: str | None = None
    number: int | None = None
    ready_at: datetime | None = None
    packed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Pickup:
    """One merchant's stop as it is reported. `number` is how reports name it; `ready_at` as in `Stop`, and `packed_at`."""

    number: int
    merchant_id: MerchantId
    merchant_name: str
    arrived_at: datetime | None = None
    fetched_at: datetime | None = None
    left_out_at: datetime | None = None
    ready_at: datetime | None = None
    packed_at: datetime | None = None
    failure: FailureCode | None = None

    @property
    def is_open(self) -> bool:
        return self.fetched_at is None and self.left_out_at is None


STOP_FAILURES = frozenset({FailureCode.MERCHANT_CLOSED, FailureCode.GOODS_NOT_READY})
"""Why there is nothing to be had at one stop."""
