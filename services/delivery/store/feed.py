"""What partners are told, read from the outbox and its archive: sent or not, each partner's in the order of `seq`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.contracts.delivery import SOURCE
from services.kit.database.db import Connection, only_row
from services.kit.ids import EventId
from services.kit.messaging.envelope import Envelope
from services.kit.messaging.outbox_store import envelope_of

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


async def writers(conn: Connection, topic: str) -> frozenset[str]:
    """The transactions that have told, or are about to tell, something into this topic and whose commit may not be seen yet: they hold the
    topic's lock (migration 0004). A key of 64 bits is shown in two halves."""
    rows = await conn.fetch(
        """SELECT virtualtransaction FROM pg_locks, (SELECT hashtextextended($1, 0) AS key) AS topic
           WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
             AND classid::bigint = (key >> 32) & 4294967295 AND objid::bigint = key & 4294967295 AND objsubid = 1""",
        topic,
    )
    return frozenset(row["virtualtransaction"] for row in rows)


async def see(conn: Connection, topic: str, after: int, drawn: Drawn, limit: int) -> list[tuple[int, Envelope]]:
    """Events of the topic after this number, up to the last drawn, as far as committed. What was republished keeps its first place."""
    rows = await conn.fetch(
        f"""SELECT * FROM (
                (SELECT {_COLUMNS} FROM outbox
                 WHERE topic = $1 AND {_PARTNERS} AND seq > $2 AND seq <= $3 AND NOT again ORDER BY seq LIMIT $5)
                UNION ALL
                (SELECT {_COLUMNS} FROM outbox_archive
                 WHERE topic = $1 AND {_PARTNERS} AND seq > $2 AND seq <= $3 AND sent_at > $4 ORDER BY seq LIMIT $5)
            ) AS either ORDER BY seq LIMIT $5""",
        topic,
        after,
        drawn.last,
        drawn.since,
        limit,
    )
    return [(row["seq"], envelope_of(row, SOURCE)) for row in rows]
