"""What a search finds, counted."""

from collections import Counter
from collections.abc import Mapping
from typing import Final, Self

import strawberry

from services.catalog.domain import tree
from services.catalog.domain.category import MAX_CATEGORIES
from services.catalog.domain.finding import MAX_FOUND, PRICE_BANDS, Counts
from services.catalog.domain.tree import MAX_CHOICES
from services.catalog.schema.loaders import Tree
from services.catalog.schema.tree import Attribute
from services.catalog.schema.types import Category
from services.contracts.catalog import MerchantKind
from services.kit.graphql.pages import sized
from services.kit.graphql.scalars import Rupiah

MAX_SAID: Final = 20


@strawberry.type(description="Goods of one category that a search finds.")
class CategoryCount:
    category: Category = strawberry.field(description="To narrow the search to.")
    count: int = strawberry.field(description="Goods that it would find then.")


@strawberry.type(description="Goods that say so of themselves and that a search finds.")
class AttributeValueCount:
    value: str = strawberry.field(description="To narrow the search to: one of the choices, true or false.")
    count: int = strawberry.field(description="Goods that it would find then.")


@strawberry.type(description="What goods that a search finds say of themselves.")
class AttributeCount:
    attribute: Attribute = strawberry.field(description="A CHOICE or BOOLEAN.")
    values: list[AttributeValueCount] = strawberry.field(description="Most first.", directives=[sized(MAX_CHOICES)])


@strawberry.type(description="Goods of one kind of seller that a search finds.")
class MerchantKindCount:
    kind: MerchantKind = strawberry.field(description="To narrow the search to.")
    count: int = strawberry.field(description="Goods that it would find then.")


@strawberry.type(description="Goods that a search finds at prices of a band, for one unit.")
class PriceBand:
    price_from: Rupiah = strawberry.field(description="At least.")
    price_to: Rupiah | None = strawberry.field(description="At most; null when it has no end.")
    count: int = strawberry.field(description="Goods that it would find, narrowed to the band.")


@strawberry.type(
    description=f"What a search finds, counted: each by all that it is narrowed to but its own. Of more than {MAX_FOUND} goods "
    "those around the point are counted."
)
class ProductFacets:
    total: int = strawberry.field(description="Goods as it is narrowed.")
    categories: list[CategoryCount] = strawberry.field(description="Most first.", directives=[sized(MAX_CATEGORIES)])
    kinds: list[MerchantKindCount] = strawberry.field(description="Most first.", directives=[sized(len(MerchantKind))])
    prices: list[PriceBand] = strawberry.field(
        description="From the lowest up, those that hold any.", directives=[sized(len(PRICE_BANDS) + 1)]
    )
    open_now: int = strawberry.field(description="Of merchants that are open at this moment.")
    in_stock: int = strawberry.field(description="That can be ordered now.")
    halal: int = strawberry.field(description="That a halal certificate covers.")
    attributes: list[AttributeCount] = strawberry.field(
        description=f"What they say of themselves, what most say first; at most {MAX_SAID}.",
        directives=[sized(MAX_SAID)],
    )

    @classmethod
    def of(cls, counts: Counts, nodes: Tree, asked: Mapping[str, tree.Attribute]) -> Self:
        names = {code: node.name for code, node in nodes.items()}
        categories: Counter[str] = Counter()
        for code, count in counts.categories.items():
            for each in nodes[code].path if code in nodes else ():
                categories[each] += count
        return cls(
            total=counts.total,
            attributes=_said(counts.marks, asked),
            categories=[
                CategoryCount(category=Category(code=code, indonesian=names[code]), count=count)
                for code, count in sorted(categories.items(), key=lambda each: (-each[1], each[0]))
                if code in names
            ],
            kinds=[
                MerchantKindCount(kind=kind, count=count)
                for kind, count in sorted(counts.kinds.items(), key=lambda each: (-each[1], each[0]))
            ],
            prices=[
                PriceBand(
                    price_from=Rupiah(PRICE_BANDS[band - 1] if band else 0),
                    price_to=Rupiah(PRICE_BANDS[band] - 1) if band < len(PRICE_BANDS) else None,
                    count=counts.bands[band],
                )
                for band in sorted(counts.bands)
            ],
            open_now=counts.open_now,
            in_stock=counts.in_stock,
            halal=counts.halal,
        )


def _said(marks: Counter[str], asked: Mapping[str, tree.Attribute]) -> list[AttributeCount]:
    of: dict[str, list[AttributeValueCount]] = {}
    for mark, count in marks.most_common():
        code, _, value = mark[1:].partition("=")
        if code in asked:
            of.setdefault(code, []).append(AttributeValueCount(value=value, count=count))
    found = [
        AttributeCount(attribute=Attribute.of(asked[code]), values=values[:MAX_CHOICES]) for code, values in of.items()
    ]
    return found[:MAX_SAID]
