"""A hazard is switched on: trips into it whose goods are not fetched end without anybody's fault, riders with goods are told to wait or to
bring them back. It is lifted: they are told to carry on. What is ended stays ended."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from uuid import UUID

from services.contracts.delivery import ZoneId
from services.contracts.partner import JobChange, WithdrawnReason
from services.contracts.places import WIB
from services.delivery.commands.cancelling import cancel
from services.delivery.domain import job
from services.delivery.domain.trip import ON_TRIP, Input, Trip, Wake
from services.delivery.domain.zone import Zone
from services.delivery.store import trips, zones
from services.kit.database.db import Transaction
from services.kit.messaging import outbox, timers

AREA_CLOSED = "AREA_CLOSED"
_AT_ONCE = 50
"""Trips of one turn: each turn is a transaction, and a trip that cannot be stopped keeps no more up."""
_AGAIN = timedelta(seconds=1)


async def close(conn: Transaction, trip: Trip) -> None:
    """A hazard lies over it: it ends, while its goods are not fetched. The caller has locked the trip."""
    if cancelled := trip.after(Input.CANCELLED):
        await cancel(conn, trip, cancelled, AREA_CLOSED, cause=AREA_CLOSED, withdrawn=WithdrawnReason.AREA_CLOSED)


async def look(conn: Transaction, subject: UUID) -> None:
    """A timer: the hazard was switched, or has trips left from the turn before."""
    found = await zones.of(conn, [ZoneId(subject)])
    if not found:
        return
    (view,) = found.values()
    if not view.zone.stops_trips:
        return
    again = await _stop(conn, view.zone) if view.holds else await _lift(conn, view.zone)
    if again:
        now = await zones.now(conn)
        await timers.start(conn, Wake.HAZARD, view.zone.id, now + _AGAIN)
    elif view.holds and (last := view.zone.valid_until) is not None:
        over = datetime.combine(last + timedelta(days=1), time(), WIB)
        await timers.start(conn, Wake.HAZARD, view.zone.id, over)


async def _stop(conn: Transaction, zone: Zone) -> bool:
    """Whether there are more."""
    for each in await zones.trips_to_stop(conn, zone.id, _AT_ONCE):
        trip = await trips.lock(conn, each)
        if trip and trip.after(Input.CANCELLED):
            await close(conn, trip)
            conn.wake(str(trip.id))
    told = await zones.trips_to_tell(conn, zone.id, _AT_ONCE)
    for each in told:
        trip = await trips.lock(conn, each)
        if trip and trip.partner_id:
            await outbox.append(conn, job.changed(trip, trip.partner_id, JobChange.AREA_CLOSED, area=zone.name))
            conn.wake(str(trip.id))
    await zones.told(conn, zone.id, told)
    return await zones.are_left(conn, zone.id)


async def _lift(conn: Transaction, zone: Zone) -> bool:
    lifted = await zones.to_lift(conn, zone.id, _AT_ONCE)
    for each in sorted(lifted):
        trip = await trips.lock_now(conn, each)
        if trip and trip.partner_id and trip.status in ON_TRIP:
            await outbox.append(conn, job.changed(trip, trip.partner_id, JobChange.AREA_OPEN, area=zone.name))
            conn.wake(str(trip.id))
    return len(lifted) == _AT_ONCE
