"""GraphQL types of what a cart says beside its lines."""

from typing import Any, Self, cast

import strawberry

from services.contracts import amounts, catalog
from services.contracts.amounts import Language
from services.graph import InLanguage, Problem
from services.kit.graphql.refusals import Answers
from services.kit.graphql.scalars import Rupiah
from services.ordering.commands.reordering import NotAgain
from services.ordering.domain.cart import MAX_CART_LINES, CartIsFull, Price
from services.ordering.domain.refusal import Refused
from services.ordering.schema.context import Info
from services.ordering.schema.types.orders import Merchant, Variant
from services.ordering.store.guests import LineLeft


def told(info: Info, refused: list[Refused]) -> list[Problem]:
    """Refusals of what is looked at, as problems."""
    answers: Answers = info.schema.answers  # type: ignore[attr-defined]  # ours has them
    return [cast(Problem, each) for no in refused for each in answers.problems(no) or ()]


@strawberry.type(
    description="What a line cost when it was put into the cart. Setting the line again takes today's price as seen."
)
class PriceSeen:
    price: Rupiah = strawberry.field(description="For `priceBasis` base units.")
    price_basis: int = strawberry.field(description="`price` was for so many base units.")
    sold: strawberry.Private[catalog.SaleUnit]

    @strawberry.field(description="`price` as people read it: Rp12.000 / ikat.")
    def price_text(self, language: InLanguage = Language.ID) -> str:
        return amounts.price_text(self.price, self.price_basis, self.sold, language)

    @classmethod
    def unless(cls, seen: Price | None, today: Price, sold: catalog.SaleUnit) -> Self | None:
        """None where nothing has changed, or nobody has written down what was seen."""
        if seen is None or seen.is_as(today):
            return None
        return cls(price=Rupiah(seen.rupiah), price_basis=seen.basis, sold=sold)


@strawberry.type(description="One seller of a cart.")
class CartSeller:
    merchant: Merchant | None = strawberry.federation.field(
        description="Who sells; null while the catalog is away.", provides=["name"]
    )
    goods_total: Rupiah = strawberry.field(description="The sum of this seller's lines at today's prices.")
    note: str | None = strawberry.field(description="What the buyer says to this seller; null when nothing.")


@strawberry.type(description="Goods that did not come into the cart, and why.")
class LineLeftOut:
    variant: Variant | None = strawberry.field(description="What it is; null while the catalog is away.")
    name: str = strawberry.field(description="What it is called, or was when it was sold.")
    quantity: int = strawberry.field(description="In base units: pieces, grams or millilitres.")
    problems: list[Problem] = strawberry.field(
        description="PRODUCT_UNAVAILABLE, LICENCE_LAPSED, MERCHANT_SUSPENDED, or CART_TOO_LARGE when there is no room."
    )

    @classmethod
    def of_guest(cls, info: Info, row: LineLeft) -> Self:
        return cls(
            variant=Variant(id=strawberry.ID(str(row.variant_id))),
            name=row.name,
            quantity=row.quantity,
            problems=told(info, [CartIsFull(MAX_CART_LINES)]),
        )

    @classmethod
    def of_order(cls, info: Info, left: NotAgain) -> Self:
        problems: list[Any] = told(info, [left.because])
        for each in problems:
            each.line_id = None  # the cart has no such line
        return cls(
            variant=Variant(id=strawberry.ID(str(left.line.variant_id))),
            name=left.name,
            quantity=left.line.quantity,
            problems=problems,
        )
