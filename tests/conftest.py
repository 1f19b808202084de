"""Fixtures that all tests share."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests import servers


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Side by side (pytest-xdist): the end-to-end tests share one installation and begin first, other files stay whole."""
    for item in items:
        folder = item.path.parent.name
        item.add_marker(pytest.mark.xdist_group(folder if folder == "e2e" else str(item.path)))
    items.sort(key=lambda item: item.path.parent.name != "e2e")


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
