"""Every migration is the first of its connection: what one leaves behind in a session, another must not live on."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

import asyncpg
import pytest

from services.contracts.registry import NAMES
from services.kit.database.migrate import find, migrate
from services.kit.process.service import Service
from tests.worlds.servers import TestDatabase


@pytest.fixture(params=NAMES)
def service(request: pytest.FixtureRequest) -> Service:
    found: Service = import_module(f"services.{request.param}.app").SERVICE
    return found


@pytest.fixture
def made(service: Service, database: Callable[[str], TestDatabase]) -> TestDatabase:
    return database(service.name)


async def test_every_migration_is_applied_by_a_connection_of_its_own(service: Service, made: TestDatabase) -> None:
    """An upgrade begins anywhere: an extension's settings, for one, are known only once something of it was called."""
    owner = await asyncpg.connect(made.owner_url)
    await owner.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public; GRANT USAGE ON SCHEMA public TO PUBLIC")
    await owner.close()
    files = find(service.name, service.migrations)
    for count, each in enumerate(files, start=1):
        applied = await migrate(made.owner_url, files[:count], runtime_role=service.name, movable_clock=True)
        assert applied == [each.name]
