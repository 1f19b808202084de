"""A search by pages: what it is narrowed to is in the address, and what is typed is completed."""

from __future__ import annotations

import aiohttp

from tests.integration.web.test_pages import HOSTILE, PAGE_INFO, get, good
from tests.worlds.fake_gateway import FakeGateway, Site

FACETS = {
    "total": 1, "openNow": 1, "inStock": 1, "halal": 0, "categories": [{"category": {"code": "sayur", "name": HOSTILE}, "count": 1}],
    "kinds": [{"kind": "WLIJO", "count": 1}], "prices": [{"priceFrom": 100000, "priceTo": None, "count": 1}],
}  # fmt: skip


async def test_a_search_is_narrowed_by_its_address_in_one_request(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    edges = [{"distanceM": 350, "node": good()}]
    gateway.roots = {"searchProducts": {"guessed": "bayam", "edges": edges, "pageInfo": PAGE_INFO, "facets": FACETS}}
    page = await get(web, session, "/?q=bayem&buka=1&penjual=WLIJO&harga=100000-&urut=PRICE&jenis=sayur")
    assert page.status == 200
    (asked,) = gateway.asked
    assert (asked["variables"]["text"], asked["variables"]["order"]) == ("bayem", "PRICE")
    assert asked["variables"]["narrowed"] == {
        "openNow": True, "inStock": False, "halal": False, "category": "sayur", "kinds": ["WLIJO"], "priceFrom": 100000, "priceTo": None,
    }  # fmt: skip
    assert "Ini yang mirip" in page.text
    assert "<script>alert" not in page.html
    assert (
        'href="/?q=bayem&amp;jenis=sayur&amp;harga=100000-&amp;urut=PRICE&amp;buka=1"' in page.html
    )  # without the seller's kind


async def test_what_no_page_of_ours_wrote_narrows_nothing(
    web: Site, gateway: FakeGateway, session: aiohttp.ClientSession
) -> None:
    await get(web, session, "/?q=x&penjual=ROBBER&harga=much&urut=WORST")
    asked = gateway.asked[0]["variables"]
    assert (asked["order"], asked["narrowed"]) == ("RELEVANCE", {"openNow": False, "inStock": False, "halal": False})


async def test_what_may_be_typed_is_suggested(web: Site, gateway: FakeGateway, session: aiohttp.ClientSession) -> None:
    gateway.roots = {"searchSuggestions": [{"text": "Bayam segar"}]}
    page = await get(web, session, "/saran?q=bay")
    assert page.html == '["Bayam segar"]'
    await get(web, session, "/saran?q=")
    assert len(gateway.asked) == 1
