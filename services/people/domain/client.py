"""What a delivery company's machine signs in by: a client id and a secret (RFC 6749 §2.3), and what its tokens say (RFC 9068)."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from services.contracts.delivery import PartnerId, PartnerStatus
from services.contracts.roles import Role
from services.kit.secret import Secret
from services.kit.text import NotText, line
from services.people.domain.ids import ClientId
from services.people.domain.refusal import Refused

MOST_LIVE: Final = 2
"""Of one company: the machine that runs, and the one that follows it."""
ACCESS_S: Final = 300
SHOWN_DAYS: Final = 90
"""How long a revoked one is still listed."""
MOST_NAME_CHARACTERS: Final = 60
_MARK: Final = "wcs_"
_LENGTH: Final = len(_MARK) + 43


class ClientsAreTooMany(Refused):
    def __init__(self) -> None:
        super().__init__(f"a company has at most {MOST_LIVE} live credentials; revoke one first")


class CompanyHasLeft(Refused):
    """Nobody signs in for it any more."""

    def __init__(self, status: PartnerStatus) -> None:
        super().__init__(f"the company is {status}")
        self.status = status


class NameIsInvalid(Refused):
    def __init__(self, reason: str) -> None:
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class Client:
    """`used_at` is when it was given a token last."""

    id: ClientId
    partner_id: PartnerId
    name: str
    made_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


def named(given: str) -> str:
    """As it is kept. Raises NameIsInvalid."""
    try:
        return line(given, longest=MOST_NAME_CHARACTERS)
    except NotText as error:
        raise NameIsInvalid(str(error)) from error


def secret() -> str:
    """A new one, of 256 bits, as it is shown once."""
    return _MARK + secrets.token_urlsafe(32)


def digest(key: Secret, client_id: ClientId, shown: str) -> bytes:
    """How it is kept: who has the table alone cannot even try one. Of what is no secret too: a guess costs what a right one does."""
    held = shown if len(shown) == _LENGTH and shown.isascii() else ""
    said = b"client:" + client_id.bytes + held.encode()
    return hmac.digest(key.reveal().encode(), said, hashlib.sha256)


def claims(client_id: ClientId, partner_id: PartnerId, now: int) -> dict[str, Any]:
    """What its token says beside issuer and audience. It is its own session: revoked, it is told as one that has ended."""
    return {
        "sub": str(client_id),
        "client_id": str(client_id),
        "sid": str(client_id),
        "roles": [str(Role.PARTNER)],
        "partner_id": str(partner_id),
        "iat": now,
        "exp": now + ACCESS_S,
    }
