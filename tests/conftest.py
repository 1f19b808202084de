"""Fixtures that all tests share."""

from __future__ import annotations

import gc
from collections.abc import Callable, Generator, Iterator
from typing import Any

import hypothesis
import pytest
from xdist.scheduler import LoadScopeScheduling

from services.kit.http.rate import RateLimit
from tests.worlds import environment, servers

# Hypothesis fails what takes longer than 200 ms: a time, and that of a machine which others use too.
hypothesis.settings.register_profile("wlijo", deadline=None)
hypothesis.settings.load_profile("wlijo")


_LONGEST = ("e2e", "slow", "gateway")


class _ByFile(LoadScopeScheduling):  # type: ignore[misc]  # pytest-xdist has no types
    """Side by side, files stay whole, and the end-to-end tests, which share one installation, stay together."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return "tests/e2e" if file.startswith("tests/e2e/") else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    # pytest-xdist's own groups (`--dist loadgroup`) are not seen by pytest 9.2, which has renamed what they write to. Left to itself it
    # begins with the files of the most tests, which take the least: a single one of two minutes would come last, beside an idle core.
    config.option.loadscopereorder = False
    return _ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first."""
    items.sort(
        key=lambda item: next((at for at, room in enumerate(_LONGEST) if room in item.nodeid.split("/")), len(_LONGEST))
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, Any, Any]:
    """A failure is told: CPython 3.11 cannot parse while it parses, which the end of garbage makes it do in the midst of it."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()


def pytest_sessionfinish() -> None:
    if servers.is_apache():
        from tests.worlds import apache

        apache.end_all()


@pytest.fixture(autouse=True)
def _environment_is_left_as_it_was() -> Iterator[None]:
    with environment.left_as_it_was():
        yield


@pytest.fixture
def rates_stand_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a caller has used up does not come back while a slow machine gets on with the test."""
    monkeypatch.setattr(RateLimit.__init__, "__kwdefaults__", {"callers": 50_000, "clock": lambda: 0.0})


@pytest.fixture(scope="session")
def postgres() -> Iterator[servers.Postgres]:
    with servers.postgres() as running:
        yield running


@pytest.fixture
def database(postgres: servers.Postgres) -> Iterator[Callable[[str], servers.TestDatabase]]:
    """`database("ordering")`: a fresh migrated database of that service, which goes with the test: a thousand would fill the memory."""
    made: list[servers.TestDatabase] = []

    def make(service: str) -> servers.TestDatabase:
        made.append(postgres.database(service))
        return made[-1]

    yield make
    for each in made:
        postgres.drop(each)


@pytest.fixture
def broker() -> Iterator[servers.Broker]:
    """A broker of this test's own, without topics."""
    with servers.broker() as running:
        yield running
