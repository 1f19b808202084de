"""What the graph says in codes is said in words: each sample of `make test-web`, with every value of every enum that it asks for. A code
stands in `<code>` beside its words at most, and in what nobody reads."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from html import unescape

import aiohttp
import pytest
from graphql import GraphQLEnumType

from services.web.session import Session
from tests.integration.web.test_pages import get, signed_in
from tests.worlds.fake_gateway import Site, public, site
from tests.worlds.played_gateway import PlayedGateway, roots_of, samples

_UNSEEN = re.compile(r"<(script|style|code|option)\b.*?</\1>|<[^>]*>", re.DOTALL)
_WORD = re.compile(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*\b")
_OF_MACHINES = "/jasa-antar/kontrak"
"""Whoever writes a company's system reads it for the codes."""
SAID = {"QRIS", "SMS", "PIN", "NIB", "NMID"}
"""As people say it."""
CODES = {
    name for kind in public().type_map.values() if isinstance(kind, GraphQLEnumType) for name in kind.values
} - SAID


def raw(page: str) -> set[str]:
    """Of a page's HTML."""
    return set(_WORD.findall(unescape(_UNSEEN.sub(" ", page)))) & CODES


@pytest.fixture
async def gateway() -> AsyncIterator[PlayedGateway]:
    made = PlayedGateway(many=1)
    async with made.running():
        yield made


@pytest.fixture
async def web(gateway: PlayedGateway) -> AsyncIterator[Site]:
    async with site(gateway) as running:
        yield running


@pytest.mark.parametrize(("who", "path"), [each for each in samples() if each[1] != _OF_MACHINES])
async def test_every_code_is_said_in_words(
    who: str, path: str, gateway: PlayedGateway, web: Site, session: aiohttp.ClientSession
) -> None:
    gateway.roots = roots_of(path)
    found: set[str] = set()
    while gateway.turn < gateway.turned:
        page = await get(web, session, path, signed_in() if who else Session())
        found |= raw(page.html)
        assert "{'" not in page.text  # nothing of Python's
        gateway.turn += 1
    assert found == set()


def test_a_raw_code_is_seen() -> None:
    assert raw('<p data-x="AT_PICKUP">Di penjual <code>AT_PICKUP</code></p>') == set()
    assert raw("<p>AT_PICKUP &middot; DELIVERED</p>") == {"AT_PICKUP", "DELIVERED"}
