"""An offer of a job to one partner: its states, and when it may still be accepted or declined."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from services.contracts.delivery import DeliveryId, OfferId, PartnerId, RiderId
from services.contracts.partner import RefusalCode
from services.delivery.domain.policy import PolicyId
from services.delivery.domain.reply import ReplyRefused, judge
from services.delivery.domain.trip import DeliveryStatus, Input, Trip


class OfferState(StrEnum):
    OPEN = "OPEN"
    ACCEPTED = "ACCEPTED"
    DECLINED = "DECLINED"
    TIMED_OUT = "TIMED_OUT"
    WITHDRAWN = "WITHDRAWN"


@dataclass(frozen=True, slots=True)
class Why:
    """Why a company was asked, as it was known then: under which policy, None for the default; how many jobs it had taken that day, among
    how many companies it had its turn. `rider_id` is who decided it, where somebody was seen, and how far they were through the air;
    `joins_id` the job that they have, and by how much their way grows by road."""

    taken_today: int
    asked_of: int
    policy_id: PolicyId | None = None
    rider_id: RiderId | None = None
    away_m: int | None = None
    joins_id: DeliveryId | None = None
    added_m: int | None = None
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class Offer:
    id: OfferId
    delivery_id: DeliveryId
    partner_id: PartnerId
    state: OfferState
    expires_at: datetime
    why: Why | None = None

    @property
    def is_open(self) -> bool:
        return self.state is OfferState.OPEN


def find(offers: Iterable[Offer], offer_id: OfferId, partner_id: PartnerId) -> Offer:
    """The partner's own among a trip's offers. Raises ReplyRefused."""
    found = next((each for each in offers if each.id == offer_id and each.partner_id == partner_id), None)
    if found is None:
        raise ReplyRefused(RefusalCode.NOT_YOUR_JOB, "no such offer of this job was made to you", "offer_id")
    return found


def accept(trip: Trip, offer: Offer, rider_id: RiderId | None, sent_at: datetime | None) -> bool:
    """Whether the trip is now to be given to the partner; not when it has it by this very offer. Raises ReplyRefused.

    `rider_id` is None for who is no rider of the company's yet. `sent_at` decides about an offer whose time is over; without one an offer
    counts as long as it is open.
    """
    if trip.offer_id == offer.id and trip.status is not DeliveryStatus.CANCELLED:
        if trip.rider_id != rider_id:
            raise ReplyRefused(RefusalCode.ALREADY_DONE, "you have accepted it with another rider", "rider_id")
        return False
    if trip.partner_id is not None and trip.status is not DeliveryStatus.CANCELLED:
        raise ReplyRefused(RefusalCode.OFFER_TAKEN, "another acceptance came first")
    match offer.state:
        case OfferState.ACCEPTED:
            raise ReplyRefused(RefusalCode.NOT_YOUR_JOB, "the job is not yours any more")
        case OfferState.DECLINED:
            raise ReplyRefused(RefusalCode.ALREADY_DONE, "you have declined this offer")
        case OfferState.WITHDRAWN:
            raise ReplyRefused(RefusalCode.OFFER_WITHDRAWN, "the offer was withdrawn")
    late = not offer.is_open if sent_at is None else sent_at > offer.expires_at
    if late:
        raise ReplyRefused(
            RefusalCode.OFFER_EXPIRED, f"the acceptance came after expires_at, {offer.expires_at:%FT%TZ}"
        )
    judge(trip, Input.ACCEPTED)
    return True


def decline(offer: Offer) -> None:
    """Raises ReplyRefused unless it can be declined."""
    match offer.state:
        case OfferState.OPEN:
            return
        case OfferState.ACCEPTED:
            message = "you have accepted it; to give the job back send partner.failed.v1"
            raise ReplyRefused(RefusalCode.ALREADY_DONE, message)
        case OfferState.WITHDRAWN:
            raise ReplyRefused(RefusalCode.OFFER_WITHDRAWN, "the offer was withdrawn")
        case OfferState.TIMED_OUT:
            raise ReplyRefused(RefusalCode.OFFER_EXPIRED, "the offer has expired")
        case OfferState.DECLINED:
            raise ReplyRefused(RefusalCode.ALREADY_DONE, "you have declined it before")
