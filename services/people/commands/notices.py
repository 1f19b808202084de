"""Somebody is told something, once: written down for them to read, and given to the channels they want to hear by."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from services.kit.database.db import Transaction
from services.people.domain import notices as rules
from services.people.domain.ids import NoticeId, person_of
from services.people.domain.notices import Facts, NoticeKind, NoticeOutcome
from services.people.store import heard, notices
from services.people.store.notices import Notice, Recipient

_LONGEST_SUBJECT: Final = 256


async def tell(
    conn: Transaction,
    to: Iterable[str],
    kind: NoticeKind,
    about: str,
    facts: Facts,
    happened_at: datetime,
    event_id: str | None,
    *,
    matters_until: datetime | None = None,
) -> None:
    """`matters_until` is the kind's own unless said. `to` are subjects, `about` is the matter's id: of one matter each kind is told
    once."""
    now = await heard.now(conn)
    for subject in sorted({each for each in to if len(each) <= _LONGEST_SUBJECT}):
        await _tell_one(conn, subject, kind, about, facts, happened_at, event_id, now, matters_until)
        await notices.withdraw(conn, subject, [about], rules.superseded(kind))


async def _tell_one(
    conn: Transaction,
    subject: str,
    kind: NoticeKind,
    about: str,
    facts: Facts,
    happened_at: datetime,
    event_id: str | None,
    now: datetime,
    until: datetime | None,
) -> None:
    person_id = person_of(subject)
    known = await notices.recipient(conn, subject, person_id, kind)
    if known.is_erased:
        return
    not_before, matters_until = rules.send_at(kind, now), until or rules.matters_until(kind, happened_at)
    apart = rules.RULES[kind].apart
    if apart is not None and person_id is not None and (last := await notices.last_message(conn, person_id, kind)):
        not_before = rules.send_at(kind, max(not_before, last + apart))
    outcome = _outcome(known, late=not_before >= matters_until)
    text = rules.words(kind, facts, known.language)
    made = Notice(NoticeId.new(), subject, kind, about, facts, known.language, text, happened_at, outcome)
    is_new = await notices.add(conn, made, event_id)
    if is_new and outcome is NoticeOutcome.WAITING and person_id is not None:
        await notices.add_message(
            conn, made, person_id, channels=known.channels, not_before=not_before, expires_at=matters_until
        )


def _outcome(known: Recipient, *, late: bool) -> NoticeOutcome:
    if not (known.has_number or known.has_browser):
        return NoticeOutcome.UNREACHABLE
    if known.channels == ():
        return NoticeOutcome.OFF
    return NoticeOutcome.LATE if late else NoticeOutcome.WAITING
