"""What a token may say of its holder: the roles that mean something here, and whom an ojek company's machine speaks for."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from services.contracts.delivery import PartnerId
from services.kit.ids import MalformedId, WrongKind


class Role(StrEnum):
    """Values of the token's claim `roles`; others mean nothing here."""

    BUYER = "buyer"
    MERCHANT = "merchant"
    RIDER = "rider"
    PARTNER = "partner"
    OPS = "ops"
    OFFICER = "officer"
    GOVERNMENT = "government"


def partner_of(claims: Mapping[str, object]) -> PartnerId | None:
    """The company that the token speaks for, by its claim `partner_id`; None when it names none, or none that could be one."""
    named = claims.get("partner_id")
    try:
        return PartnerId.parse(named) if isinstance(named, str) else None
    except (MalformedId, WrongKind):
        return None
