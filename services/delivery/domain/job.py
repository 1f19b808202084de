"""A trip as its partners are told of it: events of the partner contract, each in the partner's own topic."""

from __future__ import annotations

from collections.abc import Sequence

from services.contracts.delivery import OfferId, PartnerId, RiderId
from services.contracts.partner import (
    Addressed,
    JobAssigned,
    JobChange,
    JobChanged,
    JobOffered,
    JobPlace,
    JobWithdrawn,
    ReportRequested,
    WithdrawnReason,
)
from services.delivery.domain.offer import Offer
from services.delivery.domain.trip import Stop, Trip


def offered(trip: Trip, offer: Offer, pickups: Sequence[Stop], dropoff: Stop) -> Addressed:
    event = JobOffered(
        test=trip.test,
        sent_at=trip.now,
        job_id=trip.id,
        offer_id=offer.id,
        pickups=[JobPlace.of(stop.kecamatan_code, stop.point, stop.merchant_name) for stop in pickups],
        dropoff=JobPlace.of(dropoff.kecamatan_code, dropoff.point),
        distance_m=trip.distance_m,
        fee_rupiah=trip.fee_rupiah,
        rider_share_rupiah=trip.rider_share_rupiah,
        partner_share_rupiah=trip.partner_share_rupiah,
        cash_to_collect_rupiah=trip.cash_to_collect_rupiah,
        expires_at=offer.expires_at,
    )
    return Addressed(offer.partner_id, event, trip.id)


def assigned(trip: Trip, partner_id: PartnerId, rider_id: RiderId) -> Addressed:
    event = JobAssigned(
        test=trip.test,
        sent_at=trip.now,
        job_id=trip.id,
        rider_id=rider_id,
        cash_to_collect_rupiah=trip.cash_to_collect_rupiah,
    )
    return Addressed(partner_id, event, trip.id)


def changed(trip: Trip, partner_id: PartnerId, change: JobChange, *, merchant_name: str | None = None) -> Addressed:
    event = JobChanged(
        test=trip.test,
        sent_at=trip.now,
        job_id=trip.id,
        change=change,
        cash_to_collect_rupiah=trip.cash_to_collect_rupiah if change is JobChange.CASH_CHANGED else None,
        merchant_name=merchant_name,
    )
    return Addressed(partner_id, event, trip.id)


def withdrawn(trip: Trip, partner_id: PartnerId, reason: WithdrawnReason, offer_id: OfferId | None = None) -> Addressed:
    """With an offer this one, without one the job itself."""
    event = JobWithdrawn(test=trip.test, sent_at=trip.now, job_id=trip.id, reason=reason, offer_id=offer_id)
    return Addressed(partner_id, event, trip.id)


def report_requested(trip: Trip, partner_id: PartnerId) -> Addressed:
    event = ReportRequested(test=trip.test, sent_at=trip.now, job_id=trip.id, status=trip.status)
    return Addressed(partner_id, event, trip.id)
