"""What a company may say next of a job, read off the trip's own table: so the two never differ."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from services.contracts.partner import Arrived, ArrivedAt, Delivered, Failed, PickedUp, Reply, ReportedStatus, Status
from services.delivery.domain.trip import ON_TRIP, TABLE, DeliveryStatus, Input, To


@dataclass(frozen=True, slots=True)
class Expected:
    """A reply that would count now, with what of its data is known beforehand."""

    type: str
    data: Mapping[str, str]


_REPLIES: Final[Mapping[Input, tuple[type[Reply], Mapping[str, str]]]] = {
    Input.AT_PICKUP: (Arrived, {"at": ArrivedAt.PICKUP}),
    Input.PICKED_UP: (PickedUp, {}),
    Input.AT_DROPOFF: (Arrived, {"at": ArrivedAt.DROPOFF}),
    Input.DELIVERED: (Delivered, {}),
    Input.FAILED: (Failed, {}),
    Input.RETURNING: (Status, {"status": ReportedStatus.RETURNING}),
    Input.RETURNED: (Status, {"status": ReportedStatus.RETURNED}),
    Input.DISPOSED: (Status, {"status": ReportedStatus.DISPOSED}),
}


def expected(status: DeliveryStatus) -> list[Expected]:
    """In the order in which a trip goes on; nothing of one that has ended."""
    if status not in ON_TRIP:
        return []
    steps = TABLE[status]
    return [
        Expected(kind.type, data) for happened, (kind, data) in _REPLIES.items() if isinstance(steps.get(happened), To)
    ]
