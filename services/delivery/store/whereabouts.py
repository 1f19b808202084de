"""SQL of where a company's riders are and its trips go, for its own people. Operators ask for a trail, which is written down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from services.contracts.delivery import DeliveryId, PartnerId, RiderId
from services.contracts.places import GeoPoint
from services.delivery.domain.trip import ON_TRIP
from services.delivery.store.positions import OLD, RIDES, Seen
from services.delivery.store.reading import Viewer
from services.delivery.store.reading_crews import PlaceView
from services.kit.database.db import Connection

# $1 is for whom a machine speaks, $2 the person.
_OWN: Final = """({of}.partner_id = $1 OR EXISTS (SELECT FROM rider r WHERE r.id = {rider} AND r.subject = $2)
    OR EXISTS (SELECT FROM partner_member m WHERE m.partner_id = {of}.partner_id AND m.subject = $2))"""


def _own(viewer: Viewer) -> tuple[PartnerId | None, str | None]:
    return viewer.partner_id, viewer.person


async def of_riders(conn: Connection, ids: Sequence[RiderId], viewer: Viewer) -> Mapping[RiderId, Seen]:
    """The newest place of each who is on shift or on a trip, unless it is old."""
    rows = await conn.fetch(
        f"""SELECT p.rider_id, p.lat, p.lng, p.at FROM rider_place p JOIN rider c ON c.id = p.rider_id
            WHERE p.rider_id = ANY($3::uuid[]) AND p.at > wlijo_now() - $4::interval AND {_OWN.format(of="c", rider="c.id")}
              AND (c.on_shift OR EXISTS (SELECT FROM delivery d WHERE d.rider_id = c.id AND d.{RIDES}))""",
        *_own(viewer),
        ids,
        OLD,
    )
    return {RiderId(row["rider_id"]): Seen(GeoPoint(lat=row["lat"], lng=row["lng"]), row["at"]) for row in rows}


async def of_trips(conn: Connection, ids: Sequence[DeliveryId], viewer: Viewer) -> Mapping[DeliveryId, list[PlaceView]]:
    """Pickups in their order, then the door, of trips under way."""
    rows = await conn.fetch(
        f"""SELECT s.delivery_id, s.kecamatan_code, s.lat, s.lng, s.merchant_name, s.seq, s.ready_at, s.packed_at
            FROM stop s JOIN delivery d ON d.id = s.delivery_id
            WHERE d.id = ANY($3::uuid[]) AND d.status = ANY($4::text[]) AND s.left_out_at IS NULL
              AND {_OWN.format(of="d", rider="d.rider_id")} ORDER BY s.delivery_id, s.seq""",
        *_own(viewer),
        ids,
        [*ON_TRIP],
    )
    found: dict[DeliveryId, list[PlaceView]] = {}
    for row in rows:
        point = GeoPoint(lat=row["lat"], lng=row["lng"])
        place = PlaceView(
            row["kecamatan_code"], point, row["merchant_name"], row["seq"], row["ready_at"], row["packed_at"]
        )
        found.setdefault(DeliveryId(row["delivery_id"]), []).append(place)
    return found
