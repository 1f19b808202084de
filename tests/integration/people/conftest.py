"""People's fixtures: a database for each file, and the api over it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.worlds.people import House, house
from tests.worlds.servers import Postgres, TestDatabase


@pytest.fixture(scope="module")
def made(postgres: Postgres) -> TestDatabase:
    return postgres.database("people")


@pytest.fixture
async def home(made: TestDatabase) -> AsyncIterator[House]:
    async with house(made) as found:
        yield found
