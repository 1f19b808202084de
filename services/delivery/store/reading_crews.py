"""What may be seen of riders, and of the offers that a company holds. Who may see it is in the where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.contracts.delivery import DeliveryId, OfferId, PartnerId, RiderId
from services.contracts.places import GeoPoint
from services.delivery.domain.crew import VehicleKind
from services.delivery.domain.trip import ON_TRIP
from services.delivery.store.reading import InsideRider, RiderView, Viewer
from services.delivery.store.riders import CARRIES
from services.kit.database.db import Connection, Row

MAX_OFFERS = 50
"""Open ones of a company that are shown, those that end first."""


@dataclass(frozen=True, slots=True)
class PlaceView:
    kecamatan_code: str
    point: GeoPoint
    merchant_name: str | None
    number: int
    ready_at: datetime | None
    packed_at: datetime | None


@dataclass(frozen=True, slots=True)
class OfferView:
    id: OfferId
    job_id: DeliveryId
    partner_id: PartnerId
    expires_at: datetime
    test: bool
    distance_m: int
    fee_rupiah: int
    rider_share_rupiah: int
    partner_share_rupiah: int
    cash_to_collect_rupiah: int
    weight_limit_gram: int | None
    places: tuple[PlaceView, ...]
    joins_id: DeliveryId | None = None
    added_m: int | None = None


# $1 is for whom a machine speaks, $2 whether operators ask, $3 the person.
_RIDER = f"""SELECT r.id, r.name, r.plate, r.partner_id, r.external_id, r.vehicle, r.has_box, r.cash_limit_rupiah,
                   {CARRIES} AS carries_gram, r.on_shift,
                   r.ended_at IS NOT NULL AS ended, r.subject IS NOT NULL AS signs_in, coalesce(r.subject = $3, false) AS is_me,
                   coalesce($2 OR r.partner_id = $1 OR r.subject = $3 OR EXISTS (
                       SELECT FROM partner_member m WHERE m.partner_id = r.partner_id AND m.subject = $3), false) AS inside
            FROM rider r"""


def _rider(row: Row) -> RiderView:
    inside = InsideRider(
        row["external_id"],
        VehicleKind(row["vehicle"]),
        row["has_box"],
        row["cash_limit_rupiah"],
        row["on_shift"],
        row["ended"],
        row["signs_in"],
        row["is_me"],
        row["carries_gram"],
    )
    return RiderView(
        RiderId(row["id"]),
        row["name"],
        row["plate"],
        PartnerId(row["partner_id"]),
        inside if row["inside"] else None,
    )


def _seen_by(viewer: Viewer) -> tuple[PartnerId | None, bool, str | None]:
    return viewer.partner_id, viewer.ops, viewer.person


async def riders(conn: Connection, ids: Sequence[RiderId], viewer: Viewer) -> list[RiderView | None]:
    """Seen by ops, by their company, by themselves, and by the buyers whose trip they have; by officers, who pay them, name and plate."""
    rows = await conn.fetch(
        f"""SELECT * FROM ({_RIDER} WHERE r.id = ANY($4::uuid[])) AS r
            WHERE r.inside OR $6 OR EXISTS (SELECT FROM delivery d WHERE d.rider_id = r.id AND d.buyer = $5)""",
        *_seen_by(viewer),
        ids,
        viewer.buyer,
        viewer.officer,
    )
    found = {RiderId(row["id"]): _rider(row) for row in rows}
    return [found.get(each) for each in ids]


async def riders_of(
    conn: Connection, partner_id: PartnerId, viewer: Viewer, after: tuple[str, RiderId] | None, limit: int
) -> list[RiderView]:
    """Those of a company who have not ended, by name, then id."""
    name, last = after or (None, None)
    rows = await conn.fetch(
        f"""SELECT * FROM ({_RIDER} WHERE r.partner_id = $4 AND r.ended_at IS NULL
                AND ($5::text IS NULL OR (r.name, r.id) > ($5, $6::uuid))) AS r
            WHERE r.inside ORDER BY r.name, r.id LIMIT $7""",
        *_seen_by(viewer),
        partner_id,
        name,
        last,
        limit,
    )
    return [_rider(row) for row in rows]


async def rider_of(conn: Connection, viewer: Viewer) -> RiderView | None:
    """Who the person is as a rider."""
    row = await conn.fetchrow(f"{_RIDER} WHERE r.subject = $3", *_seen_by(viewer))
    return _rider(row) if row else None


async def rider_named(conn: Connection, partner_id: PartnerId, name: str) -> RiderView | None:
    """One of a company's who has not ended, by their id or the company's own, for its machine."""
    try:
        key, own = RiderId.parse(name), None
    except ValueError:
        key, own = None, name
    if own is not None and not own.isprintable():  # PostgreSQL's text cannot hold all of it
        return None
    row = await conn.fetchrow(
        f"""{_RIDER} WHERE r.partner_id = $1 AND r.ended_at IS NULL
            AND CASE WHEN $4::uuid IS NULL THEN r.external_id = $5::text ELSE r.id = $4 END""",
        partner_id,
        False,
        None,
        key,
        own,
    )
    return _rider(row) if row else None


async def jobs_of_riders(conn: Connection, ids: Sequence[RiderId]) -> list[list[DeliveryId]]:
    """What each carries now, of riders whose inside the caller has been shown."""
    rows = await conn.fetch(
        "SELECT id, rider_id FROM delivery WHERE rider_id = ANY($1::uuid[]) AND status = ANY($2::text[]) ORDER BY id",
        ids,
        [*ON_TRIP],
    )
    found: dict[RiderId, list[DeliveryId]] = {each: [] for each in ids}
    for row in rows:
        found[RiderId(row["rider_id"])].append(DeliveryId(row["id"]))
    return [found[each] for each in ids]


async def offers(conn: Connection, ids: Sequence[PartnerId], viewer: Viewer) -> list[list[OfferView]]:
    """Open ones, for the company's people and its riders on shift, its machine and operators."""
    rows = await conn.fetch(
        """SELECT o.id, o.delivery_id, o.partner_id, o.expires_at, o.joins_id, o.added_m, d.test, d.distance_m, d.fee_rupiah,
                  d.rider_share_rupiah, d.partner_share_rupiah, d.cash_to_collect_rupiah, d.weight_limit_gram,
                  ARRAY(SELECT (s.kecamatan_code, s.lat, s.lng, s.merchant_name, s.seq, s.ready_at, s.packed_at) FROM stop s
                        WHERE s.delivery_id = d.id AND s.left_out_at IS NULL ORDER BY s.seq) AS places
           FROM unnest($1::uuid[]) AS asked (id) CROSS JOIN LATERAL (
               SELECT * FROM offer WHERE partner_id = asked.id AND state = 'OPEN' ORDER BY expires_at, id LIMIT $5) AS o
           JOIN delivery d ON d.id = o.delivery_id
           WHERE asked.id = $2 OR $3 OR EXISTS (SELECT FROM partner_member m WHERE m.partner_id = asked.id AND m.subject = $4)
               OR EXISTS (SELECT FROM rider r WHERE r.partner_id = asked.id AND r.subject = $4 AND r.on_shift)
           ORDER BY o.expires_at, o.id""",
        ids,
        viewer.partner_id,
        viewer.ops,
        viewer.person,
        MAX_OFFERS,
    )
    found: dict[PartnerId, list[OfferView]] = {each: [] for each in ids}
    for row in rows:
        found[PartnerId(row["partner_id"])].append(_offer(row))
    return [found[each] for each in ids]


def _offer(row: Row) -> OfferView:
    return OfferView(
        OfferId(row["id"]),
        DeliveryId(row["delivery_id"]),
        PartnerId(row["partner_id"]),
        row["expires_at"],
        row["test"],
        row["distance_m"],
        row["fee_rupiah"],
        row["rider_share_rupiah"],
        row["partner_share_rupiah"],
        row["cash_to_collect_rupiah"],
        row["weight_limit_gram"],
        tuple(PlaceView(code, GeoPoint(lat=lat, lng=lng), *rest) for code, lat, lng, *rest in row["places"]),
        DeliveryId(row["joins_id"]) if row["joins_id"] else None,
        row["added_m"],
    )


async def is_of(conn: Connection, partner_id: PartnerId, viewer: Viewer) -> bool:
    """Whether somebody is of the company or rides for it, or operators ask."""
    return bool(
        await conn.fetchval(
            """SELECT $2 OR EXISTS (SELECT FROM partner_member m WHERE m.partner_id = $1 AND m.subject = $3)
                   OR EXISTS (SELECT FROM rider r WHERE r.partner_id = $1 AND r.subject = $3)""",
            partner_id,
            viewer.ops,
            viewer.person,
        )
    )
