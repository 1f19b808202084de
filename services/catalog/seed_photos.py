"""Photos of the seeded goods, drawn and then put up by the same commands as anybody's: of goods of which nobody has ever put one up."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from typing import Any

from services.catalog import drawing
from services.catalog.commands import photos
from services.catalog.domain.caller import Caller
from services.catalog.domain.photo import EDGES, PhotoPurpose
from services.catalog.media.media import keep
from services.catalog.store import photos as stored
from services.contracts.catalog import MediaId, MerchantId, ProductId
from services.contracts.people import PersonId
from services.kit.database.db import Transaction
from services.kit.photos import pictures
from services.kit.photos.storage import Storage


async def seed(conn: Transaction, merchants: list[dict[str, Any]], storage: Storage) -> None:
    for merchant in merchants:
        for product in merchant["products"]:
            given, product_id = product.get("photo"), ProductId.seeded(product["key"])
            if given is not None and not await stored.ever_changed(conn, product_id):
                await _put_up(conn, merchant, product["key"], given, storage)


async def _put_up(
    conn: Transaction, merchant: Mapping[str, Any], key: str, given: Mapping[str, Any], storage: Storage
) -> None:
    owner = str(PersonId.seeded(merchant["members"][0]["person"]))
    caller, media_id, purpose = Caller(member=owner), MediaId.seeded(key), PhotoPurpose.PRODUCT
    content = drawing.drawn(given["shape"], given["color"], int.from_bytes(hashlib.sha256(key.encode()).digest()[:4]))
    made = await asyncio.to_thread(pictures.drawn, content, EDGES[purpose])
    source = hashlib.sha256(content).digest()
    await photos.request(conn, caller, MerchantId.seeded(merchant["key"]), purpose, by=owner, media_id=media_id)
    await photos.arrived(conn, media_id, await keep(storage, media_id, purpose, made, source))
    await photos.add(conn, caller, ProductId.seeded(key), media_id, given["alt"], by=owner)
