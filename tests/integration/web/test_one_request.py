"""A page is at most one request of the graph, whoever looks at it: each sample of `make test-web`."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from services.web.session import Session
from tests.integration.web.test_pages import get, signed_in
from tests.worlds.fake_gateway import FakeGateway, site
from tests.worlds.played_gateway import PlayedGateway, roots_of, samples

EXCEPTIONS = {
    "/petugas/pengaduan": "how goods were handed over is delivery's, and asked by the orders of the claims there are: of none, once",
    "/jualan/wlijo-bu-sri/keliling": "the villages of the regency, which a process asks for now and then, are in its list; else once",
}
"""By address: why it asks twice."""
_NOWHERE = ("/tidak/ada", "/masuk-sebagai")
"""Not there, the latter outside of local mode."""


@pytest.fixture
async def gateway() -> AsyncIterator[FakeGateway]:
    async with PlayedGateway().running() as made:
        yield made


async def asked(gateway: FakeGateway, session: aiohttp.ClientSession, who: str, path: str) -> tuple[int, int]:
    """The status, and how often the graph was asked by a web that has asked nothing before."""
    gateway.roots = roots_of(path)
    begun = len(gateway.asked)
    async with site(gateway) as web:
        page = await get(web, session, path, signed_in() if who else Session())
    return page.status, len(gateway.asked) - begun


@pytest.mark.parametrize(("who", "path"), [*samples()])
async def test_it_asks_the_graph_once_at_most(
    who: str, path: str, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    status, often = await asked(gateway, session, who, path)
    assert status in ((404,) if path in _NOWHERE else (200, 303))
    assert often <= 1 if path not in EXCEPTIONS else often == 2
