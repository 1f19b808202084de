"""What partners are told, read from the outbox and its archive: sent or not, each partner's in the order of `seq`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.contracts.delivery import SOURCE, PartnerId
from services.delivery.store.partners import CONNECTED, TAKES_PART
from services.kit.database.db import Connection
from services.kit.ids import EventId
from services.kit.messaging.envelope import Envelope
from services.kit.messaging.outbox_store import envelope_of

_READABLE_DAYS = 7
_COLUMNS = "seq, id, topic, aggregate, aggregateseq, key, type, stream, epoch, traceparent, payload, created_at"
_PARTNERS = "topic LIKE 'partner.%'"  # what the indexes are of


@dataclass(frozen=True, slots=True)
class Drawn:
    """`last` is the highest number that anybody has drawn so far, committed or not; events sent `since` are readable."""

    last: int
    since: datetime


@dataclass(frozen=True, slots=True)
class Look:
    """From which number on, what was drawn by then, and who may have drawn of it unseen; without any of these, what is there.
    `takes_part`: whether the company may read."""

    place: int
    drawn: Drawn
    awaited: frozenset[str]
    events: list[tuple[int, Envelope]]
    takes_part: bool


_LOOK = f"""SELECT look.*, EXISTS (SELECT FROM partner p WHERE p.id = $6 AND {TAKES_PART} AND {CONNECTED}) AS takes_part
FROM feed_look($1, $2, $3, $4, $5) look"""


async def look(
    conn: Connection, partner_id: PartnerId, topic: str, cursor: EventId | None, after: int, limit: int
) -> Look:
    """After the event of the cursor, which is from the beginning when the topic has no such event any more, or else after a number."""
    head, *rows = await conn.fetch(_LOOK, topic, cursor, after, limit, _READABLE_DAYS, partner_id)
    return Look(
        head["place"],
        Drawn(head["last_drawn"], head["since"]),
        frozenset(head["awaited"] or ()),
        [(row["seq"], envelope_of(row, SOURCE)) for row in rows],
        head["takes_part"],
    )


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
