"""What licences mean to people: officers are told that one waits, owners what became of it and that it ends."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from services.contracts.licences import (
    GoodsBlocked,
    LicenceDue,
    LicenceEvent,
    LicenceExpired,
    LicenceRejected,
    LicenceSubmitted,
    LicenceVerified,
)
from services.contracts.people import StaffRole
from services.kit.database.db import Transaction
from services.people.commands.notices import tell
from services.people.domain.notices import Facts, NoticeKind
from services.people.store import heard, staff, telling

_SOON_DAYS: Final = 14
_REMINDERS: Final = (NoticeKind.LICENCE_DUE, NoticeKind.LICENCE_DUE_SOON)


async def waits(conn: Transaction, event: LicenceSubmitted, event_id: str) -> None:
    """Officers, and where there are none, ops; not its owners, who do not decide on it."""
    who = await staff.holders(conn, StaffRole.OFFICER) or await staff.holders(conn, StaffRole.OPS)
    told = [str(each) for each in who if str(each) not in event.owners]
    facts = {**await _facts(conn, event), "since": event.since.isoformat()}
    await tell(conn, told, NoticeKind.LICENCE_WAITING, str(event.licence_id), facts, event.since, event_id)


async def verified(conn: Transaction, event: LicenceVerified, at: datetime, event_id: str) -> None:
    await no_longer_waits(conn, event)
    await _tell_owners(conn, event, NoticeKind.LICENCE_VERIFIED, at, event_id)


async def rejected(conn: Transaction, event: LicenceRejected, at: datetime, event_id: str) -> None:
    await no_longer_waits(conn, event)
    kind = NoticeKind.LICENCE_REVOKED if event.revoked else NoticeKind.LICENCE_REJECTED
    await _tell_owners(conn, event, kind, at, event_id)


async def due(conn: Transaction, event: LicenceDue, at: datetime, event_id: str) -> None:
    kind = NoticeKind.LICENCE_DUE_SOON if event.within_days <= _SOON_DAYS else NoticeKind.LICENCE_DUE
    await _tell_owners(conn, event, kind, at, event_id)


async def expired(conn: Transaction, event: LicenceExpired, at: datetime, event_id: str) -> None:
    await _tell_owners(conn, event, NoticeKind.LICENCE_EXPIRED, at, event_id)


async def needed(conn: Transaction, event: GoodsBlocked, at: datetime, event_id: str) -> None:
    """Once of each kind and day, however many goods there are."""
    about = f"{event.merchant_id}/{event.kind}/{event.applies_from}"
    facts: Facts = {"licence": event.kind, "merchant": await heard.merchant_name(conn, event.merchant_id) or ""}
    await tell(conn, event.owners, NoticeKind.LICENCE_NEEDED, about, facts, at, event_id)


async def no_longer_waits(conn: Transaction, event: LicenceEvent) -> None:
    """Nobody has to look at it, nor is anybody reminded of what was withdrawn."""
    about = str(event.licence_id)
    for each in [*await staff.holders(conn, StaffRole.OFFICER), *await staff.holders(conn, StaffRole.OPS)]:
        await telling.withdraw(conn, str(each), [about], [NoticeKind.LICENCE_WAITING])
    for subject in event.owners:
        await telling.withdraw(conn, subject, [about], _REMINDERS)


async def _tell_owners(conn: Transaction, event: LicenceEvent, kind: NoticeKind, at: datetime, event_id: str) -> None:
    await tell(conn, event.owners, kind, str(event.licence_id), await _facts(conn, event), at, event_id)


async def _facts(conn: Transaction, event: LicenceEvent) -> Facts:
    return {
        "licence": event.kind,
        "merchant": await heard.merchant_name(conn, event.merchant_id) or "",
        "expires_on": event.expires_on.isoformat() if event.expires_on else "",
    }
