"""One service's database, read only and as of one moment; when it is away, it says which one it is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any
from urllib.parse import urlsplit

import asyncpg

from infra.ops.trouble import Trouble
from services.kit.database.db import Connection
from services.kit.secret import Secret

_CONNECTS_WITHIN_S = 5.0
_ANSWERS_WITHIN_S = 20.0
_SETTINGS = {"default_transaction_read_only": "on", "application_name": "wlijo-why"}


class Source:
    """Every call raises Trouble, naming the database, when it is away or does not answer."""

    def __init__(self, service: str, place: str, conn: Connection) -> None:
        self.service = service
        self._place = place
        self._conn = conn

    async def rows(self, sql: str, *arguments: Any) -> list[dict[str, Any]]:
        with _naming(self.service, self._place):
            return [dict(row) for row in await self._conn.fetch(sql, *arguments)]

    async def row(self, sql: str, *arguments: Any) -> dict[str, Any] | None:
        """The first row, or None."""
        found = await self.rows(sql, *arguments)
        return found[0] if found else None


def place_of(database: Secret) -> str:
    """Where it is, without who asks by what password. While a database moves it has several places, by comma."""
    parts = urlsplit(database.reveal())
    hosts = parts.netloc.rpartition("@")[2]
    return hosts if "," in hosts else f"{parts.hostname}:{parts.port or 5432}"


@asynccontextmanager
async def reading(service: str, database: Secret) -> AsyncIterator[Source]:
    """With the runtime role, in a transaction that sees one moment and cannot write."""
    place = place_of(database)
    with _naming(service, place):
        conn = await asyncpg.connect(
            database.reveal(),
            timeout=_CONNECTS_WITHIN_S,
            command_timeout=_ANSWERS_WITHIN_S,
            server_settings=_SETTINGS,
        )
    try:
        with _naming(service, place):
            await conn.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield Source(service, place, conn)
    finally:
        conn.terminate()  # it has nothing to commit, and may be hanging


@contextmanager
def _naming(service: str, place: str) -> Iterator[None]:
    try:
        yield
    except (OSError, TimeoutError, asyncpg.InterfaceError, asyncpg.PostgresError) as problem:
        first_line = (str(problem) or type(problem).__name__).splitlines()[0]
        raise Trouble(f"the database {service} at {place} is away: {first_line}") from problem
