"""`node(id:)` for the whole graph: the catalog's own things are looked up, others are answered by a stub of their kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import strawberry
from strawberry.federation.schema_directives import Key
from strawberry.federation.types import FieldSet

from services.catalog.schema.loaders import Info
from services.catalog.schema.types import Merchant, Product, Variant
from services.contracts.catalog import MerchantId, ProductId, VariantId
from services.kit import ids
from services.kit.graphql.errors import BadUserInput
from services.kit.graphql.types import Node
from services.kit.ids import Id

_BY_ID = Key(fields=FieldSet("id"), resolvable=False)


@strawberry.federation.type(keys=[_BY_ID])
class Buyer(Node):
    id: strawberry.ID


@strawberry.federation.type(keys=[_BY_ID])
class Cart(Node):
    id: strawberry.ID


@strawberry.federation.type(keys=[_BY_ID])
class Order(Node):
    id: strawberry.ID


@strawberry.federation.type(keys=[_BY_ID])
class SellerOrder(Node):
    id: strawberry.ID


@strawberry.federation.type(keys=[_BY_ID])
class Payment(Node):
    id: strawberry.ID


@strawberry.federation.type(keys=[_BY_ID])
class Delivery(Node):
    id: strawberry.ID


@strawberry.federation.type(keys=[_BY_ID])
class Partner(Node):
    id: strawberry.ID


@strawberry.federation.type(keys=[_BY_ID])
class Rider(Node):
    id: strawberry.ID


STUBS: tuple[type[Node], ...] = (Buyer, Cart, Order, SellerOrder, Payment, Delivery, Partner, Rider)
_STUBS: Mapping[str, Callable[..., Node]] = {
    "byr": Buyer,
    "crt": Cart,
    "ord": Order,
    "sor": SellerOrder,
    "pay": Payment,
    "dlv": Delivery,
    "ptn": Partner,
    "rid": Rider,
}


class _OfAnotherService(Id):
    """Any well-formed id, whatever its kind."""


async def find(info: Info, text: str) -> Node | None:
    """None for what the catalog knows not to be there. Raises MalformedId, or BadUserInput for a kind without nodes."""
    prefix = ids.prefix_of(text)
    if prefix == MerchantId.prefix:
        return await Merchant.find(info, MerchantId.parse(text))
    if prefix == ProductId.prefix:
        return await Product.find(info, ProductId.parse(text))
    if prefix == VariantId.prefix:
        return await Variant.find(info, VariantId.parse(text))
    try:
        _OfAnotherService.parse(text)
    except ids.WrongKind:
        stub = _STUBS.get(prefix)
        if stub is None:
            raise BadUserInput(f"ids that begin with {prefix[:20]}_ name no node") from None
        return stub(id=strawberry.ID(text))
    raise BadUserInput("an id begins with its kind")
