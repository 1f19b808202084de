"""Where riders are: the latest place counts, and whatever does not fit is dropped."""

from __future__ import annotations

from datetime import UTC

from services.contracts.delivery import PartnerId
from services.contracts.partner import Location
from services.delivery.domain.trip import ON_TRIP
from services.delivery.store import positions
from services.kit.database.db import Transaction
from services.kit.messaging.envelope import Malformed, decode

MAX_LOCATION_BYTES = 4_096


def read(body: bytes) -> Location:
    """Raises Malformed."""
    if len(body) > MAX_LOCATION_BYTES:
        raise Malformed(f"more than {MAX_LOCATION_BYTES} bytes")
    place = decode(Location, body)
    if place.at.tzinfo is None:
        raise Malformed("at has no time zone")
    try:
        place.at.astimezone(UTC)
    except OverflowError as error:
        raise Malformed("at is beyond the years 1 to 9999") from error
    return place


async def move_rider(conn: Transaction, partner_id: PartnerId, place: Location) -> None:
    """Drops what is not of this company's trip now."""
    if await positions.move(conn, partner_id, place, ON_TRIP):
        conn.wake(str(place.job_id))
