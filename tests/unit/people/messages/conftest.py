from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from services.people.messages.provider import Provider
from tests.worlds.providers import FakeProvider, a_provider


@pytest.fixture
async def fake() -> AsyncIterator[FakeProvider]:
    async with a_provider() as made:
        yield made


@pytest.fixture
async def provider() -> AsyncIterator[Provider]:
    """Patient, for a machine that stalls."""
    made = Provider(deadline_s=90, connect_s=90)
    yield made
    await made.close()


@pytest.fixture
async def hasty() -> AsyncIterator[Provider]:
    """For those that never answer."""
    made = Provider(deadline_s=0.2, connect_s=90)
    yield made
    await made.close()
