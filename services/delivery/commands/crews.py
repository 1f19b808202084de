"""Who is of a company, how another comes, and how they go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.contracts.delivery import PartnerId, PartnerRole, PartnerStatus, RiderId
from services.delivery.commands import partners
from services.delivery.domain import company, crew
from services.delivery.domain.caller import Caller, NotFound
from services.delivery.domain.company import UNTOLD, PartnerAction, PartnerInState, Standing
from services.delivery.domain.crew import InvitationId, InvitationIsUnknown, InvitationsAreTooMany, Member, MemberId
from services.delivery.store import companies, crews, riders
from services.delivery.store import partners as stored
from services.delivery.store.crews import Invited
from services.delivery.store.partners import Partner
from services.kit import handed_on
from services.kit.database.db import Transaction
from services.kit.messaging import outbox


@dataclass(frozen=True, slots=True)
class Invitation:
    """`code` is shown this once."""

    code: str
    expires_at: datetime


async def invite(conn: Transaction, caller: Caller, partner_id: PartnerId, role: PartnerRole, *, by: str) -> Invitation:
    """Raises NotFound, PartnerInState, InvitationsAreTooMany."""
    found, there = await held(conn, partner_id)
    crew.check_leads(there, caller)
    return await _invite(conn, found, role, None, by=by)


async def invite_rider(
    conn: Transaction, caller: Caller, rider_id: RiderId, *, by: str
) -> tuple[PartnerId, Invitation]:
    """A code by which a person is this rider from now on. Raises NotFound, PartnerInState, InvitationsAreTooMany."""
    rider = await riders.find(conn, rider_id)
    if rider is None:
        raise NotFound
    found, there = await held(conn, rider.partner_id)
    crew.check_is_of(there, caller)
    rider = await riders.find(conn, rider_id)
    if rider is None or rider.ended:
        raise NotFound
    await crews.withdraw_of_rider(conn, rider_id)
    return found.id, await _invite(conn, found, None, rider_id, by=by)


async def _invite(
    conn: Transaction, found: Partner, role: PartnerRole | None, rider_id: RiderId | None, *, by: str
) -> Invitation:
    check_lives(found)
    if await crews.count_open(conn, found.id) >= crew.MAX_INVITATIONS:
        raise InvitationsAreTooMany
    made, code = InvitationId.new(), handed_on.made()
    ends = await crews.invite(conn, made, found.id, role, rider_id, handed_on.digest(code), by)
    await _note(conn, found, PartnerAction.INVITE, rider_id or made, by=by)
    return Invitation(code, ends)


async def withdraw(
    conn: Transaction, caller: Caller, partner_id: PartnerId, invitation_id: InvitationId, *, by: str
) -> None:
    """One that was used, or is not there, is no trouble. Raises NotFound."""
    found, there = await held(conn, partner_id)
    crew.check_leads(there, caller)
    if await crews.withdraw(conn, partner_id, invitation_id):
        await _note(conn, found, PartnerAction.WITHDRAW, invitation_id, by=by)


async def join(conn: Transaction, code: str, name: str, *, by: str) -> PartnerId:
    """Whoever used the code may say it again. Who is there already is what they are invited to be, if that is more. Raises
    InvitationIsUnknown, PartnerInState, MembersAreTooMany, OwnPartnersAreTooMany, RidesAlready."""
    digest = handed_on.digest(code)
    await companies.lock_owner(conn, by)
    await riders.lock_person(conn, by)
    invited = await crews.invitation(conn, digest)
    if invited is None:
        raise InvitationIsUnknown
    found, there = await held(conn, invited.partner_id)
    invited = await crews.invitation(conn, digest)  # as it is now that its company is held
    if invited is None or (not invited.is_open and invited.used_by != by):
        raise InvitationIsUnknown
    if not invited.is_open:
        return found.id
    check_lives(found)
    await crews.use(conn, invited.id, by)
    if invited.rider_id is not None:
        await _ride(conn, found, invited.rider_id, by=by)
    else:
        await _belong(conn, found, there, invited, name, by=by)
    return found.id


async def _ride(conn: Transaction, found: Partner, rider_id: RiderId, *, by: str) -> None:
    rider = await riders.find(conn, rider_id)
    if rider is None or rider.ended:
        raise InvitationIsUnknown
    if await riders.of_person(conn, by) not in (None, rider_id):
        raise crew.RidesAlready
    await riders.link(conn, rider_id, by)
    await _note(conn, found, PartnerAction.JOIN, rider_id, by=by)
    await outbox.append(conn, await riders.told(conn, rider_id))


async def _belong(
    conn: Transaction, found: Partner, there: list[Member], invited: Invited, name: str, *, by: str
) -> None:
    assert invited.role is not None
    mine = next((each for each in there if each.subject == by), None)
    if mine is None:
        crew.check_room(there)
    if invited.role is PartnerRole.OWNER and (mine is None or mine.role is not PartnerRole.OWNER):
        company.check_room(await companies.count_own(conn, by))
    if mine is None:
        member_id = await crews.add(conn, found.id, by, invited.role, name)
    else:
        member_id = mine.id
        await crews.call(conn, mine.id, name)
        if invited.role is PartnerRole.OWNER:
            await crews.change(conn, mine.id, invited.role)
    await _note(conn, found, PartnerAction.JOIN, member_id, by=by)
    await partners.tell(conn, found.id)


async def change(
    conn: Transaction, caller: Caller, partner_id: PartnerId, member_id: MemberId, role: PartnerRole, *, by: str
) -> None:
    """Raises NotFound, LastOwner, OwnPartnersAreTooMany of whom it would make an owner."""
    found, there = await held(conn, partner_id)
    crew.check_leads(there, caller)
    who = crew.find(there, member_id)
    if who.role is role:
        return
    if role is PartnerRole.OWNER:
        company.check_room(await companies.count_own(conn, who.subject))
    else:
        crew.check_stays_owned(there, who)
    await crews.change(conn, who.id, role)
    await _note(conn, found, PartnerAction.CHANGE_MEMBER, who.id, by=by)
    await partners.tell(conn, partner_id)


async def remove(conn: Transaction, caller: Caller, partner_id: PartnerId, member_id: MemberId, *, by: str) -> None:
    """By an owner, or by whom it is about, who leaves. Raises NotFound, LastOwner."""
    found, there = await held(conn, partner_id)
    who = next((each for each in there if each.id == member_id), None)
    if who is None or not caller.person or who.subject != caller.person:
        crew.check_leads(there, caller)
        who = crew.find(there, member_id)
    crew.check_stays_owned(there, who)
    await crews.remove(conn, who.id)
    await _note(conn, found, PartnerAction.REMOVE_MEMBER, who.id, by=by)
    await partners.tell(conn, partner_id)
    await _look_again(conn, [partner_id])


async def erase(conn: Transaction, subject: str) -> None:
    """Of no company any more, which is told, and asked for by none. An application that nobody owns any more ends; a company that was
    more than that is without anybody. Repeating changes nothing."""
    left = await crews.take_out(conn, subject)
    ridden = await riders.erase(conn, subject)
    await companies.forget_contact(conn, subject)
    for each in left:
        if each.status in UNTOLD and not each.owned:
            await stored.save_standing(conn, each.id, Standing(PartnerStatus.LEFT), None)
            await companies.add_history(conn, each.id, PartnerAction.LEAVE, PartnerStatus.LEFT, by=subject)
        await partners.tell(conn, each.id)
    for rider_id in ridden:
        await outbox.append(conn, await riders.told(conn, rider_id))
    await _look_again(conn, [each.id for each in left])


async def held(conn: Transaction, partner_id: PartnerId) -> tuple[Partner, list[Member]]:
    """Raises NotFound."""
    found, there = await crews.lock(conn, partner_id)
    if found is None:
        raise NotFound
    return found, there


def check_lives(found: Partner) -> None:
    """Raises PartnerInState."""
    if found.status is PartnerStatus.LEFT:
        raise PartnerInState(found.status)


async def _note(
    conn: Transaction,
    found: Partner,
    action: PartnerAction,
    about: MemberId | InvitationId | RiderId,
    *,
    by: str,
) -> None:
    await companies.add_history(conn, found.id, action, found.status, by=by, about=str(about))


async def _look_again(conn: Transaction, partner_ids: list[PartnerId]) -> None:
    """Whoever follows a trip of theirs may be somebody who is no more of them."""
    for trip_id in await crews.trips_of(conn, partner_ids) if partner_ids else ():
        conn.wake(str(trip_id))
