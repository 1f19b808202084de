"""Operators order the kinds of goods, say what goods of each are asked, and what goods are compared as."""

from __future__ import annotations

from typing import Annotated

import strawberry

from services.catalog.commands import tree as commands
from services.catalog.domain import tree
from services.catalog.domain.category import MAX_NAME_CHARACTERS as MAX_CATEGORY_CHARACTERS
from services.catalog.domain.slug import MAX_CODE_CHARACTERS, is_slug
from services.catalog.domain.tree import (
    MAX_CHOICES,
    MAX_DEPTH,
    MAX_NAME_CHARACTERS,
    MAX_POSITION,
    MAX_UNIT_CHARACTERS,
    MAX_VALUE_CHARACTERS,
    AttributeKind,
)
from services.catalog.schema.loaders import Info
from services.catalog.schema.tree import Attribute, Commodity
from services.catalog.schema.types import Category
from services.catalog.store import tree as stored
from services.contracts.catalog import UnitKind
from services.contracts.roles import Role
from services.graph import Payload
from services.kit.database.db import transaction
from services.kit.graphql.errors import BadUserInput
from services.kit.graphql.refusals import refusable
from services.kit.graphql.texts import read_line

_Code = Annotated[
    str,
    strawberry.argument(
        description=f"Small letters, digits and hyphens, up to {MAX_CODE_CHARACTERS}; it never changes."
    ),
]


@strawberry.type
class PlaceCategoryPayload(Payload):
    category: Category | None = None


@strawberry.type
class SaveAttributePayload(Payload):
    attribute: Attribute | None = None


@strawberry.type
class RemoveAttributePayload(Payload):
    code: str | None = strawberry.field(default=None, description="As it was given.")


@strawberry.type
class SaveCommodityPayload(Payload):
    commodity: Commodity | None = None


@strawberry.type
class TreeMutations:
    @refusable(
        description="Operators only: where a category stands, and what its goods are compared as, in place of what was. What lies below it "
        "comes along, and so do its goods."
    )
    async def place_category(
        self,
        info: Info,
        code: Annotated[str, strawberry.argument(description="Of the category.")],
        parent_code: Annotated[
            str | None, strawberry.argument(description=f"The one above it, at most {MAX_DEPTH} deep; null is a root.")
        ] = None,
        position: Annotated[
            int, strawberry.argument(description=f"0 to {MAX_POSITION}; the lower first, then by name.")
        ] = 0,
        commodity_code: Annotated[
            str | None, strawberry.argument(description="A code of `commodities`; null is what the one above has.")
        ] = None,
    ) -> PlaceCategoryPayload | None:
        subject = info.context.identity.require(Role.OPS)
        if not 0 <= position <= MAX_POSITION:
            raise BadUserInput(f"position is from 0 to {MAX_POSITION}")
        async with transaction(info.context.db) as conn:
            await commands.place_category(conn, code, parent_code, position, commodity_code, by=subject)
            name = (await stored.nodes(conn))[code].name
        return PlaceCategoryPayload(category=Category(code=code, indonesian=name))

    @refusable(
        description="Operators only: what goods of a category, and of those below it, say of themselves. Said again it is changed; its "
        "kind and its category stay, and choices are added alone."
    )
    async def save_attribute(
        self,
        info: Info,
        category_code: Annotated[str, strawberry.argument(description="A code of `categories`.")],
        code: _Code,
        name: Annotated[
            str, strawberry.argument(description=f"In Indonesian, up to {MAX_NAME_CHARACTERS} characters.")
        ],
        kind: Annotated[AttributeKind, strawberry.argument(description="What its values are.")],
        unit: Annotated[
            str | None,
            strawberry.argument(
                description=f"Of a NUMBER, up to {MAX_UNIT_CHARACTERS} characters, to stand behind it."
            ),
        ] = None,
        choices: Annotated[
            list[str] | None,
            strawberry.argument(
                description=f"Of a CHOICE, 1 to {MAX_CHOICES} in their order, each up to {MAX_VALUE_CHARACTERS} characters."
            ),
        ] = None,
        required: Annotated[
            bool, strawberry.argument(description="Whether nothing is published without it; what is for sale stays.")
        ] = False,
    ) -> SaveAttributePayload | None:
        subject = info.context.identity.require(Role.OPS)
        _check_code(code)
        if len(choices or ()) > MAX_CHOICES:
            raise BadUserInput(f"choices are at most {MAX_CHOICES}")
        given = tree.Attribute(
            code=code,
            category=category_code,
            name=read_line("name", name, longest=MAX_NAME_CHARACTERS),
            kind=kind,
            unit=None if unit is None else read_line("unit", unit, longest=MAX_UNIT_CHARACTERS),
            choices=[read_line("choices", each, longest=MAX_VALUE_CHARACTERS) for each in choices or ()],
            required=required,
        )
        async with transaction(info.context.db) as conn:
            await commands.save_attribute(conn, given, by=subject)
        return SaveAttributePayload(attribute=Attribute.of(given))

    @refusable(
        description="Operators only: nobody is asked any more, and what goods have said is not shown. One that is not there is no trouble."
    )
    async def remove_attribute(
        self, info: Info, code: Annotated[str, strawberry.argument(description="Of the attribute.")]
    ) -> RemoveAttributePayload | None:
        subject = info.context.identity.require(Role.OPS)
        _check_code(code)
        async with transaction(info.context.db) as conn:
            await commands.remove_attribute(conn, code, by=subject)
        return RemoveAttributePayload(code=code)

    @refusable(
        description="Operators only: what goods of several merchants are compared as. Said again its name is changed; its kind stays."
    )
    async def save_commodity(
        self,
        info: Info,
        code: _Code,
        name: Annotated[
            str, strawberry.argument(description=f"In Indonesian, up to {MAX_CATEGORY_CHARACTERS} characters.")
        ],
        kind: Annotated[
            UnitKind,
            strawberry.argument(description="What is compared: MASS a kilogram, COUNT a piece, VOLUME a litre."),
        ],
    ) -> SaveCommodityPayload | None:
        subject = info.context.identity.require(Role.OPS)
        _check_code(code)
        given = tree.Commodity(code, read_line("name", name, longest=MAX_CATEGORY_CHARACTERS), kind)
        async with transaction(info.context.db) as conn:
            await commands.save_commodity(conn, given, by=subject)
        return SaveCommodityPayload(commodity=Commodity.of(given))


def _check_code(code: str) -> None:
    if not is_slug(code, MAX_CODE_CHARACTERS):
        raise BadUserInput(f"code is small letters, digits and hyphens, up to {MAX_CODE_CHARACTERS}")
