"""Categories as a tree, what goods of each are asked, and what goods are compared as."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import strawberry

import services.graph  # noqa: F401  # describes UnitKind, which has to be before a type names it
from services.catalog.domain import tree
from services.catalog.domain.tree import MAX_BELOW, MAX_CHOICES, MAX_DEPTH, MAX_VALUES, AttributeKind
from services.catalog.schema import loaders
from services.catalog.schema.loaders import Info
from services.contracts.amounts import Language
from services.contracts.catalog import UnitKind
from services.kit.graphql.enums import described
from services.kit.graphql.pages import sized

if TYPE_CHECKING:
    from services.catalog.schema.types import Category

described(
    AttributeKind,
    "What an attribute's value is, which is always told as text. New kinds may come.",
    TEXT="Any line of text.",
    NUMBER="A number with a point: 2.5.",
    CHOICE="One of its choices.",
    BOOLEAN="true or false.",
)
_OfCategory = Annotated["Category", strawberry.lazy("services.catalog.schema.types")]


@strawberry.type(description="What goods of a category say of themselves.")
class Attribute:
    code: str = strawberry.field(description="Short and stable; no other category has it.")
    name: str = strawberry.field(description="For people, in Indonesian.")
    kind: AttributeKind = strawberry.field(description="What its values are.")
    unit: str | None = strawberry.field(description="Of a number, to stand behind it.")
    choices: list[str] = strawberry.field(
        description="Of a CHOICE, in their order; else empty.", directives=[sized(MAX_CHOICES)]
    )
    required: bool = strawberry.field(description="Whether what is for sale has to say it.")
    category_code: str = strawberry.field(description="Of the category that asks it, of its goods and of all below.")

    @classmethod
    def of(cls, row: tree.Attribute) -> Attribute:
        return cls(
            code=row.code,
            name=row.name,
            kind=row.kind,
            unit=row.unit,
            choices=list(row.choices),
            required=row.required,
            category_code=row.category,
        )


@strawberry.type(description="What goods of several merchants are compared as: one line of the province's price list.")
class Commodity:
    code: str = strawberry.field(description="Short and stable: cabai-rawit-merah.")
    name: str = strawberry.field(description="For people, in Indonesian.")
    kind: UnitKind = strawberry.field(description="What is compared: MASS a kilogram, COUNT a piece, VOLUME a litre.")

    @classmethod
    def of(cls, row: tree.Commodity) -> Commodity:
        return cls(code=row.code, name=row.name, kind=row.kind)


@strawberry.type
class Treed:
    """The fields of `Category` that this is about."""

    if TYPE_CHECKING:
        code: str
        indonesian: str

    @strawberry.field(description="For people. In Indonesian where nobody has named it in English.")
    async def name(
        self,
        info: Info,
        language: Annotated[
            Language, strawberry.argument(description="Of the two languages that it is named in.")
        ] = Language.ID,
    ) -> str:
        if language is Language.ID:
            return self.indonesian
        node = (await info.context.load(loaders.category_trees, self.code)).get(self.code)
        return (node.english if node else None) or self.indonesian

    @strawberry.field(description="The one right above; null of a root.")
    async def parent(self, info: Info) -> _OfCategory | None:
        nodes = await info.context.load(loaders.category_trees, self.code)
        node = nodes.get(self.code)
        return _of(nodes, node.parent) if node and node.parent else None

    @strawberry.field(
        description=f"Those right below, in the order that operators gave; at most {MAX_BELOW}.",
        directives=[sized(MAX_BELOW)],
    )
    async def children(self, info: Info) -> list[_OfCategory]:
        nodes = await info.context.load(loaders.category_trees, self.code)
        return [_of(nodes, each.code) for each in nodes.values() if each.parent == self.code]

    @strawberry.field(description=f"From the root down to itself; at most {MAX_DEPTH}.", directives=[sized(MAX_DEPTH)])
    async def path(self, info: Info) -> list[_OfCategory]:
        nodes = await info.context.load(loaders.category_trees, self.code)
        node = nodes.get(self.code)
        return [_of(nodes, each) for each in node.path] if node else []

    @strawberry.field(description="The code of the one right above; null of a root.")
    async def parent_code(self, info: Info) -> str | None:
        node = (await info.context.load(loaders.category_trees, self.code)).get(self.code)
        return node.parent if node else None

    @strawberry.field(description="How many lie above it.")
    async def depth(self, info: Info) -> int:
        node = (await info.context.load(loaders.category_trees, self.code)).get(self.code)
        return len(node.path) - 1 if node else 0

    @strawberry.field(description="Where it stands among those of its parent: the lower first, then by name.")
    async def position(self, info: Info) -> int:
        node = (await info.context.load(loaders.category_trees, self.code)).get(self.code)
        return node.position if node else 0

    @strawberry.field(
        description="What its goods say of themselves: what it asks itself, and what those above it do.",
        directives=[sized(MAX_VALUES)],
    )
    async def attributes(self, info: Info) -> list[Attribute]:
        node = (await info.context.load(loaders.category_trees, self.code)).get(self.code)
        every = await info.context.load(loaders.attributes_by_code, "")
        return [Attribute.of(each) for each in every.values() if node and each.category in node.path]

    @strawberry.field(
        description="What its goods are compared as unless they say it, as the nearest above has it; null when none has."
    )
    async def commodity(self, info: Info) -> Commodity | None:
        nodes = await info.context.load(loaders.category_trees, self.code)
        code = tree.commodity_of(nodes, self.code)
        row = await info.context.load(loaders.commodities, code) if code else None
        return Commodity.of(row) if row else None


def _of(nodes: loaders.Tree, code: str) -> Category:
    from services.catalog.schema.types import Category  # it has these fields

    return Category(code=code, indonesian=nodes[code].name)
