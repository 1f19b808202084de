"""What ops does by hand with events that wait, are parked or dead, and with what should be told again.

Nothing is changed without `--apply`; each command can be repeated; `--key` narrows it to one aggregate, `--per-second` slows it down.
The running workers do the work: unparked heads are tried by them, republished rows are sent by their relay.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from services.kit.database.db import Connection, Database, Row, transaction
from services.kit.messaging import inbox_store, inbox_trouble
from services.kit.messaging.envelope import Stream, unpack
from services.kit.messaging.inbox_store import PostgresInbox
from services.kit.messaging.processor import EventProcessor

_WAITING = """
SELECT CASE WHEN error IS NULL THEN 'waiting' ELSE 'parked' END AS kind, consumer, source, topic, aggregate, seq, epoch, id AS event_id,
       since, attempts, retry_at, error AS reason
FROM inbox_waiting
WHERE ($1::text IS NULL OR consumer = $1) AND ($2::text IS NULL OR aggregate = $2)
ORDER BY since, seq LIMIT $3"""
_DEAD = """
SELECT 'dead' AS kind, id, consumer, source, topic, aggregate, aggregateseq AS seq, event_id, at AS since, times, replayed_at, reason
FROM dead_letter
WHERE ($1::text IS NULL OR consumer = $1) AND ($2::text IS NULL OR aggregate = $2)
ORDER BY id LIMIT $3"""
_REPUBLISH = """
FROM (SELECT * FROM outbox_archive WHERE aggregate = $1 AND aggregateseq BETWEEN $2 AND $3
      UNION ALL SELECT * FROM outbox_kept WHERE aggregate = $1 AND aggregateseq BETWEEN $2 AND $3) AS told"""
_NEWEST = """
FROM (SELECT DISTINCT ON (aggregate) * FROM (
          SELECT * FROM outbox_archive WHERE topic = $1 AND stream = 'state'
          UNION ALL SELECT * FROM outbox_kept WHERE topic = $1 AND stream = 'state') AS all_told
      ORDER BY aggregate, aggregateseq DESC) AS told"""
_ROW = "seq, id, topic, aggregate, aggregateseq, key, type, stream, epoch, traceparent, payload, created_at"

Say = Callable[[Mapping[str, Any]], None]
UNPARKED, GIVEN_UP = "unparked", "given up"


def parser(service: str) -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(prog=f"python -m services.{service} inbox")
    verbs = found.add_subparsers(dest="verb", required=True)
    behind = verbs.add_parser("behind", help="how far a new consumer is behind the one that it will replace")
    behind.add_argument("--consumer", required=True)
    behind.add_argument("--than", required=True, metavar="CONSUMER")
    for verb, text in (
        ("list", "what waits for a predecessor, what is parked, what is dead; a JSON object a line"),
        ("unpark", "let the workers try parked heads now"),
        ("dead", "give parked heads up: they become dead letters and their keys go on"),
        ("skip", "go on past a gap that nothing will fill any more; what never came is written down as a dead letter"),
        ("replay", "apply dead letters again, whose fault has been mended"),
        ("leave", "settle dead letters that will never be applied, saying why; the alert about them ends"),
        (
            "again",
            "let the newest state of each aggregate of a topic be heard again, when its publisher republishes the topic",
        ),
        (
            "republish",
            "send events of one aggregate, or the newest states of a topic, from the archive again; who knows them already ignores them",
        ),
    ):
        command = verbs.add_parser(verb, help=text, description=text)
        if verb == "again":
            command.add_argument("--topic", required=True, help="a topic of states")
            command.add_argument("--consumer")
            command.add_argument("--apply", action="store_true", help="without it, only say what would be done")
            continue
        if verb == "republish":
            which = command.add_mutually_exclusive_group(required=True)
            which.add_argument("--key", metavar="AGGREGATE")
            which.add_argument("--topic", help="of states")
        else:
            command.add_argument("--key", metavar="AGGREGATE", required=verb == "skip")
        if verb == "republish":
            command.add_argument("--from", dest="first", type=int, default=1, metavar="SEQ")
            command.add_argument("--to", dest="last", type=int, default=2**63 - 1, metavar="SEQ")
        else:
            command.add_argument("--consumer")
            command.add_argument("--limit", type=int, default=1_000)
        if verb in ("replay", "leave"):
            command.add_argument("--id", type=int, help="one dead letter, by its number in the list")
        if verb == "leave":
            command.add_argument("--because", required=True, help="kept beside the letter's reason")
        if verb != "list":
            command.add_argument("--apply", action="store_true", help="without it, only say what would be done")
            command.add_argument("--per-second", type=float, default=20.0)
    return found


async def run(
    arguments: argparse.Namespace, db: Database, processors: Callable[[], Mapping[str, EventProcessor]], say: Say
) -> int:
    """Each thing found, or done, is said as one object; the exit code."""
    if arguments.verb == "behind":
        async with transaction(db) as conn:
            await conn.execute("SET LOCAL statement_timeout = 0")  # it looks at every aggregate that there was
            behind = await inbox_trouble.behind(conn, arguments.consumer, than=arguments.than)
        say({"consumer": arguments.consumer, "than": arguments.than, "aggregates_behind": behind})
        return 1 if behind else 0
    if arguments.verb == "list":
        for query in (_WAITING, _DEAD):
            for row in await _found(db, query, arguments):
                say(_plain(row))
        return 0
    if arguments.verb == "republish":
        return await _republish(arguments, db, say)
    if arguments.verb == "replay":
        return await _replay(arguments, db, processors(), say)
    if arguments.verb == "leave":
        return await _leave(arguments, db, say)
    if arguments.verb == "again":
        return await _again(arguments, db, processors(), say)
    act = {"unpark": try_now, "dead": give_up, "skip": _go_on}[arguments.verb]
    for row in await _found(db, _WAITING, arguments):
        if row["kind"] != ("waiting" if arguments.verb == "skip" else "parked"):
            continue
        done = "would be done"
        if arguments.apply:
            async with transaction(db) as conn:
                done = await act(conn, row)
            await asyncio.sleep(1 / arguments.per_second)
        say({**_plain(row), "done": done})
    return 0


async def _found(db: Database, query: str, arguments: argparse.Namespace) -> list[Row]:
    async with db.acquire() as conn:
        rows: list[Row] = await conn.fetch(query, arguments.consumer, arguments.key, arguments.limit)
    return rows


_AT = "consumer = $1 AND source = $2 AND topic = $3 AND aggregate = $4 AND seq = $5"
_PLACE = f"{_AT} AND error IS NOT NULL"
_IS_HEAD = f"""
SELECT EXISTS (SELECT FROM inbox_waiting WHERE {_AT} AND error IS NULL)
   AND NOT EXISTS (SELECT FROM inbox_waiting
                   WHERE consumer = $1 AND source = $2 AND topic = $3 AND aggregate = $4 AND seq < $5)"""


def _place(row: Row) -> tuple[Any, ...]:
    return row["consumer"], row["source"], row["topic"], row["aggregate"], row["seq"]


async def try_now(conn: Connection, row: Row) -> str:
    """A parked head; what became of it."""
    status = await conn.execute(f"UPDATE inbox_waiting SET retry_at = clock_timestamp() WHERE {_PLACE}", *_place(row))
    return UNPARKED if status == "UPDATE 1" else "was gone"


async def give_up(conn: Connection, row: Row) -> str:
    """A parked head becomes a dead letter, and its key goes on; what became of it."""
    parked = await conn.fetchrow(f"SELECT record, error FROM inbox_waiting WHERE {_PLACE} FOR UPDATE", *_place(row))
    if parked is None:
        return "was gone"
    event = unpack(parked["record"])
    inbox = PostgresInbox(conn, row["consumer"])
    if event.stream is Stream.STATE:
        moved = await inbox.raise_to(event)
    else:
        moved = await inbox.advance(event, joining=False) is not None
    await inbox.drop(event)
    if not moved:
        return "was applied meanwhile"
    await inbox.dead_letter(
        f"given up: {parked['error']}",
        topic=event.topic,
        key=event.key.encode(),
        headers=event.headers(),
        record=event.data,
        event=event,
    )
    return GIVEN_UP


async def _go_on(conn: Connection, row: Row) -> str:
    place = _place(row)
    last = await conn.fetchval(
        "SELECT last FROM inbox WHERE consumer = $1 AND source = $2 AND topic = $3 AND aggregate = $4 FOR UPDATE",
        *place[:4],
    )
    first, seq = (last or 0) + 1, row["seq"]
    if seq <= first or not await conn.fetchval(_IS_HEAD, *place):
        return "waits for no gap"
    await conn.execute(
        """INSERT INTO inbox (consumer, source, topic, aggregate, last, last_id, epoch) VALUES ($1, $2, $3, $4, $5, 'skipped', $6)
           ON CONFLICT (consumer, source, topic, aggregate) DO UPDATE SET last = excluded.last, last_id = excluded.last_id""",
        *place[:4],
        seq - 1,
        row["epoch"],
    )
    await PostgresInbox(conn, row["consumer"]).dead_letter(
        f"skipped: {first} to {seq - 1} of {row['aggregate']} never came",
        topic=row["topic"],
        key=None,
        headers=(),
        record=b"",
    )
    return f"goes on past {first} to {seq - 1}"


async def _replay(
    arguments: argparse.Namespace, db: Database, processors: Mapping[str, EventProcessor], say: Say
) -> int:
    failed = 0
    for row in await _found(db, _DEAD, arguments):
        if row["replayed_at"] is not None or (arguments.id is not None and row["id"] != arguments.id):
            continue
        done = "would be done"
        if row["consumer"] not in processors:
            done = f"this service has no consumer {row['consumer']} that could be told"
            failed += 1
        elif arguments.apply:
            ok, done = await processors[row["consumer"]].replay(row["id"])
            failed += not ok
            await asyncio.sleep(1 / arguments.per_second)
        say({**_plain(row), "done": done})
    return 1 if failed else 0


async def _leave(arguments: argparse.Namespace, db: Database, say: Say) -> int:
    for row in await _found(db, _DEAD, arguments):
        if row["replayed_at"] is not None or (arguments.id is not None and row["id"] != arguments.id):
            continue
        done = "would be done"
        if arguments.apply:
            async with transaction(db) as conn:
                status = await conn.execute(
                    """UPDATE dead_letter SET replayed_at = wlijo_now(), reason = reason || '; left: ' || $2
                       WHERE id = $1 AND replayed_at IS NULL""",
                    row["id"],
                    inbox_store.storable(arguments.because),
                )
            done = "left" if status == "UPDATE 1" else "was settled meanwhile"
            await asyncio.sleep(1 / arguments.per_second)
        say({**_plain(row), "done": done})
    return 0


async def _again(
    arguments: argparse.Namespace, db: Database, processors: Mapping[str, EventProcessor], say: Say
) -> int:
    """A state that is told whole may be applied again; the one before it may not, or a projection would go back for a while. So each
    position goes back by one: of what its publisher sends again all but the newest of each are repeats."""
    found = {
        name: each.streams(arguments.topic) for name, each in processors.items() if arguments.consumer in (None, name)
    }
    hearing = {name: streams for name, streams in found.items() if streams}
    if not hearing:
        say({"topic": arguments.topic, "done": "nobody here hears it"})
    if refused := [name for name, streams in hearing.items() if streams != {Stream.STATE}]:
        say({"topic": arguments.topic, "consumers": refused, "done": "facts are applied once, and are not heard again"})
        return 1
    for consumer in hearing:
        async with transaction(db) as conn:
            await conn.execute("SET LOCAL statement_timeout = 0")  # every aggregate that there was
            count = await inbox_store.hear_again(conn, consumer, arguments.topic, really=arguments.apply)
        done = "heard again when it is sent again" if arguments.apply else "would be heard again"
        say({"consumer": consumer, "topic": arguments.topic, "aggregates": count, "done": done})
    return 0 if hearing else 1


async def _republish(arguments: argparse.Namespace, db: Database, say: Say) -> int:
    what = "seq, topic, aggregate, aggregateseq, type, id::text AS event_id"
    async with db.acquire() as conn:
        if arguments.topic:
            rows = await conn.fetch(f"SELECT {what} {_NEWEST} ORDER BY seq", arguments.topic, timeout=600)
        else:
            wanted = arguments.key, arguments.first, arguments.last
            rows = await conn.fetch(f"SELECT {what} {_REPUBLISH} ORDER BY seq", *wanted)
        for row in rows:
            done = "would be done"
            if arguments.apply:
                status = await conn.execute(
                    f"""INSERT INTO outbox ({_ROW}, again) OVERRIDING SYSTEM VALUE
                        SELECT {_ROW}, true {_REPUBLISH} WHERE seq = $4 LIMIT 1 ON CONFLICT DO NOTHING""",
                    row["aggregate"],
                    row["aggregateseq"],
                    row["aggregateseq"],
                    row["seq"],
                )
                done = "will be sent" if status == "INSERT 0 1" else "is pending already"
                await asyncio.sleep(1 / arguments.per_second)
            say({**_plain(row), "done": done})
    return 0


def _plain(row: Row) -> dict[str, Any]:
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in row.items()
        if value is not None
    }


def write_line(said: Mapping[str, Any]) -> None:
    print(json.dumps(said), flush=True)  # noqa: T201 - a command's answer


async def restored(db: Database) -> int:
    """What follows a restore of this database from a backup: numbers told again count as new ones, and the log is read from its beginning.

    Raises the epoch: to the minute of now, so that two restores of one backup do not share one. The new epoch."""
    async with transaction(db) as conn:
        epoch: int = await conn.fetchval(
            """UPDATE stream_epoch SET epoch = greatest(epoch + 1, extract(epoch FROM clock_timestamp())::bigint / 60)
               RETURNING epoch"""
        )
        await conn.execute("DELETE FROM relay_log")
        await conn.execute("DELETE FROM relay_lease")
        await conn.execute("DELETE FROM consumer_log")
    return epoch


def commands(service: str, argv: Sequence[str]) -> argparse.Namespace:
    """Exits with the usage when they do not fit."""
    return parser(service).parse_args(list(argv))
