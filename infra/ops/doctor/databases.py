"""One service's database: whether it is there and of this release, its clock, and what has not gone on in it."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from importlib import import_module

import asyncpg

from infra.ops.doctor.finding import Finding, page, unseen, warn, well
from infra.ops.doctor.place import Place
from services.kit.database import migrate, releases
from services.kit.database.db import TRANSIENT, Connection, reason
from services.kit.messaging import running_store
from services.kit.messaging.running_store import Running
from services.kit.observe.version import VERSION
from services.ordering.store import counting

_CONNECTS_WITHIN_S, _ANSWERS_WITHIN_S = 5.0, 10.0
_READ_ONLY = {"default_transaction_read_only": "on", "application_name": "wlijo-doctor"}
_AWAY: tuple[type[Exception], ...] = (*TRANSIENT, OSError, asyncpg.PostgresError)
_SKEW_S = 2.0
_OUTBOX_S, _LAG = 60, 1_000
_WAITS_S = 60
_LEAST_CONNECTIONS = 0.1


async def service(place: Place, name: str) -> list[Finding]:
    url = place.database(name)
    if url is None:
        return [unseen("database", f"{name.upper()}_DATABASE_URL is not told", about=name)]
    before = time.time()
    try:
        conn = await asyncpg.connect(
            url.reveal(), timeout=_CONNECTS_WITHIN_S, command_timeout=_ANSWERS_WITHIN_S, server_settings=_READ_ONLY
        )
    except asyncpg.InvalidAuthorizationSpecificationError as error:
        todo = (
            "rm secrets/keep/database_" + name + "; docker compose up --wait makes another password on both sides"
            if place.in_compose
            else place.up()
        )
        return [page("database-password", f"the database {name} refuses its user: {reason(error)}", todo, name)]
    except _AWAY as error:
        return [
            page(
                "database-away",
                f"the database {name} is away: {reason(error)}",
                f"{place.logs('postgres')}; {place.up()}",
                name,
            )
        ]
    try:
        found = [*await _clock(conn, name, before), *await _release(place, conn, name)]
        # Of a database of another shape nothing further can be asked.
        if not any(each.name.startswith("migration") for each in found):
            found += _work(place, name, await running_store.running(conn), await running_store.now(conn))
            found += await _own(place, conn, name)
        found += await _server(conn, name)
        return found or [well("database", f"of release {VERSION}, nothing waits", name)]
    finally:
        conn.terminate()


async def _clock(conn: Connection, name: str, before: float) -> list[Finding]:
    """The database's says when everything happened; the real one, which no mode moves."""
    told: datetime = await conn.fetchval("SELECT clock_timestamp()")
    after = time.time()
    at = told.timestamp()
    skew = at - after if at > after else at - before if at < before else 0.0
    if abs(skew) > _SKEW_S:
        said = f"the database's clock is {abs(skew):.0f} s {'ahead of' if skew > 0 else 'behind'} this machine's"
        return [
            page(
                "clock-skew",
                said,
                "timedatectl, on both hosts; chronyc makestep, or systemctl restart systemd-timesyncd",
                name,
            )
        ]
    return []


async def _release(place: Place, conn: Connection, name: str) -> list[Finding]:
    wanted = migrate.find(name, import_module(f"services.{name}.app").SERVICE.migrations)
    absent = await migrate.missing(conn, wanted)
    again = f"docker compose up --wait; docker compose logs {name}-migrate" if place.in_compose else "make migrate"
    if absent:
        said = f"{len(absent)} of {len(wanted)} migrations are missing, {absent[0]} first: its processes wait for them"
        return [page("migration-missing", said, again, name)]
    ours = {each.name: each for each in wanted}
    applied = {row["name"]: row["checksum"] for row in await conn.fetch("SELECT name, checksum FROM schema_migration")}
    found = []
    if newer := sorted(applied.keys() - ours.keys()):
        todo = "go on with the newer release: WLIJO_VERSION=… in .env; docker compose up --wait (docs/operations.md, Upgrade)"
        found.append(
            warn(
                "database-newer",
                f"it has {newer[-1]}, which {VERSION} does not know: a release was gone back on",
                todo,
                name,
            )
        )
    if changed := sorted(
        each for each, checksum in applied.items() if each in ours and ours[each].checksum != checksum
    ):
        found.append(
            page(
                "migration-changed",
                f"{changed[0]} was applied with other content than this image has",
                "which image is it? docker compose images; take the release's own",
                name,
            )
        )
    last = await conn.fetchval("SELECT version FROM release_applied ORDER BY at DESC LIMIT 1")
    if last is not None and last != VERSION and not newer:
        why = releases.why_not(last, VERSION) or f"release {last} has brought it up last, the doctor is of {VERSION}"
        found.append(warn("database-release", why, f"an upgrade that was not finished: {place.up()}", name))
    return found


def _work(place: Place, name: str, running: Running, now: datetime) -> Iterator[Finding]:
    """What is behind, by the service's own word."""
    if running.pending_since is not None and (late := now - running.pending_since) > timedelta(seconds=_OUTBOX_S):
        yield page(
            "outbox-old",
            f"{running.pending} events were told and not sent, the first {_for(late)} ago: nobody else learns of them",
            f"is Kafka up? {place.logs(f'{name}-worker')}, for lines with relay",
            name,
        )
    if running.overdue_since is not None and now - running.overdue_since > timedelta(seconds=_WAITS_S):
        yield page(
            "timers-late",
            f"{running.overdue} timers should have rung, the first ({running.overdue_kind}) {_for(now - running.overdue_since)} ago",
            f"{place.logs(f'{name}-worker')}; {place.up()}",
            name,
        )
    for each in running.consumers:
        about = f"{name}, {each.name}"
        listing = place.command(f"inbox {name} list")
        if each.parked:
            yield page(
                "parked-keys",
                f"{each.parked} events are parked: a handler cannot take them, and what comes after waits",
                f"{listing}; after the fault was mended: {place.command(f'inbox {name} unpark --apply')}",
                about,
            )
        if each.dead:
            yield warn(
                "dead-letters",
                f"{each.dead} records lie aside and were never applied",
                f"{listing}; docs/alerts.md, DeadLetters",
                about,
            )
        if each.waiting_since is not None and now - each.waiting_since > timedelta(seconds=_WAITS_S):
            yield page(
                "gap-in-events",
                f"{each.waiting} events wait for one that has not come, for {_for(now - each.waiting_since)}",
                f"{listing}; docs/alerts.md, GapInEvents",
                about,
            )
        if each.unread is not None and each.unread > _LAG:
            yield warn(
                "consumer-lags",
                f"{each.unread} records of the log are unread",
                f"WORKER_REPLICAS in .env, up to 6; {place.up()}",
                about,
            )
    seen = {each.part for each in running.processes}
    for part in sorted(seen):
        alive = [each for each in running.processes if each.part == part and each.alive]
        last = max(each.at for each in running.processes if each.part == part)
        if not alive:
            yield page(
                "process-silent",
                f"no {name}-{part} has said anything for {_for(now - last)}",
                f"{place.logs(f'{name}-{part}')}; {place.up()}",
                f"{name}-{part}",
            )
        others = sorted({each.version for each in alive} - {VERSION})
        if others:
            yield warn(
                "process-version",
                f"{name}-{part} runs release {', '.join(others)}, the doctor is of {VERSION}",
                f"an upgrade that was not finished: {place.up()}",
                f"{name}-{part}",
            )
    if not seen:
        yield page("process-silent", f"no process of {name} was ever heard of", place.up(), name)


async def _own(place: Place, conn: Connection, name: str) -> Sequence[Finding]:
    if name != "ordering":
        return []
    untimed, marked = await counting.count_troubled(conn)
    found = []
    if untimed:
        found.append(
            page(
                "orders-without-timer",
                f"{untimed} open orders have nothing that would move them on",
                "docs/alerts.md, OrderWithoutTimer",
                name,
            )
        )
    if marked:
        found.append(
            warn(
                "orders-want-a-person",
                f"{marked} orders are marked for a person",
                place.command("orders --want-a-person"),
                name,
            )
        )
    return found


async def _server(conn: Connection, name: str) -> list[Finding]:
    """Of the server, which all services share: said once."""
    if name != "ordering":
        return []
    row = await conn.fetchrow(
        """SELECT (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend') AS used,
                  current_setting('max_connections')::int AS most, archived_count, failed_count, last_failed_time,
                  last_failed_wal, last_archived_time FROM pg_stat_archiver"""
    )
    assert row is not None
    found = []
    if row["used"] > row["most"] * (1 - _LEAST_CONNECTIONS):
        found.append(
            warn(
                "connections-few",
                f"{row['used']} of {row['most']} connections are taken",
                "POSTGRES_MAX_CONNECTIONS in .env, 8 for each process and some; docker compose up --wait",
                "postgres",
            )
        )
    failed, archived = row["last_failed_time"], row["last_archived_time"]
    if failed is not None and (archived is None or failed > archived):
        ago = _for(datetime.now(UTC) - failed)
        found.append(
            page(
                "archive-fails",
                f"the database could not archive {row['last_failed_wal']}, {ago} ago: its log stays, and fills the disk",
                "docker compose logs --tail 50 postgres, for lines with archive:",
                "postgres",
            )
        )
    return found


def _for(how_long: timedelta) -> str:
    seconds = int(how_long.total_seconds())
    if seconds < 120:
        return f"{seconds} s"
    return f"{seconds // 60} minutes" if seconds < 7_200 else f"{seconds // 3600} hours"
