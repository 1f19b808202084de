"""What the gateway answers to documents/, typed. Null where the graph says so: because there is none, or because a service is away.

A class stands for what any document selects of a type; a field with a default is not selected by all of them.
tests/contracts/web holds both against the supergraph.
"""

from __future__ import annotations

from datetime import date, datetime

import msgspec


class Answered(msgspec.Struct, frozen=True, rename="camel", kw_only=True):
    """Base of all."""


class Problem(Answered, frozen=True, kw_only=True):
    code: str
    field: str | None
    line_id: str | None
    variant_id: str | None
    minimum: int | None
    limit: int | None
    step: int | None
    unit: str | None
    total: int | None
    status: str | None
    until: datetime | None
    retry_after_ms: int | None


class Outcome(Answered, frozen=True, kw_only=True):
    """A payload of which the problems alone are asked for."""

    problems: list[Problem]


class PageInfo(Answered, frozen=True, kw_only=True):
    has_next_page: bool
    end_cursor: str | None


class Unit(Answered, frozen=True, kw_only=True):
    min: int
    label: str = ""
    kind: str = ""
    base_per_unit: int = 1
    step: int = 1
    max: int | None = None


class Point(Answered, frozen=True, kw_only=True):
    lat: float
    lng: float


class StopName(Answered, frozen=True, kw_only=True):
    label: str
    point: Point | None = None


class OnRound(Answered, frozen=True, kw_only=True):
    """A wlijo is on her way now."""

    started_at: datetime
    last_seen_at: datetime
    eta_at: datetime | None
    next_stop: StopName | None
    position: Point | None = None
    day: date = date.min


class Stock(Answered, frozen=True, kw_only=True):
    on_hand: int
    reserved: int
    on_counter: int


class Seller(Answered, frozen=True, kw_only=True):
    """A merchant, as a line beside its goods shows it."""

    name: str
    slug: str = ""
    open_now: bool = True
    opens_next_at: datetime | None = None
    my_kasbon: OwnKasbon | None = None
    kecamatan_name: str = ""
    pickup_point: Point | None = None


class CatchWeight(Answered, frozen=True, kw_only=True):
    price_text: str
    price: int = 0
    overrun_percent: int = 0


class PhotoSize(Answered, frozen=True, kw_only=True):
    url: str
    width: int
    height: int


class Photo(Answered, frozen=True, kw_only=True):
    alt: str
    sizes: list[PhotoSize]
    id: str = ""


class Variant(Answered, frozen=True, kw_only=True):
    id: str
    label: str
    price_text: str
    available: int
    unit: Unit
    estimate: int | None = None
    cap: int | None = None
    catch_weight: CatchWeight | None = None
    gram_per_unit: int = 0
    price: int = 0
    price_basis: int = 1
    stock: Stock | None = None

    @property
    def sold_out(self) -> bool:
        return self.available < self.unit.min


class Category(Answered, frozen=True, kw_only=True):
    code: str
    name: str


class AttributeName(Answered, frozen=True, kw_only=True):
    code: str
    name: str


class Said(Answered, frozen=True, kw_only=True):
    """What a product says of itself."""

    attribute: AttributeName
    text: str
    value: str = ""


class Commodity(Answered, frozen=True, kw_only=True):
    name: str
    kind: str = ""


class ShownLicence(Answered, frozen=True, kw_only=True):
    kind: str
    number: str
    status: str


class Product(Answered, frozen=True, kw_only=True):
    name: str
    variants: list[Variant]
    slug: str = ""
    id: str = ""
    description: str = ""
    status: str = ""
    category: Category | None = None
    merchant: Seller | None = None
    harvested_on: date | None = None
    fresh_until: datetime | None = None
    is_past_fresh: bool = False
    origin_group: str | None = None
    region_mark: str | None = None
    commodity: Commodity | None = None
    attributes: list[Said] = []
    halal_status: str = ""
    licences: list[ShownLicence] = []
    photo: Photo | None = None
    photos: list[Photo] = []


class ProductEdge(Answered, frozen=True, kw_only=True):
    node: Product
    distance_m: int = 0


class Products(Answered, frozen=True, kw_only=True):
    edges: list[ProductEdge]
    page_info: PageInfo


class LineId(Answered, frozen=True, kw_only=True):
    id: str


class CartSize(Answered, frozen=True, kw_only=True):
    lines: list[LineId]


class CartOwner(Answered, frozen=True, kw_only=True):
    cart: CartSize


class GoodsName(Answered, frozen=True, kw_only=True):
    name: str


class Passing(Answered, frozen=True, kw_only=True):
    at: datetime
    live: bool
    distance_m: int
    merchant: Seller | None
    stop: StopName | None
    goods: list[GoodsName]


class Home(Answered, frozen=True, kw_only=True):
    wlijo_passing: list[Passing] | None = None
    products_near: Products | None = None
    categories: list[Category] | None = None
    me: CartOwner | None = None


class ProductPage(Answered, frozen=True, kw_only=True):
    product_by_slug: Product | None = None
    me: CartOwner | None = None


class SameProduct(Answered, frozen=True, kw_only=True):
    name: str
    slug: str
    merchant: Seller | None


class SameVariant(Answered, frozen=True, kw_only=True):
    label: str
    price_text: str
    product: SameProduct


class SameEdge(Answered, frozen=True, kw_only=True):
    price: int
    is_exact: bool
    distance_m: int | None
    node: SameVariant


class Same(Answered, frozen=True, kw_only=True):
    commodity: Commodity | None
    edges: list[SameEdge]
    page_info: PageInfo


class SameGoods(Answered, frozen=True, kw_only=True):
    product: SameProduct | None = None
    same_goods: Same | None = None
    me: CartOwner | None = None


class Hours(Answered, frozen=True, kw_only=True):
    weekday: str
    opens_at: str
    closes_at: str


class Stop(Answered, frozen=True, kw_only=True):
    label: str
    arrives_at: str
    next_day: bool


class Round(Answered, frozen=True, kw_only=True):
    weekday: str
    stops: list[Stop]


class Waited(Answered, frozen=True, kw_only=True):
    merchant: Seller | None


class OwnKasbon(Answered, frozen=True, kw_only=True):
    """With a seller whose page is looked at."""

    id: str
    state: str
    owed: int
    room: int


class Merchant(Answered, frozen=True, kw_only=True):
    id: str
    serves_point: bool
    round: OnRound | None
    name: str
    slug: str
    kind: str
    open_now: bool
    opens_next_at: datetime | None
    always_open: bool
    kecamatan_name: str
    pickup_point: Point
    hours: list[Hours]
    route: list[Round]
    products: Products
    photo: Photo | None = None
    my_kasbon: OwnKasbon | None = None


class MerchantPage(Answered, frozen=True, kw_only=True):
    my_passing_wishes: list[Waited] | None = None
    merchant_by_slug: Merchant | None = None
    me: CartOwner | None = None


class VariantId(Answered, frozen=True, kw_only=True):
    id: str


class Contact(Answered, frozen=True, kw_only=True):
    label: str
    line: str
    kecamatan_code: str
    recipient: str = ""
    note: str | None = None
    id: str = ""
    phone: str = ""
    point: Point | None = None


class ContactId(Answered, frozen=True, kw_only=True):
    id: str


class ContactsOf(Answered, frozen=True, kw_only=True):
    contacts: list[Contact]


class ContactsPage(Answered, frozen=True, kw_only=True):
    me: ContactsOf | None = None
