"""Of `answers`, a buyer's credit with one seller."""

from __future__ import annotations

from datetime import datetime

from services.web.answers import Answered, PageInfo


class Seller(Answered, frozen=True, kw_only=True):
    name: str
    slug: str


class KasbonEntry(Answered, frozen=True, kw_only=True):
    id: str
    kind: str
    at: datetime
    amount: int
    adds: bool
    owed: int
    limit: int | None
    order_code: str | None
    of: str | None
    side: str | None
    by_me: bool
    words: str | None
    taken_back: bool


class EntryEdge(Answered, frozen=True, kw_only=True):
    node: KasbonEntry


class Entries(Answered, frozen=True, kw_only=True):
    edges: list[EntryEdge]
    page_info: PageInfo


class Kasbon(Answered, frozen=True, kw_only=True):
    id: str
    state: str
    called: str
    owed: int
    held: int
    room: int
    limit: int
    buys: bool
    sells: bool
    merchant: Seller | None
    entries: Entries


class KasbonPage(Answered, frozen=True, kw_only=True):
    kasbon: Kasbon | None = None


class OwnKasbon(Answered, frozen=True, kw_only=True):
    id: str
    state: str
    owed: int
    held: int
    room: int
    limit: int
    merchant: Seller | None


class OwnEdge(Answered, frozen=True, kw_only=True):
    node: OwnKasbon


class OwnKasbons(Answered, frozen=True, kw_only=True):
    edges: list[OwnEdge]
    page_info: PageInfo


class Debtor(Answered, frozen=True, kw_only=True):
    kasbons: OwnKasbons


class MyKasbons(Answered, frozen=True, kw_only=True):
    me: Debtor | None = None


class ShopKasbon(Answered, frozen=True, kw_only=True):
    id: str
    state: str
    called: str
    owed: int
    held: int
    room: int
    limit: int


class ShopEdge(Answered, frozen=True, kw_only=True):
    node: ShopKasbon


class ShopList(Answered, frozen=True, kw_only=True):
    edges: list[ShopEdge]
    page_info: PageInfo


class Asking(Answered, frozen=True, kw_only=True):
    id: str
    called: str


class AskingEdge(Answered, frozen=True, kw_only=True):
    node: Asking


class Askings(Answered, frozen=True, kw_only=True):
    edges: list[AskingEdge]


class Creditor(Answered, frozen=True, kw_only=True):
    id: str
    name: str
    slug: str
    kind: str
    kasbon_owed: int | None
    asked: Askings | None
    kasbons: ShopList | None


class ShopKasbons(Answered, frozen=True, kw_only=True):
    merchant_by_slug: Creditor | None = None
