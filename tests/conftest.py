"""Fixtures that all tests share."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests import servers


@pytest.fixture(scope="session")
def postgres() -> Iterator[servers.Postgres]:
    with servers.postgres() as running:
        yield running


@pytest.fixture
def database(postgres: servers.Postgres) -> Callable[[str], servers.TestDatabase]:
    """`database("ordering")`: a fresh migrated database of that service."""
    return postgres.database


@pytest.fixture
def broker() -> Iterator[servers.Broker]:
    """A broker of this test's own, without topics."""
    with servers.broker() as running:
        yield running
