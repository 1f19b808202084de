"""A trip that somebody has locked, with what its lock guards, read in one go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.contracts.catalog import MerchantId
from services.contracts.delivery import FailureCode, OfferId, PartnerId
from services.contracts.places import GeoPoint
from services.delivery.domain.offer import Offer, OfferState
from services.delivery.domain.trip import Pickup, Stop, Trip
from services.delivery.store import trips
from services.kit.database.db import Row


@dataclass(frozen=True, slots=True)
class Held:
    """`offers` in the order they were made. `stops` are the pickups in their order, then the drop-off, without those that are left out;
    `pickups` those too."""

    trip: Trip
    offers: Sequence[Offer]
    pickups: Sequence[Pickup]
    stops: Sequence[Stop]


COLUMNS: Final = """trip.*,
    (SELECT array_agg((o.id, o.partner_id, o.state, o.expires_at) ORDER BY o.offered_at, o.id) FROM unnest(held.offers) AS o) AS offers,
    (SELECT array_agg((s.seq, s.kind, s.kecamatan_code, s.lat, s.lng, s.merchant_id, s.merchant_name, s.ready_at, s.packed_at,
                       s.arrived_at, s.fetched_at, s.left_out_at, s.failure_code) ORDER BY s.seq) FROM unnest(held.stops) AS s) AS stops"""


def held(wanted: str) -> str:
    """What has the `COLUMNS`, of the trip with this id; a row even where there is none."""
    return f"""(SELECT) AS one LEFT JOIN LATERAL trip_held({wanted}) AS held ON true
        LEFT JOIN LATERAL (SELECT {trips.TRIP} FROM (SELECT (held.trip).*) AS delivery) AS trip ON true"""


def looked_at(wanted: str) -> str:
    """The same without a lock, and `seen`, `stops_seen` and `offers_seen`, the versions of its row, of its stops and of its offers."""
    return f"""(SELECT) AS one LEFT JOIN LATERAL (
            SELECT d AS trip, d.xmin::text AS seen, ARRAY(SELECT o FROM offer o WHERE o.delivery_id = d.id) AS offers,
                   ARRAY(SELECT s FROM stop s WHERE s.delivery_id = d.id) AS stops,
                   ARRAY(SELECT s.xmin::text FROM stop s WHERE s.delivery_id = d.id) AS stops_seen,
                   ARRAY(SELECT o.xmin::text FROM offer o WHERE o.delivery_id = d.id) AS offers_seen
            FROM delivery d WHERE d.id = {wanted}) AS held ON true
        LEFT JOIN LATERAL (SELECT {trips.TRIP} FROM (SELECT (held.trip).*) AS delivery) AS trip ON true"""


def of(row: Row) -> Held | None:
    if row["id"] is None:
        return None
    trip = trips.of(row)
    return Held(
        trip,
        [
            Offer(OfferId(id), trip.id, PartnerId(partner), OfferState(state), expires_at)
            for id, partner, state, expires_at in row["offers"] or ()
        ],
        [_pickup(each) for each in row["stops"] or () if each[1] == "PICKUP"],
        [_stop(each) for each in row["stops"] or () if each[11] is None],
    )


def _pickup(stop: Row) -> Pickup:
    seq, _, _, _, _, merchant, name, ready_at, packed_at, arrived_at, fetched_at, left_out_at, failure = stop
    return Pickup(
        number=seq,
        merchant_id=MerchantId(merchant),
        merchant_name=name,
        arrived_at=arrived_at,
        fetched_at=fetched_at,
        left_out_at=left_out_at,
        ready_at=ready_at,
        packed_at=packed_at,
        failure=FailureCode(failure) if failure else None,
    )


def _stop(stop: Row) -> Stop:
    seq, _, code, lat, lng, merchant, name, ready_at, packed_at, *_ = stop
    place = GeoPoint(lat=lat, lng=lng)
    return Stop(code, place, MerchantId(merchant) if merchant else None, name, seq, ready_at, packed_at)
