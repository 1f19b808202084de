from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest

from services.kit.database.db import Database
from services.people.messages.port import ChannelName
from tests.worlds import servers
from tests.worlds.outgoing import Post, Scripted


@pytest.fixture
def own(database: Callable[[str], servers.TestDatabase]) -> servers.TestDatabase:
    return database("people")


@pytest.fixture
async def post(own: servers.TestDatabase) -> AsyncIterator[Post]:
    db = Database(own.url)
    await db.open()
    yield Post(db)
    await db.close()


@pytest.fixture
def whatsapp() -> Scripted:
    return Scripted(ChannelName.WHATSAPP)


@pytest.fixture
def sms() -> Scripted:
    return Scripted(ChannelName.SMS)


@pytest.fixture(autouse=True)
def _all_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """What is only formatted at INFO is tried too."""
    caplog.set_level("INFO")
