"""Photos of a claim: how many there may be, of how much of a caller's doing, and when they go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from services.contracts.claims import ClaimId
from services.kit.ids import Id
from services.kit.photos.sizes import Size
from services.ordering.domain.refusal import Refused

MAX_PHOTOS: Final = 4
"""Of one claim by its buyer, and as many by its merchant; an address that was asked for and is still good is one."""
MAX_A_DAY: Final = 40
"""That one person asks for, of all claims, whatever became of them: so much work they may make."""
EDGES: Final = (240, 640, 1280)
"""The longer sides of what is made, in pixels."""
KEPT_FOR: Final = timedelta(days=90)
"""After it came; of a claim that has not ended by then, until it has."""
LOOKED_AT_AGAIN: Final = timedelta(days=7)
"""When it is asked again whether the claim has ended."""
ROOM: Final = "claims"
"""Where their files are: no public address leads there."""


class Wanted(StrEnum):
    PHOTO = "PHOTO"


class ClaimPhotoId(Id, prefix="cph"):
    pass


@dataclass(frozen=True, slots=True)
class ClaimPhoto:
    """From when its address was asked for; `source` is None until it has come."""

    id: ClaimPhotoId
    claim_id: ClaimId
    overdue: bool
    return_to: str | None
    source: bytes | None
    sizes: Sequence[Size]


@dataclass(frozen=True, slots=True)
class Standing:
    """What is there before one more: of the claim by this side, and of this person within a day."""

    here: int
    of_a_day: int


@dataclass(frozen=True, slots=True)
class Asked:
    """An address that was asked for. `side` is the buyer or the merchant whose turn the work takes."""

    id: ClaimPhotoId
    side: UUID
    until: datetime


class PhotosAreEnough(Refused):
    def __init__(self) -> None:
        super().__init__(f"each side of a claim shows at most {MAX_PHOTOS} photos")


class PhotosOfADayAreEnough(Refused):
    def __init__(self) -> None:
        super().__init__(f"at most {MAX_A_DAY} photos of claims within a day")


def may_send(standing: Standing) -> None:
    """For one more. Raises PhotosAreEnough, PhotosOfADayAreEnough."""
    if standing.here >= MAX_PHOTOS:
        raise PhotosAreEnough
    if standing.of_a_day >= MAX_A_DAY:
        raise PhotosOfADayAreEnough
