"""The inbox: each event's effect once, in its aggregate's order. The rules, apart from where the rows are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from services.kit.messaging.envelope import Envelope, Stream


class Outcome(StrEnum):
    """What became of one event."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"  # the same number under another id: an alarm, nothing applied
    WAITING = "waiting"  # its predecessor has not come: stored, nothing applied
    SUPERSEDED = "superseded"  # told before its publisher's database was restored, and undone by that


@dataclass(frozen=True, slots=True)
class Position:
    """One event of an aggregate: the last that was applied, or one that waits."""

    last: int
    last_id: str
    epoch: int = 1


@dataclass(frozen=True, slots=True)
class Received:
    outcome: Outcome
    successor_waits: bool = False


class InboxStore(Protocol):
    """What the inbox needs of the database, within one transaction that also holds the effect."""

    async def advance(self, event: Envelope, *, joining: bool) -> bool | None:
        """Move the position to this fact if it is the next one (or, when joining, the first seen); drop it from the waiting rows.

        Next is `last + 1`; in a higher epoch also any lower number: there the publisher goes on from a restored backup.
        None when it is not the next one; else whether its successor waits. Two at once: one waits for the other, then is not the next.
        """

    async def raise_to(self, event: Envelope) -> bool:
        """Move the position to this state if it is newer than the last, by epoch and then by number."""

    async def position(self, event: Envelope) -> Position | None: ...

    async def wait(self, event: Envelope) -> Position:
        """Store a fact whose predecessor is missing, in place of one of a lower epoch; what waits under this number now."""


Apply = Callable[[Envelope], Awaitable[None]]


async def receive(inbox: InboxStore, event: Envelope, apply: Apply, *, joining: bool = False) -> Received:
    """Decide about one event and, if it is its turn, apply it, all in the caller's transaction.

    The position is written first, conditionally: a look before the write would let two deliveries pass at once.
    """
    if event.stream is Stream.STATE:
        if await inbox.raise_to(event):
            await apply(event)
            return Received(Outcome.APPLIED)
        return Received(_old(event, await inbox.position(event)))
    while True:
        successor = await inbox.advance(event, joining=joining)
        if successor is not None:
            await apply(event)
            return Received(Outcome.APPLIED, successor_waits=successor)
        position = await inbox.position(event)
        last, epoch = (position.last, position.epoch) if position else (0, event.epoch)
        if event.epoch < epoch:
            return Received(Outcome.SUPERSEDED)
        if event.seq > last + 1:
            waits = await inbox.wait(event)
            if waits.last_id == event.id:
                return Received(Outcome.WAITING)
            return Received(Outcome.CONFLICT if waits.epoch == event.epoch else Outcome.SUPERSEDED)
        if position is None or event.seq == last + 1 or event.epoch > epoch:
            continue  # its predecessor was applied by somebody between the two statements: now it is the next one
        return Received(_old(event, position))


AGAIN: Final = "again"
"""In place of the last id of a state that is to be heard again: what came before it is known by its number alone."""


def _old(event: Envelope, position: Position | None) -> Outcome:
    known = position is None or position.last_id in (event.id, AGAIN)
    if position is None or (event.seq, event.epoch) != (position.last, position.epoch) or known:
        return Outcome.DUPLICATE if position is None or event.epoch >= position.epoch else Outcome.SUPERSEDED
    return Outcome.CONFLICT
