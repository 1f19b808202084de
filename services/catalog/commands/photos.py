"""Photos: where one is to be sent, that it has come, where it is shown, and that it goes when nobody uses it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from services.catalog.domain import photo
from services.catalog.domain.caller import Caller, NotFound
from services.catalog.domain.merchant import MerchantInState
from services.catalog.domain.photo import (
    Made,
    Media,
    MediaState,
    PhotoInState,
    PhotoPurpose,
    PhotosAreTooMany,
)
from services.catalog.media.names import key_of
from services.catalog.store import goods, members, photo_files
from services.catalog.store import photos as stored
from services.contracts.catalog import MediaId, MerchantId, MerchantStatus, ProductId
from services.kit.database.db import Transaction
from services.kit.messaging import timers

GOES: Final = "photo_goes"


@dataclass(frozen=True, slots=True)
class Awaited:
    id: MediaId
    merchant_id: MerchantId
    until: datetime


async def request(
    conn: Transaction,
    caller: Caller,
    merchant_id: MerchantId,
    purpose: PhotoPurpose,
    *,
    by: str,
    return_to: str | None = None,
    media_id: MediaId | None = None,
) -> Awaited:
    """Raises NotFound, MerchantInState, UploadsAreTooMany."""
    await _held(conn, caller, merchant_id)
    photo.may_wait(*await stored.waiting(conn, merchant_id))
    made = media_id or MediaId.new()
    until = await stored.insert(
        conn, made, merchant_id, purpose, by=by, within=photo.UPLOAD_WITHIN, return_to=return_to
    )
    await timers.start(conn, GOES, made, until)
    return Awaited(made, merchant_id, until)


async def arrived(conn: Transaction, media_id: MediaId, made: Made) -> Media:
    """What is there now: of what was sent twice, the first. Raises NotFound when its time is over, PhotoInState when another had come."""
    found = await stored.lock(conn, media_id)
    if found is None or (found.state is MediaState.AWAITED and found.overdue):
        raise NotFound
    if found.state is not MediaState.AWAITED:
        if found.source != made.source:
            raise PhotoInState(found.state)
        return found
    await timers.start(conn, GOES, media_id, await stored.arrived(conn, media_id, made, photo.UNCLAIMED_FOR))
    there = await stored.find(conn, media_id)
    assert there is not None
    return there


async def add(
    conn: Transaction, caller: Caller, product_id: ProductId, media_id: MediaId, alt: str, *, by: str
) -> None:
    """One that the product has already is no trouble. Raises NotFound, AltIsInvalid, PhotosAreTooMany, PhotoInState."""
    said = photo.alt_text(alt)
    merchant_id = await _of_product(conn, caller, product_id)
    there = await stored.of_product(conn, product_id)
    if media_id in there:
        return
    if len(there) >= photo.MAX_PHOTOS:
        raise PhotosAreTooMany
    await _claim(conn, merchant_id, media_id, PhotoPurpose.PRODUCT)
    await stored.show(conn, product_id, media_id, said)
    await stored.changed(conn, merchant_id, "ADDED", by=by, product_id=product_id, media_id=media_id)


async def order(
    conn: Transaction, caller: Caller, product_id: ProductId, wanted: Sequence[MediaId], *, by: str
) -> None:
    """Raises NotFound, PhotosAreOthers."""
    merchant_id = await _of_product(conn, caller, product_id)
    there = await stored.of_product(conn, product_id)
    photo.reordered(there, wanted)
    if there != list(wanted):
        await stored.order(conn, product_id, wanted)
        await stored.changed(conn, merchant_id, "ORDERED", by=by, product_id=product_id)


async def remove(conn: Transaction, caller: Caller, product_id: ProductId, media_id: MediaId, *, by: str) -> None:
    """One that is not there is no trouble. Raises NotFound."""
    merchant_id = await _of_product(conn, caller, product_id)
    if media_id in await stored.of_product(conn, product_id):
        await stored.take_out(conn, product_id, media_id)
        await release(conn, media_id)
        await stored.changed(conn, merchant_id, "REMOVED", by=by, product_id=product_id, media_id=media_id)


async def set_merchants(
    conn: Transaction, caller: Caller, merchant_id: MerchantId, media_id: MediaId | None, alt: str, *, by: str
) -> None:
    """None takes it out. Raises NotFound, MerchantInState, AltIsInvalid, PhotoInState."""
    said = photo.alt_text(alt) if media_id is not None else ""
    await _held(conn, caller, merchant_id)
    before = await stored.of_merchant(conn, merchant_id)
    if before is not None and before == media_id:
        await stored.set_of_merchant(conn, merchant_id, before, said)
        return
    if media_id is not None:
        await _claim(conn, merchant_id, media_id, PhotoPurpose.MERCHANT)
        await stored.set_of_merchant(conn, merchant_id, media_id, said)
        await stored.changed(conn, merchant_id, "ADDED", by=by, media_id=media_id)
    elif before is not None:
        await stored.clear_of_merchant(conn, merchant_id)
    if before is not None:
        await release(conn, before)
        await stored.changed(conn, merchant_id, "REMOVED", by=by, media_id=before)


async def claim_document(conn: Transaction, merchant_id: MerchantId, media_id: MediaId) -> None:
    """The photo of a licence, which stays from now on. The caller has been found to be of the merchant. Raises NotFound, PhotoInState."""
    await _claim(conn, merchant_id, media_id, PhotoPurpose.LICENCE)


async def release(conn: Transaction, media_id: MediaId) -> None:
    """It is used no more, and goes after a while in which it can be put back."""
    await timers.start(conn, GOES, media_id, await stored.release(conn, media_id, photo.REMOVED_FOR))


async def go(conn: Transaction, subject: UUID) -> None:
    """Its time is over: it goes unless somebody uses it, and its files after it."""
    went = await stored.drop_overdue(conn, MediaId(subject))
    if went is not None and went.sizes:
        keys = [key_of(each.name, private=went.purpose.private) for each in went.sizes]
        await photo_files.to_go(conn, keys, timedelta())


async def _claim(conn: Transaction, merchant_id: MerchantId, media_id: MediaId, purpose: PhotoPurpose) -> None:
    found = photo.claimable(await stored.lock(conn, media_id), merchant_id, purpose)
    await stored.claim(conn, found.id)
    await timers.stop(conn, found.id, GOES)


async def _of_product(conn: Transaction, caller: Caller, product_id: ProductId) -> MerchantId:
    """The product is held. Raises NotFound."""
    if await goods.lock_product(conn, caller, product_id) is None:
        raise NotFound
    return await stored.merchant_of(conn, product_id)


async def _held(conn: Transaction, caller: Caller, merchant_id: MerchantId) -> None:
    """Its people do so, and operators. Raises NotFound, MerchantInState."""
    status, there = await members.lock(conn, merchant_id)
    if status is None or not (caller.ops or any(each.subject == caller.member for each in there)):
        raise NotFound
    if status is MerchantStatus.CLOSED:
        raise MerchantInState(status)
