"""Photos and signatures of a handover: where they are to be sent, that they have come, that one proves it, and that they go."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from services.contracts.delivery import DeliveryId, PartnerId, ProofId, ProofKind
from services.contracts.partner import JobChange, RefusalCode
from services.delivery.domain import job, proof
from services.delivery.domain.caller import NotFound
from services.delivery.domain.proof import (
    Asked,
    DropoffWish,
    Proof,
    ProofIsAnother,
    ProofsAreEnough,
    TripTakesNone,
)
from services.delivery.domain.reply import ReplyRefused
from services.delivery.domain.trip import ON_TRIP, TERMINAL, Trip
from services.delivery.store import crews, proofs, stops, trips
from services.kit.database.db import Transaction
from services.kit.messaging import outbox, timers
from services.kit.photos.limits import UPLOAD_WITHIN
from services.kit.photos.serving import AnotherCame, NoneAwaited
from services.kit.photos.sizes import Made

GOES: Final = "delivery.proof_goes"
WISHED: Final = "DROPOFF_WISHED"
"""The cause in a trip's history."""
_COUNTED_FOR: Final = timedelta(days=1)
"""What was asked for and never sent stays so long."""


async def request(
    conn: Transaction,
    delivery_id: DeliveryId,
    kind: ProofKind,
    partner_id: PartnerId,
    key: str,
    *,
    by: str | None = None,
    stop: int | None = None,
    return_to: str | None = None,
) -> Asked:
    """By who has the trip, while it is under way. The id is of the trip, the company and the `key`: said again it is the same one, whose
    address is good anew. Raises NotFound, TripTakesNone, ProofsAreEnough, ProofIsAnother."""
    trip = await trips.lock(conn, delivery_id)
    if trip is None or trip.partner_id != partner_id or trip.rider_id is None:
        raise NotFound
    proof_id = ProofId.seeded(f"{delivery_id}:{partner_id}:{key}")
    known = await proofs.find(conn, proof_id)
    if known is not None and (known.kind, known.stop) != (kind, stop):
        raise ProofIsAnother(f"{key}: another photo or signature of this trip was asked for by this id")
    if trip.status not in ON_TRIP and (known is None or known.source is None):
        raise TripTakesNone(trip.status)
    if known is not None:
        return Asked(proof_id, partner_id, await proofs.again(conn, proof_id, UPLOAD_WITHIN, return_to))
    if stop is not None and stop not in [each.number for each in await stops.of_trip(conn, trip.id)]:
        raise NotFound
    if await proofs.count(conn, trip.id) >= proof.MAX_PROOFS:
        raise ProofsAreEnough
    until = await proofs.ask(conn, proof_id, trip, kind, stop=stop, by=by, within=UPLOAD_WITHIN, return_to=return_to)
    await timers.start(conn, GOES, proof_id, until + _COUNTED_FOR)
    return Asked(proof_id, partner_id, until)


async def request_as(
    conn: Transaction,
    delivery_id: DeliveryId,
    kind: ProofKind,
    by: str,
    key: str,
    *,
    stop: int | None = None,
    return_to: str | None = None,
) -> Asked:
    """By a person: one of the company's, or the rider who has the trip. Raises as `request`."""
    found = await crews.trip_of(conn, delivery_id)
    if found is None:
        raise NotFound
    partner_id, rides = found
    acting = await crews.acting(conn, partner_id, by)
    if not (acting.member or acting.rider_id == rides):
        raise NotFound
    return await request(
        conn, delivery_id, kind, partner_id, f"graph:{by}:{key}", by=by, stop=stop, return_to=return_to
    )


async def arrived(conn: Transaction, proof_id: ProofId, made: Made) -> Proof:
    """What is there now: of what was sent twice, the first. Raises NoneAwaited when its time is over, or the trip's, and AnotherCame."""
    known = await proofs.find(conn, proof_id)
    trip = await trips.lock(conn, known.delivery_id) if known else None
    found = await proofs.lock(conn, proof_id)
    if trip is None or found is None:
        raise NoneAwaited
    if found.source is not None:
        if found.source != made.source:
            raise AnotherCame
        return found
    if found.overdue or trip.status not in ON_TRIP or trip.partner_id != found.partner_id:
        raise NoneAwaited
    kept_for = proof.UNUSED_FOR if found.stop is None else proof.KEPT_FOR
    await timers.start(conn, GOES, proof_id, await proofs.came(conn, proof_id, made, kept_for))
    conn.wake(str(trip.id))
    there = await proofs.find(conn, proof_id)
    assert there is not None
    return there


async def prove(conn: Transaction, trip: Trip, proof_id: ProofId) -> ProofKind:
    """The handover of this trip, which may be handed over, is proven by it. Raises ReplyRefused."""
    found = await proofs.lock(conn, proof_id)
    if found is None or found.delivery_id != trip.id or found.partner_id != trip.partner_id or found.stop is not None:
        raise ReplyRefused(
            RefusalCode.UNKNOWN_PROOF, "no photo or signature of this handover was asked for by this id", "proof_id"
        )
    if found.rider_id != trip.rider_id:
        raise ReplyRefused(
            RefusalCode.UNKNOWN_PROOF,
            "it was asked for while another rider had the job: send one of this rider's",
            "proof_id",
        )
    if not proof.accepts(trip, found.kind):
        there = ", ".join(
            each.kind if each.when == "ALWAYS" else f"{each.kind} when {each.when}" for each in proof.accepted(trip)
        )
        raise ReplyRefused(
            RefusalCode.PROOF_NOT_ACCEPTED,
            f"{found.kind} proves nothing of this job as it is; accepted are {there}",
            "proof_id",
        )
    if found.source is None:
        raise ReplyRefused(
            RefusalCode.WRONG_ORDER,
            "what is to prove it has not come: send it to its address, then send this again",
            "proof_id",
        )
    await timers.start(conn, GOES, proof_id, await proofs.proved(conn, proof_id, proof.KEPT_FOR))
    return found.kind


async def wish(conn: Transaction, delivery_id: DeliveryId, buyer: str, wanted: DropoffWish | None) -> None:
    """How the buyer wishes to be handed it; who has the job is told what is accepted now. Raises NotFound, TripTakesNone."""
    trip = await trips.lock(conn, delivery_id)
    if trip is None or trip.buyer != buyer:
        raise NotFound
    if trip.status in TERMINAL:
        raise TripTakesNone(trip.status)
    if trip.dropoff_wish is wanted:
        return
    before = proof.accepted(trip)
    trip = trip.to(trip.status, dropoff_wish=wanted)
    await proofs.wish(conn, trip, WISHED)
    if trip.partner_id and proof.accepted(trip) != before:
        await outbox.append(conn, job.changed(trip, trip.partner_id, JobChange.PROOFS_CHANGED))
    conn.wake(str(trip.id))


async def go(conn: Transaction, subject: UUID) -> None:
    """Its time is over: it goes, its files after it."""
    await proofs.drop(conn, ProofId(subject))
