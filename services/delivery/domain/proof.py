"""By what a handover is proven: which proofs are accepted of a trip, by a dated rule and the buyer's wish, and photos of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from services.contracts.delivery import DeliveryId, FailureCode, PartnerId, ProofId, ProofKind, RiderId
from services.contracts.proofs import AcceptedProof, ProofWhen
from services.kit.photos.sizes import Size

MAX_PROOFS: Final = 12
"""Of one trip, whatever became of them: so much work it may make."""
EDGES: Final = (240, 640, 1280)
"""The longer sides of what is made, in pixels."""
KEPT_FOR: Final = timedelta(days=90)
"""What proved a handover, and a photo at a counter: as long as photos of a claim."""
UNUSED_FOR: Final = timedelta(days=7)
"""What came and proved nothing; by then the trip is long over."""
ROOM: Final = "proofs"
"""Where their files are: no public address leads there."""
OF_HANDOVER: Final = frozenset({ProofKind.PHOTO, ProofKind.SIGNATURE})
"""What is sent as a picture."""
MAX_SIGNATURE_CASH_RUPIAH: Final = 100_000_000
"""To which a rule may let a signature do."""


DELIVERED: Final = "DELIVERED"
_BY_CAUSE: Final = {
    DELIVERED: ProofKind.PIN,
    **{f"{DELIVERED}_{kind}": kind for kind in sorted(OF_HANDOVER)},
    "OPS_DELIVERED": ProofKind.STAFF,
}


class DropoffWish(StrEnum):
    """How the buyer wishes to be handed it. LEAVE_AT_DOOR: a photo of where it lies is enough."""

    PIN_ONLY = "PIN_ONLY"
    LEAVE_AT_DOOR = "LEAVE_AT_DOOR"


class PhotoWhen(StrEnum):
    """When a photo is accepted: never, where the buyer has wished so, or also once they were not to be reached."""

    NEVER = "NEVER"
    WISHED = "WISHED"
    UNREACHABLE = "UNREACHABLE"


@dataclass(frozen=True, slots=True)
class ProofRule:
    """In force from `valid_from` (WIB) on, until another is. With more than `signature_cash_rupiah` to collect no signature is taken."""

    version: str
    valid_from: date
    legal_basis: str
    photo: PhotoWhen
    signature: bool
    signature_cash_rupiah: int


@dataclass(frozen=True, slots=True)
class Proof:
    """From when its address was asked for; `source` is None until it has come."""

    id: ProofId
    delivery_id: DeliveryId
    kind: ProofKind
    stop: int | None
    partner_id: PartnerId
    rider_id: RiderId
    overdue: bool
    return_to: str | None
    source: bytes | None
    sizes: Sequence[Size]
    proved: bool


@dataclass(frozen=True, slots=True)
class Asked:
    id: ProofId
    partner_id: PartnerId
    until: datetime


class ProofsAreEnough(Exception):
    def __init__(self) -> None:
        super().__init__(f"at most {MAX_PROOFS} photos and signatures are sent of one trip")


class ProofIsAnother(Exception):
    """The same id was asked for with something else."""


class TripTakesNone(Exception):
    """Nothing of the kind is taken of the trip as it is now."""

    def __init__(self, status: str) -> None:
        super().__init__(f"no proof is taken of the trip: it is {status}")
        self.status = status


class Handed(Protocol):
    """What it depends on, of a trip."""

    @property
    def cash_to_collect_rupiah(self) -> int: ...
    @property
    def failure_code(self) -> FailureCode | None: ...
    @property
    def dropoff_wish(self) -> DropoffWish | None: ...
    @property
    def proof_rule(self) -> ProofRule | None: ...


@dataclass(frozen=True, slots=True)
class Awaiting:
    """A trip, as far as it decides what proves its handover."""

    cash_to_collect_rupiah: int
    failure_code: FailureCode | None
    dropoff_wish: DropoffWish | None
    proof_rule: ProofRule | None


def accepted(trip: Handed) -> list[AcceptedProof]:
    """What the rider may prove this handover by. Where cash is to be collected somebody is there to pay it: a photo proves nothing then."""
    found = [AcceptedProof(kind=ProofKind.PIN)]
    rule = trip.proof_rule
    if rule is None or trip.dropoff_wish is DropoffWish.PIN_ONLY:
        return found
    if rule.signature and trip.cash_to_collect_rupiah <= rule.signature_cash_rupiah:
        found.append(AcceptedProof(kind=ProofKind.SIGNATURE))
    if trip.cash_to_collect_rupiah == 0 and rule.photo is not PhotoWhen.NEVER:
        if trip.dropoff_wish is DropoffWish.LEAVE_AT_DOOR:
            found.append(AcceptedProof(kind=ProofKind.PHOTO))
        elif rule.photo is PhotoWhen.UNREACHABLE:
            found.append(AcceptedProof(kind=ProofKind.PHOTO, when=ProofWhen.UNREACHABLE))
    return found


def accepts(trip: Handed, kind: ProofKind) -> bool:
    """Whether it is accepted as the trip is now."""
    unreachable = trip.failure_code is FailureCode.BUYER_UNREACHABLE
    return any(each.kind is kind and (each.when is ProofWhen.ALWAYS or unreachable) for each in accepted(trip))


def caused_by(kind: ProofKind) -> str:
    """As it stands in the trip's history: of the PIN as ever."""
    return DELIVERED if kind is ProofKind.PIN else f"{DELIVERED}_{kind}"


def proven_by(cause: str) -> ProofKind | None:
    """By the cause with which a trip came to be delivered; None where that is unknown."""
    return _BY_CAUSE.get(cause)
