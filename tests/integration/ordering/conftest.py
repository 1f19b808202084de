"""Ordering's fixtures: a database for each file, and a small market in it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.worlds.ordering import Market, a_merchant, a_product, market
from tests.worlds.ordering_site import Site
from tests.worlds.servers import Postgres, TestDatabase


@pytest.fixture(scope="module")
def made(postgres: Postgres) -> TestDatabase:
    return postgres.database("ordering")


@pytest.fixture
async def world(made: TestDatabase) -> AsyncIterator[Market]:
    async with market(made) as found:
        await found.hear(a_merchant(), a_product())
        yield found


@pytest.fixture
def site(world: Market) -> Site:
    return Site(world)
