"""What can be asked of the catalog."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import strawberry

from services.catalog.domain.category import MAX_CATEGORIES, MAX_UNITS, called
from services.catalog.domain.finding import words_of
from services.catalog.domain.region import RegionLevel
from services.catalog.domain.slug import is_slug
from services.catalog.schema import node
from services.catalog.schema.bulk import BulkQueries
from services.catalog.schema.comparing import ComparingQueries
from services.catalog.schema.finding import MAX_RADIUS_M, FindingQueries
from services.catalog.schema.licences import LicenceQueries
from services.catalog.schema.loaders import Info
from services.catalog.schema.offering_mutations import usual
from services.catalog.schema.passing import PassingQueries
from services.catalog.schema.regions import Region
from services.catalog.schema.running import RunningQueries
from services.catalog.schema.templates import TemplateQueries
from services.catalog.schema.types import (
    Category,
    Merchant,
    OfCategory,
    Product,
    ProductNearConnection,
    category_code,
)
from services.catalog.store import reading, reading_merchants, reference
from services.catalog.store.reading import Typed
from services.contracts import regency
from services.contracts.catalog import MerchantId, MerchantKind, ProductId
from services.contracts.places import GeoPoint
from services.contracts.roles import Role
from services.graph import SaleUnit
from services.kit.database.db import Connection as Connected
from services.kit.graphql.errors import BadUserInput
from services.kit.graphql.pages import MAX_FIRST, PAGED, Connection, Page, sized
from services.kit.graphql.types import Node, PointInput

MAX_SEARCH_CHARACTERS = 100


@strawberry.type
class Query(
    FindingQueries, LicenceQueries, ComparingQueries, PassingQueries, BulkQueries, TemplateQueries, RunningQueries
):
    @strawberry.field(description="Anything that has an id. Null when it does not exist or is not the caller's to see.")
    async def node(self, info: Info, id: strawberry.ID) -> Node | None:
        return await node.find(info, id)

    @strawberry.field(description="One merchant; null when there is none, or it is not for the caller to see.")
    async def merchant(self, info: Info, id: strawberry.ID) -> Merchant | None:
        info.context.looks()
        return await Merchant.find(info, MerchantId.parse(id))

    @strawberry.field(description="One merchant by its `slug`; null as of `merchant`.")
    async def merchant_by_slug(
        self, info: Info, slug: Annotated[str, strawberry.argument(description="As in its address: wlijo-bu-sri.")]
    ) -> Merchant | None:
        if not is_slug(slug):
            return None
        info.context.looks()
        key = await info.context.read(lambda conn: reading_merchants.merchant_of_slug(conn, slug))
        return await Merchant.find(info, key) if key else None

    @strawberry.field(
        description="The merchants whose people the caller is of, by name; at most 100. A token without the role is of none.",
        directives=[sized(MAX_FIRST)],
    )
    async def my_merchants(self, info: Info) -> list[Merchant] | None:
        info.context.identity.require()
        async with info.context.db.acquire() as conn:
            rows = await reading_merchants.merchants_of_member(conn, info.context.caller, MAX_FIRST)
        return [Merchant.of(row) for row in rows]

    @strawberry.field(
        description="Officers and operators only: those who applied and wait, in the order in which they first came.",
        directives=[PAGED],
    )
    async def merchant_applications(
        self, info: Info, first: int | None = None, after: str | None = None
    ) -> Connection[Merchant] | None:
        info.context.identity.require(Role.OFFICER, Role.OPS)
        page = Page(first, after, tuple[UUID])
        async with info.context.db.acquire() as conn:
            last = page.after[0] if page.after else None
            rows = await reading_merchants.applicants(conn, info.context.caller, last, page.limit)
        return page.connection(rows, key=lambda row: (row.id.uuid,), node=Merchant.of)

    @strawberry.field(description="Active merchants, by name.", directives=[PAGED])
    async def merchants(
        self,
        info: Info,
        kecamatan_code: Annotated[
            str | None, strawberry.argument(description="Only those of this district: 35.08.10.")
        ] = None,
        kind: Annotated[
            MerchantKind | None,
            strawberry.argument(description="Only those who trade so; a WLIJO comes through the streets."),
        ] = None,
        first: int | None = None,
        after: str | None = None,
    ) -> Connection[Merchant] | None:
        page = Page(first, after, tuple[str, UUID])
        if kecamatan_code is not None and not regency.is_kecamatan(kecamatan_code):
            raise BadUserInput("kecamatanCode is the code of a kecamatan of Lumajang, like 35.08.10")
        info.context.looks()
        rows = await info.context.read(
            lambda conn: reading_merchants.active_merchants(
                conn,
                info.context.caller,
                kecamatan_code=kecamatan_code,
                kind=kind,
                after=page.after,
                limit=page.limit,
            )
        )
        return page.connection(rows, key=lambda row: (row.name, row.id.uuid), node=Merchant.of)

    @strawberry.field(description="One product; null when there is none, or it is not for the caller to see.")
    async def product(self, info: Info, id: strawberry.ID) -> Product | None:
        info.context.looks()
        return await Product.find(info, ProductId.parse(id))

    @strawberry.field(description="One product by its merchant's slug and its own; null as of `product`.")
    async def product_by_slug(
        self,
        info: Info,
        merchant: Annotated[str, strawberry.argument(description="Its merchant's slug: wlijo-bu-sri.")],
        slug: Annotated[str, strawberry.argument(description="Its own slug: bayam.")],
    ) -> Product | None:
        if not (is_slug(merchant) and is_slug(slug)):
            return None
        info.context.looks()
        key = await info.context.read(lambda conn: reading.product_of_slugs(conn, merchant, slug))
        return await Product.find(info, key) if key else None

    @strawberry.field(description="The kinds of goods, by name.", directives=[sized(MAX_CATEGORIES)])
    async def categories(self, info: Info) -> list[Category] | None:
        info.context.looks()
        rows = await info.context.read(lambda conn: reference.categories(conn))
        return [Category.of(row) for row in rows]

    @strawberry.field(
        description="The units in which goods are sold, by label; `step` and `min` are what is usual.",
        directives=[sized(MAX_UNITS)],
    )
    async def sale_units(self, info: Info) -> list[SaleUnit] | None:
        info.context.looks()
        rows = await info.context.read(lambda conn: reference.sale_units(conn))
        return [usual(row) for row in rows]

    @strawberry.field(description="What is for sale around a point, nearest first.", directives=[PAGED])
    async def products_near(
        self,
        info: Info,
        point: Annotated[
            PointInput, strawberry.argument(description="Where the buyer is; where nobody delivers, nothing is found.")
        ],
        radius_m: Annotated[
            int | None,
            strawberry.argument(description=f"Metres through the air, 1 to {MAX_RADIUS_M}, which is also the default."),
        ] = None,
        search: Annotated[
            str | None,
            strawberry.argument(
                description=(
                    "Words, or beginnings of words, that must all be there: bayam, ikat, klengk. "
                    "What holds no word, as `(`, finds nothing; white space alone is no search."
                )
            ),
        ] = None,
        category: OfCategory = None,
        first: int | None = None,
        after: str | None = None,
    ) -> ProductNearConnection | None:
        page = Page(first, after, tuple[float, UUID])
        if radius_m is not None and not 1 <= radius_m <= MAX_RADIUS_M:
            raise BadUserInput(f"radiusM is from 1 to {MAX_RADIUS_M}")
        words, code = _words(search), category_code(category)
        if words == [] or not regency.is_delivered_to(GeoPoint(lat=point.lat, lng=point.lng)):
            return ProductNearConnection.of([], page)

        async def near(conn: Connected) -> list[reading.NearView]:
            kinds = await reference.categories(conn) if words else []
            return await reading.products_near(
                conn,
                lat=point.lat,
                lng=point.lng,
                radius_m=radius_m or MAX_RADIUS_M,
                category=code,
                search=[*map(Typed, words or (), called({each.code: each.name for each in kinds}, words or ()))],
                after=page.after,
                limit=page.limit,
            )

        info.context.looks()
        return ProductNearConnection.of(await info.context.read(near), page)

    @strawberry.field(description="The kecamatan that are served, by code.")
    async def regions(self, info: Info) -> list[Region] | None:
        info.context.looks()
        rows = await info.context.read(lambda conn: reference.regions(conn, RegionLevel.KECAMATAN))
        return [Region.of(row) for row in rows]


def _words(search: str | None) -> list[str] | None:
    """Empty when there is no word in it, None when nothing is looked for."""
    if search is None or not search.strip():
        return None
    if len(search) > MAX_SEARCH_CHARACTERS:
        raise BadUserInput(f"search has at most {MAX_SEARCH_CHARACTERS} characters")
    return words_of(search)
