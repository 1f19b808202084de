"""Photos of a claim: where its buyer or its merchant is to send one, that it has come, and that it goes."""

from __future__ import annotations

from datetime import timedelta
from typing import Final
from uuid import UUID

from services.contracts.claims import ClaimId
from services.kit.database.db import Transaction
from services.kit.messaging import timers
from services.kit.photos.limits import UPLOAD_WITHIN
from services.kit.photos.serving import AnotherCame, NoneAwaited
from services.kit.photos.sizes import Made
from services.ordering.commands.buyers import buyer
from services.ordering.domain import claim_photo
from services.ordering.domain.claim_photo import Asked, ClaimPhoto, ClaimPhotoId, Wanted
from services.ordering.domain.history import ActorKind
from services.ordering.domain.refusal import Unknown, WrongState
from services.ordering.store import claim_photos as store
from services.ordering.store import claims

GOES: Final = "claim.photo_goes"
_COUNTED_FOR: Final = timedelta(days=1)
"""What was asked for and never sent stays so long, as work that its sender has made."""


async def request(conn: Transaction, claim_id: ClaimId, subject: str, *, return_to: str | None = None) -> Asked:
    """By its buyer or one of its merchant's people, while the claim has not ended. Raises Unknown, WrongState, PhotosAreEnough,
    PhotosOfADayAreEnough, and Forbidden for who was erased."""
    by = await store.side_of(conn, claim_id, subject)
    if by is None:
        raise Unknown("id")
    side = (await buyer(conn, subject)).id.uuid if by is ActorKind.BUYER else None
    found = await claims.of_anybody(conn, claim_id)
    assert found is not None
    if found.due_at is None:
        raise WrongState(found.state, Wanted.PHOTO)
    claim_photo.may_send(await store.standing(conn, claim_id, by, subject))
    photo_id = ClaimPhotoId.new()
    until = await store.ask(conn, photo_id, claim_id, by, subject, within=UPLOAD_WITHIN, return_to=return_to)
    await timers.start(conn, GOES, photo_id, until + _COUNTED_FOR)
    return Asked(photo_id, side or found.merchant_id.uuid, until)


async def arrived(conn: Transaction, photo_id: ClaimPhotoId, made: Made) -> ClaimPhoto:
    """What is there now: of what was sent twice, the first. Raises NoneAwaited when its time is over, AnotherCame."""
    found = await store.lock(conn, photo_id)
    if found is None or (found.source is None and found.overdue):
        raise NoneAwaited
    if found.source is not None:
        if found.source != made.source:
            raise AnotherCame
        return found
    until, order_id = await store.came(conn, photo_id, made, claim_photo.KEPT_FOR)
    await timers.start(conn, GOES, photo_id, until)
    conn.wake(str(order_id))
    there = await store.find(conn, photo_id)
    assert there is not None
    return there


async def go(conn: Transaction, subject: UUID) -> None:
    """Its time is over: it goes, its files after it, once its claim has ended."""
    photo_id = ClaimPhotoId(subject)
    until = await store.stays(conn, photo_id, claim_photo.LOOKED_AT_AGAIN)
    if until is None:
        await store.drop(conn, photo_id)
    else:
        await timers.start(conn, GOES, photo_id, until)
