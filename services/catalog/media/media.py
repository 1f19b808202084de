"""What the catalog's processes have for photos: where files are, who signs addresses, who reads what was sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from services.catalog.domain.photo import PhotoPurpose
from services.catalog.media.names import ROOMS
from services.contracts.catalog import MediaId, MerchantId
from services.kit.photos import made
from services.kit.photos.drawn import Drawn
from services.kit.photos.made import Place
from services.kit.photos.signing import Destination, Signer
from services.kit.photos.sizes import Made, Size
from services.kit.photos.storage import Storage

PATH: Final = "/media"
"""Below it on the gateway's own origin."""


@dataclass(frozen=True, slots=True)
class Photos:
    place: Place

    @classmethod
    def at(cls, storage: Storage, signer: Signer, at_once: int = 1) -> Self:
        return cls(Place.at(PATH, storage, signer, at_once))

    @property
    def storage(self) -> Storage:
        return self.place.storage

    @property
    def signer(self) -> Signer:
        return self.place.signer

    def upload_address(self, merchant_id: MerchantId, media_id: MediaId) -> str:
        return self.place.upload_address(Destination(merchant_id.uuid, media_id.uuid))

    def private_address(self, size: Size, now: datetime) -> str:
        return self.place.private_address(size, now)


async def keep(storage: Storage, media_id: MediaId, purpose: PhotoPurpose, drawn: Drawn, source: bytes) -> Made:
    """Its files are there afterwards; whose they are is yet to be written down. Raises StorageAway."""
    return await made.keep(storage, media_id.uuid, ROOMS[purpose.private], drawn, source)


def public_address(size: Size) -> str:
    return f"{PATH}/{size.name}"


def addresses(sizes: Sequence[Size]) -> list[dict[str, object]]:
    """As an upload's answer has them."""
    return made.addresses(PATH, sizes)
