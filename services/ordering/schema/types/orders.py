"""GraphQL types of orders and their parts, and of a merchant as far as it has orders."""

from datetime import datetime
from typing import Annotated, Self
from uuid import UUID

import strawberry
from strawberry.federation.schema_directives import Key
from strawberry.federation.types import FieldSet

from services.contracts import amounts, catalog
from services.contracts.amounts import Language
from services.contracts.catalog import MerchantId
from services.contracts.ordering import OrderId, SellerOrderId
from services.graph import InLanguage, SaleUnit
from services.kit.graphql.pages import PAGED, Connection, Page, sized
from services.kit.graphql.scalars import Rupiah
from services.kit.graphql.types import Node
from services.ordering.domain.board import PART
from services.ordering.schema import loaders
from services.ordering.schema.context import Info
from services.ordering.schema.types.books import MerchantBooks
from services.ordering.schema.types.claims import MerchantClaims, OrderClaims, SellerOrderClaims
from services.ordering.schema.types.contacts import Contact
from services.ordering.schema.types.discounts import MerchantPromotions, OrderDiscounts, SellerOrderDiscounts
from services.ordering.schema.types.enums import (
    BorneBy,
    CancellationAnswer,
    CancelReason,
    IfRefused,
    OrderStatus,
    SellerOrderStatus,
    Slot,
    WhenShort,
)
from services.ordering.schema.types.handovers import MOST, Day, Handover, HandoverLimits, HandoverSlot, slots_of
from services.ordering.schema.types.histories import OrderHistory, SellerOrderHistory
from services.ordering.schema.types.kasbons import MerchantKasbons
from services.ordering.schema.types.lives import OrderLives
from services.ordering.schema.types.packing import OrderQuestion, Packed
from services.ordering.schema.types.payments import Payment
from services.ordering.schema.types.reviews import MerchantRating, OrderReviews
from services.ordering.schema.types.weighing import Estimated
from services.ordering.store import reading, rows
from services.ordering.store.reading import Wanted

PlacedFrom = Annotated[datetime | None, strawberry.argument(description="Only those placed at this moment or later.")]
PlacedTo = Annotated[datetime | None, strawberry.argument(description="Only those placed before this moment.")]


def by_time(row: rows.Order | rows.SellerOrder) -> tuple[datetime, UUID]:
    """Where it stands in a list, newest first."""
    return row.placed_at, row.id.uuid


@strawberry.federation.type(
    keys=[Key(fields=FieldSet("id"), resolvable=False)], description="What is sold; catalog knows all about it."
)
class Variant:
    id: strawberry.ID


@strawberry.type(description="As sold: later changes of name or price do not touch it.")
class OrderLine(Estimated, Packed):
    id: strawberry.ID = strawberry.field(description="Opaque; tells the order's lines apart.")
    variant: Variant | None = strawberry.field(
        description="What is sold, as it is today; null while the catalog is away. The line keeps what was sold."
    )
    name: str = strawberry.field(description="The product's name when it was sold.")
    unit: SaleUnit = strawberry.field(description="What people count it in, as it was sold.")
    quantity: int = strawberry.field(description="In base units: pieces, grams or millilitres.")
    price: Rupiah = strawberry.field(description="For `priceBasis` base units.")
    price_basis: int = strawberry.field(description="`price` is for so many base units.")
    total: Rupiah = strawberry.field(
        description="Quantity times price, rounded half up, as ordered; `finalTotal` is what it comes to once it is packed."
    )

    note: str | None = strawberry.field(
        description="What the buyer said of it, for who packs it; null when nothing, and once the person has been erased."
    )
    when_short: WhenShort = strawberry.field(description="What the buyer wishes when there is less of it.")
    sold: strawberry.Private[catalog.SaleUnit]
    told: strawberry.Private[catalog.CatchWeight | None]

    @strawberry.field(description="`quantity` as people read it: 1,5 kg.")
    def quantity_text(self, language: InLanguage = Language.ID) -> str:
        return amounts.quantity_text(self.quantity, self.sold, language)

    @strawberry.field(description="`price` as people read it: Rp12.000 / ikat.")
    def price_text(self, language: InLanguage = Language.ID) -> str:
        return amounts.price_text(self.price, self.price_basis, self.sold, language)

    @classmethod
    def of(cls, row: rows.OrderLine) -> Self:
        return cls(
            id=strawberry.ID(str(row.id)),
            variant=Variant(id=strawberry.ID(str(row.variant_id))),
            name=row.name,
            unit=SaleUnit.of(row.unit),
            sold=row.unit,
            told=row.catch_weight,
            packed=row.packed,
            quantity=row.quantity,
            price=Rupiah(row.price_rupiah),
            price_basis=row.price_basis,
            total=Rupiah(row.total_rupiah),
            note=row.note,
            when_short=row.when_short,
        )


@strawberry.federation.type(keys=["id"], description="One merchant's part of an order.")
class SellerOrder(Node, SellerOrderHistory, SellerOrderDiscounts, SellerOrderClaims):
    order_code: str = strawberry.field(description="What people call the order, LMJ-YYMMDD-NNNN.")
    version: int = strawberry.field(description="Rises with every change; a client drops the lower.")
    status: SellerOrderStatus = strawberry.field(description="This merchant's part alone; the order has a status too.")
    placed_at: datetime = strawberry.field(description="When the buyer placed the order.")
    accept_by: datetime | None = strawberry.field(
        description="The merchant's last moment; known once the stock is held."
    )
    ready_at: datetime | None = strawberry.field(description="When the goods should be packed.")
    reject_reason: str | None = strawberry.field(description="What the merchant said; null when it was not refused.")
    goods_total: Rupiah = strawberry.field(
        description="The sum of what counts of the lines: the delivery is not in it. Nothing of a part that the order goes on without."
    )
    placed_goods_total: Rupiah = strawberry.field(description="`goodsTotal` as it was when the order was placed.")
    left_at: datetime | None = strawberry.field(
        description="When the order went on without this part; null for what is of it."
    )
    dropoff_kecamatan_code: str = strawberry.field(description="Where the goods go, as far as a merchant needs it.")
    handover: Handover = strawberry.field(description="How and when the buyer gets it, as the whole order.")
    note: str | None = strawberry.field(
        description="What the buyer said to this merchant; null when nothing, and once the person has been erased."
    )
    on_kasbon: bool = strawberry.field(
        description="Whether the goods are bought on the buyer's kasbon with this merchant: nothing is paid when they are handed over."
    )
    key: strawberry.Private[SellerOrderId]
    order_id: strawberry.Private[OrderId]
    merchant_id: strawberry.Private[MerchantId]
    merchant_name: strawberry.Private[str | None]

    @strawberry.field(description="Null for the merchant: the whole order is between its buyer and the platform.")
    async def order(
        self, info: Info
    ) -> Annotated["Order", strawberry.lazy("services.ordering.schema.types.orders")] | None:
        row = await info.context.load(loaders.orders, self.order_id)
        return Order.of(row) if row else None

    @strawberry.federation.field(description="Who sells; null while the catalog is away.", provides=["name"])
    def merchant(self) -> Annotated["Merchant", strawberry.lazy("services.ordering.schema.types.orders")] | None:
        return Merchant.of(self.merchant_id, self.merchant_name)

    @strawberry.field(description="What this merchant sells in the order; what came in a line's place is last.")
    async def lines(self, info: Info) -> list[OrderLine]:
        return [OrderLine.of(row) for row in await info.context.load(loaders.lines_of, self.key)]

    @strawberry.field(description="What the buyer was asked while it was packed, oldest first.")
    async def questions(self, info: Info) -> list[OrderQuestion]:
        return [OrderQuestion.of(row) for row in await info.context.load(loaders.questions_of_parts, self.key)]

    @classmethod
    def of(cls, row: rows.SellerOrder) -> Self:
        return cls(
            id=strawberry.ID(str(row.id)),
            key=row.id,
            order_id=row.order_id,
            merchant_id=row.merchant_id,
            merchant_name=row.merchant_name,
            order_code=row.code,
            version=row.version,
            status=row.status,
            placed_at=row.placed_at,
            accept_by=row.accept_by,
            ready_at=row.ready_at,
            reject_reason=row.reject_reason,
            goods_total=Rupiah(row.goods_rupiah),
            placed_goods_total=Rupiah(row.placed_goods_rupiah),
            left_at=row.left_at,
            dropoff_kecamatan_code=row.dropoff_kecamatan_code,
            handover=Handover.of(row.handover),
            note=row.note,
            on_kasbon=row.on_kasbon,
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> Self | None:
        row = await info.context.load(loaders.seller_orders, SellerOrderId.parse(id))
        return cls.of(row) if row else None


@strawberry.type(
    description="What `merchantOrders` tells at one moment: the present, by parts, or what has changed since."
)
class MerchantOrders:
    reset: bool = strawberry.field(
        description="True where the present begins, at each connection: drop what is shown, but keep an order whose `version` is higher."
    )
    complete: bool = strawberry.field(
        description="False while another part of the same follows: of the present, or of very many changes."
    )
    orders: list[SellerOrder] = strawberry.field(
        description="At most 100. In the present first what is open, the oldest first and at most 1,000, of which the next follow as those "
        "end; then what has ended since `endedSince`. Later what is new or has changed. Put each in by its id; drop a lower `version`.",
        directives=[sized(PART)],
    )
    ended_since: datetime = strawberry.field(
        description="What ended before is not in the present: of the last 24 hours, the newest 200 are. An order that was shown as open "
        "and is missing there ended before; `node(id:)` has it."
    )


@strawberry.type(description="Why an order ended early, and who carries the cost.")
class Cancellation:
    reason: CancelReason = strawberry.field(description="What ended it first; later causes do not change it.")
    borne_by: BorneBy = strawberry.field(description="Follows from the reason and from how far the order had come.")


@strawberry.type(
    description="A confirmed order was to be cancelled. Where its goods are is known to the delivery alone, which answers in a moment."
)
class CancellationRequest:
    reason: CancelReason = strawberry.field(description="BUYER_CANCELLED when the buyer asked.")
    at: datetime = strawberry.field(description="When it was asked for.")
    answer: CancellationAnswer = strawberry.field(description="Once it is not PENDING it stays.")


@strawberry.type(description="The order came to this status at this moment.")
class OrderMoment:
    at: datetime = strawberry.field(description="By the platform's clock.")
    status: OrderStatus = strawberry.field(description="The one that began then.")


@strawberry.federation.type(keys=["id"], description="What a buyer ordered, from one merchant or several, in one trip.")
class Order(Node, OrderHistory, OrderDiscounts, OrderClaims, OrderReviews, OrderLives):
    order_code: str = strawberry.field(description="What people call it, LMJ-YYMMDD-NNNN by the WIB day.")
    version: int = strawberry.field(
        description="Rises with every change, those of the trip included; a client drops the lower."
    )
    status: OrderStatus = strawberry.field(description="Of the whole; each seller order has its own.")
    slot: Slot = strawberry.field(
        description="What was said of the time when there was only now.",
        deprecation_reason="Use `handover`, which says how and when. 2026-11-29",
    )
    handover: Handover = strawberry.field(description="How and when the buyer gets it.")
    placed_at: datetime = strawberry.field(description="Fixes prices and names; later changes do not touch the order.")
    goods_total: Rupiah = strawberry.field(description="The sum of what counts of all merchants' lines.")
    delivery_fee: Rupiah = strawberry.field(
        description="As quoted, whatever the trip took; less once it goes to fewer merchants."
    )
    total: Rupiah = strawberry.field(description="Goods and delivery less what is off them: what the buyer pays.")
    placed_total: Rupiah = strawberry.field(description="`total` as it was when the order was placed.")
    if_refused: IfRefused = strawberry.field(
        description="What the buyer wishes when one of several merchants refuses; GO_ON once that was said later."
    )
    answer_by: datetime | None = strawberry.field(
        description="Some merchants refused, the others accepted, and the buyer is asked: `continueOrder` or `cancelOrder`. Without either "
        "it goes on at this moment. Null while nothing is asked."
    )
    payment: Payment = strawberry.field(description="Of the whole total, for all merchants together.")
    cancellation: Cancellation | None = strawberry.field(description="Why it ended early; null when it did not.")
    cancellation_request: CancellationRequest | None = strawberry.field(
        description="Null while nobody has asked to cancel it after it was confirmed."
    )
    test: bool = strawberry.field(description="A trial: no real rider is sent and no real money is booked.")
    key: strawberry.Private[OrderId]

    @strawberry.field(description="Where it goes. Null once the person has been erased.")
    async def contact(self, info: Info) -> Contact | None:
        row = await info.context.load(loaders.contacts_of_orders, self.key)
        return Contact.of(row) if row else None

    @strawberry.field(
        description="Six digits that the buyer shows where it is collected, and nobody before. For the buyer alone; null when it is "
        "brought, and once it is over."
    )
    async def counter_code(self, info: Info) -> str | None:
        return await info.context.load(loaders.counter_codes, self.key)

    @strawberry.field(description="One for each merchant.")
    async def seller_orders(self, info: Info) -> list[SellerOrder]:
        return [SellerOrder.of(row) for row in await info.context.load(loaders.seller_orders_of, self.key)]

    @strawberry.field(description="What its merchants have asked while they packed, oldest first.")
    async def questions(self, info: Info) -> list[OrderQuestion]:
        return [OrderQuestion.of(row) for row in await info.context.load(loaders.questions_of_orders, self.key)]

    @strawberry.field(description="Every status that it came to, oldest first.")
    async def history(self, info: Info) -> list[OrderMoment]:
        rows = await info.context.load(loaders.history_of, self.key)
        return [OrderMoment(at=row.at, status=row.status) for row in rows]

    @classmethod
    def of(cls, row: rows.Order) -> Self:
        cancellation = None
        if row.cancel_reason and row.borne_by:
            cancellation = Cancellation(reason=row.cancel_reason, borne_by=row.borne_by)
        request = None
        if row.asked:
            request = CancellationRequest(reason=row.asked.reason, at=row.asked.at, answer=row.asked.answer)
        return cls(
            id=strawberry.ID(str(row.id)),
            key=row.id,
            order_code=row.code,
            version=row.version,
            status=row.status,
            slot=row.slot,
            placed_at=row.placed_at,
            goods_total=Rupiah(row.goods_rupiah),
            delivery_fee=Rupiah(row.delivery_rupiah),
            total=Rupiah(row.total_rupiah),
            placed_total=Rupiah(row.placed_total_rupiah),
            if_refused=row.if_refused,
            answer_by=row.answer_by,
            payment=Payment.of(row.payment),
            cancellation=cancellation,
            cancellation_request=request,
            test=row.test,
            handover=Handover.of(row.handover),
        )

    @classmethod
    async def resolve_reference(cls, info: Info, id: strawberry.ID) -> Self | None:
        row = await info.context.load(loaders.orders, OrderId.parse(id))
        return cls.of(row) if row else None


@strawberry.federation.type(keys=["id"])
class Merchant(MerchantBooks, MerchantKasbons, MerchantClaims, MerchantPromotions, MerchantRating):
    id: strawberry.ID
    told: strawberry.Private[str | None] = None

    @strawberry.federation.field(external=True)
    def name(self) -> str:
        """As catalog told it; asked where it is provided alone."""
        return self.told  # type: ignore[return-value]  # null where catalog has told nothing yet, which GraphQL refuses

    @classmethod
    def of(cls, id: MerchantId, name: str | None = None) -> Self:
        return cls(id=strawberry.ID(str(id)), told=name)

    @strawberry.field(
        description="For the merchant's own people, newest first; null for others. `first` is 20 unless said, at most 100.",
        directives=[PAGED],
    )
    async def orders(
        self,
        info: Info,
        status: Annotated[
            SellerOrderStatus | None, strawberry.argument(description="Only those in this state.")
        ] = None,
        placed_from: PlacedFrom = None,
        placed_to: PlacedTo = None,
        first: int | None = None,
        after: str | None = None,
    ) -> Connection[SellerOrder] | None:
        merchant_id = MerchantId.parse(self.id)
        page = Page(first, after, tuple[datetime, UUID])
        if not await info.context.load(loaders.serves_merchant, merchant_id):
            return None
        wanted = Wanted(status, placed_from, placed_to)
        async with info.context.db.acquire() as conn:
            found = await reading.seller_orders_of_merchant(conn, merchant_id, wanted, page.after, page.limit)
        return page.connection(found, key=by_time, node=SellerOrder.of)

    @strawberry.field(
        description="When and where its goods can be had later: each hour to the end of tomorrow, and the next time of each stop. "
        "Earliest first.",
        directives=[sized(MOST)],
    )
    async def handovers(self, info: Info, day: Day = None) -> list[HandoverSlot] | None:
        alone: tuple[MerchantId, ...] = (MerchantId.parse(self.id),)
        return slots_of(await info.context.load(loaders.handovers_of, alone), day)

    @strawberry.field(description="As it was set, else as is usual; for the merchant's own people, null for others.")
    async def handover_limits(self, info: Info) -> HandoverLimits | None:
        merchant_id = MerchantId.parse(self.id)
        if not await info.context.load(loaders.serves_merchant, merchant_id):
            return None
        found = await info.context.load(loaders.limits_of, merchant_id)
        return HandoverLimits.of(found) if found else None

    @classmethod
    def resolve_reference(cls, info: Info, id: strawberry.ID) -> Self:
        # Whether the merchant exists is catalog's to say; here it is only somewhere to hang orders on.
        MerchantId.parse(id)
        return cls(id=id)
