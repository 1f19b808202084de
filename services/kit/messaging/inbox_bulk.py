"""Many facts at once through the inbox, for a projection that is built anew: what is plainly next is applied in one transaction, whatever
is not is left to be taken one at a time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from services.kit.database.db import Database, Transaction, transaction
from services.kit.messaging.consumer import Record
from services.kit.messaging.envelope import Envelope, Event, Malformed, Stream, decode
from services.kit.messaging.handlers import Handlers
from services.kit.messaging.inbox import Position

_Place = tuple[str, str, str]
Apply = Callable[[Transaction, Sequence[tuple[Envelope, Event]]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Bulk:
    """`Consumer.duplicates` of a consumer: the offsets of records that are applied, or were before. It joins each aggregate where it finds
    it. `apply` gets what is handled, in the order of the records; when it raises, nothing of them is applied."""

    consumer: str
    db: Database
    handlers: Handlers
    apply: Apply

    async def take(self, records: Sequence[Record]) -> frozenset[int]:
        believed = {topic: self.handlers.publishers(topic) for topic in {record.topic for record in records}}
        read = [found for record in records if (found := self._read(record, believed[record.topic])) is not None]
        if not read:
            return frozenset()
        done: set[int] = set()
        async with transaction(self.db) as conn:
            known = await _positions(conn, self.consumer, [event for _, event, _ in read])
            moved: dict[_Place, Position] = {}
            odd: set[_Place] = set()
            facts: list[tuple[Envelope, Event]] = []
            for offset, event, heard in read:
                place = (event.source, event.topic, event.aggregate)
                last = moved.get(place) or known.get(place)
                if place in odd:
                    continue
                if last is None or (event.seq == last.last + 1 and event.epoch == last.epoch):
                    moved[place] = Position(event.seq, event.id, event.epoch)
                    if heard is not None:
                        facts.append((event, heard))
                    done.add(offset)
                elif event.epoch == last.epoch and (
                    event.seq < last.last or (event.seq, event.id) == (last.last, last.last_id)
                ):
                    done.add(offset)
                else:
                    odd.add(place)
            if facts:
                await self.apply(conn, facts)
            await _move(conn, self.consumer, moved)
        return frozenset(done)

    def _read(self, record: Record, believed: frozenset[str]) -> tuple[int, Envelope, Event | None] | None:
        """None for what is to be judged one at a time."""
        try:
            event = Envelope.from_record(record.topic, record.key, record.headers, record.value)
            kind = self.handlers.event_class(event.type)
            if event.source not in believed or event.stream is not Stream.FACTS:
                return None
            if kind is not None and (kind.topic, kind.source) != (event.topic, event.source):
                return None
            return record.offset, event, decode(kind, event.data) if kind is not None else None
        except Malformed:
            return None


async def _positions(conn: Transaction, consumer: str, events: Sequence[Envelope]) -> dict[_Place, Position]:
    wanted = sorted({(event.source, event.topic, event.aggregate) for event in events})
    rows = await conn.fetch(
        """SELECT i.source, i.topic, i.aggregate, i.last, i.last_id, i.epoch
           FROM unnest($2::text[], $3::text[], $4::text[]) AS e (source, topic, aggregate)
           JOIN inbox i ON i.consumer = $1 AND (i.source, i.topic, i.aggregate) = (e.source, e.topic, e.aggregate)
           ORDER BY 1, 2, 3 FOR UPDATE OF i""",
        consumer,
        *map(list, zip(*wanted, strict=True)),
    )
    return {
        (row["source"], row["topic"], row["aggregate"]): Position(row["last"], row["last_id"], row["epoch"])
        for row in rows
    }


async def _move(conn: Transaction, consumer: str, moved: dict[_Place, Position]) -> None:
    if not moved:
        return
    places = sorted(moved)
    await conn.execute(
        """INSERT INTO inbox (consumer, source, topic, aggregate, last, last_id, epoch)
           SELECT $1, * FROM unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[], $7::bigint[])
           ON CONFLICT (consumer, source, topic, aggregate) DO UPDATE
           SET last = excluded.last, last_id = excluded.last_id, epoch = excluded.epoch""",
        consumer,
        *map(list, zip(*places, strict=True)),
        [moved[place].last for place in places],
        [moved[place].last_id for place in places],
        [moved[place].epoch for place in places],
    )


async def rename(conn: Transaction, consumer: str, to: str) -> None:
    """A consumer takes the place of another, which is forgotten: its positions, what waits for it and its dead letters that nobody settled.
    The caller holds `hold`."""
    for table in ("inbox", "inbox_waiting"):
        await conn.execute(f"DELETE FROM {table} WHERE consumer = $1", to)
        await conn.execute(f"UPDATE {table} SET consumer = $2 WHERE consumer = $1", consumer, to)
    await conn.execute("UPDATE dead_letter SET consumer = $2 WHERE consumer = $1", consumer, to)
    await conn.execute("DELETE FROM consumer_log WHERE consumer = $1", consumer)


async def hold(conn: Transaction) -> None:
    """Nothing is applied by any consumer until the caller's transaction ends."""
    await conn.execute("LOCK TABLE inbox IN SHARE ROW EXCLUSIVE MODE")
