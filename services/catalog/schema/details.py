"""What is said of a product beside its name, how pieces are weighed, and who changed what."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING, Annotated, Self
from uuid import UUID

import strawberry

from services.catalog.domain import tree
from services.catalog.domain.offering import MAX_RETIRED
from services.catalog.domain.tree import MAX_VALUES, AttributeKind
from services.catalog.schema import loaders
from services.catalog.schema.loaders import HistoryPage, Info, PastFreshPage
from services.catalog.schema.tree import Attribute, Commodity
from services.catalog.store.details import attributes_of
from services.catalog.store.product_history import Actor, ChangeView, Part
from services.contracts import amounts
from services.contracts.catalog import MerchantId, UnitKind
from services.graph import CatchWeight
from services.kit.graphql.enums import described
from services.kit.graphql.pages import PAGED, Connection, Page, sized
from services.kit.graphql.scalars import Rupiah

if TYPE_CHECKING:
    from services.catalog.schema.types import Product, Variant
    from services.catalog.store.reading import ProductView, VariantView

_Product = Annotated["Product", strawberry.lazy("services.catalog.schema.types")]
_Variant = Annotated["Variant", strawberry.lazy("services.catalog.schema.types")]

described(
    Part,
    "What of a product was changed. New values may come.",
    CREATED="It was made; `after` is its name.",
    NAME="Its name.",
    DESCRIPTION="What it is described as; the first 200 characters.",
    CATEGORY="Its category, by the code.",
    STATUS="Its status, or ARCHIVED.",
    ORIGIN="The village that it comes from, by the code.",
    ORIGIN_GROUP="Who grew or made it.",
    REGION_MARK="The mark of its region.",
    KEEPS_FOR="Seconds that it keeps.",
    HARVESTED_ON="The day on which it was harvested.",
    COMMODITY="What it is compared as, by the code.",
    ATTRIBUTE="An attribute, whose code `about` is.",
    VARIANT="OFFERED, or RETIRED.",
    LABEL="How a variant is labelled.",
    PRICE="Rupiah; of what is weighed, those of its weight.",
    STEP="Base units.",
    MIN="Base units.",
    MAX="Base units.",
    MASS="Grams of a base unit.",
    OVERRUN="Per cent.",
    STOCK="All that lies there, in base units; what orders move is not told.",
)
described(
    Actor,
    "Who changed it. New values may come.",
    MEMBER="Somebody of its merchant.",
    OFFICER="An officer.",
    OPS="An operator.",
    PLATFORM="Nobody: it is how the platform works.",
)


@strawberry.type(description="What a product says of itself.")
class ProductAttribute:
    attribute: Attribute = strawberry.field(description="What was asked.")
    value: str = strawberry.field(description="As its kind writes it: 2.5, true, one of the choices.")
    text: str = strawberry.field(description="For people, in Indonesian: 2,5 kg, ya.")

    @classmethod
    def of(cls, asked: tree.Attribute, value: str) -> Self:
        return cls(attribute=Attribute.of(asked), value=value, text=_text(asked, value))


def _text(asked: tree.Attribute, value: str) -> str:
    if asked.kind is AttributeKind.BOOLEAN:
        return "ya" if value == "true" else "tidak"
    if asked.kind is AttributeKind.NUMBER:
        whole, point, rest = value.partition(".")
        shown = f"{int(whole):,}".replace(",", ".") if whole not in ("-0", "-") else whole
        return f"{shown}{',' if point else ''}{rest}{f' {asked.unit}' if asked.unit else ''}"
    return value


@strawberry.type(
    description="One thing that was changed of a product. An app keeps a default branch for what it does not know."
)
class ProductChange:
    what: Part = strawberry.field(description="What it was.")
    about: str | None = strawberry.field(
        description="Of which attribute, by its code; of which variant, as it was labelled."
    )
    before: str | None = strawberry.field(description="As `what` says; null when there was nothing.")
    after: str | None = strawberry.field(description="As `before`.")
    actor: Actor = strawberry.field(description="Who changed it.")
    by_name: str | None = strawberry.field(
        description="By what its merchant calls the member; null of others, and of somebody who is not of it any more."
    )
    at: datetime = strawberry.field(description="When.")

    @classmethod
    def of(cls, row: ChangeView) -> Self:
        return cls(
            what=row.what,
            about=row.about,
            before=row.before,
            after=row.after,
            actor=row.actor,
            by_name=row.name,
            at=row.at,
        )


@strawberry.type
class Detailed:
    """The fields of `Product` that this is about."""

    if TYPE_CHECKING:
        row: ProductView

    @strawberry.field(
        description="Since when its merchant has put it away; null when it has not. Its status is HIDDEN."
    )
    def archived_at(self) -> datetime | None:
        return self.row.archived_at

    @strawberry.field(description="The day, in WIB, on which it was harvested, caught or made.")
    def harvested_on(self) -> date | None:
        return self.row.harvested_on

    @strawberry.field(
        description="Until when it keeps, from the WIB midnight with which the day of the harvest began; null when that is not said."
    )
    def fresh_until(self) -> datetime | None:
        return self.row.fresh_until

    @strawberry.field(
        description="Whether `freshUntil` is over. It can be ordered all the same: show it, and its merchant has to say anew."
    )
    def is_past_fresh(self) -> bool:
        return self.row.past

    @strawberry.field(description="Who grew or made it: a group of farmers.")
    def origin_group(self) -> str | None:
        return self.row.origin_group

    @strawberry.field(description="What goods of the region are known as: Klengkeng Kateki.")
    def region_mark(self) -> str | None:
        return self.row.region_mark

    @strawberry.field(
        description="What it is compared as: as it says, else as its category does; null when neither does."
    )
    async def commodity(self, info: Info) -> Commodity | None:
        code = self.row.commodity_code
        if code is None:
            nodes = await info.context.load(loaders.category_trees, self.row.category_code)
            code = tree.commodity_of(nodes, self.row.category_code)
        row = await info.context.load(loaders.commodities, code) if code else None
        return Commodity.of(row) if row else None

    @strawberry.field(
        description="What it says of itself, of what its category asks, by the attribute's name.",
        directives=[sized(MAX_VALUES)],
    )
    async def attributes(self, info: Info) -> list[ProductAttribute]:
        said = attributes_of(self.row.attributes)
        if not said:
            return []
        every = await info.context.load(loaders.attributes_by_code, "")
        node = (await info.context.load(loaders.category_trees, self.row.category_code)).get(self.row.category_code)
        return [
            ProductAttribute.of(asked, said[code])
            for code, asked in every.items()
            if code in said and node and asked.category in node.path
        ]

    @strawberry.field(
        description=f"Those that are not offered any more, at most {MAX_RETIRED}; for its merchant's people and operators, else empty.",
        directives=[sized(MAX_RETIRED)],
    )
    async def retired_variants(self, info: Info) -> list[_Variant]:
        from services.catalog.schema.types import Variant  # it has these fields

        return [Variant.of(row) for row in await info.context.load(loaders.retired_variants, self.row.id)]

    @strawberry.field(
        description="What was changed of it, by whom and when, the newest first; for its merchant's people and staff, else empty.",
        directives=[PAGED],
    )
    async def history(
        self, info: Info, first: int | None = None, after: str | None = None
    ) -> Connection[ProductChange]:
        page = Page(first, after, tuple[int])
        asked = HistoryPage(self.row.id, page.after[0] if page.after else None, page.limit)
        rows = await info.context.load(loaders.product_histories, asked)
        return page.connection(rows, key=lambda row: (row.id,), node=ProductChange.of)


@strawberry.type
class Weighable:
    """The fields of `Variant` that this is about."""

    if TYPE_CHECKING:
        row: VariantView

    @strawberry.field(
        description="What is priced: its base units; MASS of pieces that are weighed when they are packed."
    )
    def priced_by(self) -> UnitKind:
        return UnitKind.MASS if self.row.catch_weight else self.row.unit.kind

    @strawberry.field(
        description="How it is priced when it is ordered by the piece and weighed later; null of all else."
    )
    def catch_weight(self) -> CatchWeight | None:
        return CatchWeight.of(self.row.catch_weight) if self.row.catch_weight else None

    @strawberry.field(
        description="What one unit of the usual mass comes to, half up; null of what is not weighed later."
    )
    def estimate(self) -> Rupiah | None:
        return Rupiah(self.row.price_rupiah) if self.row.catch_weight else None

    @strawberry.field(
        description="The most that one unit may come to for the buyer; null of what is not weighed later."
    )
    def cap(self) -> Rupiah | None:
        weighed = self.row.catch_weight
        return Rupiah(amounts.capped(self.row.price_rupiah, weighed.overrun_percent)) if weighed else None

    @strawberry.field(
        description="Since when it is not offered any more; null while it is. Orders that name it keep it."
    )
    def retired_at(self) -> datetime | None:
        return self.row.retired_at


@strawberry.type
class PastFresh:
    """The field of `Merchant` that this is about."""

    if TYPE_CHECKING:
        key: MerchantId

    @strawberry.field(
        description="What it offers past the time that it keeps, the oldest harvest first; for its own people and operators, else empty.",
        directives=[PAGED],
    )
    async def products_past_fresh(
        self, info: Info, first: int | None = None, after: str | None = None
    ) -> Connection[_Product]:
        from services.catalog.schema.types import Product  # it has these fields

        page = Page(first, after, tuple[date, UUID])
        rows = await info.context.load(loaders.past_fresh, PastFreshPage(self.key, page.after, page.limit))
        return page.connection(rows, key=lambda row: (row.harvested_on or date.min, row.id.uuid), node=Product.of)
