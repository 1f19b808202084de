"""Of `answers`, what is about packing: what a buyer is asked, and the part that a seller packs."""

from __future__ import annotations

from datetime import datetime

from msgspec import field

from services.web.answers import Answered, Products, Unit
from services.web.answers_photos import Proof


class Replacement(Answered, frozen=True, kw_only=True):
    name: str
    quantity_text: str
    price_text: str
    cap_total: int


class Question(Answered, frozen=True, kw_only=True):
    id: str
    line_id: str
    line_name: str
    kind: str
    state: str
    answer_by: datetime
    total: int
    total_if_not_accepted: int
    if_not_accepted: str
    gram_text: str | None
    quantity_text: str | None
    replacement: Replacement | None


class PackLine(Answered, frozen=True, kw_only=True):
    id: str
    name: str
    quantity_text: str
    total: int
    estimated: bool
    cap_total: int | None
    state: str
    packed_text: str | None
    packed_gram: int | None
    final_total: int
    unit: Unit


class FetchedBy(Answered, frozen=True, kw_only=True):
    name: str
    plate: str


class Fetched(Answered, frozen=True, kw_only=True):
    """How the goods were fetched, and handed over."""

    status: str
    fetched_at: datetime | None
    proven_by: str | None
    rider: FetchedBy | None
    proofs: list[Proof] = field(default_factory=list)


class Part(Answered, frozen=True, kw_only=True):
    """Of a node that is none all is empty."""

    id: str = ""
    order_code: str = ""
    status: str = ""
    ready_at: datetime | None = None
    goods_total: int = 0
    lines: list[PackLine] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)
    pickup: Fetched | None = None


class PackShop(Answered, frozen=True, kw_only=True):
    id: str
    name: str
    slug: str
    kind: str
    products: Products


class ShopPack(Answered, frozen=True, kw_only=True):
    merchant_by_slug: PackShop | None = None
    node: Part | None = None
