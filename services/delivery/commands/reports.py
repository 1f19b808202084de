"""What the partner that has a trip reports of it, and how a silent one is asked for."""

from __future__ import annotations

from typing import TypeAlias

from services.contracts import delivery, partner
from services.contracts.delivery import DeliveryId, FailureCode, Place, ProofKind
from services.contracts.partner import ArrivedAt, JobChange, RefusalCode, ReportedStatus
from services.delivery.commands import proofs, stops
from services.delivery.commands.effect import Effect
from services.delivery.commands.reassigning import seek_another
from services.delivery.commands.telling import tell
from services.delivery.commands.trips import expect_word, go_on
from services.delivery.domain import job, pins, vain
from services.delivery.domain.cash import MOST_OVER_RUPIAH, is_plausible
from services.delivery.domain.dispatch import Policy
from services.delivery.domain.proof import caused_by
from services.delivery.domain.reply import ReplyRefused, Sent, judge, own
from services.delivery.domain.trip import ON_TRIP, DeliveryStatus, Input, Trip
from services.delivery.store import stops as stored_stops
from services.delivery.store import trips, zones
from services.delivery.store import vain as rules
from services.delivery.store.held import Held
from services.kit.database.db import Transaction
from services.kit.messaging import outbox
from services.kit.messaging.envelope import Told

Report: TypeAlias = "partner.Arrived | partner.PickedUp | partner.Delivered | partner.Failed | partner.Status"


async def take(conn: Transaction, sent: Sent, held: Held | None, report: Report) -> Effect:
    """What the trip came to by it. Raises ReplyRefused."""
    trip = own(held.trip if held else None, sent.partner_id)
    assert held
    match report:
        case (
            partner.Arrived(at=ArrivedAt.PICKUP, stop=int(number))
            | partner.PickedUp(stop=int(number))
            | partner.Failed(stop=int(number))
        ):
            return await stops.take(conn, sent, held, report, number)
        case partner.Arrived():
            return await _arrived(conn, sent, trip, Place.PICKUP if report.at is ArrivedAt.PICKUP else Place.DROPOFF)
        case partner.PickedUp():
            return await _picked_up(conn, sent, held)
        case partner.Delivered():
            return await _delivered(conn, sent, trip, report)
        case partner.Failed():
            return await _failed(conn, sent, held, report.code)
        case partner.Status():
            return await _status(conn, sent, held, report.status)


async def ask_for_report(conn: Transaction, delivery_id: DeliveryId, policy: Policy) -> None:
    """A timer: nothing was heard of the trip for a while."""
    trip = await trips.lock_now(conn, delivery_id)
    if trip is None or trip.status not in ON_TRIP or trip.partner_id is None:
        return
    overdue = delivery.ReportOverdue(delivery_id=trip.id, order_id=trip.order_id, partner_id=trip.partner_id)
    await tell(conn, trip, job.report_requested(trip, trip.partner_id), overdue)
    await expect_word(conn, trip, policy)


async def _arrived(conn: Transaction, sent: Sent, trip: Trip, place: Place) -> Effect:
    happened = Input.AT_PICKUP if place is Place.PICKUP else Input.AT_DROPOFF
    status = judge(trip, happened)
    if place is Place.PICKUP:
        await stored_stops.arrived_at_first(conn, trip)
    fact = delivery.RiderArrived(delivery_id=trip.id, order_id=trip.order_id, place=place)
    return await go_on(conn, sent, trip, status, happened, fact)


async def _picked_up(conn: Transaction, sent: Sent, held: Held) -> Effect:
    trip = held.trip
    status = judge(trip, Input.PICKED_UP)
    told = await stops.all_fetched(conn, held)
    return await go_on(conn, sent, trip, status, Input.PICKED_UP, *told, fetched=True)


async def _delivered(conn: Transaction, sent: Sent, trip: Trip, report: partner.Delivered) -> Effect:
    """Against the buyer's PIN, or a photo or signature that is accepted of the trip; the cash is what was paid, and ordering books what it
    differs by. A wrong PIN is counted, and is all that a refused reply changes; after too many nothing is taken."""
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
    if report.pin is not None:
        await _check_pin(conn, sent, trip, report.pin)
        kind = ProofKind.PIN
    else:
        assert report.proof_id
        kind = await proofs.prove(conn, trip, report.proof_id)
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
        proven_by=kind,
        proof_id=report.proof_id,
    )
    return await go_on(conn, sent, trip, status, caused_by(kind), fact)


async def _check_pin(conn: Transaction, sent: Sent, trip: Trip, shown: str) -> None:
    """Raises ReplyRefused."""
    if sent.rules.pins.fits(trip.id, test=trip.test, shown=shown):
        return
    tries = await trips.count_pin_try(conn, trip.id)
    if tries >= pins.MAX_TRIES:
        await outbox.append(conn, job.changed(trip, sent.partner_id, JobChange.PIN_LOCKED))
    raise ReplyRefused(
        RefusalCode.WRONG_PIN,
        f"that is not the buyer's PIN; {pins.MAX_TRIES - tries} tries are left",
        "pin",
        counted=True,
    )


async def _failed(conn: Transaction, sent: Sent, held: Held, code: FailureCode) -> Effect:
    """Before pickup the job is given back, after it the attempt has failed."""
    trip = held.trip
    status = judge(trip, Input.FAILED)
    if code is FailureCode.AREA_CLOSED and not (trip.rehearsal or await zones.was_told(conn, trip.id)):
        raise ReplyRefused(RefusalCode.WRONG_ORDER, "no hazard was told of this job: say what happened", "code")
    if status is DeliveryStatus.REQUESTED:
        return await _give_back(conn, sent, trip, code)
    # What is still to be fetched stays where it is.
    told: list[Told] = await stops.close_open(conn, held, code) if trip.fetching else []
    told.append(delivery.AttemptFailed(delivery_id=trip.id, order_id=trip.order_id, code=code))
    return await go_on(conn, sent, trip, status, Input.FAILED, *told, failure_code=code)


async def _status(conn: Transaction, sent: Sent, held: Held, said: ReportedStatus) -> Effect:
    """A word on the trip as it is, or the report that was lost. What takes a proof or a code is not taken from here."""
    trip = held.trip
    if trip.status.value == said.value:
        await expect_word(conn, trip, sent.rules.policy)
        return Effect(trip, changed=False)
    match said:
        case ReportedStatus.ASSIGNED:
            raise ReplyRefused(RefusalCode.ALREADY_DONE, f"the trip is {trip.status}", "status")
        case ReportedStatus.AT_PICKUP:
            return await _arrived(conn, sent, trip, Place.PICKUP)
        case ReportedStatus.PICKED_UP:
            return await _picked_up(conn, sent, held)
        case ReportedStatus.AT_DROPOFF:
            return await _arrived(conn, sent, trip, Place.DROPOFF)
        case ReportedStatus.FAILED_ATTEMPT:
            judge(trip, Input.FAILED)
            raise ReplyRefused(RefusalCode.WRONG_ORDER, "send partner.failed.v1 with its code first", "status")
        case ReportedStatus.DELIVERED:
            judge(trip, Input.DELIVERED)
            raise ReplyRefused(RefusalCode.WRONG_ORDER, "send partner.delivered.v1 with its proof first", "status")
        case ReportedStatus.RETURNING:
            return await go_on(conn, sent, trip, judge(trip, Input.RETURNING), Input.RETURNING)
        case ReportedStatus.RETURNED:
            return await _returned(conn, sent, trip, Input.RETURNED)
        case ReportedStatus.DISPOSED:
            return await _returned(conn, sent, trip, Input.DISPOSED)


async def _returned(conn: Transaction, sent: Sent, trip: Trip, happened: Input) -> Effect:
    status = judge(trip, happened)
    assert trip.failure_code
    fact = delivery.DeliveryReturned(
        delivery_id=trip.id,
        order_id=trip.order_id,
        disposed=status is DeliveryStatus.DISPOSED,
        code=trip.failure_code,
        partner_id=sent.partner_id,
        pay=vain.way_back(await rules.of_trip(conn, trip), trip) if status is DeliveryStatus.RETURNED else None,
    )
    return await go_on(conn, sent, trip, status, happened, fact)


async def _give_back(conn: Transaction, sent: Sent, trip: Trip, code: FailureCode) -> Effect:
    return Effect(*await seek_another(conn, trip, sent.partner_id, code, sent.rules.policy))
