"""What the catalog's processes have for photos: where files are, who signs addresses, who reads what was sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from services.catalog.domain.photo import SHOWN_FOR, Made, PhotoPurpose, Size
from services.catalog.media.decoding import Decoders
from services.catalog.media.names import key_of, name_of
from services.catalog.media.pictures import Drawn
from services.catalog.media.signing import Destination, Signer
from services.catalog.media.storage import Storage
from services.contracts.catalog import MediaId, MerchantId

PATH: Final = "/media"
"""Below it on the gateway's own origin."""


@dataclass(frozen=True, slots=True)
class Photos:
    storage: Storage
    signer: Signer
    decoders: Decoders

    @classmethod
    def at(cls, storage: Storage, signer: Signer, at_once: int = 1) -> Self:
        return cls(storage, signer, Decoders(at_once))

    def upload_address(self, merchant_id: MerchantId, media_id: MediaId) -> str:
        return f"{PATH}/upload/{self.signer.upload(Destination(merchant_id, media_id))}"

    def private_address(self, size: Size, now: datetime) -> str:
        return f"{PATH}/private/{self.signer.showing(size.name, now + SHOWN_FOR)}"


async def keep(storage: Storage, media_id: MediaId, purpose: PhotoPurpose, drawn: Drawn, source: bytes) -> Made:
    """Its files are there afterwards; whose they are is yet to be written down. Raises StorageAway."""
    sizes = []
    for each in drawn.files:
        size = Size(name=name_of(media_id, each.content), width=each.width, height=each.height)
        await storage.put(key_of(size.name, private=purpose.private), each.content)
        sizes.append(size)
    return Made(sizes, drawn.color, source)


def public_address(size: Size) -> str:
    return f"{PATH}/{size.name}"


def addresses(sizes: Sequence[Size]) -> list[dict[str, object]]:
    """As an upload's answer has them."""
    return [{"url": public_address(each), "width": each.width, "height": each.height} for each in sizes]
