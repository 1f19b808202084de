"""How a company comes, is looked at, is paused and leaves. What it carries it finishes, on every channel, whatever becomes of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from services.contracts.delivery import PartnerId, PartnerRole, PartnerStatus
from services.delivery.domain import company, partner
from services.delivery.domain.caller import Caller, NotFound
from services.delivery.domain.company import DECISIONS, Application, OwnMatter, PartnerAction, Standing
from services.delivery.domain.crew import Member
from services.delivery.domain.partner import UnknownPartner
from services.delivery.domain.trip import Wake
from services.delivery.store import companies, crews, offers, partners
from services.delivery.store.partners import Partner
from services.kit.database.db import Transaction
from services.kit.graphql import idempotency
from services.kit.messaging import outbox, timers

APPLY: Final = "applyAsPartner"
_BY_HAND: Final = "operations"


async def apply(conn: Transaction, given: Application, *, by: str, idempotency_key: str) -> PartnerId:
    """Who applies is its owner. Raises ApplicationInvalid, or a group of it, and OwnPartnersAreTooMany."""
    claim = await idempotency.claim(conn, caller=by, mutation=APPLY, key=idempotency_key, body=given)
    if claim.answer is not None:
        return PartnerId.parse(claim.answer["partner_id"])
    checked = company.checked(given)
    await companies.lock_owner(conn, by)
    company.check_room(await companies.count_own(conn, by))
    made = PartnerId.new()
    await companies.insert(conn, made, checked)
    await crews.add(conn, made, by, PartnerRole.OWNER, checked.contact_name)
    await companies.add_history(conn, made, PartnerAction.APPLY, PartnerStatus.INVITED, by=by)
    await claim.store(conn, {"partner_id": str(made)})
    return made


async def apply_again(conn: Transaction, caller: Caller, partner_id: PartnerId, given: Application, *, by: str) -> None:
    """With the whole application anew. Raises NotFound, PartnerInState, ApplicationInvalid or a group of it."""
    checked = company.checked(given)
    await move(conn, caller, partner_id, PartnerAction.APPLY, None, by=by)
    await companies.update(conn, partner_id, checked)


async def move(
    conn: Transaction, caller: Caller, partner_id: PartnerId, action: PartnerAction, reason: str | None, *, by: str
) -> None:
    """`reason` is one line. Raises NotFound, PartnerInState, and OwnMatter when it is the platform's to decide on somebody else's."""
    found, there = await crews.lock(conn, partner_id)
    mine = _mine(there, by)
    owns = mine is not None and mine.role is PartnerRole.OWNER and mine.subject == caller.person
    any_ = company.of_any(caller, action)
    if found is None or not (any_ or (owns and action not in DECISIONS)):
        raise NotFound
    if mine is not None and action in DECISIONS:
        raise OwnMatter
    to = company.after(found.standing, action, by_company=owns)
    if to == found.standing:
        return
    await _put(conn, found, to, action, reason, by=by)


async def set_status(
    conn: Transaction, partner_id: PartnerId, status: PartnerStatus, reason: str, *, by: str = _BY_HAND
) -> Partner:
    """The partner as it is now, whatever its way. Raises UnknownPartner, IllegalStatus."""
    found = await partners.lock(conn, partner_id)
    if found is None:
        raise UnknownPartner(str(partner_id))
    if not partner.changes(found.status, status):
        return found
    came_from = found.status if status is PartnerStatus.PAUSED and found.status is not PartnerStatus.INVITED else None
    await _put(conn, found, Standing(status, came_from), PartnerAction.SET, reason, by=by)
    return replace(found, status=status)


async def _put(
    conn: Transaction, found: Partner, to: Standing, action: PartnerAction, reason: str | None, *, by: str
) -> None:
    """Its open offers end at once, each in its trip's own transaction, unless it may still take them."""
    await partners.save_standing(conn, found.id, to, reason)
    await companies.add_history(conn, found.id, action, to.status, reason=reason, by=by)
    await timers.hasten(conn, Wake.OFFER, await offers.open_of(conn, found.id))
    await tell(conn, found.id)


async def tell(conn: Transaction, partner_id: PartnerId) -> None:
    """Of who only asks nothing is told. The caller holds the company."""
    if (told := await companies.told(conn, partner_id)) is not None:
        await outbox.append(conn, told)
    else:
        conn.wake(str(partner_id))


def _mine(there: list[Member], subject: str) -> Member | None:
    return next((each for each in there if each.subject == subject), None)
