"""The market as people hears it: one order of one merchant, event by event, through the inbox."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from services.contracts import catalog, delivery, ordering
from services.contracts.amounts import Language
from services.contracts.catalog import (
    Member,
    MemberRole,
    MerchantId,
    MerchantKind,
    MerchantStatus,
    ReservationId,
    VariantId,
)
from services.contracts.delivery import DeliveryId, PartnerId
from services.contracts.ordering import OrderId, PaymentMethod, PlacedLine, PlacedSellerOrder, SellerOrderId, Slot
from services.contracts.people import PersonId
from services.contracts.places import GeoPoint
from services.kit.database.db import Row
from services.kit.messaging.consumer import Record
from services.kit.messaging.envelope import Envelope, Event, new_event_id
from services.kit.messaging.processor import EventProcessor
from services.kit.messaging.timers import Timers
from services.people import hears
from services.people.commands import market
from tests.worlds.outgoing import Post

AT = GeoPoint(lat=-8.13, lng=113.22)
CODE = "LMJ-261128-0001"


@dataclass
class Market:
    post: Post
    buyer: PersonId
    owner: PersonId
    merchant_id: MerchantId = field(default_factory=MerchantId.new)
    order_id: OrderId = field(default_factory=OrderId.new)
    part_id: SellerOrderId = field(default_factory=SellerOrderId.new)
    delivery_id: DeliveryId = field(default_factory=DeliveryId.new)
    counts: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.processor = EventProcessor("people", self.post.db, hears.HANDLERS, joining=True)

    async def now(self) -> datetime:
        async with self.post.db.acquire() as conn:
            at: datetime = await conn.fetchval("SELECT wlijo_now()")
        return at

    async def hear(self, *events: Event, ago_s: float = 0, together: bool = False) -> list[Envelope]:
        """One by one, or together as a consumer that gathers."""
        told = []
        for event in events:
            place = event.destination()
            self.counts[place.aggregate] = self.counts.get(place.aggregate, 0) + 1
            told.append(
                Envelope(
                    id=str(new_event_id()),
                    source=event.source,
                    type=event.type,
                    topic=event.topic,
                    aggregate=place.aggregate,
                    seq=self.counts[place.aggregate],
                    epoch=1,
                    key=place.key,
                    time=await self.now() - timedelta(seconds=ago_s),
                    stream=event.stream,
                    traceparent=None,
                    data=event.payload(),
                )
            )
        if together:
            taken = await self.processor.take_across([_record(each, at) for at, each in enumerate(told)])
            assert len(taken) == len(told), "not all were taken together"
            return told
        for each in told:
            assert await self.processor.apply(each) is not None, "its key is parked"
        return told

    async def fire(self) -> None:
        timers = Timers(self.post.db, {market.Timer.REMIND: market.remind})
        while await timers.fire_one():
            pass

    async def notices(self, subject: PersonId | str) -> list[Row]:
        async with self.post.db.acquire() as conn:
            return await conn.fetch("SELECT * FROM notice WHERE subject = $1 ORDER BY made_at, id", str(subject))

    async def kinds(self, subject: PersonId | str) -> list[tuple[str, str]]:
        return [(row["kind"], row["outcome"]) for row in await self.notices(subject)]

    def merchant(self, *members: PersonId | str) -> catalog.MerchantChanged:
        return catalog.MerchantChanged(
            merchant_id=self.merchant_id,
            name="Warung Bu Sri",
            kind=MerchantKind.FIXED_STALL,
            status=MerchantStatus.ACTIVE,
            kecamatan_code="35.08.10",
            pickup_point=AT,
            hours=[],
            always_open=True,
            auto_accept=False,
            accept_within_s=600,
            prep_time_s=600,
            members=[Member(subject=str(each), role=MemberRole.OWNER) for each in members or (self.owner,)],
        )

    def placed(self) -> ordering.OrderPlaced:
        return ordering.OrderPlaced(
            order_id=self.order_id,
            code=CODE,
            buyer=str(self.buyer),
            seller_orders=[
                PlacedSellerOrder(
                    seller_order_id=self.part_id,
                    merchant_id=self.merchant_id,
                    goods_rupiah=55_000,
                    lines=[PlacedLine(variant_id=VariantId.new(), quantity=1)],
                )
            ],
            goods_rupiah=55_000,
            delivery_rupiah=8_000,
            total_rupiah=63_000,
            payment_method=PaymentMethod.COD,
            slot=Slot.NOW,
            quote="x",
            dropoff=AT,
            dropoff_kecamatan_code="35.08.10",
            hold_until=datetime(2026, 12, 1, tzinfo=UTC),
            placed_at=datetime(2026, 11, 28, 3, tzinfo=UTC),
            test=True,
        )

    def held(self) -> catalog.StockHeld:
        return catalog.StockHeld(
            reservation_id=ReservationId(self.order_id.uuid),
            order_id=str(self.order_id),
            expires_at=datetime(2026, 12, 1, tzinfo=UTC),
        )

    async def confirmed(self) -> ordering.OrderConfirmed:
        at = await self.now()
        return ordering.OrderConfirmed(order_id=self.order_id, confirmed_at=at, cash_to_collect_rupiah=63_000)

    def accepted(self) -> ordering.SellerOrderAccepted:
        return ordering.SellerOrderAccepted(
            order_id=self.order_id,
            seller_order_id=self.part_id,
            merchant_id=self.merchant_id,
            ready_at=datetime(2026, 11, 28, 4, tzinfo=UTC),
        )

    async def cancelled(self, reason: ordering.CancelReason, borne_by: ordering.BorneBy) -> ordering.OrderCancelled:
        return ordering.OrderCancelled(
            order_id=self.order_id, reason=reason, borne_by=borne_by, cancelled_at=await self.now()
        )

    def picked_up(self) -> delivery.PickedUp:
        return delivery.PickedUp(delivery_id=self.delivery_id, order_id=self.order_id)

    def arrived(self, place: delivery.Place) -> delivery.RiderArrived:
        return delivery.RiderArrived(delivery_id=self.delivery_id, order_id=self.order_id, place=place)

    async def delivered(self) -> delivery.Delivered:
        return delivery.Delivered(
            delivery_id=self.delivery_id,
            order_id=self.order_id,
            partner_id=PartnerId.new(),
            cash_collected_rupiah=63_000,
            fee_rupiah=8_000,
            rider_share_rupiah=6_400,
            partner_share_rupiah=960,
            platform_share_rupiah=640,
            delivered_at=await self.now(),
        )


def _record(told: Envelope, offset: int) -> Record:
    return Record(told.topic, 0, offset, told.key.encode(), told.data, told.headers(), None)


async def a_market(post: Post) -> Market:
    return Market(post, await post.person("+6281234567811"), await post.person("+6281234567822", Language.EN))
