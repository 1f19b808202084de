"""Ids that only people has."""

from __future__ import annotations

from services.contracts.people import PersonId
from services.kit.ids import Id, MalformedId, WrongKind


class SessionId(Id, prefix="ses"):
    pass


class CodeId(Id, prefix="cod"):
    pass


class MessageId(Id, prefix="msg"):
    pass


class NoticeId(Id, prefix="ntc"):
    pass


class ClientId(Id, prefix="cli"):
    """Of a company's machine."""


class AuditId(Id, prefix="aud"):
    pass


def person_of(subject: str) -> PersonId | None:
    """None for a subject of another issuer's."""
    try:
        return PersonId.parse(subject)
    except (MalformedId, WrongKind):
        return None
