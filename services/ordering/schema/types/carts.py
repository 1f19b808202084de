"""GraphQL types of the cart."""

from datetime import datetime
from typing import Self

import strawberry

from services.contracts import amounts, catalog
from services.contracts.amounts import Language
from services.graph import InLanguage, SaleUnit
from services.kit.graphql.scalars import MAX_INT, MAX_RUPIAH, Rupiah
from services.kit.graphql.types import Node
from services.ordering.domain.cart import line_mass, line_total
from services.ordering.domain.ids import CartId
from services.ordering.schema import loaders
from services.ordering.schema.context import Info
from services.ordering.schema.types.orders import Merchant, Variant
from services.ordering.store import rows


# What a cart holds was in measure when it was put in; prices and weights have changed since, and a cart must stay one that can be read.
# What is shown for more is refused as an order all the same.
def _shown_rupiah(rupiah: int) -> Rupiah:
    return Rupiah(min(rupiah, MAX_RUPIAH))


def _shown_gram(gram: int) -> int:
    return min(gram, MAX_INT)


@strawberry.type(description="So much of one variant, at today's price.")
class CartLine:
    id: strawberry.ID = strawberry.field(description="Opaque; stays while the quantity changes.")
    variant: Variant | None = strawberry.field(
        description="What is sold, as it is today; null while the catalog is away."
    )
    merchant: Merchant | None = strawberry.field(description="Who sells it; null while the catalog is away.")
    name: str = strawberry.field(description="The product's name today.")
    unit: SaleUnit = strawberry.field(description="What people count it in, and in which steps it is sold today.")
    quantity: int = strawberry.field(description="In base units: pieces, grams or millilitres.")
    price: Rupiah = strawberry.field(description="For `priceBasis` base units.")
    price_basis: int = strawberry.field(description="`price` is for so many base units.")
    total: Rupiah = strawberry.field(description="Quantity times price, rounded half up.")
    mass_gram: int = strawberry.field(description="Grams, rounded up.")
    for_sale: bool = strawberry.field(
        description="False once product or merchant has been withdrawn: an order with this line will be refused."
    )

    sold: strawberry.Private[catalog.SaleUnit]

    @strawberry.field(description="`quantity` as people read it: 1,5 kg.")
    def quantity_text(self, language: InLanguage = Language.ID) -> str:
        return amounts.quantity_text(self.quantity, self.sold, language)

    @strawberry.field(description="`price` as people read it: Rp12.000 / ikat.")
    def price_text(self, language: InLanguage = Language.ID) -> str:
        return amounts.price_text(self.price, self.price_basis, self.sold, language)

    @classmethod
    def of(cls, row: rows.CartLine) -> Self:
        return cls(
            id=strawberry.ID(str(row.id)),
            variant=Variant(id=strawberry.ID(str(row.variant_id))),
            merchant=Merchant(id=strawberry.ID(str(row.merchant_id))),
            name=row.name,
            unit=SaleUnit.of(row.unit),
            sold=row.unit,
            quantity=row.quantity,
            price=Rupiah(row.price_rupiah),
            price_basis=row.price_basis,
            total=_shown_rupiah(line_total(row.price_rupiah, row.quantity, row.price_basis)),
            mass_gram=_shown_gram(line_mass(row.quantity, row.gram_per_base)),
            for_sale=row.for_sale,
        )


@strawberry.federation.type(keys=["id"], description="What a buyer is about to order. Placing the order empties it.")
class Cart(Node):
    version: int = strawberry.field(description="Rises with every change; a client drops the lower.")
    updated_at: datetime = strawberry.field(description="Of the last change to its lines, be it by placing an order.")
    key: strawberry.Private[CartId]

    @strawberry.field(description="In the order in which they were put in.")
    async def lines(self, info: Info) -> list[CartLine]:
        return await self._lines(info)

    @strawberry.field(description="The sum of the lines at today's prices.")
    async def goods_total(self, info: Info) -> Rupiah:
        return _shown_rupiah(sum(line.total for line in await self._lines(info)))

    @strawberry.field(description="For the delivery's quote.")
    async def mass_gram(self, info: Info) -> int:
        return _shown_gram(sum(line.mass_gram for line in await self._lines(info)))

    async def _lines(self, info: Info) -> list[CartLine]:
        return [CartLine.of(row) for row in await info.context.load(loaders.cart_lines, self.key)]

    @classmethod
    def of(cls, row: rows.Cart) -> Self:
        return cls(id=strawberry.ID(str(row.id)), key=row.id, version=row.version, updated_at=row.updated_at)

    @classmethod
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> Self | None:
        row = await info.context.load(loaders.carts, CartId.parse(id))
        return cls.of(row) if row else None
