"""Web in process, against a gateway that answers what the test says."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.worlds.fake_gateway import FakeGateway, Site, site


@pytest.fixture
async def gateway() -> AsyncIterator[FakeGateway]:
    async with FakeGateway().running() as made:
        yield made


@pytest.fixture
async def web(gateway: FakeGateway) -> AsyncIterator[Site]:
    async with site(gateway) as made:
        yield made


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    from tests.worlds.plain_browser import session as opened

    async with opened() as made:
        yield made
