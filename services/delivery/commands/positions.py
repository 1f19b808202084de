"""Where riders are: the latest place counts, and whatever does not fit is dropped."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC

from services.contracts.delivery import PartnerId
from services.contracts.partner import DropCode, Location, RefusalCode
from services.contracts.places import GeoPoint
from services.delivery.domain import places, reading
from services.delivery.domain.reading import DATA
from services.delivery.domain.reply import ReplyRefused
from services.delivery.domain.trip import ON_TRIP
from services.delivery.store import positions
from services.delivery.store.positions import Ridden
from services.kit.database.db import Transaction

MAX_LOCATION_BYTES = 4_096


@dataclass(frozen=True, slots=True)
class Dropped:
    code: DropCode
    message: str
    field: str


def read(body: bytes) -> Location:
    """Raises ReplyRefused, MALFORMED."""
    if len(body) > MAX_LOCATION_BYTES:
        message = f"a position may have {MAX_LOCATION_BYTES} bytes, this has {len(body)}"
        raise ReplyRefused(RefusalCode.MALFORMED, message, DATA)
    place = reading.read(Location, body)
    if place.at.tzinfo is None:
        raise ReplyRefused(RefusalCode.MALFORMED, "at has no time zone; end it with Z for UTC", "at")
    try:
        place.at.astimezone(UTC)
    except OverflowError as error:
        raise ReplyRefused(RefusalCode.MALFORMED, "at is beyond the years 1 to 9999", "at") from error
    return place


async def move_rider(conn: Transaction, partner_id: PartnerId, place: Location) -> Dropped | None:
    """Why it was dropped: it is not of this company's trip now, or nowhere near; None when it is shown."""
    if not places.is_near(GeoPoint(lat=place.lat, lng=place.lng)):
        message = f"{place.lat}, {place.lng} is far from where riders ride: WGS 84 degrees, around -8.1, 113.2"
        return Dropped(DropCode.OUT_OF_AREA, message, "lat")
    if await positions.move(conn, partner_id, place, ON_TRIP):
        conn.wake(str(place.job_id))
        return None
    return _unfit(place, await positions.trip_of(conn, partner_id, place.job_id))


def _unfit(place: Location, trip: Ridden | None) -> Dropped:
    if trip is None:
        return Dropped(DropCode.NOT_YOUR_JOB, "the job is not, or no longer, yours", "job_id")
    if trip.rider_id != place.rider_id:
        return Dropped(DropCode.NOT_YOUR_RIDER, f"the job is ridden by {trip.rider_id}", "rider_id")
    if trip.status not in ON_TRIP:
        return Dropped(DropCode.ALREADY_DONE, f"the trip is over: it is {trip.status}", "job_id")
    return Dropped(DropCode.SUPERSEDED, "a later position is known", "at")
