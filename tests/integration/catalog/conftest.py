"""Catalog's fixtures: a database of the test's own."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.worlds import servers


@pytest.fixture
def catalog(database: Callable[[str], servers.TestDatabase]) -> servers.TestDatabase:
    return database("catalog")
