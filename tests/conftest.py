"""Fixtures that all tests share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import hypothesis
import pytest
from xdist.scheduler import LoadScopeScheduling

from tests.worlds import servers

# Hypothesis fails what takes longer than 200 ms: a time, and that of a machine which others use too.
hypothesis.settings.register_profile("wlijo", deadline=None)
hypothesis.settings.load_profile("wlijo")


class _ByFile(LoadScopeScheduling):  # type: ignore[misc]  # pytest-xdist has no types
    """Side by side, files stay whole, and the end-to-end tests, which share one installation, stay together."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "tests/e2e" if file.startswith("tests/e2e/") else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    # pytest-xdist's own groups (`--dist loadgroup`) are not seen by pytest 9.2, which has renamed what they write to.
    return _ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first."""
    items.sort(key=lambda item: item.path.parent.name != "e2e")


def pytest_sessionfinish() -> None:
    if servers.is_apache():
        from tests.worlds import apache

        apache.end_all()


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
