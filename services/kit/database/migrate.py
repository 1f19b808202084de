"""Numbered SQL files, applied once, in order, by the owner's role."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from services.kit.database import releases
from services.kit.database.db import TRANSIENT, Connection, reason
from services.kit.observe.version import VERSION

_log = logging.getLogger(__name__)
_KIT = Path(__file__).parent / "migrations"
_NAME = re.compile(r"\d{4}_[a-z0-9_]+\.sql")
_OUTSIDE = "-- outside a transaction"
_LOCK = 0x776C696A6F  # "wlijo"
_LOCK_TRIES = 20


class MigrationError(Exception):
    """The database and the files do not fit; nothing further was changed. The message says which file and why."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file. `outside` runs it statement by statement without a transaction (CREATE INDEX CONCURRENTLY); it must bear a repeat."""

    name: str
    sql: str

    @property
    def checksum(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()

    @property
    def outside(self) -> bool:
        return self.sql.startswith(_OUTSIDE)


def find(service: str, folder: Path) -> list[Migration]:
    """The kit's files, then the service's own, each in the order of their numbers. Raises MigrationError on a name out of form."""
    found: list[Migration] = []
    for owner, place in (("kit", _KIT), (service, folder)):
        numbers: set[str] = set()
        for path in sorted(place.glob("*.sql")):
            if not _NAME.fullmatch(path.name):
                raise MigrationError(f"{path.name}: a migration is named 0001_what_it_does.sql")
            if path.name[:4] in numbers:
                raise MigrationError(f"{owner}/{path.name}: two files have this number")
            numbers.add(path.name[:4])
            found.append(Migration(f"{owner}/{path.name}", path.read_text("utf-8")))
    return found


async def migrate(url: str, migrations: Sequence[Migration], *, runtime_role: str, movable_clock: bool) -> list[str]:
    """Bring the database up to these files; the names that were applied now.

    Waits for the server and for others who migrate. Raises MigrationError when the database knows a file that we do not (it is
    newer than this version), when a release would be skipped, when an applied file has changed, or when a file fails.
    """
    conn = await _connect(url)
    try:
        await conn.execute("SELECT pg_advisory_lock($1)", _LOCK)
        await _prepare(conn, runtime_role)
        known = {
            row["name"]: row["checksum"] for row in await conn.fetch("SELECT name, checksum FROM schema_migration")
        }
        ours = {migration.name: migration for migration in migrations}
        if newer := sorted(known.keys() - ours.keys()):
            raise MigrationError(f"the database is newer than this version: it has {', '.join(newer)}")
        for name, checksum in known.items():
            if ours[name].checksum != checksum:
                raise MigrationError(
                    f"{name} has changed since it was applied; an applied file never changes, add a new one"
                )
        if refused := releases.why_not(await _last_release(conn), VERSION):
            raise MigrationError(refused)
        applied = []
        for migration in migrations:
            if migration.name not in known:
                await _apply(conn, migration)
                applied.append(migration.name)
        await _remember_release(conn)
        if movable_clock:
            for path in sorted((_KIT / "local").glob("*.sql")):
                await conn.execute(path.read_text("utf-8"))
        return applied
    finally:
        await conn.close()


async def missing(conn: Connection, migrations: Sequence[Migration]) -> list[str]:
    """Files that the database has not got yet; an `api` or `worker` waits for them. A newer database is fine: rolling back is safe."""
    if await conn.fetchval("SELECT to_regclass('schema_migration') IS NULL"):
        return [migration.name for migration in migrations]
    known = {row["name"] for row in await conn.fetch("SELECT name FROM schema_migration")}
    return [migration.name for migration in migrations if migration.name not in known]


async def _connect(url: str) -> asyncpg.Connection:
    pause = 0.2
    while True:
        try:
            return await asyncpg.connect(url, timeout=5, server_settings={"application_name": "wlijo-migrate"})
        except TRANSIENT as error:
            _log.warning("waiting for the database: %s", reason(error))
            await asyncio.sleep(pause)
            pause = min(pause * 2, 3.0)


async def _prepare(conn: asyncpg.Connection, runtime_role: str) -> None:
    quoted = '"' + runtime_role.replace('"', '""') + '"'
    # Whatever the owner makes from here on, the runtime role may use; a migration that wants less says so (the ledger).
    await conn.execute(f"""
        ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {quoted};
        ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {quoted};
        ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT EXECUTE ON FUNCTIONS TO {quoted};
        CREATE TABLE IF NOT EXISTS schema_migration (
            name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT clock_timestamp());
    """)


async def _apply(conn: asyncpg.Connection, migration: Migration) -> None:
    pause = 0.5
    for attempt in range(1, _LOCK_TRIES + 1):
        try:
            if migration.outside:
                for statement in statements(migration.sql):
                    await conn.execute(statement)
                await _remember(conn, migration)
            else:
                async with conn.transaction():
                    await conn.execute(migration.sql)
                    await _remember(conn, migration)
            _log.info("applied %s", migration.name)
            return
        except asyncpg.LockNotAvailableError:
            # Better to let the traffic pass and try again than to queue everybody behind us.
            _log.warning("%s waits for a lock, attempt %d of %d", migration.name, attempt, _LOCK_TRIES)
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, 5.0)
        except asyncpg.PostgresError as error:
            raise MigrationError(f"{migration.name}: {error}") from error
    raise MigrationError(
        f"{migration.name}: no lock after {_LOCK_TRIES} attempts; run it again when the traffic is lower"
    )


async def _last_release(conn: asyncpg.Connection) -> str | None:
    if await conn.fetchval("SELECT to_regclass('release_applied') IS NULL"):
        return None
    last: str | None = await conn.fetchval("SELECT version FROM release_applied ORDER BY at DESC LIMIT 1")
    return last


async def _remember_release(conn: asyncpg.Connection) -> None:
    if await conn.fetchval("SELECT to_regclass('release_applied') IS NOT NULL"):
        await conn.execute(
            """INSERT INTO release_applied (version) VALUES ($1)
               ON CONFLICT (version) DO UPDATE SET at = clock_timestamp()""",
            VERSION,
        )


async def _remember(conn: asyncpg.Connection, migration: Migration) -> None:
    await conn.execute(
        "INSERT INTO schema_migration (name, checksum) VALUES ($1, $2)", migration.name, migration.checksum
    )


def statements(sql: str) -> list[str]:
    """For files that run outside a transaction: statements end with a semicolon at a line's end."""
    return [
        part
        for part in (piece.strip() for piece in re.split(r";[ \t]*\n", sql + "\n"))
        if part and not _only_comment(part)
    ]


def _only_comment(part: str) -> bool:
    return all(not line.strip() or line.lstrip().startswith("--") for line in part.splitlines())
