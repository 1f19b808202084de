"""Sessions: how long one lasts, how many a person has, and what its tokens say."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from services.contracts.people import PersonId, StaffRole
from services.contracts.roles import Role
from services.people.domain.ids import SessionId
from services.people.domain.refusal import Refused

ACCESS_S: Final = 900
MOST_SESSIONS: Final = 20
"""Of one person; who signs in once more ends the one that was unused longest."""
_MARK: Final = "wrt_"
_LENGTH: Final = len(_MARK) + 43

STAFF: Final[Mapping[StaffRole, Role]] = {StaffRole.OFFICER: Role.OFFICER, StaffRole.OPS: Role.OPS}
# What everybody may be; whose merchant, rider or order something is, the service that has it decides by the subject.
_EVERYBODY: Final = (Role.BUYER, Role.MERCHANT)


class SessionHasEnded(Refused):
    """Its end came, somebody ended it, or its token was used before, which ended it."""

    def __init__(self) -> None:
        super().__init__("the session has ended: sign in again")


class Ending(StrEnum):
    SIGNED_OUT = "SIGNED_OUT"
    ENDED = "ENDED"  # by its owner, from another
    TOO_MANY = "TOO_MANY"
    TOKEN_REUSED = "TOKEN_REUSED"  # noqa: S105  no password
    NUMBER_LOST = "NUMBER_LOST"
    ROLE_WITHDRAWN = "ROLE_WITHDRAWN"
    ERASED = "ERASED"


@dataclass(frozen=True, slots=True)
class Lasting:
    """A session that was not used for `idle_days` is over. A number whose owner has been silent for `silent_days` is whoever's proves it:
    by then no session of theirs is left, so it is more."""

    idle_days: int = 30
    silent_days: int = 60

    def __post_init__(self) -> None:
        if self.silent_days <= self.idle_days:
            raise ValueError("NUMBER_SILENT_DAYS is more than SESSION_IDLE_DAYS: a silent number has no session")


def refresh_token() -> str:
    return _MARK + secrets.token_urlsafe(32)


def digest(token: str) -> bytes:
    """How it is kept. Raises SessionHasEnded for what is no refresh token."""
    if len(token) != _LENGTH or not token.startswith(_MARK) or not token.isascii():
        raise SessionHasEnded
    return hashlib.sha256(token.encode()).digest()


def claims(person_id: PersonId, session_id: SessionId, roles: Iterable[StaffRole], now: int) -> dict[str, Any]:
    """What an access token says beside its issuer and audience."""
    named = sorted({*_EVERYBODY, *(STAFF[each] for each in roles)})
    return {"sub": str(person_id), "sid": str(session_id), "roles": named, "iat": now, "exp": now + ACCESS_S}
