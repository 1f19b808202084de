"""Photos of goods, of merchants and of documents: what one may be, how many there may be, and when one goes that nobody uses."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Final

from services.catalog.domain.caller import NotFound
from services.contracts.catalog import MediaId, MerchantId
from services.kit.invalid import FieldInvalid
from services.kit.photos.limits import MAX_BYTES as MAX_BYTES
from services.kit.photos.limits import MAX_RETURN_CHARACTERS as MAX_RETURN_CHARACTERS
from services.kit.photos.limits import SHOWN_FOR as SHOWN_FOR
from services.kit.photos.limits import UPLOAD_WITHIN as UPLOAD_WITHIN
from services.kit.photos.limits import is_ours as is_ours
from services.kit.photos.sizes import Made as Made
from services.kit.photos.sizes import Size as Size
from services.kit.text import NotText, line

UNCLAIMED_FOR: Final = timedelta(days=1)
REMOVED_FOR: Final = timedelta(days=1)
"""Pages that are open somewhere go on showing what was taken out; it may be put back meanwhile."""
MAX_PHOTOS: Final = 8
"""Of one product."""
MAX_WAITING: Final = 20
"""Of one merchant: asked for or sent, and used nowhere yet."""
MAX_A_DAY: Final = 400
"""Of one merchant, whatever became of them: so much work it may make."""
MAX_ALT_CHARACTERS: Final = 120


class PhotoPurpose(StrEnum):
    PRODUCT = "PRODUCT"
    MERCHANT = "MERCHANT"
    LICENCE = "LICENCE"

    @property
    def private(self) -> bool:
        return self is PhotoPurpose.LICENCE


class MediaState(StrEnum):
    AWAITED = "AWAITED"
    READY = "READY"
    CLAIMED = "CLAIMED"
    REMOVED = "REMOVED"


EDGES: Final = {
    PhotoPurpose.PRODUCT: (240, 640, 1280),
    PhotoPurpose.MERCHANT: (240, 640, 1280),
    PhotoPurpose.LICENCE: (240, 640, 2000),
}
"""The longer sides of what is made, in pixels. A list's card, a phone's width, a phone's width at twice the density; small print of a
document is read at the last."""


@dataclass(frozen=True, slots=True)
class Media:
    id: MediaId
    merchant_id: MerchantId
    purpose: PhotoPurpose
    state: MediaState
    overdue: bool
    """Whether the time until which it was awaited, or kept for nobody, is over."""
    return_to: str | None
    source: bytes | None
    sizes: Sequence[Size]


class AltIsInvalid(FieldInvalid):
    pass


class PhotosAreTooMany(Exception):
    def __init__(self) -> None:
        super().__init__(f"a product has at most {MAX_PHOTOS} photos")


class UploadsAreTooMany(Exception):
    """`limit` is of those that wait, or of a day."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"at most {limit}: use what waits, or wait")
        self.limit = limit


class PhotoInState(Exception):
    """It has not been sent yet, or is used elsewhere."""

    def __init__(self, state: MediaState) -> None:
        super().__init__(f"the photo is {state}")
        self.state = state


class PhotosAreOthers(Exception):
    """Somebody added or removed one meanwhile."""

    def __init__(self) -> None:
        super().__init__("the product has other photos than those: read them anew")


def alt_text(given: str) -> str:
    """What a photo shows, for who does not see it. Raises AltIsInvalid."""
    try:
        return line(given, longest=MAX_ALT_CHARACTERS)
    except NotText as error:
        raise AltIsInvalid("alt", str(error)) from error


def may_wait(waiting: int, within_a_day: int) -> None:
    """For one more upload. Raises UploadsAreTooMany."""
    for count, limit in ((waiting, MAX_WAITING), (within_a_day, MAX_A_DAY)):
        if count >= limit:
            raise UploadsAreTooMany(limit)


def claimable(media: Media | None, merchant_id: MerchantId, purpose: PhotoPurpose) -> Media:
    """That it can be put to its purpose. Raises NotFound, PhotoInState."""
    if media is None or media.merchant_id != merchant_id or media.purpose is not purpose:
        raise NotFound
    if media.state not in (MediaState.READY, MediaState.REMOVED):
        raise PhotoInState(media.state)
    return media


def reordered(present: Collection[MediaId], wanted: Sequence[MediaId]) -> None:
    """That it is all of them, each once. Raises PhotosAreOthers."""
    if len(wanted) != len(present) or set(wanted) != set(present):
        raise PhotosAreOthers
