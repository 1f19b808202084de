"""What partners are told, read from the outbox and its archive: sent or not, each partner's in the order of `seq`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.contracts.delivery import SOURCE
from services.kit.database.db import Connection, only_row
from services.kit.ids import EventId
from services.kit.messaging.envelope import Envelope, Stream

_READABLE_DAYS = 7
_COLUMNS = "seq, id, topic, aggregate, aggregateseq, key, type, stream, epoch, traceparent, payload, created_at"
_PARTNERS = "topic LIKE 'partner.%'"  # what the indexes are of


async def place_of(conn: Connection, topic: str, event_id: EventId) -> int:
    """After which number the reader goes on that has this event; 0, the beginning, when the topic has no such event any more."""
    found: int | None = await conn.fetchval(
        f"""SELECT seq FROM outbox WHERE id = $1 AND topic = $2
            UNION ALL SELECT seq FROM outbox_archive WHERE id = $1 AND topic = $2 AND {_PARTNERS} LIMIT 1""",
        event_id,
        topic,
    )
    return found or 0


@dataclass(frozen=True, slots=True)
class Drawn:
    """`last` is the highest number that anybody has drawn so far, committed or not; events sent `since` are readable."""

    last: int
    since: datetime


async def drawn(conn: Connection) -> Drawn:
    row = await only_row(
        conn, "SELECT last_value, wlijo_now() - make_interval(days => $1) AS since FROM outbox_seq_seq", _READABLE_DAYS
    )
    return Drawn(row["last_value"], row["since"])


async def next_transaction(conn: Connection) -> int:
    """Higher than the id of every transaction that has one by now. It takes an id itself: a snapshot's `xmax` would not do, for that
    follows the last transaction that is over, and the youngest may still run."""
    found: int = await conn.fetchval("SELECT pg_current_xact_id()::text::bigint")
    return found


@dataclass(frozen=True, slots=True)
class Seen:
    """Events that one snapshot shows; all transactions below `oldest` are over in it."""

    oldest: int
    events: list[tuple[int, Envelope]]


async def see(conn: Connection, topic: str, after: int, drawn: Drawn, limit: int) -> Seen:
    """Events of the topic after this number, up to the last drawn, as far as committed. What was republished keeps its first place."""
    rows = await conn.fetch(
        f"""SELECT pg_snapshot_xmin(s)::text::bigint AS oldest, told.*
            FROM (SELECT pg_current_snapshot() AS s) AS now LEFT JOIN LATERAL (
                SELECT * FROM (
                    (SELECT {_COLUMNS} FROM outbox
                     WHERE topic = $1 AND {_PARTNERS} AND seq > $2 AND seq <= $3 AND NOT again ORDER BY seq LIMIT $5)
                    UNION ALL
                    (SELECT {_COLUMNS} FROM outbox_archive
                     WHERE topic = $1 AND {_PARTNERS} AND seq > $2 AND seq <= $3 AND sent_at > $4 ORDER BY seq LIMIT $5)
                ) AS either ORDER BY seq LIMIT $5
            ) AS told ON true ORDER BY told.seq""",
        topic,
        after,
        drawn.last,
        drawn.since,
        limit,
    )
    return Seen(
        rows[0]["oldest"],
        [
            (
                row["seq"],
                Envelope(
                    id=str(EventId(row["id"])),
                    source=SOURCE,
                    type=row["type"],
                    topic=row["topic"],
                    aggregate=row["aggregate"],
                    seq=row["aggregateseq"],
                    epoch=row["epoch"],
                    key=row["key"],
                    time=row["created_at"],
                    stream=Stream(row["stream"]),
                    traceparent=row["traceparent"],
                    data=row["payload"],
                ),
            )
            for row in rows
            if row["seq"] is not None
        ],
    )
