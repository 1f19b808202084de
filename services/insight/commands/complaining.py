"""Complaints by their deadlines: claims after delivery, and tickets. Each is counted once when it is opened, and once when it ends.

A claim's merchant has to answer in its time, and after that an officer in theirs; while it is the buyer's turn nobody is late.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from services.contracts import claims
from services.contracts.places import WIB
from services.insight.store import due, told
from services.insight.store.told import OF_ORDERS
from services.kit.database.db import Transaction

CLAIM: Final = "CLAIM_"
TICKET: Final = "TICKET_"
Fact = (
    claims.ClaimOpened
    | claims.ClaimAnswered
    | claims.ClaimEscalated
    | claims.ClaimDecided
    | claims.ClaimWithdrawn
    | claims.TicketOpened
    | claims.TicketResolved
)


async def hear(conn: Transaction, event: Fact, *, counts_tests: bool) -> None:
    """Of one that was opened before anything was heard, and of trials where they do not count, nothing is counted."""
    keys = await told.keys(conn, ())
    digest = told.order_digest(keys[OF_ORDERS], str(event.aggregate()))
    match event:
        case claims.ClaimOpened():
            if counts_tests or not event.test:
                await due.open_complaint(conn, digest, _month(event.opened_at), f"{CLAIM}{event.kind}", event.answer_by)
            return
        case claims.TicketOpened():
            if counts_tests or not event.test:
                named = f"{TICKET}{event.category}"
                await due.open_complaint(conn, digest, _month(event.opened_at), named, event.resolve_by)
            return
    found = await due.lock(conn, digest)
    if found is None:
        return
    match event:
        case claims.ClaimAnswered():
            await due.due(conn, digest, None)
        case claims.ClaimEscalated():
            if found.due_at is not None:
                await due.count(conn, found.month, found.kind, "unanswered")
            await due.due(conn, digest, event.decide_by)
        case claims.ClaimWithdrawn():
            await due.close(conn, digest)
            await due.count(conn, found.month, found.kind, "withdrawn")
        case claims.ClaimDecided(decided_at=at) | claims.TicketResolved(resolved_at=at):
            await due.close(conn, digest)
            late = found.due_at is not None and at > found.due_at
            await due.count(conn, found.month, found.kind, "late" if late else "in_time")


def _month(at: datetime) -> str:
    return at.astimezone(WIB).strftime("%Y-%m")
