"""Of `answers`, what is about promotions as their makers see them."""

from __future__ import annotations

from datetime import datetime

from services.web.answers import Answered, Category, PageInfo


class Promo(Answered, frozen=True, kw_only=True):
    id: str
    name_id: str
    kind: str
    value: int
    cap: int | None
    minimum: int
    borne_by: str
    programme: str | None
    code: str | None
    starts_at: datetime
    ends_at: datetime
    budget: int | None
    uses: int | None
    status: str
    used: int
    spent: int


class PromoEdge(Answered, frozen=True, kw_only=True):
    node: Promo


class Promos(Answered, frozen=True, kw_only=True):
    edges: list[PromoEdge]
    page_info: PageInfo


class PromoShop(Answered, frozen=True, kw_only=True):
    """`promotions` is null for who is not of the shop."""

    id: str
    name: str
    slug: str
    kind: str
    promotions: Promos | None


class ShopPromos(Answered, frozen=True, kw_only=True):
    merchant_by_slug: PromoShop | None = None
    categories: list[Category] | None = None


class Programmes(Answered, frozen=True, kw_only=True):
    programmes: Promos | None = None
    categories: list[Category] | None = None
