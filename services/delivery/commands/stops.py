"""What is reported of one pickup of several: the rider has come, has the goods, or there are none to be had. The others go on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, TypeAlias

from services.contracts import delivery, partner
from services.contracts.delivery import FailureCode, Place
from services.contracts.partner import RefusalCode
from services.delivery.commands.effect import Effect
from services.delivery.commands.trips import go_on
from services.delivery.domain import vain
from services.delivery.domain.reply import ReplyRefused, Sent
from services.delivery.domain.trip import STOP_FAILURES, DeliveryStatus, Input, Pickup, Trip
from services.delivery.store import stops
from services.delivery.store import vain as rules
from services.delivery.store.held import Held
from services.kit.database.db import Transaction
from services.kit.messaging.envelope import Told

StopReport: TypeAlias = "partner.Arrived | partner.PickedUp | partner.Failed"
FAILED: Final = "STOP_FAILED"
FETCHED: Final = "STOP_FETCHED"


async def take(conn: Transaction, sent: Sent, held: Held, report: StopReport, number: int) -> Effect:
    """What the trip came to by it. Raises ReplyRefused."""
    trip, pickups = held.trip, held.pickups
    if not trip.fetches:
        raise ReplyRefused(
            RefusalCode.ALREADY_DONE, f"there is nothing left to fetch; the trip is {trip.status}", "stop"
        )
    stop = _open(pickups, number)
    match report:
        case partner.Arrived():
            return await _arrived(conn, sent, trip, stop)
        case partner.PickedUp():
            return await _fetched(conn, sent, trip, stop, pickups)
        case partner.Failed(code=code):
            return await _failed(conn, sent, trip, stop, pickups, code)


async def all_fetched(conn: Transaction, held: Held) -> list[Told]:
    """What is told of a rider who has all goods that were still to be fetched. Raises ReplyRefused where there were none to be had
    anywhere: the order ends."""
    trip, left = held.trip, [each for each in held.pickups if each.is_open]
    if not left:
        raise ReplyRefused(RefusalCode.ALREADY_DONE, "there were no goods at any pickup: the job is about to end")
    return [*await _waited(conn, trip, left), picked_up(trip)]


async def close_open(conn: Transaction, held: Held, code: FailureCode) -> list[Told]:
    """The rider fetches nothing any more: what is told of it, up to that all has been fetched that will be."""
    trip, left = held.trip, [each for each in held.pickups if each.is_open]
    await stops.failed(conn, trip, [each.number for each in left], code)
    return [*(_not_fetched(trip, each, code) for each in left), picked_up(trip)]


def picked_up(trip: Trip) -> delivery.PickedUp:
    return delivery.PickedUp(delivery_id=trip.id, order_id=trip.order_id)


def _open(pickups: Sequence[Pickup], number: int) -> Pickup:
    """The stop, if something is to be fetched there. Raises ReplyRefused."""
    stop = next((each for each in pickups if each.number == number), None)
    if stop is None:
        there = ", ".join(str(each.number) for each in pickups)
        raise ReplyRefused(RefusalCode.UNKNOWN_STOP, f"the job has no pickup {number}; it has {there}", "stop")
    if stop.fetched_at is not None:
        raise ReplyRefused(RefusalCode.ALREADY_DONE, f"the goods of pickup {number} were fetched", "stop")
    if stop.left_out_at is not None:
        raise ReplyRefused(RefusalCode.ALREADY_DONE, f"nothing is to be fetched at pickup {number}: go on", "stop")
    return stop


async def _arrived(conn: Transaction, sent: Sent, trip: Trip, stop: Pickup) -> Effect:
    if stop.arrived_at is not None:
        raise ReplyRefused(RefusalCode.ALREADY_DONE, f"the rider is at pickup {stop.number}: go on from there", "stop")
    await stops.arrived(conn, trip, stop.number)
    status = trip.after(Input.AT_PICKUP) or trip.status
    fact = delivery.RiderArrived(
        delivery_id=trip.id, order_id=trip.order_id, place=Place.PICKUP, merchant_id=stop.merchant_id
    )
    return await go_on(conn, sent, trip, status, Input.AT_PICKUP, fact, fetching=trip.fetching)


async def _fetched(conn: Transaction, sent: Sent, trip: Trip, stop: Pickup, pickups: Sequence[Pickup]) -> Effect:
    await stops.fetched(conn, trip, stop.number)
    told = await _waited(conn, trip, [stop])
    told.append(delivery.GoodsFetched(delivery_id=trip.id, order_id=trip.order_id, merchant_id=stop.merchant_id))
    if _are_left(pickups, stop):
        return await go_on(conn, sent, trip, DeliveryStatus.PICKED_UP, FETCHED, *told, fetching=True)
    return await go_on(conn, sent, trip, DeliveryStatus.PICKED_UP, Input.PICKED_UP, *told, picked_up(trip))


async def _failed(
    conn: Transaction, sent: Sent, trip: Trip, stop: Pickup, pickups: Sequence[Pickup], code: FailureCode
) -> Effect:
    """Where it was the last, and there are goods with the rider, it is on to the door; where there are none, ordering ends the order."""
    if code not in STOP_FAILURES:
        message = f"of one pickup it is {' or '.join(sorted(STOP_FAILURES))}; of the whole job leave stop away"
        raise ReplyRefused(RefusalCode.MALFORMED, message, "code")
    await stops.failed(conn, trip, [stop.number], code)
    fact = _not_fetched(trip, stop, code)
    if trip.fetching and not _are_left(pickups, stop):
        return await go_on(conn, sent, trip, trip.status, FAILED, fact, picked_up(trip))
    return await go_on(conn, sent, trip, trip.status, FAILED, fact, fetching=trip.fetching)


async def _waited(conn: Transaction, trip: Trip, left: Sequence[Pickup]) -> list[Told]:
    """What each merchant owes for it, where a rider had to wait too long."""
    came = [each for each in left if vain.may_have_waited(trip, each.arrived_at, each.packed_at, each.ready_at)]
    rule = await rules.of_trip(conn, trip) if came else None
    told: list[Told] = []
    for each in came:
        if found := vain.waited(rule, trip, each.arrived_at, each.packed_at, each.ready_at):
            minutes, pay = found
            told.append(
                delivery.RiderWaited(
                    delivery_id=trip.id,
                    order_id=trip.order_id,
                    merchant_id=each.merchant_id,
                    minutes=minutes,
                    pay=pay,
                )
            )
    return told


def _not_fetched(trip: Trip, stop: Pickup, code: FailureCode) -> delivery.StopFailed:
    return delivery.StopFailed(delivery_id=trip.id, order_id=trip.order_id, merchant_id=stop.merchant_id, code=code)


def _are_left(pickups: Sequence[Pickup], beside: Pickup) -> bool:
    return any(each.is_open for each in pickups if each is not beside)
