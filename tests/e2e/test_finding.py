"""A guest finds goods through the gateway as people type, and sees at once what a seller marks as sold out."""

from __future__ import annotations

import hashlib
import json
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


_GOODS = "id name slug category { code name } variants { label priceText wasPrice available }"
PAGES: list[tuple[str, dict[str, Any]]] = [
    (SEARCH, {"text": "pisang", "point": HOME}),
    ("query Suggested($text: String!) { searchSuggestions(text: $text) { text } }", {"text": "ker"}),
    (
        f"""query Goods($merchant: String!, $slug: String!) {{ productBySlug(merchant: $merchant, slug: $slug) {{
          {_GOODS} merchant {{ name }} }} }}""",
        {"merchant": "wlijo-bu-sri", "slug": "bayam"},
    ),
    (
        f"""query Shelf($slug: String!) {{ merchantBySlug(slug: $slug) {{ name openNow categories {{ count category {{ code name }} }}
          products(first: 20) {{ edges {{ node {{ {_GOODS} }} }} }} }} }}""",
        {"slug": "wlijo-bu-sri"},
    ),
    ("query Kind($kind: MerchantKind!) { merchants(kind: $kind) { edges { node { name } } } }", {"kind": "HUB"}),
]


@pytest.mark.parametrize(("document", "variables"), PAGES)
async def test_what_a_guest_looks_at_may_be_kept_at_the_edge(
    platform: Installation, document: str, variables: dict[str, Any]
) -> None:
    """By GET of a document that is known by name; nothing of it when somebody says who they are."""
    named = {"persistedQuery": {"version": 1, "sha256Hash": hashlib.sha256(document.encode()).hexdigest()}}
    seller = {"authorization": f"Bearer {platform.seeded_token('merchant', 'bu-sri')}"}
    async with aiohttp.ClientSession() as session:

        async def get(**headers: str) -> tuple[int, bytes, Any]:
            asked = {"extensions": json.dumps(named), "variables": json.dumps(variables)}
            async with session.get(f"{platform.url}/graphql", params=asked, headers=headers) as answer:
                return answer.status, await answer.read(), answer.headers

        told = {"query": document, "variables": variables, "extensions": named}
        async with session.post(f"{platform.url}/graphql", json=told) as answer:
            assert "errors" not in await answer.json()
        status, body, headers = await get()
        data = json.loads(body)["data"]
        assert (status, headers["cache-control"].split(",")[0]) == (200, "public")
        assert all(data.values())
        status, nothing, again = await get(**{"if-none-match": headers["etag"]})
        assert (status, nothing, again["etag"]) == (304, b"", headers["etag"])
        status, body, of_seller = await get(**seller)
        assert (status, json.loads(body)["data"], of_seller["cache-control"]) == (200, data, "no-store")
        assert "etag" not in of_seller
