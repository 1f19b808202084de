"""The inbox: each event's effect once, in its aggregate's order. The rules, apart from where the rows are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from services.kit.events import Envelope, Stream


class Outcome(StrEnum):
    """What became of one event."""

    APPLIED = "applied"
    DUPLICATE = "duplicate"
    CONFLICT = "conflict"  # the same number under another id: an alarm, nothing applied
    WAITING = "waiting"  # its predecessor has not come: stored, nothing applied


@dataclass(frozen=True, slots=True)
class Position:
    """The last event applied of one aggregate."""

    last: int
    last_id: str


@dataclass(frozen=True, slots=True)
class Received:
    outcome: Outcome
    successor_waits: bool = False


class InboxStore(Protocol):
    """What the inbox needs of the database, within one transaction that also holds the effect."""

    async def advance(self, event: Envelope, *, joining: bool) -> bool | None:
        """Move the position to this fact if it is the next one (or, when joining, the first seen); drop it from the waiting rows.

        None when it is not the next one; else whether its successor waits. Two at once: one waits for the other, then is not the next.
        """

    async def raise_to(self, event: Envelope) -> bool:
        """Move the position to this state if it is newer than the last."""

    async def position(self, event: Envelope) -> Position | None: ...

    async def wait(self, event: Envelope) -> None:
        """Store a fact whose predecessor is missing; a repeat changes nothing."""


Apply = Callable[[Envelope], Awaitable[None]]


async def receive(inbox: InboxStore, event: Envelope, apply: Apply, *, joining: bool = False) -> Received:
    """Decide about one event and, if it is its turn, apply it, all in the caller's transaction.

    The position is written first, conditionally: a look before the write would let two deliveries pass at once.
    """
    if event.stream is Stream.STATE:
        if await inbox.raise_to(event):
            await apply(event)
            return Received(Outcome.APPLIED)
        return Received(Outcome.DUPLICATE)
    successor = await inbox.advance(event, joining=joining)
    if successor is not None:
        await apply(event)
        return Received(Outcome.APPLIED, successor_waits=successor)
    position = await inbox.position(event)
    last = position.last if position else 0
    if event.seq > last + 1:
        await inbox.wait(event)
        return Received(Outcome.WAITING)
    if position and event.seq == position.last and event.id != position.last_id:
        return Received(Outcome.CONFLICT)
    return Received(Outcome.DUPLICATE)
