"""Delivery's fixtures: a database of the test's own, a small world in it, and one with a broker."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from tests.worlds import servers
from tests.worlds.delivery import World, a_world
from tests.worlds.delivery_counter import Counter
from tests.worlds.delivery_graph import Graph, a_graph
from tests.worlds.delivery_scene import Scene, a_scene


@pytest.fixture
def own(database: Callable[[str], servers.TestDatabase]) -> servers.TestDatabase:
    return database("delivery")


@pytest.fixture
async def world(own: servers.TestDatabase) -> AsyncIterator[World]:
    async with a_world(own.url) as made:
        yield made


@pytest.fixture
async def scene(own: servers.TestDatabase, broker: servers.Broker, tmp_path: Path) -> AsyncIterator[Scene]:
    async with a_scene(own, broker, tmp_path) as made:
        yield made


@pytest.fixture
def counter(world: World) -> Counter:
    return Counter(world)


@pytest.fixture
async def graph(own: servers.TestDatabase) -> AsyncIterator[Graph]:
    async with a_graph(own) as made:
        yield made
