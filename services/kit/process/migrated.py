"""Whether the database is there and has every migration that this release needs."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from services.kit.database import migrate
from services.kit.database.db import TRANSIENT, Database, reason
from services.kit.observe.readiness import Readiness

_log = logging.getLogger(__name__)


def readiness_of(db: Database, migrations: Sequence[migrate.Migration]) -> Readiness:
    """With the check `database`, and nothing else yet."""
    readiness = Readiness()
    complete = False

    async def database() -> str | None:
        nonlocal complete
        try:
            async with db.acquire() as conn:
                if complete:
                    await conn.fetchval("SELECT 1")
                    return None
                absent = await migrate.missing(conn, migrations)
        except TRANSIENT as error:
            return f"unreachable: {reason(error)}"
        complete = not absent
        return None if complete else f"waits for the migration {absent[0]}"

    readiness.probe("database", database)
    return readiness


async def is_migrated(db: Database, migrations: Sequence[migrate.Migration]) -> bool:
    try:
        async with db.acquire() as conn:
            absent = await migrate.missing(conn, migrations)
    except TRANSIENT as error:
        _log.warning("waiting for the database: %s", reason(error))
        return False
    if absent:
        _log.warning("waiting for migrations: %s", ", ".join(absent))
    return not absent
