"""Owners submit licences, officers decide on them, and time ends them."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from services.catalog.commands import photos
from services.catalog.commands.needs import settle
from services.catalog.domain import licence
from services.catalog.domain.caller import Caller, NotFound
from services.catalog.domain.licence import (
    DECISIONS,
    MAX_LICENCES,
    MAX_WAITING,
    MOST_A_DAY,
    LicenceAction,
    LicenceInState,
    LicencesAreTooMany,
    LicenceStatus,
    ProductIsUnknown,
    Submitted,
)
from services.catalog.domain.merchant import MerchantInState, OwnMatter
from services.catalog.store import licences as stored
from services.catalog.store import merchants
from services.catalog.store.licences import Licence
from services.contracts.catalog import LicenceId, MerchantId, MerchantStatus
from services.contracts.licences import (
    LicenceDue,
    LicenceEvent,
    LicenceExpired,
    LicenceRejected,
    LicenceSubmitted,
    LicenceVerified,
    LicenceWithdrawn,
)
from services.kit.database.db import Transaction
from services.kit.graphql import idempotency
from services.kit.http.rate import RateLimited
from services.kit.invalid import FieldInvalid, all_of
from services.kit.messaging import outbox, timers

SUBMIT: Final = "submitLicence"
TIMER: Final = "licence"
"""Of one that is verified: its reminders and its end."""
_LATER_MS: Final = 3_600_000


async def submit(
    conn: Transaction, caller: Caller, merchant_id: MerchantId, given: Submitted, *, by: str, idempotency_key: str
) -> LicenceId:
    """Raises NotFound for who does not own the merchant, MerchantInState, LicencesAreTooMany, RateLimited, FieldInvalid or a group of
    it, and what `photos.claim_document` does."""
    claim = await idempotency.claim(
        conn, caller=by, mutation=SUBMIT, key=idempotency_key, body=(str(merchant_id), _body(given))
    )
    if claim.answer is not None:
        return LicenceId.parse(claim.answer["licence_id"])
    found = await merchants.lock(conn, caller, merchant_id, by=by, any=False)
    if found is None:
        raise NotFound
    if found.status is MerchantStatus.CLOSED:
        raise MerchantInState(found.status)
    now, today = await stored.clock(conn)
    checked = licence.checked(given, today)
    await _check_room(conn, merchant_id)
    await _check_goods(conn, merchant_id, given)
    if given.document_photo_id is not None:
        await photos.claim_document(conn, merchant_id, given.document_photo_id)
    made = LicenceId.new()
    await stored.insert(conn, made, merchant_id, checked)
    await stored.add_history(conn, made, LicenceAction.SUBMIT, LicenceStatus.SUBMITTED, reason=None, by=by)
    of = Licence(
        made, merchant_id, given.kind, LicenceStatus.SUBMITTED, not given.products, given.expires_on, None, own=True
    )
    await outbox.append(conn, LicenceSubmitted(**await _facts(conn, of), since=now))
    await claim.store(conn, {"licence_id": str(made)})
    return made


async def move(
    conn: Transaction, caller: Caller, licence_id: LicenceId, action: LicenceAction, reason: str | None, *, by: str
) -> None:
    """`reason` is one line. Raises NotFound, LicenceInState, and OwnMatter when it is an officer's to decide on somebody else's."""
    any_of = action in DECISIONS and caller.staff
    merchant_id = await stored.find(conn, caller, licence_id, any=any_of)
    if merchant_id is None or (action in DECISIONS and not caller.staff):
        raise NotFound
    await stored.hold(conn, merchant_id)
    goods = await stored.lock_goods(conn, licence_id)
    found = await stored.lock(conn, caller, licence_id, by=by, any=any_of)
    if found is None:
        raise NotFound
    if found.own and action in DECISIONS:
        raise OwnMatter
    to = licence.after(found.state, action)
    now, today = await stored.clock(conn)
    if to is LicenceStatus.VERIFIED and found.expires_on is not None and found.expires_on < today:
        raise LicenceInState(LicenceStatus.EXPIRED)  # while it waited
    await stored.save_state(conn, licence_id, to, reason)
    await stored.add_history(conn, licence_id, action, to, reason=reason, by=by)
    moment = licence.next_moment(found.expires_on, now) if to is LicenceStatus.VERIFIED else None
    if moment is None:
        await timers.stop(conn, licence_id, TIMER)
    else:
        await timers.start(conn, TIMER, licence_id, moment)
    await outbox.append(conn, await _told(conn, found, to))
    await settle(conn, goods)


async def tick(conn: Transaction, subject: UUID) -> None:
    """A reminder is due, or the licence has ended."""
    licence_id = LicenceId(subject)
    merchant_id = await stored.find(conn, Caller(), licence_id, any=True)
    if merchant_id is None:
        return
    await stored.hold(conn, merchant_id)
    goods = await stored.lock_goods(conn, licence_id)
    found = await stored.lock_by_itself(conn, licence_id)
    if found is None or found.state is not LicenceStatus.VERIFIED or found.expires_on is None:
        return
    now, today = await stored.clock(conn)
    if found.expires_on < today:
        await stored.save_state(conn, licence_id, LicenceStatus.EXPIRED, None)
        await stored.add_history(conn, licence_id, LicenceAction.EXPIRE, LicenceStatus.EXPIRED, reason=None, by=None)
        await outbox.append(conn, LicenceExpired(**await _facts(conn, found)))
        await settle(conn, goods)
        return
    days = licence.reminder(found.expires_on, today)
    if days is not None and (found.reminded_days is None or days < found.reminded_days):
        await stored.reminded(conn, licence_id, days)
        if not await stored.is_followed(conn, licence_id):
            await outbox.append(conn, LicenceDue(**await _facts(conn, found), within_days=days))
    if (moment := licence.next_moment(found.expires_on, now)) is not None:
        await timers.start(conn, TIMER, licence_id, moment)


async def _check_room(conn: Transaction, merchant_id: MerchantId) -> None:
    """The merchant is held. Raises LicencesAreTooMany, RateLimited."""
    count = await stored.counted(conn, merchant_id)
    if count.lately >= MOST_A_DAY:
        raise RateLimited(_LATER_MS)
    if count.waiting >= MAX_WAITING:
        raise LicencesAreTooMany(MAX_WAITING)
    if count.live >= MAX_LICENCES:
        raise LicencesAreTooMany(MAX_LICENCES)


async def _check_goods(conn: Transaction, merchant_id: MerchantId, given: Submitted) -> None:
    """Raises ProductIsUnknown, GoodsDoNotFit or a group of them."""
    names = await stored.names(conn, merchant_id, given.products)
    unknown: list[FieldInvalid] = [
        ProductIsUnknown(f"input.productIds.{place}") for place, each in enumerate(given.products) if each not in names
    ]
    if unknown:
        raise all_of(unknown)
    licence.check_names(given.kind, [(place, names[each]) for place, each in enumerate(given.products)])


async def _told(conn: Transaction, found: Licence, to: LicenceStatus) -> LicenceEvent:
    facts = await _facts(conn, found)
    match to:
        case LicenceStatus.VERIFIED:
            return LicenceVerified(**facts)
        case LicenceStatus.WITHDRAWN:
            return LicenceWithdrawn(**facts)
        case _:
            return LicenceRejected(**facts, revoked=to is LicenceStatus.REVOKED)


async def _facts(conn: Transaction, of: Licence) -> dict[str, Any]:
    return {
        "licence_id": of.id,
        "merchant_id": of.merchant_id,
        "kind": of.kind,
        "owners": await stored.owners(conn, of.merchant_id),
        "expires_on": of.expires_on,
    }


def _body(given: Submitted) -> Any:
    return (
        given.kind,
        given.number,
        given.issued_on,
        given.expires_on,
        [str(each) for each in given.products],
        given.document_photo_id and str(given.document_photo_id),
    )
