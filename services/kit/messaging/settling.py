"""What is written of an event beside its effect: a dead letter, or that it waits no longer."""

from __future__ import annotations

from services.kit.messaging.consumer import Record
from services.kit.messaging.envelope import Envelope
from services.kit.messaging.inbox import Outcome
from services.kit.messaging.inbox_store import PostgresInbox

CONFLICT = "the same number under another id"
_SETTLED = frozenset({Outcome.DUPLICATE, Outcome.CONFLICT, Outcome.SUPERSEDED})


async def settle(inbox: PostgresInbox, event: Envelope, record: Record | None, outcome: Outcome) -> None:
    if outcome is Outcome.CONFLICT:
        await dead_letter(inbox, CONFLICT, event, record)
    if record is None and outcome in _SETTLED:
        await inbox.drop(event)


async def dead_letter(inbox: PostgresInbox, why: str, event: Envelope, record: Record | None) -> None:
    await inbox.dead_letter(
        why,
        topic=event.topic,
        key=event.key.encode(),
        headers=record.headers if record else event.headers(),
        record=event.data,
        partition=record.partition if record else None,
        position=record.offset if record else None,
        event=event,
    )
