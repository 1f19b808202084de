"""Our states of a trip in the words of others: ONDC's fulfilment, Uber Direct, DoorDash Drive and Lalamove v3; what an adapter of either
side reads. From ours to theirs it is total: each state is one of theirs. Of theirs that we do not have, none is guessed at."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from services.delivery.domain.trip import DeliveryStatus

_S = DeliveryStatus


class Ondc(StrEnum):
    """`P2P`, without hubs, and the way back (RTO)."""

    PENDING = "Pending"
    PACKED = "Packed"
    AGENT_ASSIGNED = "Agent-assigned"
    OUT_FOR_PICKUP = "Out-for-pickup"
    PICKUP_FAILED = "Pickup-failed"
    AT_PICKUP = "At-pickup"
    ORDER_PICKED_UP = "Order-picked-up"
    IN_TRANSIT = "In-transit"
    AT_DESTINATION_HUB = "At-destination-hub"
    OUT_FOR_DELIVERY = "Out-for-delivery"
    AT_DELIVERY = "At-delivery"
    DELIVERY_FAILED = "Delivery-failed"
    ORDER_DELIVERED = "Order-delivered"
    CANCELLED = "Cancelled"
    RTO_INITIATED = "RTO-Initiated"
    RTO_DELIVERED = "RTO-Delivered"
    RTO_DISPOSED = "RTO-Disposed"


class Uber(StrEnum):
    PENDING = "pending"
    PICKUP = "pickup"
    PICKUP_COMPLETE = "pickup_complete"
    DROPOFF = "dropoff"
    DELIVERED = "delivered"
    CANCELED = "canceled"
    RETURNED = "returned"


class DoorDash(StrEnum):
    CREATED = "created"
    CONFIRMED = "confirmed"
    ENROUTE_TO_PICKUP = "enroute_to_pickup"
    ARRIVED_AT_PICKUP = "arrived_at_pickup"
    PICKED_UP = "picked_up"
    ENROUTE_TO_DROPOFF = "enroute_to_dropoff"
    ARRIVED_AT_DROPOFF = "arrived_at_dropoff"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    RETURNED = "returned"


class Lalamove(StrEnum):
    ASSIGNING_DRIVER = "ASSIGNING_DRIVER"
    ON_GOING = "ON_GOING"
    PICKED_UP = "PICKED_UP"
    COMPLETED = "COMPLETED"
    EXPIRED = "EXPIRED"
    REJECTED = "REJECTED"
    CANCELED = "CANCELED"


TO_ONDC: Final[Mapping[DeliveryStatus, Ondc]] = {
    _S.WAITING: Ondc.PENDING,
    _S.REQUESTED: Ondc.PENDING,
    _S.OFFERED: Ondc.PENDING,
    _S.ASSIGNED: Ondc.AGENT_ASSIGNED,
    _S.AT_PICKUP: Ondc.AT_PICKUP,
    _S.PICKED_UP: Ondc.ORDER_PICKED_UP,
    _S.AT_DROPOFF: Ondc.AT_DELIVERY,
    _S.FAILED_ATTEMPT: Ondc.DELIVERY_FAILED,
    _S.RETURNING: Ondc.RTO_INITIATED,
    _S.DELIVERED: Ondc.ORDER_DELIVERED,
    _S.RETURNED: Ondc.RTO_DELIVERED,
    _S.DISPOSED: Ondc.RTO_DISPOSED,
    _S.UNASSIGNABLE: Ondc.CANCELLED,
    _S.CANCELLED: Ondc.CANCELLED,
}
# A way back is a delivery of its own there; until it has ended the goods are under way to the buyer, as far as Uber says.
TO_UBER: Final[Mapping[DeliveryStatus, Uber]] = {
    _S.WAITING: Uber.PENDING,
    _S.REQUESTED: Uber.PENDING,
    _S.OFFERED: Uber.PENDING,
    _S.ASSIGNED: Uber.PICKUP,
    _S.AT_PICKUP: Uber.PICKUP,
    _S.PICKED_UP: Uber.DROPOFF,  # pickup_complete is the moment, and this the way
    _S.AT_DROPOFF: Uber.DROPOFF,
    _S.FAILED_ATTEMPT: Uber.DROPOFF,
    _S.RETURNING: Uber.DROPOFF,
    _S.DELIVERED: Uber.DELIVERED,
    _S.RETURNED: Uber.RETURNED,
    _S.DISPOSED: Uber.CANCELED,
    _S.UNASSIGNABLE: Uber.CANCELED,
    _S.CANCELLED: Uber.CANCELED,
}
TO_DOORDASH: Final[Mapping[DeliveryStatus, DoorDash]] = {
    _S.WAITING: DoorDash.CREATED,
    _S.REQUESTED: DoorDash.CREATED,
    _S.OFFERED: DoorDash.CREATED,
    _S.ASSIGNED: DoorDash.CONFIRMED,
    _S.AT_PICKUP: DoorDash.ARRIVED_AT_PICKUP,
    _S.PICKED_UP: DoorDash.PICKED_UP,
    _S.AT_DROPOFF: DoorDash.ARRIVED_AT_DROPOFF,
    _S.FAILED_ATTEMPT: DoorDash.ARRIVED_AT_DROPOFF,
    _S.RETURNING: DoorDash.ARRIVED_AT_DROPOFF,
    _S.DELIVERED: DoorDash.DELIVERED,
    _S.RETURNED: DoorDash.RETURNED,
    _S.DISPOSED: DoorDash.CANCELLED,
    _S.UNASSIGNABLE: DoorDash.CANCELLED,
    _S.CANCELLED: DoorDash.CANCELLED,
}
TO_LALAMOVE: Final[Mapping[DeliveryStatus, Lalamove]] = {
    _S.WAITING: Lalamove.ASSIGNING_DRIVER,
    _S.REQUESTED: Lalamove.ASSIGNING_DRIVER,
    _S.OFFERED: Lalamove.ASSIGNING_DRIVER,
    _S.ASSIGNED: Lalamove.ON_GOING,
    _S.AT_PICKUP: Lalamove.ON_GOING,
    _S.PICKED_UP: Lalamove.PICKED_UP,
    _S.AT_DROPOFF: Lalamove.PICKED_UP,
    _S.FAILED_ATTEMPT: Lalamove.PICKED_UP,
    _S.RETURNING: Lalamove.PICKED_UP,
    _S.DELIVERED: Lalamove.COMPLETED,
    _S.RETURNED: Lalamove.CANCELED,
    _S.DISPOSED: Lalamove.CANCELED,
    _S.UNASSIGNABLE: Lalamove.EXPIRED,
    _S.CANCELLED: Lalamove.CANCELED,
}

# What another's word says of a trip of ours; None: nothing that we keep (packed at the seller's, in a hub).
FROM_ONDC: Final[Mapping[Ondc, DeliveryStatus | None]] = {
    Ondc.PENDING: _S.REQUESTED,
    Ondc.PACKED: None,
    Ondc.AGENT_ASSIGNED: _S.ASSIGNED,
    Ondc.OUT_FOR_PICKUP: _S.ASSIGNED,
    Ondc.PICKUP_FAILED: _S.REQUESTED,
    Ondc.AT_PICKUP: _S.AT_PICKUP,
    Ondc.ORDER_PICKED_UP: _S.PICKED_UP,
    Ondc.IN_TRANSIT: None,
    Ondc.AT_DESTINATION_HUB: None,
    Ondc.OUT_FOR_DELIVERY: _S.PICKED_UP,
    Ondc.AT_DELIVERY: _S.AT_DROPOFF,
    Ondc.DELIVERY_FAILED: _S.FAILED_ATTEMPT,
    Ondc.ORDER_DELIVERED: _S.DELIVERED,
    Ondc.CANCELLED: _S.CANCELLED,
    Ondc.RTO_INITIATED: _S.RETURNING,
    Ondc.RTO_DELIVERED: _S.RETURNED,
    Ondc.RTO_DISPOSED: _S.DISPOSED,
}
FROM_UBER: Final[Mapping[Uber, DeliveryStatus | None]] = {
    Uber.PENDING: _S.REQUESTED,
    Uber.PICKUP: _S.ASSIGNED,
    Uber.PICKUP_COMPLETE: _S.PICKED_UP,
    Uber.DROPOFF: _S.PICKED_UP,
    Uber.DELIVERED: _S.DELIVERED,
    Uber.CANCELED: _S.CANCELLED,
    Uber.RETURNED: _S.RETURNED,
}
FROM_DOORDASH: Final[Mapping[DoorDash, DeliveryStatus | None]] = {
    DoorDash.CREATED: _S.REQUESTED,
    DoorDash.CONFIRMED: _S.ASSIGNED,
    DoorDash.ENROUTE_TO_PICKUP: _S.ASSIGNED,
    DoorDash.ARRIVED_AT_PICKUP: _S.AT_PICKUP,
    DoorDash.PICKED_UP: _S.PICKED_UP,
    DoorDash.ENROUTE_TO_DROPOFF: _S.PICKED_UP,
    DoorDash.ARRIVED_AT_DROPOFF: _S.AT_DROPOFF,
    DoorDash.DELIVERED: _S.DELIVERED,
    DoorDash.CANCELLED: _S.CANCELLED,
    DoorDash.RETURNED: _S.RETURNED,
}
FROM_LALAMOVE: Final[Mapping[Lalamove, DeliveryStatus | None]] = {
    Lalamove.ASSIGNING_DRIVER: _S.REQUESTED,
    Lalamove.ON_GOING: _S.ASSIGNED,
    Lalamove.PICKED_UP: _S.PICKED_UP,
    Lalamove.COMPLETED: _S.DELIVERED,
    Lalamove.EXPIRED: _S.UNASSIGNABLE,
    Lalamove.REJECTED: _S.UNASSIGNABLE,
    Lalamove.CANCELED: _S.CANCELLED,
}
