"""Test jobs: ordered by a company for itself, played by a robot, ended by either or by the hour."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from services.contracts.catalog import MerchantId
from services.contracts.delivery import DeliveryId, FailureCode, PartnerId, PartnerStatus, QuoteId
from services.contracts.ordering import OrderId
from services.contracts.partner import JobChange, WithdrawnReason
from services.delivery.commands import crews, orders
from services.delivery.commands.cancelling import cancel
from services.delivery.commands.hazards import AREA_CLOSED
from services.delivery.commands.telling import tell
from services.delivery.commands.trips import move
from services.delivery.domain import crew, job, pins, rehearsal, roads
from services.delivery.domain.caller import Caller, NotFound
from services.delivery.domain.company import PartnerInState
from services.delivery.domain.dispatch import Policy
from services.delivery.domain.quote import Quote
from services.delivery.domain.rehearsal import (
    MAX_AN_HOUR,
    MAX_OPEN,
    ROBOT,
    Deed,
    RehearsalsAreTooFast,
    RehearsalsAreTooMany,
    TestScenario,
)
from services.delivery.domain.tariff import Shares
from services.delivery.domain.trip import TERMINAL, Input, Stop, Trip, Wake
from services.delivery.store import partners, rehearsals, trips, webhooks
from services.delivery.store.crews import acting
from services.kit.database.db import Transaction
from services.kit.graphql import idempotency
from services.kit.messaging import timers

REQUEST: Final = "requestTestJob"
_TARIFF: Final = "TEST"
_OVER: Final = "TEST_OVER"


async def request(
    conn: Transaction,
    caller: Caller,
    partner_id: PartnerId,
    scenario: TestScenario,
    policy: Policy,
    *,
    machine: PartnerId | None,
    by: str,
    idempotency_key: str,
) -> DeliveryId:
    """The test job, offered to the company by the way of all jobs. `machine`: for whom a machine speaks. Raises NotFound, PartnerInState,
    RehearsalsAreTooMany, RehearsalsAreTooFast, and what the key raises."""
    body = {"partner": str(partner_id), "scenario": scenario.value}
    claim = await idempotency.claim(conn, caller=by, mutation=REQUEST, key=idempotency_key, body=body)
    if claim.answer is not None:
        return DeliveryId.parse(claim.answer["job"])
    found, there = await crews.held(conn, partner_id)
    if machine != partner_id:
        crew.check_is_of(there, caller)
    if found.status not in (PartnerStatus.SANDBOX, PartnerStatus.ACTIVE) or not await partners.may_reply(
        conn, partner_id
    ):
        raise PartnerInState(found.status)
    standing = await rehearsals.standing(conn, partner_id)
    if standing.open >= MAX_OPEN:
        raise RehearsalsAreTooMany
    if standing.lately >= MAX_AN_HOUR:
        raise RehearsalsAreTooFast(max(3_600 - standing.since_s, 1))
    job_id = await _make(conn, partner_id, scenario, policy)
    await claim.store(conn, {"job": str(job_id)})
    return job_id


async def _make(conn: Transaction, partner_id: PartnerId, scenario: TestScenario, policy: Policy) -> DeliveryId:
    now = await webhooks.now(conn)
    shops = rehearsal.shops(scenario)
    pickups = [Stop("35.08.10", at, MerchantId.new(), name) for name, at in shops]
    door = Stop(rehearsal.DOOR_CODE, rehearsal.door())
    way = roads.route([each.point for each in pickups], door.point)
    merchants = tuple(each.merchant_id for each in pickups if each.merchant_id)
    quote = Quote(
        id=QuoteId.new(),
        buyer=ROBOT,
        merchants=merchants,
        dropoff="",
        mass_limit_gram=rehearsal.WEIGHT_LIMIT_GRAM,
        fee_rupiah=rehearsal.FEE_RUPIAH,
        rider_share_rupiah=rehearsal.RIDER_RUPIAH,
        partner_share_rupiah=rehearsal.PARTNER_RUPIAH,
        platform_share_rupiah=rehearsal.PLATFORM_RUPIAH,
        tariff=_TARIFF,
        distance_m=way.distance_m,
        duration_s=way.duration_s,
        expires_at=now,
        test=True,
    )
    job_id, order_id = DeliveryId.new(), OrderId.new()
    await trips.create(conn, job_id, order_id, quote, [*(pickups[each] for each in way.order), door], {})
    await rehearsals.mark(conn, job_id, partner_id, scenario)
    ready_at = now + rehearsal.ready_in(scenario)
    ready = dict.fromkeys(merchants, ready_at)
    await orders.request_rider(conn, order_id, rehearsal.cash_rupiah(scenario), ready_at, policy, ready)
    await timers.start(conn, Wake.REHEARSAL_OVER, job_id, now + rehearsal.OVER_AFTER)
    return job_id


async def end(
    conn: Transaction, caller: Caller, job_id: DeliveryId, *, machine: PartnerId | None, by: str
) -> PartnerId:
    """By the company whose test job it is; one that has ended stays as it is. Raises NotFound."""
    owner = await rehearsals.owner_of(conn, job_id)
    if owner is None:
        raise NotFound
    # The trip before the company, as whoever accepts.
    trip = await trips.lock(conn, job_id)
    assert trip
    if machine != owner and not caller.ops and not (await acting(conn, owner, by)).member:
        raise NotFound
    await _end(conn, trip)
    conn.wake(str(owner))
    return owner


async def over(conn: Transaction, job_id: DeliveryId) -> None:
    """A timer: it was left lying."""
    trip = await trips.lock_now(conn, job_id)
    if trip and trip.rehearsal:
        await _end(conn, trip)


async def _end(conn: Transaction, trip: Trip) -> None:
    """The goods that never were are thrown away."""
    if trip.status in TERMINAL:
        return
    why = WithdrawnReason.ENDED_BY_OPERATIONS
    if cancelled := trip.after(Input.ENDED_CANCELLED):
        await cancel(conn, trip, cancelled, _OVER, cause=_OVER, withdrawn=why)
    elif disposed := trip.after(Input.ENDED_DISPOSED):
        ended = await move(conn, trip, disposed, _OVER, failure_code=FailureCode.RIDER_GAVE_UP)
        if trip.partner_id:
            await tell(conn, ended, job.withdrawn(ended, trip.partner_id, why))


async def play(conn: Transaction, job_id: DeliveryId, policy: Policy) -> None:
    """A timer: the robot's next act, if the trip is where it belongs."""
    trip = await trips.lock_now(conn, job_id)
    if trip is None or trip.rehearsal is None:
        return
    found = trip.rehearsal.next_act(trip.status)
    if found is None:
        return
    place, act = found
    await rehearsals.acted(conn, trip.id, place + 1)
    await _do(conn, trip, act.deed, policy)
    after = await trips.lock(conn, job_id)
    if after and after.rehearsal and (following := after.rehearsal.next_act(after.status)):
        due = after.now + timedelta(seconds=following[1].after_s)
        await timers.start(conn, Wake.REHEARSAL, job_id, due)
    if trip.partner_id:
        conn.wake(str(trip.partner_id))


async def _do(conn: Transaction, trip: Trip, deed: Deed, policy: Policy) -> None:
    partner_id = trip.partner_id
    match deed:
        case Deed.PACK:
            waiting = [each for each in await trips.stops(conn, trip.id) if each.merchant_id and not each.packed_at]
            if waiting and waiting[0].merchant_id:
                await orders.tell_goods_ready(conn, trip.order_id, waiting[0].merchant_id, policy)
        case Deed.CANCEL:
            await orders.cancel_delivery(conn, trip.order_id, "BUYER_CANCELLED")
        case Deed.LESS_CASH:
            shares = Shares(trip.rider_share_rupiah, trip.partner_share_rupiah, trip.platform_share_rupiah)
            await orders.reprice(conn, trip.order_id, shares, trip.cash_to_collect_rupiah - rehearsal.LESS_RUPIAH)
        case Deed.LEAVE_OUT:
            *_, last, _ = await trips.stops(conn, trip.id)
            assert last.merchant_id
            await orders.leave_out(conn, trip.order_id, last.merchant_id, policy)
        case Deed.LOCK_PIN if partner_id:
            await rehearsals.lock_pin(conn, trip.id, pins.MAX_TRIES)
            await tell(conn, trip, job.changed(trip, partner_id, JobChange.PIN_LOCKED))
        case Deed.CLOSE_AREA if partner_id:
            await tell(conn, trip, job.changed(trip, partner_id, JobChange.AREA_CLOSED, area=rehearsal.AREA))
        case Deed.OPEN_AREA if partner_id:
            await tell(conn, trip, job.changed(trip, partner_id, JobChange.AREA_OPEN, area=rehearsal.AREA))
        case Deed.END_FOR_HAZARD if cancelled := trip.after(Input.CANCELLED):
            await cancel(conn, trip, cancelled, AREA_CLOSED, cause=AREA_CLOSED, withdrawn=WithdrawnReason.AREA_CLOSED)
        case Deed.ASK_FOR_REPORT if partner_id:
            await tell(conn, trip, job.report_requested(trip, partner_id))
