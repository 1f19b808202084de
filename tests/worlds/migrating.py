"""A database as an earlier release left it."""

from __future__ import annotations

import asyncpg

from services.kit.database.migrate import find, migrate
from services.kit.process.service import Service
from tests.worlds.servers import TestDatabase


async def back_to(database: TestDatabase, service: Service, last: str) -> None:
    """Empty, with the service's migrations up to the one of this number."""
    owner = await asyncpg.connect(database.owner_url)
    await owner.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO PUBLIC")
    await owner.close()
    files = [
        each
        for each in find(service.name, service.migrations)
        if not each.name.startswith(f"{service.name}/") or each.name.split("/")[1][:4] <= last
    ]
    await migrate(database.owner_url, files, runtime_role=service.name, movable_clock=True)


async def onward(database: TestDatabase, service: Service) -> list[str]:
    """By what is there today; the names that were applied."""
    files = find(service.name, service.migrations)
    return await migrate(database.owner_url, files, runtime_role=service.name, movable_clock=True)
