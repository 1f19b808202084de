"""Usual goods in the graph: operators enter them, sellers list their load by copying them."""

from __future__ import annotations

from typing import Annotated, Self

import strawberry

from services.catalog.commands import templates as commands
from services.catalog.domain import finding
from services.catalog.domain.finding import TextIsTooLong
from services.catalog.domain.offering import (
    MAX_DESCRIPTION_CHARACTERS,
    MAX_LABEL_CHARACTERS,
    MAX_NAME_CHARACTERS,
    MAX_UNIT_GRAM,
)
from services.catalog.domain.slug import MAX_CODE_CHARACTERS, is_slug
from services.catalog.domain.templates import MAX_ITEMS, Template, Wanted
from services.catalog.schema.bulk import problem
from services.catalog.schema.loaders import Info
from services.catalog.schema.telling import telling
from services.catalog.schema.types import OfCategory, Product, category_code
from services.catalog.store import templates as stored
from services.contracts.catalog import MerchantId, ProductId
from services.contracts.roles import Role
from services.graph import Payload, Problem
from services.kit.database.db import transaction
from services.kit.graphql.errors import BadUserInput
from services.kit.graphql.pages import PAGED, Connection, Page, sized
from services.kit.graphql.refusals import refusable
from services.kit.graphql.scalars import Rupiah

_Code = Annotated[
    str, strawberry.argument(description=f"Small letters, digits and hyphens, up to {MAX_CODE_CHARACTERS}; it stays.")
]


@strawberry.type(description="Goods that many sellers have, to be copied: everything but the price.")
class TemplateGood:
    code: str = strawberry.field(description="Short and stable: bayam.")
    name: str = strawberry.field(description="As most people call it.")
    description: str = strawberry.field(description="As it is copied.")
    category: str = strawberry.field(description="A code of `categories`.")
    unit: str = strawberry.field(description="A code of `saleUnits`, in which it is usually sold.")
    label: str = strawberry.field(description="For people: per ikat.")
    gram_per_unit: int | None = strawberry.field(description="Mass of one unit; null of what is sold by mass.")
    keeps_for_s: int | None = strawberry.field(description="Seconds that it stays fresh.")

    @classmethod
    def of(cls, row: Template) -> Self:
        return cls(
            code=row.code,
            name=row.name,
            description=row.description,
            category=row.category,
            unit=row.unit,
            label=row.label,
            gram_per_unit=row.gram_per_unit,
            keeps_for_s=row.keeps_for_s,
        )


@strawberry.input(description="Usual goods, whole.")
class TemplateGoodInput:
    name: str = strawberry.field(description=f"As most people call it; up to {MAX_NAME_CHARACTERS} characters.")
    category: str = strawberry.field(description="A code of `categories`.")
    unit: str = strawberry.field(description="A code of `saleUnits`.")
    label: str = strawberry.field(description=f"For people: per ikat; up to {MAX_LABEL_CHARACTERS} characters.")
    gram_per_unit: int | None = strawberry.field(
        default=None, description=f"Mass of one unit, 1 to {MAX_UNIT_GRAM} grams; has to be said of pieces."
    )
    description: str = strawberry.field(
        default="", description=f"For buyers; up to {MAX_DESCRIPTION_CHARACTERS} characters."
    )
    keeps_for_s: int | None = strawberry.field(default=None, description="Seconds that it stays fresh.")

    def given(self, code: str) -> Template:
        return Template(
            code=code,
            name=self.name,
            description=self.description,
            category=self.category,
            unit=self.unit,
            label=self.label,
            gram_per_unit=self.gram_per_unit,
            keeps_for_s=self.keeps_for_s,
        )


@strawberry.input(description="One of the usual goods, and what it costs here.")
class CopyTemplateInput:
    code: str = strawberry.field(description="Of `templateGoods`.")
    price: Rupiah = strawberry.field(description="Of one unit.")
    unit: str | None = strawberry.field(
        default=None, description="A code of `saleUnits`, when it is not the usual one."
    )
    gram_per_unit: int | None = strawberry.field(
        default=None, description="Mass of one unit; has to be said of pieces of another unit than the usual one."
    )
    quantity: int | None = strawberry.field(
        default=None,
        description="Base units that lie there. Left out, nothing of what is new, and as many as before of what is not.",
    )

    def wanted(self) -> Wanted:
        return Wanted(self.code, self.price, self.unit, self.gram_per_unit, self.quantity)


@strawberry.type(description="What became of one of the usual goods that were copied.")
class CopiedTemplate:
    code: str = strawberry.field(description="As it was asked for.")
    problems: list[Problem] = strawberry.field(
        description="Why nothing was made of it, or, where there is a product, why it has not the price or is not for sale."
    )
    key: strawberry.Private[ProductId | None]

    @strawberry.field(description="What it is now; null when nothing was made.")
    async def product(self, info: Info) -> Product | None:
        return await Product.find(info, self.key) if self.key else None


@strawberry.type
class SaveTemplateGoodPayload(Payload):
    template: TemplateGood | None = None


@strawberry.type
class RemoveTemplateGoodPayload(Payload):
    code: str | None = strawberry.field(default=None, description="Of what was taken out.")


@strawberry.type
class CopyTemplateGoodsPayload(Payload):
    results: list[CopiedTemplate] | None = strawberry.field(
        default=None, description="In the order of the items.", directives=[sized(MAX_ITEMS)]
    )


@strawberry.type
class TemplateQueries:
    @strawberry.field(
        description="Usual goods, by name: a seller copies them with a price each (`copyTemplateGoods`).",
        directives=[PAGED],
    )
    async def template_goods(
        self,
        info: Info,
        category: OfCategory = None,
        text: Annotated[
            str | None,
            strawberry.argument(
                description="Words or parts of words of the name, or what people say for them: lombok."
            ),
        ] = None,
        first: int | None = None,
        after: str | None = None,
    ) -> Connection[TemplateGood] | None:
        info.context.identity.require()
        page = Page(first, after, tuple[str, str])
        try:
            words = finding.words(text) if text else []
        except TextIsTooLong as error:
            raise BadUserInput(str(error)) from error
        async with info.context.db.acquire() as conn:
            rows = await stored.listed(conn, category_code(category), words, page.after, page.limit)
        return page.connection(rows, key=lambda row: (row.name, row.code), node=TemplateGood.of)


@strawberry.type
class TemplateMutations:
    @refusable(
        description="Operators only: enter usual goods, or change those of this code. What was copied stays as it is."
    )
    async def save_template_good(
        self,
        info: Info,
        code: _Code,
        input: Annotated[TemplateGoodInput, strawberry.argument(description="Whole, in place of what was.")],
    ) -> SaveTemplateGoodPayload | None:
        by = info.context.identity.require(Role.OPS)
        _check(code)
        async with transaction(info.context.db) as conn:
            kept = await commands.save(conn, input.given(code), by=by)
        return SaveTemplateGoodPayload(template=TemplateGood.of(kept))

    @refusable(
        description="Operators only: nobody copies it any more. What was copied stays. One that is not there is no trouble."
    )
    async def remove_template_good(self, info: Info, code: _Code) -> RemoveTemplateGoodPayload | None:
        by = info.context.identity.require(Role.OPS)
        _check(code)
        async with transaction(info.context.db) as conn:
            await commands.remove(conn, code, by=by)
        return RemoveTemplateGoodPayload(code=code)

    @refusable(
        description="Make goods of the merchant of usual ones and put them up for sale, each for itself. What was copied before in the "
        "same unit gets the price and the quantity. What may not be for sale stays a draft and says why. The key makes a repeat the same."
    )
    async def copy_template_goods(
        self,
        info: Info,
        merchant_id: Annotated[strawberry.ID, strawberry.argument(description="A merchant that the caller is of.")],
        items: Annotated[
            list[CopyTemplateInput], strawberry.argument(description=f"1 to {MAX_ITEMS}, each in a unit once.")
        ],
        idempotency_key: str,
    ) -> CopyTemplateGoodsPayload | None:
        info.context.identity.require(Role.MERCHANT)
        key = MerchantId.parse(merchant_id)
        wanted = [each.wanted() for each in items]
        if not 1 <= len({(each.code, each.unit) for each in wanted}) == len(wanted) <= MAX_ITEMS:
            raise BadUserInput(f"items are 1 to {MAX_ITEMS}, each in a unit once")
        if not all(is_slug(each.code, MAX_CODE_CHARACTERS) for each in wanted):
            raise BadUserInput("code is the code of usual goods, like bayam")
        async with transaction(info.context.db) as conn:
            made = await commands.copy(
                conn,
                info.context.caller,
                key,
                wanted,
                telling,
                by=info.context.identity.subject,
                idempotency_key=idempotency_key,
            )
        return CopyTemplateGoodsPayload(
            results=[
                CopiedTemplate(code=each.code, key=each.product_id, problems=[problem(no) for no in each.problems])
                for each in made
            ]
        )


def _check(code: str) -> None:
    if not is_slug(code, MAX_CODE_CHARACTERS):
        raise BadUserInput(f"code is small letters, digits and hyphens, up to {MAX_CODE_CHARACTERS}")
