"""How a service runs, from its own database: what its processes say of themselves, and what is behind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson

from services.kit.database.db import Connection, only_row

_GONE_AFTER = "interval '1 hour'"
_ALIVE_S = 60
MOST_PROCESSES, MOST_CONSUMERS = 10, 20
_MOST_READ = 100
_MOST_COUNTED = 10_000


@dataclass(frozen=True, slots=True)
class Missing:
    name: str
    why: str
    since: datetime


@dataclass(frozen=True, slots=True)
class Process:
    """`alive`: it was heard within the last minute."""

    part: str
    version: str
    at: datetime
    alive: bool
    missing: Sequence[Missing]


@dataclass(frozen=True, slots=True)
class ConsumerState:
    """`unread` are records of the log by what its processes last said; None where none has said anything."""

    name: str
    unread: int | None
    waiting: int
    parked: int
    dead: int
    waiting_since: datetime | None
    parked_since: datetime | None


@dataclass(frozen=True, slots=True)
class Running:
    """`pending` are events told and not on the broker yet, `pending_since` when the first of them was told. `overdue` are timers that
    should have rung five seconds ago; the first of them was due at `overdue_since` and is of this kind."""

    processes: Sequence[Process]
    consumers: Sequence[ConsumerState]
    pending: int
    pending_since: datetime | None
    overdue: int
    overdue_since: datetime | None
    overdue_kind: str | None


async def now(conn: Connection) -> datetime:
    found: datetime = await conn.fetchval("SELECT wlijo_now()")
    return found


async def say(
    conn: Connection,
    process: UUID,
    part: str,
    version: str,
    at: datetime,
    missing: Sequence[Missing],
    unread: Mapping[tuple[str, str], int],
) -> None:
    """What a process says of itself now; what those said who are long gone goes, but for the last of each part."""
    await conn.execute(
        """INSERT INTO process_seen (process, part, version, at, missing, unread) VALUES ($1, $2, $3, $4, $5::jsonb, $6::jsonb)
           ON CONFLICT (process) DO UPDATE SET at = excluded.at, missing = excluded.missing, unread = excluded.unread""",
        process,
        part,
        version,
        at,
        orjson.dumps([{"name": each.name, "why": each.why, "since": each.since} for each in missing]).decode(),
        orjson.dumps(
            [{"consumer": name, "topic": topic, "records": records} for (name, topic), records in unread.items()]
        ).decode(),
    )
    await conn.execute(
        f"""DELETE FROM process_seen p WHERE at < $1::timestamptz - {_GONE_AFTER}
            AND EXISTS (SELECT FROM process_seen o WHERE o.part = p.part AND o.at > p.at)""",
        at,
    )


async def running(conn: Connection) -> Running:
    processes = await conn.fetch(
        f"""SELECT part, version, at, missing, unread, at > wlijo_now() - interval '{_ALIVE_S} seconds' AS alive FROM process_seen
            ORDER BY part, at DESC LIMIT {_MOST_READ}"""
    )
    alive = {row["part"] for row in processes if row["alive"]}
    newest = {row["part"]: row for row in reversed(processes)}
    shown = [row for row in processes if row["alive"] or (row["part"] not in alive and row is newest[row["part"]])]
    unread: dict[str, int] = {}
    for row in shown:
        for each in orjson.loads(row["unread"]):
            unread[each["consumer"]] = unread.get(each["consumer"], 0) + each["records"]
    held = {
        row["consumer"]: row
        for row in await conn.fetch(
            f"""SELECT consumer, sum(waiting)::bigint AS waiting, sum(parked)::bigint AS parked, sum(dead)::bigint AS dead,
                       min(waiting_since) AS waiting_since, min(parked_since) AS parked_since FROM (
                  SELECT consumer, count(*) FILTER (WHERE error IS NULL) AS waiting, count(*) FILTER (WHERE error IS NOT NULL) AS parked,
                         0 AS dead, min(since) FILTER (WHERE error IS NULL) AS waiting_since,
                         min(since) FILTER (WHERE error IS NOT NULL) AS parked_since
                  FROM inbox_waiting GROUP BY consumer
                  UNION ALL
                  SELECT consumer, 0, 0, count(*), NULL, NULL FROM dead_letter WHERE replayed_at IS NULL GROUP BY consumer) AS found
                GROUP BY consumer ORDER BY consumer LIMIT {_MOST_READ}"""
        )
    }
    behind = await only_row(
        conn,
        f"""SELECT (SELECT count(*) FROM (SELECT FROM outbox LIMIT {_MOST_COUNTED}) AS told) AS pending,
                   (SELECT created_at FROM outbox WHERE NOT again ORDER BY seq LIMIT 1) AS pending_since,
                   (SELECT count(*) FROM (SELECT FROM timer WHERE due_at < (SELECT wlijo_now() - interval '5 seconds')
                                          LIMIT {_MOST_COUNTED}) AS due) AS overdue""",
    )
    first = await conn.fetchrow(
        """SELECT kind, due_at FROM timer WHERE due_at < (SELECT wlijo_now() - interval '5 seconds') ORDER BY due_at LIMIT 1"""
    )
    return Running(
        processes=[
            Process(
                row["part"],
                row["version"],
                row["at"],
                row["alive"],
                [
                    Missing(each["name"], each["why"], datetime.fromisoformat(each["since"]))
                    for each in orjson.loads(row["missing"])
                ],
            )
            for row in shown[:MOST_PROCESSES]
        ],
        consumers=[
            ConsumerState(
                name,
                unread.get(name),
                *(
                    (here["waiting"], here["parked"], here["dead"], here["waiting_since"], here["parked_since"])
                    if (here := held.get(name))
                    else (0, 0, 0, None, None)
                ),
            )
            for name in sorted({*unread, *held})[:MOST_CONSUMERS]
        ],
        pending=behind["pending"],
        pending_since=behind["pending_since"],
        overdue=behind["overdue"],
        overdue_since=first["due_at"] if first else None,
        overdue_kind=first["kind"] if first else None,
    )
