"""What applications to sell mean to people: officers are told that one waits, and who applied what became of it."""

from __future__ import annotations

from typing import Final

from services.contracts.catalog import ApplicationFault, ApplicationOutcome, ApplicationSettled, ApplicationWaits
from services.contracts.people import StaffRole
from services.kit.database.db import Transaction
from services.people.commands.notices import tell
from services.people.domain.notices import Facts, NoticeKind
from services.people.store import notices, staff, telling

_ENDED: Final = (NoticeKind.APPLICATION_VERIFIED, NoticeKind.APPLICATION_SENT_BACK)


async def waits(conn: Transaction, event: ApplicationWaits, event_id: str) -> None:
    """Officers, and where there are none, ops; not who applied, who does not decide on it. Made anew, it is told anew."""
    about = str(event.merchant_id)
    await _no_longer_waits(conn, about)
    for subject in await notices.told_of_application(conn, about):
        await notices.take_back(conn, subject, about, [NoticeKind.APPLICATION_WAITING])
    await telling.withdraw(conn, event.applicant, [about], _ENDED)
    await notices.take_back(conn, event.applicant, about, _ENDED)
    who = await staff.holders(conn, StaffRole.OFFICER) or await staff.holders(conn, StaffRole.OPS)
    told = [str(each) for each in who if str(each) != event.applicant]
    facts: Facts = {"since": event.since.isoformat()}
    await tell(conn, told, NoticeKind.APPLICATION_WAITING, about, facts, event.since, event_id)


async def settled(conn: Transaction, event: ApplicationSettled, event_id: str) -> None:
    about = str(event.merchant_id)
    await _no_longer_waits(conn, about)
    match event.outcome:
        case ApplicationOutcome.VERIFIED:
            kind, facts = NoticeKind.APPLICATION_VERIFIED, {}
        case ApplicationOutcome.SENT_BACK:
            kind, facts = NoticeKind.APPLICATION_SENT_BACK, {"fault": event.fault or ApplicationFault.OTHER}
        case ApplicationOutcome.WITHDRAWN:
            return  # by themselves
    await tell(conn, [event.applicant], kind, about, facts, event.settled_at, event_id)


async def _no_longer_waits(conn: Transaction, about: str) -> None:
    for subject in await notices.told_of_application(conn, about):
        await telling.withdraw(conn, subject, [about], [NoticeKind.APPLICATION_WAITING])
