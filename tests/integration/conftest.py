"""A tiny service of the tests' own, to prove the backbone without a business rule in the way."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from typing import ClassVar

import pytest

from services.kit.database.db import Database
from services.kit.ids import Id
from services.kit.messaging.envelope import Event, Stream
from services.kit.messaging.outbox_store import PostgresOutbox
from services.kit.messaging.relay import ABOVE_ALL, Outgoing
from tests.worlds import servers

SOURCE = "wlijo/testing"


class ThingId(Id, prefix="thg"):
    pass


class ThingSaid(Event, frozen=True, kw_only=True):
    type: ClassVar[str] = "testing.thing_said.v1"
    source: ClassVar[str] = SOURCE
    topic: ClassVar[str] = "testing.things"

    thing_id: ThingId
    number: int

    def aggregate(self) -> ThingId:
        return self.thing_id


class ThingIs(ThingSaid, frozen=True, kw_only=True):
    type: ClassVar[str] = "testing.thing_is.v1"
    source: ClassVar[str] = SOURCE
    topic: ClassVar[str] = "testing.states"
    stream: ClassVar[Stream] = Stream.STATE


@pytest.fixture
def thing_database(database: Callable[[str], servers.TestDatabase]) -> servers.TestDatabase:
    """A database that has the kit's tables alone."""
    return database("testing")


@pytest.fixture
async def db(thing_database: servers.TestDatabase) -> AsyncIterator[Database]:
    opened = Database(thing_database.url)
    await opened.open()
    yield opened
    await opened.close()


async def archived(rows: PostgresOutbox) -> list[Outgoing]:
    """All that was sent, in `seq` order."""
    portion = await rows.portion(ABOVE_ALL, 10_000)
    return await rows.archived(portion.places, -1, 10_000) if portion else []
