"""Looking for goods by what people type: what is found, counted by what it could be narrowed to, and what somebody may be typing."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, Final, Self
from uuid import UUID

import strawberry
from strawberry.types.nodes import SelectedField, Selection

from services.catalog.domain import finding, tree
from services.catalog.domain.finding import (
    MAX_FOUND,
    MAX_SUGGESTIONS,
    MAX_TEXT_CHARACTERS,
    MAX_WORDS,
    Group,
    Narrowing,
    ProductOrder,
    TextIsTooLong,
    Wanted,
)
from services.catalog.domain.product import MAX_PRICE_RUPIAH
from services.catalog.domain.slug import MAX_CODE_CHARACTERS, is_slug
from services.catalog.domain.synonyms import MAX_SYNONYMS
from services.catalog.domain.tree import MAX_CHOICES, MAX_VALUE_CHARACTERS
from services.catalog.schema import loaders
from services.catalog.schema.facets import ProductFacets
from services.catalog.schema.loaders import Info
from services.catalog.schema.types import Category, Product, category_code
from services.catalog.store import finding as stored
from services.catalog.store import reference, suggesting, synonyms
from services.catalog.store.finding import FoundView, Place
from services.catalog.store.reference import CategoryView
from services.contracts import regency
from services.contracts.catalog import MerchantKind
from services.contracts.places import KECAMATAN, GeoPoint
from services.contracts.roles import Role
from services.kit.database.db import Connection as Connected
from services.kit.graphql.enums import described
from services.kit.graphql.errors import BadUserInput
from services.kit.graphql.pages import PAGED, Page, PageInfo, cursor, sized
from services.kit.graphql.scalars import Rupiah
from services.kit.graphql.texts import read_line
from services.kit.graphql.types import PointInput

MAX_RADIUS_M: Final = 50_000
MAX_NARROWED: Final = 10
TOWN: Final = KECAMATAN["35.08.10"].centre
"""Where a search begins whose point is not said."""

described(
    ProductOrder,
    "What comes first. Of two that are alike the one with the lower id.",
    RELEVANCE="What the words say best, what is in stock, and what is nearer when a point is given.",
    DISTANCE="What is nearest; it needs a point.",
    PRICE="What costs least for one unit, in the variant that costs least.",
    NEWEST="What was put up for sale last, for the first time.",
)


@strawberry.input(description="What goods have to say of themselves: one of the values.")
class AttributeNarrowing:
    code: str = strawberry.field(description="Of an attribute that is a CHOICE or BOOLEAN.")
    values: list[str] = strawberry.field(description=f"1 to {MAX_CHOICES}: choices, or true and false.")


@strawberry.input(description="What a search is narrowed to; what is left out or null is any.")
class ProductNarrowing:
    category: str | None = strawberry.field(
        default=None, description="The code of a category, sayur: of it and of those below it."
    )
    attributes: list[AttributeNarrowing] | None = strawberry.field(
        default=None, description=f"All of these, at most {MAX_NARROWED}, each attribute once."
    )
    kinds: list[MerchantKind] | None = strawberry.field(default=None, description="Sold by one of these; empty is any.")
    open_now: bool = strawberry.field(default=False, description="Only of merchants that are open at this moment.")
    in_stock: bool = strawberry.field(default=False, description="Only what can be ordered now.")
    halal: bool = strawberry.field(default=False, description="Only what a halal certificate covers: CERTIFIED.")
    served_here: bool = strawberry.field(
        default=False,
        description="Only of merchants that have their goods brought to the point, as `servesPoint` says; it needs a point.",
    )
    price_from: Rupiah | None = strawberry.field(
        default=None, description="For one unit, of the variant that costs least."
    )
    price_to: Rupiah | None = strawberry.field(default=None, description="As `priceFrom`, and no more than this.")

    def given(self) -> Narrowing:
        """Raises BadUserInput."""
        for name, price in (("priceFrom", self.price_from), ("priceTo", self.price_to)):
            if price is not None and not 0 <= price <= MAX_PRICE_RUPIAH * 1_000:
                raise BadUserInput(f"{name} is from 0 to {MAX_PRICE_RUPIAH * 1_000}")
        said = self.attributes or []
        if len(said) > MAX_NARROWED or len({each.code for each in said}) != len(said):
            raise BadUserInput(f"attributes are at most {MAX_NARROWED}, each once")
        for each in said:
            if not is_slug(each.code, MAX_CODE_CHARACTERS) or not 1 <= len(each.values) <= MAX_CHOICES:
                raise BadUserInput(f"attributes have a code, like grade, and 1 to {MAX_CHOICES} values")
        return Narrowing(
            category=category_code(self.category),
            attributes={
                each.code: [read_line("values", value, longest=MAX_VALUE_CHARACTERS) for value in each.values]
                for each in said
            },
            kinds=list(dict.fromkeys(self.kinds)) if self.kinds else None,
            open_now=self.open_now,
            in_stock=self.in_stock,
            price_from=self.price_from,
            price_to=self.price_to,
            halal=self.halal,
        )


@strawberry.type(description="A product that was found.")
class ProductFoundEdge:
    cursor: str = strawberry.field(description="Opaque; give it as `after` to go on from here.")
    distance_m: int | None = strawberry.field(
        description="Metres through the air to where its merchant hands it over; null when no point was given."
    )
    node: Product


@strawberry.type(description="A page of what a search finds.")
class ProductFoundConnection:
    edges: list[ProductFoundEdge]
    page_info: PageInfo
    guessed: str | None = strawberry.field(
        description="What was looked for in place of the text, which nothing has: the nearest words that goods are called by; and of words "
        "that nothing has together those with which something is found, the first before the others. Null when the text itself "
        "was looked for."
    )
    asked: strawberry.Private[tuple[Wanted | None, Place, Narrowing] | None]
    groups: strawberry.Private[list[Group] | None]

    @classmethod
    def of(
        cls,
        rows: list[FoundView],
        page: Page[tuple[str, float, UUID]],
        order: ProductOrder,
        asked: tuple[Wanted | None, Place, Narrowing] | None,
        groups: list[Group] | None = None,
    ) -> Self:
        edges = [
            ProductFoundEdge(
                cursor=cursor((str(order), row.key, row.product.id.uuid)),
                distance_m=round(row.distance_m) if asked and asked[1].own else None,
                node=Product.of(row.product),
            )
            for row in rows[: page.first]
        ]
        return cls(
            edges=edges,
            page_info=page.info(len(rows), [edge.cursor for edge in edges]),
            guessed=asked[0].guessed if asked and asked[0] else None,
            asked=asked,
            groups=groups,
        )

    @strawberry.field(description="What the whole search finds, counted, whatever the page.")
    async def facets(self, info: Info) -> ProductFacets:
        if self.asked is None:
            return ProductFacets.of(finding.counted([], Narrowing()), {}, {})
        nodes = await info.context.load(loaders.category_trees, "")
        found = self.asked
        groups = self.groups
        if groups is None:
            groups = await info.context.read(lambda conn: stored.groups(conn, *found))
        counts = finding.counted(groups, found[2])
        asked = await info.context.load(loaders.attributes_by_code, "") if counts.marks else {}
        return ProductFacets.of(counts, nodes, asked)


@strawberry.type(description="What somebody may be typing.")
class SearchSuggestion:
    text: str = strawberry.field(description="To be searched for: what goods are called, or the name of a category.")
    category: Category | None = strawberry.field(description="Of a category: to narrow the search to it.")


@strawberry.type(description="What people say for what goods are called: a search for either finds both.")
class Synonym:
    word: str = strawberry.field(description="One word, in small letters: unting.")
    means: str = strawberry.field(description="What it means, in small letters: ikat; one word or several.")


_Text = Annotated[
    str | None,
    strawberry.argument(
        description=(
            f"What people type, up to {MAX_TEXT_CHARACTERS} characters and {MAX_WORDS} words: goods must have them all, or "
            "their stems, what begins with them, or what they mean. What holds no word, as `(`, finds "
            "nothing; white space alone is no search."
        )
    ),
]


@strawberry.type
class FindingQueries:
    @strawberry.field(
        description=f"Goods for sale by what people type. A search that finds more than {MAX_FOUND} holds those around the point.",
        directives=[PAGED],
    )
    async def search_products(
        self,
        info: Info,
        text: _Text = None,
        point: Annotated[
            PointInput | None,
            strawberry.argument(
                description="Where the buyer is; where nobody delivers, nothing is found. Without one, a search begins in the town."
            ),
        ] = None,
        radius_m: Annotated[
            int | None,
            strawberry.argument(description=f"Metres through the air, 1 to {MAX_RADIUS_M}, which is also the default."),
        ] = None,
        narrowed: Annotated[ProductNarrowing | None, strawberry.argument(description="What it is narrowed to.")] = None,
        order: Annotated[ProductOrder, strawberry.argument(description="What comes first.")] = ProductOrder.RELEVANCE,
        first: int | None = None,
        after: str | None = None,
    ) -> ProductFoundConnection | None:
        page = Page(first, after, tuple[str, float, UUID])
        if page.after is not None and page.after[0] != order:
            raise BadUserInput("after is a cursor of another order")
        if radius_m is not None and not 1 <= radius_m <= MAX_RADIUS_M:
            raise BadUserInput(f"radiusM is from 1 to {MAX_RADIUS_M}")
        if point is None and (order is ProductOrder.DISTANCE or radius_m is not None):
            raise BadUserInput("point is needed for a distance")
        info.context.looks()
        narrowed = narrowed or ProductNarrowing()
        if point is None and narrowed.served_here:
            raise BadUserInput("point is needed for who has goods brought there")
        by = narrowed.given()
        if by.category is not None:
            nodes = await info.context.load(loaders.category_trees, by.category)
            by = replace(by, within=tree.within(nodes, by.category))
        typed = _words(text)
        here = TOWN if point is None else GeoPoint(lat=point.lat, lng=point.lng)
        if typed == [] or not regency.is_delivered_to(here):
            return ProductFoundConnection.of([], page, order, None)
        place = Place(here, radius_m or MAX_RADIUS_M, point is not None, narrowed.served_here)
        key = (page.after[1], page.after[2]) if page.after else None
        counting = _selects(info, "facets")

        async def search(conn: Connected) -> tuple[Wanted | None, list[FoundView], list[Group] | None]:
            known = await stored.meanings(conn, typed) if typed else None
            wanted = finding.wanted(*known) if known else None
            rows, groups = await stored.search(conn, wanted, place, by, order, key, page.limit, counting=counting)
            # Nothing on this page: all that is left may be narrowed away, or behind the last, or have not all of the words.
            if (
                not rows
                and known
                and wanted
                and len(wanted.words) > 1
                and (places := await stored.together(conn, wanted, here))
            ):
                wanted = finding.of_fewer(*known, places)
                rows, groups = await stored.search(conn, wanted, place, by, order, key, page.limit, counting=counting)
            return wanted, rows, groups

        wanted, rows, groups = await info.context.read(search)
        return ProductFoundConnection.of(rows, page, order, (wanted, place, by), groups)

    @strawberry.field(
        description=f"At most {MAX_SUGGESTIONS} texts that what is typed may become: categories first, then what goods are called.",
        directives=[sized(MAX_SUGGESTIONS)],
    )
    async def search_suggestions(
        self,
        info: Info,
        text: Annotated[
            str,
            strawberry.argument(
                description=f"As far as it is typed, up to {MAX_TEXT_CHARACTERS} characters and {MAX_WORDS} words."
            ),
        ],
    ) -> list[SearchSuggestion] | None:
        typed = _words(text)
        if not typed:
            return []

        async def suggest(conn: Connected) -> tuple[list[str], list[CategoryView]]:
            meanings, _ = await stored.meanings(conn, typed)
            names = await suggesting.suggestions(conn, finding.completed(meanings), TOWN)
            return names, await reference.categories(conn)

        info.context.looks()
        names, kinds = await info.context.read(suggest)
        begun = " ".join(typed)
        shown = [
            SearchSuggestion(text=each.name, category=Category.of(each))
            for each in kinds
            if any(" ".join(finding.words(each.name)[place:]).startswith(begun) for place in range(MAX_WORDS))
        ]
        shown = shown[: MAX_SUGGESTIONS // 3]
        shown += [SearchSuggestion(text=name, category=None) for name in names]
        return shown[:MAX_SUGGESTIONS]

    @strawberry.field(
        description="Operators only: what people say for what goods are called, by the word.",
        directives=[sized(MAX_SYNONYMS)],
    )
    async def synonyms(self, info: Info) -> list[Synonym] | None:
        info.context.identity.require(Role.OPS)
        async with info.context.db.acquire() as conn:
            rows = await synonyms.all_of(conn)
        return [Synonym(word=word, means=means) for word, means in rows]


def _selects(info: Info, name: str) -> bool:
    left: list[Selection] = [each for field in info.selected_fields for each in field.selections]
    while left:
        each = left.pop()
        if not isinstance(each, SelectedField):
            left += each.selections
        elif each.name == name:
            return True
    return False


def _words(text: str | None) -> list[str] | None:
    """None when nothing is looked for, empty when there is no word in it. Raises BadUserInput."""
    if text is None or not text.strip():
        return None
    try:
        return finding.words(text)
    except TextIsTooLong as error:
        raise BadUserInput(str(error)) from error
