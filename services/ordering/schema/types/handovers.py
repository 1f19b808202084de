"""GraphQL types of how and when an order is handed over."""

from datetime import datetime
from typing import Annotated, Self

import strawberry

from services.contracts.places import WIB, GeoPoint
from services.kit.graphql.types import Point
from services.ordering.domain import handover
from services.ordering.domain.handover import MAX_PER_HOUR, Offered
from services.ordering.domain.offer import OfferedMerchant
from services.ordering.schema.types.enums import HandoverWay, SlotUnavailable
from services.ordering.store import rows

Day = Annotated[
    datetime | None, strawberry.argument(description="Only those of the day, in WIB, that this moment lies in.")
]


def _point(of: GeoPoint | None) -> Point | None:
    return Point(lat=of.lat, lng=of.lng) if of else None


@strawberry.type(
    description="A time, and a place where it is one, at which an order can be had. As far as is known: another may be quicker."
)
class HandoverSlot:
    way: HandoverWay = strawberry.field(description="By a rider, at a stop, or at the counter.")
    slot_from: datetime = strawberry.field(
        description="With way and stop it tells a slot from others; `placeOrder` takes it."
    )
    slot_to: datetime = strawberry.field(description="Who comes then, or is brought something, is in time.")
    order_until: datetime = strawberry.field(description="It has to be ordered before.")
    capacity_left: int = strawberry.field(description="How many more orders there can be for it.")
    unavailable: SlotUnavailable | None = strawberry.field(description="Why it cannot be chosen; null when it can.")
    stop_id: strawberry.ID | None = strawberry.field(description="At a stop alone; `placeOrder` takes it.")
    place: str | None = strawberry.field(description="Where it is collected; null where it is brought.")
    point: Point | None = strawberry.field(description="Of that place.")

    @classmethod
    def of(cls, offered: Offered) -> Self:
        slot = offered.first
        collected = slot.way is not HandoverWay.DELIVERY
        return cls(
            way=slot.way,
            slot_from=slot.starts,
            slot_to=slot.ends,
            order_until=slot.order_until,
            capacity_left=offered.left,
            unavailable=offered.unavailable,
            stop_id=strawberry.ID(str(slot.stop_id)) if slot.stop_id else None,
            place=slot.place if collected else None,
            point=_point(slot.point) if collected else None,
        )


@strawberry.type(description="How and when an order is handed over.")
class Handover:
    way: HandoverWay = strawberry.field(description="By a rider, at a stop, or at the counter.")
    slot_from: datetime | None = strawberry.field(
        description="When it begins; null when it is brought as soon as can be."
    )
    slot_to: datetime | None = strawberry.field(
        description="When it ends; what is collected is kept for an hour more, and then cancelled."
    )
    place: str | None = strawberry.field(description="Where it is collected, as it was called when it was ordered.")
    point: Point | None = strawberry.field(description="Of that place.")

    @classmethod
    def of(cls, row: rows.Handover) -> Self:
        return cls(way=row.way, slot_from=row.slot_from, slot_to=row.slot_to, place=row.place, point=_point(row.point))


@strawberry.type(description="How many orders a merchant takes for one hour of a later time.")
class HandoverLimits:
    pickups_per_hour: int = strawberry.field(description="Collected at its counter; 0 takes none.")
    deliveries_per_hour: int = strawberry.field(
        description="Brought by a rider; 0 takes none. What is brought at once is not counted."
    )

    @classmethod
    def of(cls, merchant: OfferedMerchant) -> Self:
        return cls(pickups_per_hour=merchant.pickups_per_hour, deliveries_per_hour=merchant.deliveries_per_hour)


@strawberry.input(
    description="How many orders a merchant takes for one hour of a later time. Those that were taken stay."
)
class HandoverLimitsInput:
    merchant_id: strawberry.ID = strawberry.field(description="The caller's merchant.")
    pickups_per_hour: int = strawberry.field(
        description=f"Collected at its counter, 0 to {MAX_PER_HOUR}; 0 takes none."
    )
    deliveries_per_hour: int = strawberry.field(description=f"Brought by a rider, 0 to {MAX_PER_HOUR}; 0 takes none.")


@strawberry.input(description="How and when the order is wanted: one of `handovers`, or by a rider at once.")
class HandoverInput:
    way: HandoverWay = strawberry.field(description="What is collected is of one merchant, and needs no quote.")
    slot_from: datetime | None = strawberry.field(
        default=None, description="Of the slot that was shown; only by a rider it may be left out, for now."
    )
    stop_id: strawberry.ID | None = strawberry.field(default=None, description="Of the slot, at a stop.")


def slots_of(found: list[Offered], day: datetime | None) -> list[HandoverSlot]:
    on = day.astimezone(WIB).date() if day else None
    return [HandoverSlot.of(each) for each in found if on is None or each.first.starts.astimezone(WIB).date() == on]


MOST = handover.MOST_SLOTS
