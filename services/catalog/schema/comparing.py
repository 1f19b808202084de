"""The same goods of several merchants, and what there is to compare and to choose from."""

from __future__ import annotations

from typing import Annotated, Self
from uuid import UUID

import strawberry

from services.catalog.domain import tree
from services.catalog.domain.category import MAX_CATEGORIES
from services.catalog.domain.slug import MAX_CODE_CHARACTERS, is_slug
from services.catalog.domain.tree import MAX_COMMODITIES
from services.catalog.schema import loaders
from services.catalog.schema.finding import MAX_RADIUS_M, TOWN
from services.catalog.schema.loaders import Info
from services.catalog.schema.tree import Commodity
from services.catalog.schema.types import Category, Variant
from services.catalog.store import comparing
from services.catalog.store import tree as stored
from services.catalog.store.comparing import MAX_COMPARED, OfferOrder, OfferView
from services.contracts import regency
from services.contracts.catalog import ProductId, VariantId
from services.contracts.places import GeoPoint
from services.kit.graphql.enums import described
from services.kit.graphql.errors import BadUserInput, ServiceUnavailable
from services.kit.graphql.pages import PAGED, Page, PageInfo, cursor, sized
from services.kit.graphql.scalars import Rupiah
from services.kit.graphql.types import PointInput

described(
    OfferOrder,
    "Which offer comes first. Of two that are alike the one with the lower id. New values may come.",
    PRICE="What costs least of a kilogram, a piece or a litre.",
    DISTANCE="What is nearest.",
)


@strawberry.type(description="How somebody sells the same goods.")
class SameGoodsEdge:
    cursor: str = strawberry.field(description="Opaque; give it as `after` to go on from here.")
    price: Rupiah = strawberry.field(
        description="Of a kilogram, a piece or a litre, as the commodity is compared, half up."
    )
    is_exact: bool = strawberry.field(
        description="False when it is reckoned by what a piece usually weighs, or when a piece is weighed later."
    )
    distance_m: int | None = strawberry.field(
        description="Metres through the air to where its merchant hands it over; null when no point was given."
    )
    key: strawberry.Private[VariantId]

    @strawberry.field(description="What is sold so.")
    async def node(self, info: Info) -> Variant:
        found = await Variant.find(info, self.key)
        if found is None:
            raise ServiceUnavailable("this was changed while it was read")
        return found


@strawberry.type(description="A page of how the same goods are sold.")
class SameGoodsConnection:
    edges: list[SameGoodsEdge]
    page_info: PageInfo
    commodity: Commodity | None = strawberry.field(
        description="What is compared; null when there is nothing that the goods are compared as."
    )

    @classmethod
    def of(
        cls,
        rows: list[OfferView],
        page: Page[tuple[str, float, UUID]],
        order: OfferOrder,
        commodity: tree.Commodity | None,
        *,
        own: bool,
    ) -> Self:
        edges = [
            SameGoodsEdge(
                cursor=cursor((str(order), row.key, row.variant_id.uuid)),
                price=Rupiah(row.per),
                is_exact=row.exact,
                distance_m=round(row.distance_m) if own else None,
                key=row.variant_id,
            )
            for row in rows[: page.first]
        ]
        return cls(
            edges=edges,
            page_info=page.info(len(rows), [edge.cursor for edge in edges]),
            commodity=Commodity.of(commodity) if commodity else None,
        )


@strawberry.type
class ComparingQueries:
    @strawberry.field(
        description="The categories as a tree that is written out: each behind what it lies below, those of one parent in the order that "
        "operators gave.",
        directives=[sized(MAX_CATEGORIES)],
    )
    async def category_tree(self, info: Info) -> list[Category] | None:
        nodes = await info.context.load(loaders.category_trees, "")
        return [Category(code=each.code, indonesian=each.name) for each in tree.walked(nodes)]

    @strawberry.field(description="What goods are compared as, by name.", directives=[sized(MAX_COMMODITIES)])
    async def commodities(self, info: Info) -> list[Commodity] | None:
        async with info.context.db.acquire() as conn:
            rows = await stored.commodities(conn)
        return [Commodity.of(row) for row in rows.values()]

    @strawberry.field(
        description="How several merchants sell the same goods, of what can be ordered now: of a product, which is left out, or of a "
        f"commodity. Of more than {MAX_COMPARED} offers those around the point are compared.",
        directives=[PAGED],
    )
    async def same_goods(
        self,
        info: Info,
        product_id: Annotated[
            strawberry.ID | None, strawberry.argument(description="As this product; either it or a commodity is said.")
        ] = None,
        commodity_code: Annotated[
            str | None, strawberry.argument(description="A code of `commodities`: cabai-rawit-merah.")
        ] = None,
        point: Annotated[
            PointInput | None,
            strawberry.argument(
                description="Where the buyer is; where nobody delivers, nothing is found. Without one it begins in the town."
            ),
        ] = None,
        radius_m: Annotated[
            int | None,
            strawberry.argument(description=f"Metres through the air, 1 to {MAX_RADIUS_M}, which is also the default."),
        ] = None,
        order: Annotated[OfferOrder, strawberry.argument(description="What comes first.")] = OfferOrder.PRICE,
        first: int | None = None,
        after: str | None = None,
    ) -> SameGoodsConnection | None:
        page = Page(first, after, tuple[str, float, UUID])
        if page.after is not None and page.after[0] != order:
            raise BadUserInput("after is a cursor of another order")
        if (product_id is None) == (commodity_code is None):
            raise BadUserInput("either productId or commodityCode is said")
        if commodity_code is not None and not is_slug(commodity_code, MAX_CODE_CHARACTERS):
            raise BadUserInput("commodityCode is the code of a commodity, like beras")
        if radius_m is not None and not 1 <= radius_m <= MAX_RADIUS_M:
            raise BadUserInput(f"radiusM is from 1 to {MAX_RADIUS_M}")
        if point is None and (order is OfferOrder.DISTANCE or radius_m is not None):
            raise BadUserInput("point is needed for a distance")
        but = ProductId.parse(product_id) if product_id is not None else None
        here = TOWN if point is None else GeoPoint(lat=point.lat, lng=point.lng)
        rows: list[OfferView] = []
        commodity = None
        async with info.context.db.acquire() as conn:
            nodes = await stored.nodes(conn)
            if but is not None:
                said = await comparing.compared_as(conn, but)
                commodity_code = (said[1] or tree.commodity_of(nodes, said[0])) if said else None
            if commodity_code is not None:
                commodity = (await stored.commodities(conn)).get(commodity_code)
            if commodity is not None and regency.is_delivered_to(here):
                rows = await comparing.offers(
                    conn,
                    tree.compared(nodes, commodity.code),
                    commodity.kind,
                    point=here,
                    radius_m=radius_m or MAX_RADIUS_M,
                    but=but,
                    order=order,
                    after=(page.after[1], page.after[2]) if page.after else None,
                    limit=page.limit,
                )
        return SameGoodsConnection.of(rows, page, order, commodity, own=point is not None)
