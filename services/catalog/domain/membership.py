"""Who is of a merchant: owners, who decide, and staff, who sell. Another comes by a code that an owner hands on."""

from __future__ import annotations

import hashlib
import secrets
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
LIVES_DAYS: Final = 7

# Crockford's base 32, 60 bits: whoever guesses a million a second for a year meets one of a million open codes once in ten thousand years.
_LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH, _GROUP = 12, 4
_READ: Final = str.maketrans({"O": "0", "I": "1", "L": "1", "-": None, " ": None})


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


def made() -> str:
    """A new code, as it is shown once: `7K2M-9QXT-04BD`."""
    letters = "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))
    return "-".join(letters[at : at + _GROUP] for at in range(0, _LENGTH, _GROUP))


def digest(code: str) -> bytes:
    """Of what somebody typed: in any letter case, with or without hyphens, O for 0, I and L for 1. Unkeyed, as a code is long."""
    return hashlib.sha256(code.upper().translate(_READ).encode()).digest()


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
