"""Merchants, products, variants and regions as GraphQL shows them."""

from __future__ import annotations

from datetime import datetime, time
from enum import Enum
from typing import Any, Self, TypeVar
from uuid import UUID

import strawberry

from services.catalog.schema import loaders
from services.catalog.schema.loaders import Info, ProductPage
from services.contracts import catalog as contract
from services.contracts.catalog import MerchantId, MerchantStatus, ProductId, VariantId
from services.contracts.places import Hours, is_open
from services.kit.database.db import Row
from services.kit.graphql.errors import ServiceUnavailable
from services.kit.graphql.pages import PAGED, Connection, Page, PageInfo, cursor
from services.kit.graphql.scalars import Rupiah
from services.kit.graphql.types import Node, Point

N = TypeVar("N", bound=Node)

strawberry.enum(contract.MerchantKind, description="What kind of business it is.")
strawberry.enum(contract.MerchantStatus, description="Only an ACTIVE merchant sells.")
strawberry.enum(contract.ProductStatus, description="Only a PUBLISHED product of an ACTIVE merchant is for sale.")
strawberry.enum(contract.UnitKind, description="What a base unit is: a piece, a gram, a millilitre.")


@strawberry.enum
class Weekday(Enum):
    MONDAY = 0
    TUESDAY = 1
    WEDNESDAY = 2
    THURSDAY = 3
    FRIDAY = 4
    SATURDAY = 5
    SUNDAY = 6


@strawberry.enum
class RegionLevel(Enum):
    KABUPATEN = "KABUPATEN"
    KECAMATAN = "KECAMATAN"
    DESA = "DESA"
    KELURAHAN = "KELURAHAN"


@strawberry.type(description="A region by its Kemendagri code (35.08.10 is kecamatan Lumajang).")
class Region:
    code: str
    name: str
    level: RegionLevel
    postcode: str | None
    centroid: Point | None

    @classmethod
    def of(cls, row: Row) -> Self:
        centroid = None if row["lat"] is None else Point(lat=row["lat"], lng=row["lng"])
        return cls(
            code=row["code"],
            name=row["name"],
            level=RegionLevel(row["level"]),
            postcode=row["postcode"],
            centroid=centroid,
        )

    @strawberry.field(description="Its desa and kelurahan, by code. Empty where their names are not installed.")
    async def villages(self, info: Info) -> list[Region]:
        return [Region.of(row) for row in await info.context.load(loaders.villages, self.code)]


@strawberry.type(
    description="Open from opensAt to closesAt, WIB; a closing time at or before opening is on the next day."
)
class OpeningHours:
    weekday: Weekday
    opens_at: time
    closes_at: time


@strawberry.type(description="A place where a wlijo stops on the round.")
class RouteStop:
    label: str
    point: Point
    arrives_at: time = strawberry.field(description="As planned, WIB.")


@strawberry.type(description="A wlijo's round on one weekday.")
class Route:
    weekday: Weekday
    stops: list[RouteStop] = strawberry.field(description="In the order of the round.")


@strawberry.federation.type(keys=["id"], description="A business that sells here.")
class Merchant(Node):
    id: strawberry.ID
    name: str
    slug: str
    kind: contract.MerchantKind
    status: MerchantStatus
    status_reason: str | None = strawberry.field(description="Why it is suspended; for its own people and operators.")
    kecamatan_code: str
    kecamatan_name: str
    pickup_point: Point = strawberry.field(description="Where riders fetch its goods.")
    open_now: bool = strawberry.field(description="Whether it is active and within its hours at this moment.")
    always_open: bool
    hours: list[OpeningHours] = strawberry.field(description="By weekday; empty when it never closes.")
    auto_accept: bool = strawberry.field(description="Whether it takes every order without being asked.")
    key: strawberry.Private[MerchantId]

    @classmethod
    def of(cls, row: Row) -> Self:
        hours = [Hours(weekday=weekday, opens=opens, closes=closes) for weekday, opens, closes in row["hours"]]
        status = MerchantStatus(row["status"])
        now: datetime = row["now"]
        in_hours = row["always_open"] or is_open(hours, now)
        key = MerchantId(row["id"])
        return cls(
            id=strawberry.ID(str(key)),
            key=key,
            name=row["name"],
            slug=row["slug"],
            kind=contract.MerchantKind(row["kind"]),
            status=status,
            status_reason=row["status_reason"],
            kecamatan_code=row["kecamatan_code"],
            kecamatan_name=row["kecamatan_name"],
            pickup_point=Point(lat=row["lat"], lng=row["lng"]),
            open_now=status is MerchantStatus.ACTIVE and in_hours,
            always_open=row["always_open"],
            hours=[
                OpeningHours(weekday=Weekday(each.weekday), opens_at=each.opens, closes_at=each.closes)
                for each in hours
            ],
            auto_accept=row["auto_accept"],
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: str) -> Self | None:
        return await cls.find(info, MerchantId.parse(id))

    @classmethod
    async def find(cls, info: Info, key: MerchantId) -> Self | None:
        row = await info.context.load(loaders.merchants, key)
        return cls.of(row) if row else None

    @strawberry.field(description="The rounds of a wlijo, by weekday; empty for others.")
    async def route(self, info: Info) -> list[Route]:
        rounds: dict[int, Route] = {}
        for row in await info.context.load(loaders.route_stops, self.key):
            weekday = row["weekday"]
            of_day = rounds.setdefault(weekday, Route(weekday=Weekday(weekday), stops=[]))
            point = Point(lat=row["lat"], lng=row["lng"])
            of_day.stops.append(RouteStop(label=row["label"], point=point, arrives_at=row["arrives_at"]))
        return list(rounds.values())

    @strawberry.field(
        description="By name. What is for sale; its own people see what is hidden too.", directives=[PAGED]
    )
    async def products(self, info: Info, first: int | None = None, after: str | None = None) -> Connection[Product]:
        page = Page(first, after, tuple[str, UUID])
        rows = await info.context.load(loaders.products_of_merchants, ProductPage(self.key, page.after, page.limit))
        return page.connection(rows, key=lambda row: (row["name"], row["id"]), node=Product.of)


@strawberry.type(description="A kind of goods.")
class Category:
    code: str
    name: str


@strawberry.federation.type(keys=["id"], description="Goods of one merchant, sold as one or more variants.")
class Product(Node):
    id: strawberry.ID
    name: str
    description: str
    category: Category
    status: contract.ProductStatus
    origin_desa_code: str | None = strawberry.field(description="Where it was grown or made, when that is told.")
    keeps_for_s: int | None = strawberry.field(description="Seconds that it stays fresh.")
    key: strawberry.Private[ProductId]
    merchant_key: strawberry.Private[MerchantId]

    @classmethod
    def of(cls, row: Row) -> Self:
        key = ProductId(row["id"])
        return cls(
            id=strawberry.ID(str(key)),
            key=key,
            merchant_key=MerchantId(row["merchant_id"]),
            name=row["name"],
            description=row["description"],
            category=Category(code=row["category_code"], name=row["category_name"]),
            status=contract.ProductStatus(row["status"]),
            origin_desa_code=row["origin_desa_code"],
            keeps_for_s=row["keeps_for_s"],
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: str) -> Self | None:
        return await cls.find(info, ProductId.parse(id))

    @classmethod
    async def find(cls, info: Info, key: ProductId) -> Self | None:
        row = await info.context.load(loaders.products, key)
        return cls.of(row) if row else None

    @strawberry.field(description="Who sells it.")
    async def merchant(self, info: Info) -> Merchant:
        return _present(await Merchant.find(info, self.merchant_key))

    @strawberry.field(description="As the merchant lists them.")
    async def variants(self, info: Info) -> list[Variant]:
        return [Variant.of(row) for row in await info.context.load(loaders.variants_of_products, self.key)]


@strawberry.type(description="How a variant is sold. Quantities are whole base units: at least min, in steps of step.")
class SaleUnit:
    code: str
    label: str
    kind: contract.UnitKind
    base_per_unit: int = strawberry.field(description="Base units in one: 1 ikat is 1 piece, 1 kg is 1,000 grams.")
    step: int
    min: int


@strawberry.type(description="What the merchant has, in base units.")
class Stock:
    on_hand: int = strawberry.field(description="Counted, what is reserved included.")
    reserved: int = strawberry.field(description="Kept for orders that are not confirmed yet.")


@strawberry.federation.type(keys=["id"], description="A product in one unit at one price: what an order line names.")
class Variant(Node):
    id: strawberry.ID
    sku: str
    label: str
    unit: SaleUnit
    price: Rupiah = strawberry.field(description="For priceBasis base units; half a rupiah is rounded up per line.")
    price_basis: int
    available: int = strawberry.field(description="Base units that can be ordered now; 0 when it is not for sale.")
    gram_per_unit: int = strawberry.field(description="Mass of one unit, in grams.")
    stock: Stock | None = strawberry.field(description="For the merchant's own people and operators.")
    product_key: strawberry.Private[ProductId]

    @classmethod
    def of(cls, row: Row) -> Self:
        own = None if row["on_hand"] is None else Stock(on_hand=row["on_hand"], reserved=row["reserved"])
        return cls(
            id=strawberry.ID(str(VariantId(row["id"]))),
            product_key=ProductId(row["product_id"]),
            sku=row["sku"],
            label=row["label"],
            unit=SaleUnit(
                code=row["unit_code"],
                label=row["unit_label"],
                kind=contract.UnitKind(row["unit_kind"]),
                base_per_unit=row["base_per_unit"],
                step=row["step"],
                min=row["min"],
            ),
            price=Rupiah(row["price_rupiah"]),
            price_basis=row["price_basis"],
            available=row["available"],
            gram_per_unit=round(row["gram_per_base"] * row["base_per_unit"]),
            stock=own,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: str) -> Self | None:
        return await cls.find(info, VariantId.parse(id))

    @classmethod
    async def find(cls, info: Info, key: VariantId) -> Self | None:
        row = await info.context.load(loaders.variants, key)
        return cls.of(row) if row else None

    @strawberry.field(description="What it is a variant of.")
    async def product(self, info: Info) -> Product:
        return _present(await Product.find(info, self.product_key))


def _present(found: N | None) -> N:
    """Whoever sees the part sees the whole; it can only have been closed to the caller between two reads."""
    if found is None:
        raise ServiceUnavailable("this was changed while it was read")
    return found


@strawberry.type
class ProductNearEdge:
    cursor: str = strawberry.field(description="Opaque; give it as `after` to go on from here.")
    distance_m: int = strawberry.field(description="Metres through the air to where its merchant hands it over.")
    node: Product


@strawberry.type(description="A page of products, nearest first; of two at one distance the lower id.")
class ProductNearConnection:
    edges: list[ProductNearEdge]
    page_info: PageInfo


def near(rows: list[Any], page: Page[tuple[float, UUID]]) -> ProductNearConnection:
    edges = [
        ProductNearEdge(
            cursor=cursor((row["chord_m"], row["id"])), distance_m=round(row["distance_m"]), node=Product.of(row)
        )
        for row in rows[: page.first]
    ]
    return ProductNearConnection(edges=edges, page_info=page.info(len(rows), [edge.cursor for edge in edges]))
