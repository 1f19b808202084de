"""Who is of a merchant, how another comes, and how they go."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.catalog.commands import photos, rounds
from services.catalog.commands.merchants import tell_settled
from services.catalog.domain import membership, merchant
from services.catalog.domain.caller import Caller, NotFound
from services.catalog.domain.ids import InvitationId, MemberId
from services.catalog.domain.membership import InvitationIsUnknown, InvitationsAreTooMany, Member
from services.catalog.domain.merchant import UNTOLD, MerchantAction, MerchantInState
from services.catalog.store import goods, licences, members, merchants
from services.contracts.catalog import MemberRole, MerchantId, MerchantStatus
from services.kit import handed_on
from services.kit.database.db import Transaction
from services.kit.graphql import idempotency
from services.kit.messaging import outbox


@dataclass(frozen=True, slots=True)
class Invitation:
    """`code` is shown this once."""

    id: InvitationId
    code: str
    expires_at: datetime


async def invite(conn: Transaction, caller: Caller, merchant_id: MerchantId, role: MemberRole) -> Invitation:
    """Raises NotFound, MerchantInState, InvitationsAreTooMany."""
    status, there = await _held(conn, merchant_id)
    membership.check_leads(there, caller)
    _check_lives(status)
    if await members.count_open(conn, merchant_id) >= membership.MAX_INVITATIONS:
        raise InvitationsAreTooMany
    made, code = InvitationId.new(), handed_on.made()
    return Invitation(made, code, await members.invite(conn, made, merchant_id, role, handed_on.digest(code)))


async def withdraw(conn: Transaction, caller: Caller, merchant_id: MerchantId, invitation_id: InvitationId) -> None:
    """One that was used, or is not there, is no trouble. Raises NotFound."""
    _, there = await _held(conn, merchant_id)
    membership.check_leads(there, caller)
    await members.withdraw(conn, merchant_id, invitation_id)


async def join(conn: Transaction, code: str, name: str, *, by: str) -> MerchantId:
    """Whoever used the code may say it again. Who is there already is what they are invited to be, if that is more. Raises
    InvitationIsUnknown, MerchantInState, MembersAreTooMany, OwnMerchantsAreTooMany."""
    digest = handed_on.digest(code)
    await merchants.lock_owner(conn, by)
    found = await members.invitation(conn, digest)
    if found is None:
        raise InvitationIsUnknown
    status, there = await _held(conn, found.merchant_id)
    found = await members.invitation(conn, digest)  # as it is now that its merchant is held
    if found is None or (not found.is_open and found.used_by != by):
        raise InvitationIsUnknown
    if not found.is_open:
        return found.merchant_id
    _check_lives(status)
    mine = next((each for each in there if each.subject == by), None)
    if mine is None:
        membership.check_room(there)
    if found.role is MemberRole.OWNER and (mine is None or mine.role is not MemberRole.OWNER):
        merchant.check_room(await merchants.count_own(conn, by))
    await members.use(conn, found.id, by)
    if mine is None:
        await members.add(conn, found.merchant_id, by, found.role, name)
    else:
        await members.call(conn, mine.id, name)
        if found.role is MemberRole.OWNER:
            await members.change(conn, mine.id, found.role)
    await _tell(conn, found.merchant_id, status)
    return found.merchant_id


async def change(
    conn: Transaction, caller: Caller, merchant_id: MerchantId, member_id: MemberId, role: MemberRole
) -> None:
    """Raises NotFound, LastOwner, OwnMerchantsAreTooMany of whom it would make an owner."""
    if role is MemberRole.OWNER and (subject := await members.subject(conn, merchant_id, member_id)) is not None:
        await merchants.lock_owner(conn, subject)  # before the merchant, as who joins does
    status, there = await _held(conn, merchant_id)
    membership.check_leads(there, caller)
    who = membership.find(there, member_id)
    if who.role is role:
        return
    if role is MemberRole.OWNER:
        merchant.check_room(await merchants.count_own(conn, who.subject))
    else:
        membership.check_stays_owned(there, who)
    await members.change(conn, who.id, role)
    await _tell(conn, merchant_id, status)


async def remove(conn: Transaction, caller: Caller, merchant_id: MerchantId, member_id: MemberId) -> None:
    """By an owner, or by whom it is about, who leaves. Raises NotFound, LastOwner."""
    status, there = await _held(conn, merchant_id)
    who = next((each for each in there if each.id == member_id), None)
    if who is None or not caller.member or who.subject != caller.member:
        membership.check_leads(there, caller)
        who = membership.find(there, member_id)
    membership.check_stays_owned(there, who)
    await members.remove(conn, who.id)
    await _tell(conn, merchant_id, status)


async def erase(conn: Transaction, subject: str) -> None:
    """Of no merchant any more, which is told, and asked for by none. An application that nobody owns any more ends; a merchant that was
    more than that is without anybody. Repeating changes nothing."""
    left = await members.take_out(conn, subject)
    await idempotency.forget(conn, subject)
    await merchants.forget_contact(conn, subject)
    for document in await licences.forget_documents(conn, subject):
        await photos.release(conn, document)
    await rounds.forget(conn, subject)
    for each in left:
        if each.status in UNTOLD and not each.owned:
            await merchants.save_status(conn, each.id, MerchantStatus.CLOSED, None)
            await merchants.add_history(
                conn, each.id, MerchantAction.CLOSE, MerchantStatus.CLOSED, reason=None, by=subject
            )
            await tell_settled(conn, each.id, merchant.settles(each.status, MerchantStatus.CLOSED))
    for each in left:
        await _tell(conn, each.id, each.status)


async def _held(conn: Transaction, merchant_id: MerchantId) -> tuple[MerchantStatus, list[Member]]:
    """Raises NotFound."""
    status, there = await members.lock(conn, merchant_id)
    if status is None:
        raise NotFound
    return status, there


def _check_lives(status: MerchantStatus) -> None:
    """Raises MerchantInState."""
    if status is MerchantStatus.CLOSED:
        raise MerchantInState(status)


async def _tell(conn: Transaction, merchant_id: MerchantId, status: MerchantStatus) -> None:
    if status not in UNTOLD:
        await outbox.append(conn, *await goods.merchant_states(conn, [merchant_id]))
