"""Of `answers`, what is about licences: a seller's own, and those that officers look at."""

from __future__ import annotations

from datetime import date, datetime

import msgspec

from services.web.answers import Answered, GoodsName, PageInfo, Photo, Seller


class Document(Answered, frozen=True, kw_only=True):
    photo: Photo | None


class Licence(Answered, frozen=True, kw_only=True):
    id: str
    kind: str
    number: str
    status: str
    reason: str | None
    issued_on: date
    expires_on: date | None
    of_merchant: bool
    submitted_at: datetime
    merchant: Seller
    products: list[GoodsName] = msgspec.field(default_factory=list)
    document: Document | None = None


class LicenceEdge(Answered, frozen=True, kw_only=True):
    node: Licence


class LicencePage(Answered, frozen=True, kw_only=True):
    edges: list[LicenceEdge]
    page_info: PageInfo | None = None


class Licences(Answered, frozen=True, kw_only=True):
    licences_waiting: LicencePage | None = None
    licences_due: LicencePage | None = None


class Need(Answered, frozen=True, kw_only=True):
    licence_kind: str
    applies_from: date
    met: bool


class LicenceId(Answered, frozen=True, kw_only=True):
    id: str


class Goods(Answered, frozen=True, kw_only=True):
    id: str
    name: str
    slug: str
    halal_status: str
    licences: list[LicenceId]
    licence_needs: list[Need]


class GoodsEdge(Answered, frozen=True, kw_only=True):
    node: Goods


class GoodsList(Answered, frozen=True, kw_only=True):
    edges: list[GoodsEdge]


class Licensed(Answered, frozen=True, kw_only=True):
    id: str
    name: str
    slug: str
    kind: str
    licences: list[Licence]
    waiting_photos: list[Photo]
    products: GoodsList


class ShopLicences(Answered, frozen=True, kw_only=True):
    merchant_by_slug: Licensed | None = None
