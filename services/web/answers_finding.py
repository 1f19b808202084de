"""What a search answers; as answers.py."""

from __future__ import annotations

from services.web.answers import Answered, CartOwner, Category, PageInfo, ProductEdge


class CategoryCount(Answered, frozen=True, kw_only=True):
    category: Category
    count: int


class KindCount(Answered, frozen=True, kw_only=True):
    kind: str
    count: int


class PriceBand(Answered, frozen=True, kw_only=True):
    price_from: int
    price_to: int | None
    count: int


class Facets(Answered, frozen=True, kw_only=True):
    total: int
    open_now: int
    in_stock: int
    halal: int
    categories: list[CategoryCount]
    kinds: list[KindCount]
    prices: list[PriceBand]


class FoundEdge(ProductEdge, frozen=True, kw_only=True):
    distance_m: int | None = 0  # type: ignore[assignment]  # null without a point, which is always given


class Found(Answered, frozen=True, kw_only=True):
    guessed: str | None
    edges: list[FoundEdge]
    page_info: PageInfo
    facets: Facets


class SearchPage(Answered, frozen=True, kw_only=True):
    search_products: Found | None
    me: CartOwner | None = None


class Suggestion(Answered, frozen=True, kw_only=True):
    text: str


class Suggest(Answered, frozen=True, kw_only=True):
    search_suggestions: list[Suggestion] | None
