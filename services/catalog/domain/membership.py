"""Who is of a merchant: owners, who decide, and staff, who sell. Another comes by a code that an owner hands on."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from services.catalog.domain.caller import Caller, NotFound
from services.catalog.domain.ids import MemberId
from services.contracts.catalog import MemberRole

MAX_NAME_CHARACTERS: Final = 60
MAX_MEMBERS: Final = 20
"""Of one merchant: they are told whole with every change of it."""
MAX_INVITATIONS: Final = 10
"""Of one merchant at a time."""


class InvitationIsUnknown(Exception):
    """No such code, or it has been used, withdrawn or is over: which, nobody is told."""

    def __init__(self) -> None:
        super().__init__("the code is wrong or over; ask who invited you for another")


class InvitationsAreTooMany(Exception):
    def __init__(self) -> None:
        super().__init__(f"a merchant has at most {MAX_INVITATIONS} open invitations")


class MembersAreTooMany(Exception):
    def __init__(self) -> None:
        super().__init__(f"a merchant has at most {MAX_MEMBERS} people")


class LastOwner(Exception):
    def __init__(self) -> None:
        super().__init__("a merchant keeps an owner: make somebody else one first")


@dataclass(frozen=True, slots=True)
class Member:
    id: MemberId
    subject: str
    role: MemberRole


def check_leads(members: Collection[Member], caller: Caller) -> None:
    """An owner of it, or operators, who help a merchant that has lost its own. Raises NotFound."""
    if not caller.ops and not any(each.subject == caller.member and each.role is MemberRole.OWNER for each in members):
        raise NotFound


def check_stays_owned(members: Collection[Member], but: Member) -> None:
    """When `but` is an owner no more. Raises LastOwner."""
    if but.role is MemberRole.OWNER and not any(
        each.role is MemberRole.OWNER and each.id != but.id for each in members
    ):
        raise LastOwner


def check_room(members: Collection[Member]) -> None:
    """For one more. Raises MembersAreTooMany."""
    if len(members) >= MAX_MEMBERS:
        raise MembersAreTooMany


def find(members: Collection[Member], member_id: MemberId) -> Member:
    """Raises NotFound."""
    for each in members:
        if each.id == member_id:
            return each
    raise NotFound
