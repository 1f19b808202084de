"""Somebody is told something, once: written down for them to read, and given to the channels they want to hear by."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from services.contracts.amounts import Language
from services.kit.database.db import Transaction
from services.people.domain import notices as rules
from services.people.domain.ids import person_of
from services.people.domain.notices import Facts, NoticeKind
from services.people.store import telling
from services.people.store.telling import Notice

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
    """When the transaction ends, with all else that it tells. `matters_until` is the kind's own unless said. `to` are subjects, `about` is
    the matter's id: of one matter each kind is told once."""
    rule, said = rules.RULES[kind], (rules.words(kind, facts, Language.ID), rules.words(kind, facts, Language.EN))
    until = matters_until or rules.matters_until(kind, happened_at)
    apart_s = rule.apart.total_seconds() if rule.apart else None
    for subject in sorted({each for each in to if len(each) <= _LONGEST_SUBJECT}):
        notice = Notice(
            subject, person_of(subject), kind, about, facts, *said, happened_at, until, rule.may_wait, apart_s
        )
        await telling.tell(conn, notice, event_id, supersedes=rules.superseded(kind))
