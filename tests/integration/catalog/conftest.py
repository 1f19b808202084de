"""Catalog's fixtures: a database of the test's own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest

from services.kit.database.db import Database
from tests.worlds import servers
from tests.worlds.catalog import stock_up


@pytest.fixture
def catalog(database: Callable[[str], servers.TestDatabase]) -> servers.TestDatabase:
    return database("catalog")


@pytest.fixture
async def db(catalog: servers.TestDatabase) -> AsyncIterator[Database]:
    """Its goods are in stock."""
    opened = Database(catalog.url, one_plan=True)
    await opened.open()
    await stock_up(opened)
    yield opened
    await opened.close()
