"""What is answered to who enters goods; as answers.py."""

from __future__ import annotations

from services.web.answers import Answered, Category, Problem


class SaleUnit(Answered, frozen=True, kw_only=True):
    code: str
    label: str
    kind: str
    base_per_unit: int


class NewGoodsShop(Answered, frozen=True, kw_only=True):
    id: str
    name: str
    slug: str
    kind: str


class NewGood(Answered, frozen=True, kw_only=True):
    merchant_by_slug: NewGoodsShop | None = None
    categories: list[Category] | None = None
    sale_units: list[SaleUnit] | None = None


class MadeProduct(Answered, frozen=True, kw_only=True):
    id: str


class Made(Answered, frozen=True, kw_only=True):
    problems: list[Problem]
    product: MadeProduct | None


class CreateGood(Answered, frozen=True, kw_only=True):
    create_product: Made | None = None
