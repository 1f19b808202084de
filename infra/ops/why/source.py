"""One service's database, read only and as of one moment; when it is away, it says which one it is."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import asyncpg

from infra.local.ports import Ports
from infra.local.postgres import url
from infra.local.problems import CannotStart
from services.kit.database.db import Connection

_CONNECTS_WITHIN_S = 5.0
_ANSWERS_WITHIN_S = 20.0
_SETTINGS = {"default_transaction_read_only": "on", "application_name": "wlijo-why"}


class Source:
    """Every call raises CannotStart, naming the database, when it is away or does not answer."""

    def __init__(self, service: str, port: int, conn: Connection) -> None:
        self.service = service
        self._port = port
        self._conn = conn

    async def rows(self, sql: str, *arguments: Any) -> list[dict[str, Any]]:
        with _naming(self.service, self._port):
            return [dict(row) for row in await self._conn.fetch(sql, *arguments)]

    async def row(self, sql: str, *arguments: Any) -> dict[str, Any] | None:
        """The first row, or None."""
        found = await self.rows(sql, *arguments)
        return found[0] if found else None


@asynccontextmanager
async def reading(service: str, ports: Ports, password: str) -> AsyncIterator[Source]:
    """With the runtime role, in a transaction that sees one moment and cannot write."""
    with _naming(service, ports.postgres):
        conn = await asyncpg.connect(
            url(service, password, ports.postgres, service),
            timeout=_CONNECTS_WITHIN_S,
            command_timeout=_ANSWERS_WITHIN_S,
            server_settings=_SETTINGS,
        )
    try:
        with _naming(service, ports.postgres):
            await conn.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        yield Source(service, ports.postgres, conn)
    finally:
        conn.terminate()  # it has nothing to commit, and may be hanging


@contextmanager
def _naming(service: str, port: int) -> Iterator[None]:
    try:
        yield
    except (OSError, TimeoutError, asyncpg.InterfaceError, asyncpg.PostgresError) as problem:
        first_line = (str(problem) or type(problem).__name__).splitlines()[0]
        raise CannotStart(f"the database {service} on port {port} is away: {first_line}") from problem
