"""A trip as its partners are told of it: events of the partner contract, each in the partner's own topic."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.contracts.delivery import OfferId, PartnerId, RiderId
from services.contracts.job_place import JobPlace
from services.contracts.partner import (
    Addressed,
    JobAssigned,
    JobChange,
    JobChanged,
    JobOffered,
    JobWithdrawn,
    ReportRequested,
    WithdrawnReason,
)
from services.delivery.domain import proof
from services.delivery.domain.offer import Offer
from services.delivery.domain.trip import Stop, Trip

WAIT_LIMIT_S: Final = 900
"""At a merchant's: who is kept waiting longer may give the job back, GOODS_NOT_READY, which is the merchant's fault."""


_PROOFS: Final = frozenset({JobChange.CASH_CHANGED, JobChange.PROOFS_CHANGED})
"""Of what is accepted it is said anew what."""


def offered(trip: Trip, offer: Offer, pickups: Sequence[Stop], dropoff: Stop) -> Addressed:
    event = JobOffered(
        test=trip.test,
        sent_at=trip.now,
        job_id=trip.id,
        offer_id=offer.id,
        pickups=[_place(stop) for stop in pickups],
        dropoff=_place(dropoff),
        distance_m=trip.distance_m,
        fee_rupiah=trip.fee_rupiah,
        rider_share_rupiah=trip.rider_share_rupiah,
        partner_share_rupiah=trip.partner_share_rupiah,
        cash_to_collect_rupiah=trip.cash_to_collect_rupiah,
        expires_at=offer.expires_at,
        weight_limit_gram=trip.weight_limit_gram,
        parcels=len(pickups),
        stops=len(pickups) + 1,
        wait_limit_s=WAIT_LIMIT_S,
        joins_job_id=offer.why.joins_id if offer.why else None,
        added_m=offer.why.added_m if offer.why else None,
        proofs=proof.accepted(trip),
    )
    return Addressed(offer.partner_id, event, trip.id)


def _place(stop: Stop) -> JobPlace:
    return JobPlace.of(
        stop.kecamatan_code,
        stop.point,
        stop.merchant_name,
        stop=stop.number if stop.merchant_id else None,
        ready_at=stop.ready_at,
        packed_at=stop.packed_at,
    )


def assigned(trip: Trip, partner_id: PartnerId, rider_id: RiderId) -> Addressed:
    event = JobAssigned(
        test=trip.test,
        sent_at=trip.now,
        job_id=trip.id,
        rider_id=rider_id,
        cash_to_collect_rupiah=trip.cash_to_collect_rupiah,
        proofs=proof.accepted(trip),
    )
    return Addressed(partner_id, event, trip.id)


def changed(
    trip: Trip,
    partner_id: PartnerId,
    change: JobChange,
    *,
    at: Stop | None = None,
    area: str | None = None,
    rider_id: RiderId | None = None,
) -> Addressed:
    """`at` is the stop that it is about, if it is about one."""
    event = JobChanged(
        test=trip.test,
        sent_at=trip.now,
        job_id=trip.id,
        change=change,
        cash_to_collect_rupiah=trip.cash_to_collect_rupiah if change is JobChange.CASH_CHANGED else None,
        merchant_name=at.merchant_name if at else None,
        area=area,
        stop=at.number if at else None,
        rider_id=rider_id,
        proofs=proof.accepted(trip) if change in _PROOFS else None,
    )
    return Addressed(partner_id, event, trip.id)


def withdrawn(trip: Trip, partner_id: PartnerId, reason: WithdrawnReason, offer_id: OfferId | None = None) -> Addressed:
    """With an offer this one, without one the job itself."""
    event = JobWithdrawn(test=trip.test, sent_at=trip.now, job_id=trip.id, reason=reason, offer_id=offer_id)
    return Addressed(partner_id, event, trip.id)


def report_requested(trip: Trip, partner_id: PartnerId) -> Addressed:
    event = ReportRequested(test=trip.test, sent_at=trip.now, job_id=trip.id, status=trip.status)
    return Addressed(partner_id, event, trip.id)
