"""Merchants, products and variants as GraphQL shows them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Self, TypeVar
from uuid import UUID

import strawberry

from services.catalog.domain import stock
from services.catalog.domain.product import WAS_ASKED_DAYS, WAS_SHOWN_DAYS, WAS_WITHIN_DAYS
from services.catalog.domain.slug import MAX_CODE_CHARACTERS, is_slug
from services.catalog.domain.trading import MAX_CLOSURES
from services.catalog.schema import loaders
from services.catalog.schema.bulk import Importing
from services.catalog.schema.details import Detailed, PastFresh, Weighable
from services.catalog.schema.licences import LicensedMerchant, LicensedProduct, RegulatedCategory
from services.catalog.schema.loaders import Info, ProductPage
from services.catalog.schema.membership import Peopled
from services.catalog.schema.photos import Portrayed, ShownInPhotos
from services.catalog.schema.registration import Registered
from services.catalog.schema.rounds import Travelling
from services.catalog.schema.shelf import Shelved
from services.catalog.schema.stocking import Stocked, Stocking
from services.catalog.schema.tree import Treed
from services.catalog.schema.week import WEEKDAYS, Closure, OpeningHours, Route, routes_of
from services.catalog.store.prices import MAX_HISTORY
from services.catalog.store.reading import NearView, ProductView, VariantView
from services.catalog.store.reading_merchants import MerchantView
from services.catalog.store.reference import CategoryView
from services.contracts import amounts, catalog
from services.contracts.amounts import Language
from services.contracts.catalog import (
    MerchantId,
    MerchantKind,
    MerchantStatus,
    ProductId,
    ProductStatus,
    VariantId,
)
from services.contracts.places import next_opening, trades
from services.graph import InLanguage, SaleUnit
from services.kit.graphql.enums import described
from services.kit.graphql.errors import BadUserInput, ServiceUnavailable
from services.kit.graphql.pages import PAGED, Connection, Page, PageInfo, cursor, sized
from services.kit.graphql.scalars import Rupiah
from services.kit.graphql.types import Node, Point

N = TypeVar("N", bound=Node)


OfCategory = Annotated[
    str | None,
    strawberry.argument(description="Only those of the category of this code, and of those below it: sayur."),
]


def category_code(given: str | None) -> str | None:
    """Raises BadUserInput for what can be no code; of one that nobody has entered there are no goods."""
    if given is not None and not is_slug(given, MAX_CODE_CHARACTERS):
        raise BadUserInput("category is the code of a category, like sayur")
    return given


described(
    MerchantKind,
    "What kind of business it is.",
    FIXED_STALL="A stall or shop in one place.",
    WLIJO="A travelling greengrocer with a route.",
    HOME="Sells from home.",
    FARMER_GROUP="Farmers who sell together.",
    HUB="Sells for several producers from one place.",
)
described(
    ProductStatus,
    "Only a PUBLISHED product of an ACTIVE merchant is for sale.",
    DRAFT="Being written; its merchant alone sees it.",
    PUBLISHED="On sale.",
    HIDDEN="Taken off sale by its merchant; put away too when `archivedAt` is said.",
    BLOCKED="Taken off sale by the platform, or because a licence is missing: `licenceNeeds` says which.",
)


@strawberry.federation.type(keys=["id"], description="A business that sells here.")
class Merchant(
    Node, Registered, Peopled, Shelved, LicensedMerchant, PastFresh, Portrayed, Stocking, Travelling, Importing
):
    id: strawberry.ID
    name: str = strawberry.field(description="As buyers know them.")
    slug: str = strawberry.field(description="Their name for addresses; stable, of small letters and hyphens.")
    kind: MerchantKind = strawberry.field(description="How they trade.")
    status: MerchantStatus = strawberry.field(description="Whether they may sell.")
    status_reason: str | None = strawberry.field(
        description="Why it was sent back, suspended or closed; for its own people and the platform."
    )
    kecamatan_code: str = strawberry.field(
        description="Where they trade: the district's dotted Kemendagri code, 35.08.10."
    )
    kecamatan_name: str = strawberry.field(description="The district's name.")
    pickup_point: Point = strawberry.field(
        description="Where riders fetch its goods. A wlijo's, who has no shop, to about a hundred metres for others than her people."
    )
    open_now: bool = strawberry.field(description="Whether it is active and within its hours at this moment.")
    always_open: bool = strawberry.field(description="Whether they trade at every hour; then `hours` is empty.")
    hours: list[OpeningHours] = strawberry.field(description="By weekday; empty when it never closes.")
    closures: list[Closure] = strawberry.field(
        description=f"Those that are not over, the first first; at most {MAX_CLOSURES}.",
        directives=[sized(MAX_CLOSURES)],
    )
    opens_next_at: datetime | None = strawberry.field(
        description="When it is next open; null while it is, and when that is not known."
    )
    auto_accept: bool = strawberry.field(description="Whether it takes every order without being asked.")
    accept_within_s: int = strawberry.field(description="Seconds in which it answers an order.")
    preparation_s: int = strawberry.field(description="Seconds that it takes to pack one.")
    key: strawberry.Private[MerchantId]

    @classmethod
    def of(cls, row: MerchantView) -> Self:
        week = (row.hours, [each.closure for each in row.closures], row.now)
        open_now = row.status is MerchantStatus.ACTIVE and trades(*week, always_open=row.always_open)
        point = row.point.rounded() if row.kind is MerchantKind.WLIJO and not row.inside else row.point
        waits = row.status is MerchantStatus.ACTIVE and not open_now
        return cls(
            id=strawberry.ID(str(row.id)),
            key=row.id,
            name=row.name,
            slug=row.slug,
            kind=row.kind,
            status=row.status,
            status_reason=row.status_reason,
            kecamatan_code=row.kecamatan_code,
            kecamatan_name=row.kecamatan_name,
            pickup_point=Point(lat=point.lat, lng=point.lng),
            open_now=open_now,
            opens_next_at=next_opening(*week, always_open=row.always_open) if waits else None,
            closures=[
                Closure(
                    id=strawberry.ID(str(each.id)),
                    starts_at=each.closure.starts,
                    ends_at=each.closure.ends,
                    note=each.note,
                )
                for each in row.closures
            ],
            always_open=row.always_open,
            hours=[
                OpeningHours(weekday=WEEKDAYS[each.weekday], opens_at=each.opens, closes_at=each.closes)
                for each in row.hours
            ],
            auto_accept=row.auto_accept,
            accept_within_s=row.accept_within_s,
            preparation_s=row.prep_time_s,
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
        return routes_of(await info.context.load(loaders.route_stops, self.key))

    @strawberry.field(
        description="By name. What is for sale; its own people see what is hidden too.", directives=[PAGED]
    )
    async def products(
        self,
        info: Info,
        category: OfCategory = None,
        archived: Annotated[
            bool, strawberry.argument(description="Only what its people have put away, which nobody else sees.")
        ] = False,
        first: int | None = None,
        after: str | None = None,
    ) -> Connection[Product]:
        page = Page(first, after, tuple[str, UUID])
        asked = ProductPage(self.key, category_code(category), page.after, page.limit, archived)
        rows = await info.context.load(loaders.products_of_merchants, asked)
        return page.connection(rows, key=lambda row: (row.name, row.id.uuid), node=Product.of)


@strawberry.type(description="A kind of goods.")
class Category(RegulatedCategory, Treed):
    code: str = strawberry.field(description="Short and stable, for filters.")
    indonesian: strawberry.Private[str]

    @classmethod
    def of(cls, row: CategoryView) -> Self:
        return cls(code=row.code, indonesian=row.name)


@strawberry.federation.type(keys=["id"], description="Goods of one merchant, sold as one or more variants.")
class Product(Node, LicensedProduct, Detailed, ShownInPhotos):
    id: strawberry.ID
    name: str = strawberry.field(description="As its merchant calls it.")
    slug: str = strawberry.field(
        description="Its name for addresses behind its merchant's: of small letters, digits and hyphens; stays when the name changes."
    )
    description: str = strawberry.field(description="Plain text, searched as the name is.")
    category: Category = strawberry.field(description="Under which it is listed and searched.")
    status: ProductStatus = strawberry.field(description="Whether buyers see it.")
    origin_desa_code: str | None = strawberry.field(description="Where it was grown or made, when that is told.")
    keeps_for_s: int | None = strawberry.field(description="Seconds that it stays fresh.")
    key: strawberry.Private[ProductId]
    merchant_key: strawberry.Private[MerchantId]
    row: strawberry.Private[ProductView]

    @classmethod
    def of(cls, row: ProductView) -> Self:
        return cls(
            row=row,
            id=strawberry.ID(str(row.id)),
            key=row.id,
            merchant_key=row.merchant_id,
            name=row.name,
            slug=row.slug,
            description=row.description,
            category=Category(code=row.category_code, indonesian=row.category_name),
            status=row.status,
            origin_desa_code=row.origin_desa_code,
            keeps_for_s=row.keeps_for_s,
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


@strawberry.type(description="What the merchant has, in base units.")
class Stock:
    on_hand: int = strawberry.field(
        description="All that lies there: what is for sale, what is reserved, what is on the counter."
    )
    reserved: int = strawberry.field(description="Kept for orders that are not confirmed yet.")
    on_counter: int = strawberry.field(
        description="Confirmed orders' goods that no rider has fetched yet; for sale again when nobody does."
    )


def _stock(row: stock.Stock) -> Stock:
    return Stock(on_hand=row.on_hand, reserved=row.reserved, on_counter=row.on_counter)


@strawberry.type(description="What a variant cost for a while.")
class PastPrice:
    price: Rupiah = strawberry.field(description="For `priceBasis` base units.")
    price_basis: int = strawberry.field(description="`price` was for so many base units.")
    since: datetime = strawberry.field(description="From then on.")
    until: datetime | None = strawberry.field(description="Until then; null of what it costs now.")


@strawberry.federation.type(keys=["id"], description="A product in one unit at one price: what an order line names.")
class Variant(Node, Weighable, Stocked):
    id: strawberry.ID
    sku: str = strawberry.field(description="The merchant's own code.")
    label: str = strawberry.field(description="For people: per ikat.")
    unit: SaleUnit = strawberry.field(description="What is counted, and in which steps it is sold.")
    price: Rupiah = strawberry.field(
        description="For priceBasis base units; half a rupiah is rounded up per line. Of what is weighed later, the estimate of a piece."
    )
    price_basis: int = strawberry.field(description="`price` is for so many base units.")
    available: int = strawberry.field(description="Base units that can be ordered now; 0 when it is not for sale.")
    gram_per_unit: int = strawberry.field(description="Mass of one unit, in grams.")
    stock: Stock | None = strawberry.field(description="For the merchant's own people and operators.")
    key: strawberry.Private[VariantId]
    product_key: strawberry.Private[ProductId]
    sold: strawberry.Private[catalog.SaleUnit]
    row: strawberry.Private[VariantView]

    @strawberry.field(description="`price` as people read it: Rp12.000 / ikat.")
    def price_text(self, language: InLanguage = Language.ID) -> str:
        return amounts.price_text(self.price, self.price_basis, self.sold, language)

    @classmethod
    def of(cls, row: VariantView) -> Self:
        return cls(
            row=row,
            id=strawberry.ID(str(row.id)),
            key=row.id,
            product_key=row.product_id,
            sku=row.sku,
            label=row.label,
            unit=SaleUnit.of(row.unit),
            price=Rupiah(row.price_rupiah),
            price_basis=row.price_basis,
            available=row.available,
            gram_per_unit=round(row.gram_per_base * row.unit.base_per_unit),
            stock=_stock(row.stock) if row.stock else None,
            stock_mode=row.mode,
            sold=row.unit,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: str) -> Self | None:
        return await cls.find(info, VariantId.parse(id))

    @classmethod
    async def find(cls, info: Info, key: VariantId) -> Self | None:
        row = await info.context.load(loaders.variants, key)
        return cls.of(row) if row else None

    @strawberry.field(
        description=f"What `price` was before it became less, at most {WAS_SHOWN_DAYS} days ago: the lowest of the "
        f"{WAS_WITHIN_DAYS} days before, in which it was for sale without a break "
        f"for {WAS_ASKED_DAYS} at least. Null when nothing of the kind is true."
    )
    async def was_price(self, info: Info) -> Rupiah | None:
        was = await info.context.load(loaders.were_prices, self.key)
        return None if was is None else Rupiah(was)

    @strawberry.field(
        description=f"The newest first, at most {MAX_HISTORY}; for its merchant's own people and operators, else empty.",
        directives=[sized(MAX_HISTORY)],
    )
    async def price_history(self, info: Info) -> list[PastPrice]:
        return [
            PastPrice(price=Rupiah(row.price_rupiah), price_basis=row.price_basis, since=row.since, until=row.until)
            for row in await info.context.load(loaders.price_histories, self.key)
        ]

    @strawberry.field(description="What it is a variant of.")
    async def product(self, info: Info) -> Product:
        return _present(await Product.find(info, self.product_key))


def _present(found: N | None) -> N:
    """Whoever sees the part sees the whole; it can only have been closed to the caller between two reads."""
    if found is None:
        raise ServiceUnavailable("this was changed while it was read")
    return found


@strawberry.type(description="A product and how far its merchant is.")
class ProductNearEdge:
    cursor: str = strawberry.field(description="Opaque; give it as `after` to go on from here.")
    distance_m: int = strawberry.field(description="Metres through the air to where its merchant hands it over.")
    node: Product


@strawberry.type(description="A page of products, nearest first; of two at one distance the lower id.")
class ProductNearConnection:
    edges: list[ProductNearEdge]
    page_info: PageInfo

    @classmethod
    def of(cls, rows: Sequence[NearView], page: Page[tuple[float, UUID]]) -> Self:
        edges = [
            ProductNearEdge(
                cursor=cursor((row.chord_m, row.product.id.uuid)),
                distance_m=round(row.distance_m),
                node=Product.of(row.product),
            )
            for row in rows[: page.first]
        ]
        return cls(edges=edges, page_info=page.info(len(rows), [edge.cursor for edge in edges]))
