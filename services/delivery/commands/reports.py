"""What the partner that has a trip reports of it, and how a silent one is asked for."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, TypeAlias

from services.contracts import delivery, partner
from services.contracts.delivery import DeliveryId, FailureCode, Place
from services.contracts.partner import ArrivedAt, JobChange, RefusalCode, ReportedStatus, WithdrawnReason
from services.delivery.commands import search
from services.delivery.commands.trips import expect_word, move
from services.delivery.domain import job, pins
from services.delivery.domain.cash import MOST_OVER_RUPIAH, is_plausible
from services.delivery.domain.dispatch import Policy
from services.delivery.domain.reply import ReplyRefused, Sent, judge, own
from services.delivery.domain.trip import ON_TRIP, DeliveryStatus, Input, Trip, Wake
from services.delivery.store import positions, trips
from services.kit.database.db import Transaction
from services.kit.messaging import outbox, timers
from services.kit.messaging.envelope import Told

Report: TypeAlias = "partner.Arrived | partner.PickedUp | partner.Delivered | partner.Failed | partner.Status"


async def take(conn: Transaction, sent: Sent, report: Report) -> bool:
    """Whether the trip went on by it. Raises ReplyRefused."""
    trip = own(await trips.lock(conn, report.job_id), sent.partner_id)
    match report:
        case partner.Arrived():
            await _arrived(conn, sent, trip, Place.PICKUP if report.at is ArrivedAt.PICKUP else Place.DROPOFF)
        case partner.PickedUp():
            await _picked_up(conn, sent, trip)
        case partner.Delivered():
            await _delivered(conn, sent, trip, report)
        case partner.Failed():
            await _failed(conn, sent, trip, report.code)
        case partner.Status():
            return await _status(conn, sent, trip, report.status)
    return True


async def ask_for_report(conn: Transaction, delivery_id: DeliveryId, policy: Policy) -> None:
    """A timer: nothing was heard of the trip for a while."""
    trip = await trips.lock_now(conn, delivery_id)
    if trip is None or trip.status not in ON_TRIP or trip.partner_id is None:
        return
    overdue = delivery.ReportOverdue(delivery_id=trip.id, order_id=trip.order_id, partner_id=trip.partner_id)
    await outbox.append(conn, job.report_requested(trip, trip.partner_id), overdue)
    await expect_word(conn, trip, policy)


async def _arrived(conn: Transaction, sent: Sent, trip: Trip, place: Place) -> None:
    happened = Input.AT_PICKUP if place is Place.PICKUP else Input.AT_DROPOFF
    status = judge(trip, happened)
    fact = delivery.RiderArrived(delivery_id=trip.id, order_id=trip.order_id, place=place)
    await _go_on(conn, sent, trip, status, happened, fact)


async def _picked_up(conn: Transaction, sent: Sent, trip: Trip) -> None:
    status = judge(trip, Input.PICKED_UP)
    fact = delivery.PickedUp(delivery_id=trip.id, order_id=trip.order_id)
    await _go_on(conn, sent, trip, status, Input.PICKED_UP, fact)


async def _delivered(conn: Transaction, sent: Sent, trip: Trip, report: partner.Delivered) -> None:
    """Against the buyer's PIN; the cash is what was paid, and ordering books what it differs by. A wrong PIN is counted, and is all that
    a refused reply changes."""
    status = judge(trip, Input.DELIVERED)
    if not is_plausible(report.cash_collected_rupiah, trip.cash_to_collect_rupiah):
        message = (
            f"cash_collected_rupiah is {report.cash_collected_rupiah}, and {trip.cash_to_collect_rupiah} was to be collected: "
            f"say what was paid, in whole rupiah, at most {MOST_OVER_RUPIAH} more"
        )
        raise ReplyRefused(RefusalCode.IMPLAUSIBLE, message, "cash_collected_rupiah")
    if trip.pin_tries >= pins.MAX_TRIES:
        message = f"locked after {pins.MAX_TRIES} wrong PINs; call Wlijo's operations"
        raise ReplyRefused(RefusalCode.WRONG_PIN, message, "pin")
    if not sent.rules.pins.fits(trip.id, test=trip.test, shown=report.pin):
        tries = await trips.count_pin_try(conn, trip.id)
        if tries >= pins.MAX_TRIES:
            await outbox.append(conn, job.changed(trip, sent.partner_id, JobChange.PIN_LOCKED))
        raise ReplyRefused(
            RefusalCode.WRONG_PIN,
            f"that is not the buyer's PIN; {pins.MAX_TRIES - tries} tries are left",
            "pin",
            counted=True,
        )
    fact = delivery.Delivered(
        delivery_id=trip.id,
        order_id=trip.order_id,
        partner_id=sent.partner_id,
        cash_collected_rupiah=report.cash_collected_rupiah,
        fee_rupiah=trip.fee_rupiah,
        rider_share_rupiah=trip.rider_share_rupiah,
        partner_share_rupiah=trip.partner_share_rupiah,
        platform_share_rupiah=trip.platform_share_rupiah,
        delivered_at=trip.now,
    )
    await _go_on(conn, sent, trip, status, Input.DELIVERED, fact)


async def _failed(conn: Transaction, sent: Sent, trip: Trip, code: FailureCode) -> None:
    """Before pickup the job is given back, after it the attempt has failed."""
    status = judge(trip, Input.FAILED)
    if status is DeliveryStatus.REQUESTED:
        await _give_back(conn, sent, trip, code)
        return
    fact = delivery.AttemptFailed(delivery_id=trip.id, order_id=trip.order_id, code=code)
    await _go_on(conn, sent, trip, status, Input.FAILED, fact, failure_code=code)


async def _status(conn: Transaction, sent: Sent, trip: Trip, said: ReportedStatus) -> bool:
    """A word on the trip as it is, or the report that was lost. What takes a proof or a code is not taken from here."""
    if trip.status.value == said.value:
        await expect_word(conn, trip, sent.rules.policy)
        return False
    match said:
        case ReportedStatus.ASSIGNED:
            raise ReplyRefused(RefusalCode.ALREADY_DONE, f"the trip is {trip.status}", "status")
        case ReportedStatus.AT_PICKUP:
            await _arrived(conn, sent, trip, Place.PICKUP)
        case ReportedStatus.PICKED_UP:
            await _picked_up(conn, sent, trip)
        case ReportedStatus.AT_DROPOFF:
            await _arrived(conn, sent, trip, Place.DROPOFF)
        case ReportedStatus.FAILED_ATTEMPT:
            judge(trip, Input.FAILED)
            raise ReplyRefused(RefusalCode.WRONG_ORDER, "send partner.failed.v1 with its code first", "status")
        case ReportedStatus.DELIVERED:
            judge(trip, Input.DELIVERED)
            raise ReplyRefused(RefusalCode.WRONG_ORDER, "send partner.delivered.v1 with the PIN first", "status")
        case ReportedStatus.RETURNING:
            await _go_on(conn, sent, trip, judge(trip, Input.RETURNING), Input.RETURNING)
        case ReportedStatus.RETURNED:
            await _returned(conn, sent, trip, Input.RETURNED)
        case ReportedStatus.DISPOSED:
            await _returned(conn, sent, trip, Input.DISPOSED)
    return True


async def _go_on(
    conn: Transaction, sent: Sent, trip: Trip, status: DeliveryStatus, happened: Input, *told: Told, **changes: Any
) -> None:
    moved = await move(conn, trip, status, happened, **changes)
    await outbox.append(conn, *told)
    conn.wake(str(trip.id))  # going back with the goods is shown, though told to nobody else
    await expect_word(conn, moved, sent.rules.policy)


async def _returned(conn: Transaction, sent: Sent, trip: Trip, happened: Input) -> None:
    status = judge(trip, happened)
    assert trip.failure_code
    fact = delivery.DeliveryReturned(
        delivery_id=trip.id,
        order_id=trip.order_id,
        disposed=status is DeliveryStatus.DISPOSED,
        code=trip.failure_code,
        partner_id=sent.partner_id,
    )
    await _go_on(conn, sent, trip, status, happened, fact)


async def _give_back(conn: Transaction, sent: Sent, trip: Trip, code: FailureCode) -> None:
    """It is offered anew, to whoever gave it back last of all."""
    policy = sent.rules.policy
    trip = await move(
        conn,
        trip,
        DeliveryStatus.REQUESTED,
        Input.FAILED,
        partner_id=None,
        rider_id=None,
        offer_id=None,
        requested_at=trip.now,
    )
    await positions.drop(conn, trip.id)
    await outbox.append(
        conn,
        delivery.DeliveryUnassigned(delivery_id=trip.id, order_id=trip.order_id, partner_id=sent.partner_id, code=code),
        job.withdrawn(trip, sent.partner_id, WithdrawnReason.GIVEN_BACK),
    )
    await timers.start(conn, Wake.TIME_UP, trip.id, trip.now + timedelta(seconds=policy.assign_within_s))
    await search.ask_partners(conn, trip, policy)
