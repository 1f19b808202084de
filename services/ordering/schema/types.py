"""GraphQL types of ordering: buyers, contacts, carts, orders and their parts, and the merchant's view of them."""

from datetime import datetime
from typing import Annotated, Any, Self
from uuid import UUID

import strawberry
from strawberry.federation.schema_directives import Key
from strawberry.federation.types import FieldSet
from strawberry.types import Info as StrawberryInfo

from services.contracts import ordering as told
from services.contracts.catalog import MerchantId, VariantId
from services.kit.database.db import Row
from services.kit.graphql.pages import PAGED, Connection, Page
from services.kit.graphql.scalars import Rupiah
from services.kit.graphql.types import Node, Point
from services.ordering.domain import cart as domain
from services.ordering.domain.ids import BuyerId, CartId, CartLineId, ContactId, OrderLineId
from services.ordering.schema import loaders
from services.ordering.schema.context import Context
from services.ordering.schema.enums import (
    BorneBy,
    CancelReason,
    OrderStatus,
    PaymentMethod,
    PaymentStatus,
    SellerOrderStatus,
    Slot,
)
from services.ordering.store import reading

Info = StrawberryInfo[Context, None]


@strawberry.federation.type(
    keys=[Key(fields=FieldSet("id"), resolvable=False)], description="What is sold; catalog knows all about it."
)
class Variant:
    id: strawberry.ID


@strawberry.type(
    description="A place to deliver to and whom to call there. It never changes: save another one instead."
)
class Contact:
    id: strawberry.ID
    label: str = strawberry.field(description="The buyer's own name for it, like *Rumah* (home).")
    recipient: str
    phone: str = strawberry.field(description="E.164, like +6281234567890.")
    line: str = strawberry.field(description="Street and number, or what stands for them.")
    kecamatan_code: str = strawberry.field(description="Kemendagri code, like 35.08.10.")
    desa_code: str | None = strawberry.field(description="Kemendagri code of the village, like 35.08.10.1004.")
    point: Point
    note: str | None = strawberry.field(description="For the rider: what to look out for.")

    @classmethod
    def of(cls, row: Row) -> Self:
        return cls(
            id=strawberry.ID(str(ContactId(row["id"]))),
            label=row["label"],
            recipient=row["recipient"],
            phone=row["phone"],
            line=row["line"],
            kecamatan_code=row["kecamatan_code"],
            desa_code=row["desa_code"],
            point=Point(lat=row["lat"], lng=row["lng"]),
            note=row["note"],
        )


@strawberry.type(description="So much of one variant, at today's price.")
class CartLine:
    id: strawberry.ID
    variant: Variant | None
    merchant: Annotated["Merchant", strawberry.lazy("services.ordering.schema.types")] | None
    name: str
    unit_label: str
    quantity: int = strawberry.field(description="In base units: pieces, grams or millilitres.")
    price: Rupiah = strawberry.field(description="For `priceBasis` base units.")
    price_basis: int
    total: Rupiah
    mass_gram: int
    for_sale: bool = strawberry.field(
        description="False once product or merchant has been withdrawn: an order with this line will be refused."
    )

    @classmethod
    def of(cls, row: Row) -> Self:
        total = domain.line_total(row["price_rupiah"], row["quantity"], row["price_basis"])
        return cls(
            id=strawberry.ID(str(CartLineId(row["id"]))),
            variant=Variant(id=strawberry.ID(str(VariantId(row["variant_id"])))),
            merchant=Merchant(id=strawberry.ID(str(MerchantId(row["merchant_id"])))),
            name=row["name"],
            unit_label=row["unit_label"],
            quantity=row["quantity"],
            price=Rupiah(row["price_rupiah"]),
            price_basis=row["price_basis"],
            total=Rupiah(total),
            mass_gram=domain.line_mass(row["quantity"], row["gram_per_base"]),
            for_sale=row["for_sale"],
        )


@strawberry.federation.type(keys=["id"], description="What a buyer is about to order. Placing the order empties it.")
class Cart(Node):
    version: int = strawberry.field(description="Rises with every change; a client drops the lower.")
    updated_at: datetime
    key: strawberry.Private[CartId]

    @strawberry.field(description="In the order in which they were put in.")
    async def lines(self, info: Info) -> list[CartLine]:
        return [CartLine.of(row) for row in await info.context.load(loaders.cart_lines, self.key)]

    @strawberry.field(description="The sum of the lines at today's prices.")
    async def goods_total(self, info: Info) -> Rupiah:
        return Rupiah(sum(line.total for line in await self._lines(info)))

    @strawberry.field(description="For the delivery's quote.")
    async def mass_gram(self, info: Info) -> int:
        return sum(line.mass_gram for line in await self._lines(info))

    async def _lines(self, info: Info) -> list[CartLine]:
        return [CartLine.of(row) for row in await info.context.load(loaders.cart_lines, self.key)]

    @classmethod
    def of(cls, row: Row) -> Self:
        key = CartId(row["id"])
        return cls(id=strawberry.ID(str(key)), key=key, version=row["version"], updated_at=row["updated_at"])

    @classmethod
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> Self | None:
        row = await info.context.load(loaders.carts, CartId.parse(id))
        return cls.of(row) if row else None


@strawberry.type(description="As sold: later changes of name or price do not touch it.")
class OrderLine:
    id: strawberry.ID
    variant: Variant | None
    name: str
    unit_label: str
    quantity: int = strawberry.field(description="In base units: pieces, grams or millilitres.")
    price: Rupiah = strawberry.field(description="For `priceBasis` base units.")
    price_basis: int
    total: Rupiah

    @classmethod
    def of(cls, row: Row) -> Self:
        return cls(
            id=strawberry.ID(str(OrderLineId(row["id"]))),
            variant=Variant(id=strawberry.ID(str(VariantId(row["variant_id"])))),
            name=row["name"],
            unit_label=row["unit_label"],
            quantity=row["quantity"],
            price=Rupiah(row["price_rupiah"]),
            price_basis=row["price_basis"],
            total=Rupiah(row["total_rupiah"]),
        )


@strawberry.federation.type(keys=["id"], description="One merchant's part of an order.")
class SellerOrder(Node):
    order_code: str = strawberry.field(description="What people call the order, LMJ-YYMMDD-NNNN.")
    version: int = strawberry.field(description="Rises with every change; a client drops the lower.")
    status: SellerOrderStatus
    placed_at: datetime
    accept_by: datetime | None = strawberry.field(
        description="The merchant's last moment; known once the stock is held."
    )
    ready_at: datetime | None = strawberry.field(description="When the goods should be packed.")
    reject_reason: str | None
    goods_total: Rupiah
    dropoff_kecamatan_code: str = strawberry.field(description="Where the goods go, as far as a merchant needs it.")
    key: strawberry.Private[told.SellerOrderId]
    order_id: strawberry.Private[told.OrderId]
    merchant_id: strawberry.Private[MerchantId]

    @strawberry.field(description="Null for the merchant: the whole order is between its buyer and the platform.")
    async def order(self, info: Info) -> Annotated["Order", strawberry.lazy("services.ordering.schema.types")] | None:
        row = await info.context.load(loaders.orders, self.order_id)
        return Order.of(row) if row else None

    @strawberry.field
    def merchant(self) -> Annotated["Merchant", strawberry.lazy("services.ordering.schema.types")] | None:
        return Merchant(id=strawberry.ID(str(self.merchant_id)))

    @strawberry.field
    async def lines(self, info: Info) -> list[OrderLine]:
        return [OrderLine.of(row) for row in await info.context.load(loaders.lines_of, self.key)]

    @classmethod
    def of(cls, row: Row) -> Self:
        key = told.SellerOrderId(row["id"])
        return cls(
            id=strawberry.ID(str(key)),
            key=key,
            order_id=told.OrderId(row["order_id"]),
            merchant_id=MerchantId(row["merchant_id"]),
            order_code=row["code"],
            version=row["version"],
            status=SellerOrderStatus(row["status"]),
            placed_at=row["placed_at"],
            accept_by=row["accept_by"],
            ready_at=row["ready_at"],
            reject_reason=row["reject_reason"],
            goods_total=Rupiah(row["goods_rupiah"]),
            dropoff_kecamatan_code=row["dropoff_kecamatan_code"],
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> Self | None:
        row = await info.context.load(loaders.seller_orders, told.SellerOrderId.parse(id))
        return cls.of(row) if row else None


@strawberry.federation.type(keys=["id"])
class Payment(Node):
    method: PaymentMethod
    amount: Rupiah
    status: PaymentStatus

    @classmethod
    def of(cls, row: Row) -> Self:
        """Of an order's row."""
        return cls(
            id=strawberry.ID(str(told.PaymentId(row["payment_id"]))),
            method=PaymentMethod(row["payment_method"]),
            amount=Rupiah(row["payment_amount"]),
            status=PaymentStatus(row["payment_status"]),
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> Self | None:
        row = await info.context.load(loaders.payments, told.PaymentId.parse(id))
        return cls.of(row) if row else None


@strawberry.type(description="Why an order ended early, and who carries the cost.")
class Cancellation:
    reason: CancelReason
    borne_by: BorneBy


@strawberry.type(description="The order came to this status at this moment.")
class OrderMoment:
    at: datetime
    status: OrderStatus


@strawberry.federation.type(keys=["id"], description="What a buyer ordered, from one merchant or several, in one trip.")
class Order(Node):
    code: str = strawberry.field(description="What people call it, LMJ-YYMMDD-NNNN by the WIB day.")
    version: int = strawberry.field(
        description="Rises with every change, those of the trip included; a client drops the lower."
    )
    status: OrderStatus
    slot: Slot
    placed_at: datetime
    goods_total: Rupiah
    delivery_fee: Rupiah
    total: Rupiah = strawberry.field(description="Goods and delivery: what the buyer pays.")
    payment: Payment
    cancellation: Cancellation | None
    test: bool = strawberry.field(description="A trial: no real rider is sent and no real money is booked.")
    key: strawberry.Private[told.OrderId]

    @strawberry.field(description="Where it goes. Null once the person has been erased.")
    async def contact(self, info: Info) -> Contact | None:
        row = await info.context.load(loaders.contacts_of_orders, self.key)
        return Contact.of(row) if row else None

    @strawberry.field
    async def seller_orders(self, info: Info) -> list[SellerOrder]:
        return [SellerOrder.of(row) for row in await info.context.load(loaders.seller_orders_of, self.key)]

    @strawberry.field(description="Every status that it came to, oldest first.")
    async def history(self, info: Info) -> list[OrderMoment]:
        rows = await info.context.load(loaders.history_of, self.key)
        return [OrderMoment(at=row["at"], status=OrderStatus(row["status"])) for row in rows]

    @classmethod
    def of(cls, row: Row) -> Self:
        key = told.OrderId(row["id"])
        cancellation = None
        if row["cancel_reason"]:
            cancellation = Cancellation(reason=CancelReason(row["cancel_reason"]), borne_by=BorneBy(row["borne_by"]))
        return cls(
            id=strawberry.ID(str(key)),
            key=key,
            code=row["code"],
            version=row["version"],
            status=OrderStatus(row["status"]),
            slot=Slot(row["slot"]),
            placed_at=row["placed_at"],
            goods_total=Rupiah(row["goods_rupiah"]),
            delivery_fee=Rupiah(row["delivery_rupiah"]),
            total=Rupiah(row["total_rupiah"]),
            payment=Payment.of(row),
            cancellation=cancellation,
            test=row["test"],
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> Self | None:
        row = await info.context.load(loaders.orders, told.OrderId.parse(id))
        return cls.of(row) if row else None


def _by_time(row: Any) -> tuple[datetime, UUID]:
    return row["placed_at"], row["id"]


@strawberry.federation.type(keys=["id"], description="A person who buys.")
class Buyer(Node):
    key: strawberry.Private[BuyerId]

    @strawberry.field(description="Oldest first.")
    async def contacts(self, info: Info) -> list[Contact]:
        return [Contact.of(row) for row in await info.context.load(loaders.contacts_of_buyers, self.key)]

    @strawberry.field
    async def cart(self, info: Info) -> Cart:
        return Cart.of(await info.context.load(loaders.carts_of_buyers, self.key))

    @strawberry.field(description="Newest first; `first` is 20 unless said, at most 100.", directives=[PAGED])
    async def orders(self, info: Info, first: int | None = None, after: str | None = None) -> Connection[Order]:
        page = Page(first, after, tuple[datetime, UUID])
        async with info.context.db.acquire() as conn:
            rows = await reading.orders_of_buyer(conn, self.key, page.after, page.limit)
        return page.connection(rows, key=_by_time, node=Order.of)

    @classmethod
    def known_as(cls, key: BuyerId) -> Self:
        return cls(id=strawberry.ID(str(key)), key=key)

    @classmethod
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> Self | None:
        key = BuyerId.parse(id)
        return cls.known_as(key) if await info.context.load(loaders.buyers, key) else None


@strawberry.federation.type(keys=["id"])
class Merchant:
    id: strawberry.ID

    @strawberry.field(
        description="For the merchant's own people, newest first; null for others. `first` is 20 unless said, at most 100.",
        directives=[PAGED],
    )
    async def orders(
        self, info: Info, status: SellerOrderStatus | None = None, first: int | None = None, after: str | None = None
    ) -> Connection[SellerOrder] | None:
        merchant_id = MerchantId.parse(self.id)
        page = Page(first, after, tuple[datetime, UUID])
        if not await info.context.load(loaders.serves_merchant, merchant_id):
            return None
        async with info.context.db.acquire() as conn:
            rows = await reading.seller_orders_of_merchant(
                conn, merchant_id, str(status) if status else None, page.after, page.limit
            )
        return page.connection(rows, key=_by_time, node=SellerOrder.of)

    @classmethod
    def resolve_reference(cls, info: Info, id: strawberry.ID) -> Self:
        # Whether the merchant exists is catalog's to say; here it is only somewhere to hang orders on.
        MerchantId.parse(id)
        return cls(id=id)
