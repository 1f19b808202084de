"""A partner's events over HTTP: the same that go to its jobs topic, from a cursor on, none skipped, waited for if there are none."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

from services.contracts.delivery import PartnerId
from services.contracts.partner import Topics
from services.delivery.domain.reply import TakesNoPart
from services.delivery.store import feed
from services.kit.database.db import Database
from services.kit.database.live import Live
from services.kit.ids import EventId, MalformedId, WrongKind
from services.kit.messaging.envelope import Envelope

PAGE = 100
_POLL_S = 2.0
_LOOK_AGAIN_S = 0.02


@dataclass(frozen=True, slots=True)
class Page:
    """`cursor` is where to go on: "" before the first event. `places` are ours, and told to nobody: where each event was told."""

    events: list[Envelope]
    cursor: str
    places: list[int] = field(default_factory=list)


class Feed:
    """Reads in the order of `seq`, which within one aggregate is the order of its count.

    A cursor is the id of the last event read. It tells a partner nothing of others, as a number drawn for all of them would, and one
    that is not known here (a rebuilt database, or older than what is kept) reads from the beginning.

    Numbers are drawn before the commit, so a lower one can appear after a higher one. To go past a number we must know that nobody
    can commit a lower one into this topic any more. Whoever tells into it holds a shared lock of the topic's from before the number is
    drawn until the commit can be seen. So we read the highest number drawn, and only then who holds the lock: whoever drew a number
    up to that one is among them, or is over and seen. When all of these have let go, what is told up to that number is there. The relay's
    way, to send what is there and come back for the late ones, is not open to a reader with nothing but a cursor; and a position
    assigned while writing would make a partner's writers wait for one another. The price: a partner's feed waits for the oldest writer to
    this partner, and for nothing else on the server: usually milliseconds, at worst the minute after which an idle one is ended.
    """

    def __init__(self, db: Database, live: Live, *, settle_s: float = 2.0) -> None:
        self._db = db
        self._live = live
        self._settle_s = settle_s

    async def read(self, partner_id: PartnerId, after: str, wait_s: float, *, member: bool = False) -> Page:
        """What comes after the cursor, at most PAGE events; waits up to `wait_s` for the first. Raises Unavailable, and TakesNoPart of a
        `member` who may not read, or no more."""
        topic = Topics.of(partner_id).jobs
        clock = asyncio.get_running_loop().time
        until = clock() + wait_s
        cursor, place, known = _id_of(after), 0, ""
        with self._live.watching(str(partner_id)) as told:
            while True:
                told.clear()
                look = await self._look(partner_id, topic, cursor, place)
                if member and not look.takes_part:
                    raise TakesNoPart
                if cursor is not None and look.place:
                    known = after
                cursor = None
                place, found = await self._see(topic, look, max(until, clock() + self._settle_s))
                left_s = until - clock()
                if found or left_s <= 0 or self._live.draining:
                    events = [event for _, event in found]
                    return Page(events, events[-1].id if events else known, [at for at, _ in found])
                with suppress(TimeoutError):
                    async with asyncio.timeout(min(left_s, _POLL_S)):
                        await told.wait()

    async def _look(self, partner_id: PartnerId, topic: str, cursor: EventId | None, after: int) -> feed.Look:
        async with self._db.acquire() as conn:
            return await feed.look(conn, partner_id, topic, cursor, after, PAGE)

    async def _see(self, topic: str, look: feed.Look, give_up_at: float) -> tuple[int, list[tuple[int, Envelope]]]:
        """The next events, and up to where all is read."""
        drawn, awaited, events = look.drawn, look.awaited, look.events
        if drawn.last <= look.place:
            return look.place, []
        clock = asyncio.get_running_loop().time
        if awaited:
            while awaited:
                if clock() >= give_up_at:
                    return look.place, []
                await asyncio.sleep(_LOOK_AGAIN_S)
                async with self._db.acquire() as conn:
                    awaited &= await feed.writers(conn, topic)
            # A snapshot that is taken only now.
            async with self._db.acquire() as conn:
                events = await feed.see(conn, topic, look.place, drawn, PAGE)
        return (events[-1][0] if len(events) == PAGE else drawn.last), events


def _id_of(cursor: str) -> EventId | None:
    try:
        return EventId.parse(cursor)
    except (MalformedId, WrongKind):
        return None
