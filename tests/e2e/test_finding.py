"""A guest finds goods through the gateway as people type, and sees at once what a seller marks as sold out."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest

from tests.e2e.caller import HOME, Caller
from tests.e2e.installation import Installation

SEARCH = """query Search($text: String, $point: PointInput, $narrowed: ProductNarrowing, $order: ProductOrder) {
  searchProducts(text: $text, point: $point, narrowed: $narrowed, order: $order, first: 20) { guessed
    facets { total openNow inStock categories { category { code name } count } kinds { kind count } prices { priceFrom priceTo count } }
    pageInfo { endCursor hasNextPage }
    edges { cursor distanceM node { id name slug category { name } merchant { name slug openNow opensNextAt }
      variants { id label price priceText wasPrice available } } } }
  searchSuggestions(text: "kerip") { text category { code } } }"""
MARK = """mutation Mark($changes: [SoldOutInput!]!) { markSoldOut(changes: $changes) { problems { code } variants { available } } }"""


@pytest.mark.parametrize(
    ("text", "name"), [("keripk", "Keripik talas"), ("lengkeng", "Klengkeng Kateki"), ("bayem", "Bayam")]
)
async def test_a_guest_finds_what_they_mean(platform: Installation, text: str, name: str) -> None:
    async with aiohttp.ClientSession() as session:
        answer = await Caller(platform.url, None, session).ask(SEARCH, text=text, point=HOME)
    assert answer.errors == []
    assert answer.data is not None
    found = answer.data["searchProducts"]
    assert name in [edge["node"]["name"] for edge in found["edges"]]
    assert found["facets"]["total"] >= len(found["edges"]) > 0
    assert len(answer.data["searchSuggestions"]) > 1


async def test_what_is_marked_as_sold_out_is_found_no_more_until_it_is_there_again(platform: Installation) -> None:
    async with aiohttp.ClientSession() as session:
        guest = Caller(platform.url, None, session)
        seller = Caller(platform.url, platform.seeded_token("merchant", "bu-sri"), session)

        async def kangkung() -> list[dict[str, Any]]:
            answer = await guest.ask(SEARCH, text="kangkung", narrowed={"inStock": True})
            assert answer.data is not None
            edges: list[dict[str, Any]] = answer.data["searchProducts"]["edges"]
            return [each["node"] for each in edges if each["node"]["merchant"]["slug"] == "wlijo-bu-sri"]

        (there,) = await kangkung()
        variant = there["variants"][0]["id"]
        for sold_out, left in ((True, 0), (False, 1)):
            answer = await seller.ask(MARK, changes=[{"variantId": variant, "soldOut": sold_out}])
            assert answer.data is not None
            assert answer.data["markSoldOut"]["problems"] == []
            assert len(await kangkung()) == left
