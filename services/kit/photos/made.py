"""What was made of a photo, and where its files are put and found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from uuid import UUID

import msgspec

from services.kit.photos.decoding import Decoders
from services.kit.photos.drawn import Drawn
from services.kit.photos.limits import SHOWN_FOR
from services.kit.photos.names import key_of, name_of
from services.kit.photos.signing import Destination, Signer
from services.kit.photos.sizes import Made, Size
from services.kit.photos.storage import Storage


@dataclass(frozen=True, slots=True)
class Place:
    """Below `path` on the gateway's own origin: who signs addresses, where files are, who reads what was sent."""

    path: str
    storage: Storage
    signer: Signer
    decoders: Decoders

    @classmethod
    def at(cls, path: str, storage: Storage, signer: Signer, at_once: int = 1) -> Self:
        return cls(path, storage, signer, Decoders(at_once))

    def upload_address(self, to: Destination) -> str:
        return f"{self.path}/upload/{self.signer.upload(to)}"

    def private_address(self, size: Size, now: datetime) -> str:
        return f"{self.path}/private/{self.signer.showing(size.name, now + SHOWN_FOR)}"


async def keep(storage: Storage, photo: UUID, room: str, drawn: Drawn, source: bytes) -> Made:
    """Its files are there afterwards; whose they are is yet to be written down. Raises StorageAway."""
    sizes = []
    for each in drawn.files:
        size = Size(name=name_of(photo, each.content), width=each.width, height=each.height)
        await storage.put(key_of(size.name, room), each.content)
        sizes.append(size)
    return Made(sizes, drawn.color, source)


SIZES: msgspec.json.Decoder[list[Size]] = msgspec.json.Decoder(list[Size])


def addresses(path: str, sizes: Sequence[Size]) -> list[dict[str, object]]:
    """As an upload's answer has them."""
    return [{"url": f"{path}/{each.name}", "width": each.width, "height": each.height} for each in sizes]
