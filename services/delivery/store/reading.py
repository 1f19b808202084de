"""What may be seen of trips, partners and riders, and by whom: the reading side's SQL. Ownership is in the where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.contracts.delivery import DeliveryId, PartnerId, PartnerStatus, RiderId
from services.contracts.ordering import OrderId, SellerOrderId
from services.contracts.places import GeoPoint
from services.contracts.roles import Role, partner_of
from services.delivery.domain.caller import Caller
from services.delivery.domain.crew import VehicleKind
from services.delivery.domain.proof import DropoffWish
from services.delivery.domain.trip import NOT_FETCHED, ON_TRIP, DeliveryStatus
from services.delivery.store.exchanges import SINCE
from services.delivery.store.partners import STANDING
from services.delivery.store.positions import RIDES
from services.kit.database.db import Connection, Database, Row
from services.kit.http.identity import Identity

_PEOPLE = (Role.BUYER, Role.MERCHANT, Role.RIDER)
"""Whoever signs in: what of a company somebody is, is asked by their subject. A machine speaks for a company by its token's claim."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """A caller as the where clauses need them. Nothing set sees nothing. `partner_id`: for whom a machine speaks."""

    buyer: str | None
    partner_id: PartnerId | None
    ops: bool
    member: str | None = None
    person: str | None = None
    officer: bool = False

    @classmethod
    def of(cls, identity: Identity) -> Viewer:
        return cls(
            buyer=identity.subject if identity.has(Role.BUYER) else None,
            partner_id=partner_of(identity.claims) if identity.has(Role.PARTNER) else None,
            ops=identity.has(Role.OPS),
            member=identity.subject if identity.has(Role.MERCHANT) else None,
            person=identity.subject if identity.has(*_PEOPLE) else None,
            officer=identity.has(Role.OFFICER),
        )

    @property
    def caller(self) -> Caller:
        return Caller(person=self.person or "", ops=self.ops, officer=self.officer)


@dataclass(frozen=True, slots=True)
class Step:
    at: datetime
    status: DeliveryStatus


@dataclass(frozen=True, slots=True)
class Position:
    point: GeoPoint
    at: datetime


@dataclass(frozen=True, slots=True)
class DeliveryView:
    """`live` rises with all that a follower should see, positions included. `is_buyer`: the viewer may see what is the buyer's alone."""

    id: DeliveryId
    order_id: OrderId
    status: DeliveryStatus
    version: int
    live: int
    test: bool
    fee_rupiah: int
    cash_to_collect_rupiah: int
    partner_id: PartnerId | None
    rider_id: RiderId | None
    requested_at: datetime | None
    is_buyer: bool
    position: Position | None
    rehearsed: bool
    wants_person_at: datetime | None = None
    seek_until: datetime | None = None
    dropoff_wish: DropoffWish | None = None


@dataclass(frozen=True, slots=True)
class PartnerView:
    id: PartnerId
    name: str
    status: PartnerStatus
    unanswered: int


@dataclass(frozen=True, slots=True)
class InsideRider:
    """What a rider's own company, the rider and operators see beside."""

    external_id: str | None
    vehicle: VehicleKind
    has_box: bool
    cash_limit_rupiah: int | None
    on_shift: bool
    ended: bool
    signs_in: bool
    is_me: bool
    carries_gram: int


@dataclass(frozen=True, slots=True)
class RiderView:
    id: RiderId
    name: str
    plate: str
    partner_id: PartnerId | None = None
    inside: InsideRider | None = None


SHOWN = f"p.rider_id = d.rider_id AND d.{RIDES} AND p.at >= {SINCE}"
"""Where the rider is (`p`) while they have the trip (`d`), and not where they were before."""
_LIVE = "d.version::bigint * 4294967296 + coalesce(p.count, 0) AS live"
_VIEW = f"""SELECT d.id, d.order_id, d.status, d.version, {_LIVE}, d.test,
                  d.fee_rupiah, d.cash_to_collect_rupiah, d.partner_id, d.rider_id, d.requested_at, d.wants_person_at, d.seek_until,
                  d.dropoff_wish, d.only_for IS NOT NULL AS rehearsed, coalesce(d.buyer = $2, false) AS is_buyer, p.lat, p.lng, p.at
           FROM delivery d LEFT JOIN rider_place p ON {SHOWN}
           WHERE (d.buyer = $2 OR d.partner_id = $3 OR $4
               OR EXISTS (SELECT FROM partner_member m WHERE m.partner_id = d.partner_id AND m.subject = $5)
               OR EXISTS (SELECT FROM rider r WHERE r.id = d.rider_id AND r.subject = $5))"""


def shown_place(status: DeliveryStatus, row: Row) -> Position | None:
    """What a buyer sees of it: to about a hundred metres until the goods are fetched, for riders wait where they live."""
    if row["at"] is None or status not in ON_TRIP:
        return None
    point = GeoPoint(lat=row["lat"], lng=row["lng"])
    return Position(point.rounded() if status in NOT_FETCHED else point, row["at"])


def _view(row: Row) -> DeliveryView:
    status = DeliveryStatus(row["status"])
    seen = shown_place(status, row) if row["is_buyer"] else None
    return DeliveryView(
        id=DeliveryId(row["id"]),
        order_id=OrderId(row["order_id"]),
        status=status,
        version=row["version"],
        live=row["live"],
        test=row["test"],
        fee_rupiah=row["fee_rupiah"],
        cash_to_collect_rupiah=row["cash_to_collect_rupiah"],
        partner_id=PartnerId(row["partner_id"]) if row["partner_id"] else None,
        rider_id=RiderId(row["rider_id"]) if row["rider_id"] else None,
        requested_at=row["requested_at"],
        is_buyer=row["is_buyer"],
        position=seen,
        rehearsed=row["rehearsed"],
        wants_person_at=row["wants_person_at"],
        seek_until=row["seek_until"],
        dropoff_wish=DropoffWish(row["dropoff_wish"]) if row["dropoff_wish"] else None,
    )


def _seen_by(viewer: Viewer) -> tuple[str | None, PartnerId | None, bool, str | None]:
    return viewer.buyer, viewer.partner_id, viewer.ops, viewer.person


async def deliveries(conn: Connection, ids: Sequence[DeliveryId], viewer: Viewer) -> list[DeliveryView | None]:
    """In the order asked; None for what does not exist or is not the viewer's to see."""
    rows = await conn.fetch(f"{_VIEW} AND d.id = ANY($1::uuid[])", ids, *_seen_by(viewer))
    found = {view.id: view for view in map(_view, rows)}
    return [found.get(each) for each in ids]


async def lives(db: Database, ids: Sequence[DeliveryId]) -> dict[DeliveryId, int]:
    """`live` of each, whoever asks: it says nothing but that there is more to see."""
    async with db.acquire() as conn:
        rows = await conn.fetch(
            f"SELECT d.id, {_LIVE} FROM delivery d LEFT JOIN rider_place p ON {SHOWN} WHERE d.id = ANY ($1::uuid[])",
            ids,
        )
    return {DeliveryId(row["id"]): row["live"] for row in rows}


async def deliveries_of_orders(
    conn: Connection, orders: Sequence[OrderId], viewer: Viewer
) -> list[DeliveryView | None]:
    rows = await conn.fetch(f"{_VIEW} AND d.order_id = ANY($1::uuid[])", orders, *_seen_by(viewer))
    found = {view.order_id: view for view in map(_view, rows)}
    return [found.get(each) for each in orders]


async def jobs(
    conn: Connection, partner_id: PartnerId, viewer: Viewer, *, only_open: bool, after: DeliveryId | None, limit: int
) -> list[DeliveryView]:
    """Of this company, the newest first, as far as the viewer sees them."""
    rows = await conn.fetch(
        f"""{_VIEW} AND d.partner_id = $1 AND ($6::uuid IS NULL OR d.id < $6) AND (NOT $7 OR d.status = ANY($8::text[]))
            ORDER BY d.id DESC LIMIT $9""",
        partner_id,
        *_seen_by(viewer),
        after,
        only_open,
        [*ON_TRIP],
        limit,
    )
    return [_view(row) for row in rows]


@dataclass(frozen=True, slots=True)
class PickupView:
    """Who fetches one merchant's goods, as far as its people see it: nothing of the door."""

    status: DeliveryStatus
    partner_id: PartnerId | None
    rider: RiderView | None
    delivery_id: DeliveryId
    stop: int
    arrived_at: datetime | None = None
    fetched_at: datetime | None = None


async def pickups(conn: Connection, seller_orders: Sequence[SellerOrderId], viewer: Viewer) -> list[PickupView | None]:
    """For the merchant's own people and who sees the trip."""
    rows = await conn.fetch(
        """SELECT s.seller_order_id, s.delivery_id, s.seq, s.arrived_at, s.fetched_at, d.status, d.partner_id, d.rider_id, r.name, r.plate
           FROM stop s JOIN delivery d ON d.id = s.delivery_id LEFT JOIN rider r ON r.id = d.rider_id
           WHERE s.seller_order_id = ANY($1::uuid[]) AND s.left_out_at IS NULL AND (d.buyer = $2 OR d.partner_id = $3 OR $4 OR EXISTS (
               SELECT FROM merchant_member m WHERE m.merchant_id = s.merchant_id AND m.subject = $5)
               OR EXISTS (SELECT FROM partner_member m WHERE m.partner_id = d.partner_id AND m.subject = $6)
               OR r.subject = $6)""",
        seller_orders,
        viewer.buyer,
        viewer.partner_id,
        viewer.ops,
        viewer.member,
        viewer.person,
    )
    found = {
        SellerOrderId(row["seller_order_id"]): PickupView(
            DeliveryStatus(row["status"]),
            PartnerId(row["partner_id"]) if row["partner_id"] else None,
            RiderView(RiderId(row["rider_id"]), row["name"], row["plate"]) if row["rider_id"] else None,
            DeliveryId(row["delivery_id"]),
            row["seq"],
            row["arrived_at"],
            row["fetched_at"],
        )
        for row in rows
    }
    return [found.get(each) for each in seller_orders]


async def histories(conn: Connection, ids: Sequence[DeliveryId]) -> list[list[Step]]:
    """Of trips that the caller has been shown. Oldest first."""
    rows = await conn.fetch(
        "SELECT delivery_id, at, status FROM delivery_history WHERE delivery_id = ANY($1::uuid[]) ORDER BY delivery_id, version",
        ids,
    )
    found: dict[DeliveryId, list[Step]] = {each: [] for each in ids}
    for row in rows:
        found[DeliveryId(row["delivery_id"])].append(Step(row["at"], DeliveryStatus(row["status"])))
    return [found[each] for each in ids]


_PARTNER = f"""SELECT p.id, p.name, {STANDING} AS status, coalesce(a.unanswered, 0) AS unanswered
               FROM partner p LEFT JOIN partner_answering a ON a.partner_id = p.id"""


async def partners(conn: Connection, ids: Sequence[PartnerId], viewer: Viewer) -> list[PartnerView | None]:
    """Who only asks, or only asked, is seen by their own people and the platform."""
    rows = await conn.fetch(
        f"""{_PARTNER} WHERE p.id = ANY($1::uuid[]) AND (p.status <> 'INVITED' OR $2
            OR EXISTS (SELECT FROM partner_member m WHERE m.partner_id = p.id AND m.subject = $3))""",
        ids,
        viewer.ops or viewer.officer,
        viewer.person,
    )
    found = {view.id: view for view in map(_partner, rows)}
    return [found.get(each) for each in ids]


async def partner_page(conn: Connection, after: tuple[str, PartnerId] | None, limit: int) -> list[PartnerView]:
    """By name, then id."""
    name, last = after or (None, None)
    rows = await conn.fetch(
        f"""{_PARTNER}
           WHERE p.status <> 'INVITED' AND p.left_at IS NULL AND ($1::text IS NULL OR (p.name, p.id) > ($1, $2::uuid))
           ORDER BY p.name, p.id LIMIT $3""",
        name,
        last,
        limit,
    )
    return [_partner(row) for row in rows]


async def applicants(conn: Connection, after: PartnerId | None, limit: int) -> list[PartnerView]:
    """Those who wait, in the order in which they first came."""
    rows = await conn.fetch(
        f"""{_PARTNER} WHERE p.status = 'INVITED' AND p.applied AND NOT p.sent_back AND p.left_at IS NULL
            AND ($1::uuid IS NULL OR p.id > $1) ORDER BY p.id LIMIT $2""",
        after,
        limit,
    )
    return [_partner(row) for row in rows]


async def partners_of(conn: Connection, person: str | None, limit: int) -> list[PartnerView]:
    """Those whose people they are of, whatever their status; by name, then id."""
    rows = await conn.fetch(
        f"""{_PARTNER} WHERE p.id IN (SELECT partner_id FROM partner_member WHERE subject = $1)
            ORDER BY p.name, p.id LIMIT $2""",
        person,
        limit,
    )
    return [_partner(row) for row in rows]


def _partner(row: Row) -> PartnerView:
    return PartnerView(PartnerId(row["id"]), row["name"], PartnerStatus(row["status"]), row["unanswered"])
