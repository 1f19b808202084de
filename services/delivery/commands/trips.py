"""What every step of a trip does: the new state saved with its cause, the old state's timers stopped, the new one's set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from services.contracts.delivery import OfferId
from services.delivery.commands.effect import Effect
from services.delivery.domain.dispatch import Policy
from services.delivery.domain.offer import OfferState
from services.delivery.domain.rehearsal import OVER_AFTER
from services.delivery.domain.reply import Sent
from services.delivery.domain.trip import ON_TRIP, SEEKING, TERMINAL, DeliveryStatus, Trip, Wake
from services.delivery.store import trips
from services.delivery.store.trips import With
from services.kit.database.db import Transaction
from services.kit.ids import Id
from services.kit.messaging import timers
from services.kit.messaging.envelope import Told
from services.kit.messaging.timers import Change

_NONE: Final[Mapping[OfferId, OfferState]] = {}


async def move(
    conn: Transaction,
    trip: Trip,
    status: DeliveryStatus,
    cause: str,
    *,
    starts: Sequence[tuple[Wake, Id, datetime]] = (),
    ends: Mapping[OfferId, OfferState] = _NONE,
    drops_position: bool = False,
    fetched: bool = False,
    **changes: Any,
) -> Trip:
    """The trip as it is now. `cause` stands in its history; `starts` are timers of the new state, `ends` offers of the trip that end by it,
    their timers too. `fetched`: all goods that were still to be fetched."""
    moved = trip.to(status, **{"fetching": False, **changes})
    stopped: list[Id] = [*ends]
    kinds: Sequence[Wake] = ()
    if status not in SEEKING:
        stopped.append(trip.id)  # whoever needs one in the new state starts it
    elif trip.status in ON_TRIP:
        stopped.append(trip.id)
        kinds = (Wake.SILENT,)
    beside = With(
        Change(stopped, kinds, [*starts, *_played(moved)]), ends, drops_position or status in TERMINAL, fetched
    )
    await trips.save(conn, moved, cause, beside)
    return moved


def _played(trip: Trip) -> list[tuple[Wake, Id, datetime]]:
    """Of a test job: what the robot does next in this state, and when it is over at the latest."""
    if trip.rehearsal is None or trip.status in TERMINAL:
        return []
    due: list[tuple[Wake, Id, datetime]] = [
        (Wake.REHEARSAL_OVER, trip.id, (trip.requested_at or trip.now) + OVER_AFTER)
    ]
    if found := trip.rehearsal.next_act(trip.status):
        due.append((Wake.REHEARSAL, trip.id, trip.now + timedelta(seconds=found[1].after_s)))
    return due


def word_due(trip: Trip, policy: Policy) -> list[tuple[Wake, Id, datetime]]:
    """From now on a trip that is under way may be silent for so long."""
    if trip.status not in ON_TRIP:
        return []
    return [(Wake.SILENT, trip.id, trip.now + trip.may_be_silent(timedelta(seconds=policy.silent_s)))]


async def go_on(
    conn: Transaction, sent: Sent, trip: Trip, status: DeliveryStatus, happened: str, *told: Told, **changes: Any
) -> Effect:
    """By a report."""
    starts = word_due(trip.to(status), sent.rules.policy)
    moved = await move(conn, trip, status, happened, starts=starts, **changes)
    conn.wake(str(trip.id))  # going back with the goods is shown, though told to nobody else
    return Effect(moved, told)


async def expect_word(conn: Transaction, trip: Trip, policy: Policy) -> None:
    if due := word_due(trip, policy):
        await timers.change(conn, Change(started=due))
