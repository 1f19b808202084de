"""Reads what was told of one order and how far each service is with hearing it: outbox, archive, inbox, dead letters."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from infra.ops.heard import heard_by
from infra.ops.why.life import Event, Heard, Listener, Log, Position, Trouble
from infra.ops.why.source import Source
from services.kit.ids import EventId
from services.kit.messaging.relay import ABOVE_ALL

Place = tuple[str, str]
"""Topic and aggregate."""

_COLUMNS = "seq, id, topic, aggregate, aggregateseq, type, epoch, traceparent, created_at"
_PLACES = "unnest($1::text[], $2::text[]) AS place (topic, aggregate)"
_EVENTS = f"""
SELECT {_COLUMNS}, sent_at, false AS pending FROM {_PLACES} JOIN outbox_archive USING (topic, aggregate)
UNION ALL SELECT {_COLUMNS}, sent_at, false FROM {_PLACES} JOIN outbox_kept USING (topic, aggregate)
UNION ALL SELECT {_COLUMNS}, NULL, true FROM {_PLACES} JOIN outbox USING (topic, aggregate)
ORDER BY pending, seq"""
_POSITIONS = f"SELECT consumer, topic, aggregate, epoch, last FROM {_PLACES} JOIN inbox USING (topic, aggregate)"
_WAITING = f"""
SELECT consumer, id, aggregate, seq, since, attempts, error FROM {_PLACES} JOIN inbox_waiting USING (topic, aggregate)
ORDER BY since, seq"""
_DEAD = f"""
SELECT d.consumer, coalesce(d.event_id, '') AS id, place.aggregate, d.aggregateseq AS seq, d.at AS since, d.times, d.reason, d.replayed_at
FROM {_PLACES} JOIN dead_letter d
  ON d.topic = place.topic AND (d.aggregate = place.aggregate OR d.aggregate IS NULL AND d.key = convert_to(place.aggregate, 'UTF8'))
ORDER BY d.id"""


async def events(source: Source, places: Sequence[Place], log: Log) -> list[Event]:
    """In the order told. One that is to be sent again stands in two tables and is one event here."""
    found: dict[str, Event] = {}
    rows = await source.rows(_EVENTS, *_columns(places))
    # An aggregate is in a log that is being filled when one of its archived rows is at or above the position (see the relay).
    newest: dict[Place, int] = {}
    for row in rows:
        if not row["pending"]:
            place = (row["topic"], row["aggregate"])
            newest[place] = max(newest.get(place, 0), row["seq"])
    for row in rows:
        event_id = str(EventId(row["id"]))
        if event_id in found:
            found[event_id] = replace(found[event_id], again=row["pending"])
            continue
        found[event_id] = Event(
            service=source.service,
            id=event_id,
            type=row["type"],
            topic=row["topic"],
            aggregate=row["aggregate"],
            count=row["aggregateseq"],
            epoch=row["epoch"],
            trace=_trace_of(row["traceparent"]),
            created_at=row["created_at"],
            sent_at=row["sent_at"],
            refill=not row["pending"]
            and log.relay is not None
            and not log.filled
            and newest[row["topic"], row["aggregate"]] < log.filled_from,
        )
    return list(found.values())


def _trace_of(traceparent: str | None) -> str | None:
    """version-trace-span-flags"""
    parts = (traceparent or "").split("-")
    return parts[1] if len(parts) == 4 else None


async def listener(source: Source, told: Sequence[Event]) -> Listener:
    """What this service has heard of these events."""
    places = _columns(
        sorted({(event.topic, event.aggregate) for event in told if event.topic in heard_by(source.service)})
    )
    waiting = [
        Trouble(
            service=source.service,
            consumer=row["consumer"],
            kind=Heard.WAITING if row["error"] is None else Heard.PARKED,
            event_id=row["id"],
            aggregate=row["aggregate"],
            count=row["seq"],
            since=row["since"],
            attempts=row["attempts"],
            reason=_first_line(row["error"]),
        )
        for row in await source.rows(_WAITING, *places)
    ]
    dead = [
        Trouble(
            service=source.service,
            consumer=row["consumer"],
            kind=Heard.DEAD,
            event_id=row["id"],
            aggregate=row["aggregate"],
            count=row["seq"],
            since=row["since"],
            attempts=row["times"],
            reason=_first_line(row["reason"]),
            mended_at=row["replayed_at"],
        )
        for row in await source.rows(_DEAD, *places)
    ]
    return Listener(
        source.service, [Position(**row) for row in await source.rows(_POSITIONS, *places)], [*waiting, *dead]
    )


async def log(source: Source) -> Log:
    """Both logs are None before the first broker was seen."""
    relay = await source.row("SELECT log, filled, filled_from FROM relay_log")
    reads = await source.row("SELECT log FROM consumer_log WHERE consumer = $1", source.service)
    return Log(
        service=source.service,
        relay=str(relay["log"]) if relay else None,
        filled=relay is not None and relay["filled"],
        filled_from=relay["filled_from"] if relay else ABOVE_ALL,
        consumer=str(reads["log"]) if reads else None,
    )


def _columns(places: Sequence[Place]) -> tuple[list[str], list[str]]:
    return [topic for topic, _ in places], [aggregate for _, aggregate in places]


def _first_line(text: str | None) -> str | None:
    """The database's own further lines quote whole rows."""
    return text.splitlines()[0] if text else text
