"""SQL of trips as ordering knows them: whose job a trip is, and by that who may read the contact."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from services.contracts.delivery import DeliveryId, PartnerId, RiderId
from services.contracts.ordering import OrderId
from services.kit.database.db import Connection
from services.ordering.domain.process import CONTACT_WITHIN


class State(StrEnum):
    OPEN = "OPEN"
    ASSIGNED = "ASSIGNED"
    PICKED_UP = "PICKED_UP"
    FINISHED = "FINISHED"


async def put(
    conn: Connection,
    delivery_id: DeliveryId,
    order_id: OrderId,
    state: State,
    *,
    partner_id: PartnerId | None = None,
    rider_id: RiderId | None = None,
    free: bool = False,
) -> None:
    """News of the trip. What is not told stays as it was; `free` takes the job from its partner."""
    await conn.execute(
        """INSERT INTO job AS j (delivery_id, order_id, state, partner_id, rider_id, news_at) VALUES ($1, $2, $3, $4, $5, wlijo_now())
           ON CONFLICT (delivery_id) DO UPDATE SET state = excluded.state, news_at = excluded.news_at,
               partner_id = CASE WHEN $6 THEN NULL ELSE coalesce(excluded.partner_id, j.partner_id) END,
               rider_id = CASE WHEN $6 THEN NULL ELSE coalesce(excluded.rider_id, j.rider_id) END""",
        delivery_id,
        order_id,
        str(state),
        partner_id,
        rider_id,
        free,
    )


async def hear_of(conn: Connection, delivery_id: DeliveryId) -> None:
    """News of the trip that changes nothing of the job."""
    await conn.execute("UPDATE job SET news_at = wlijo_now() WHERE delivery_id = $1", delivery_id)


async def rider_of(conn: Connection, delivery_id: DeliveryId) -> RiderId | None:
    found = await conn.fetchval("SELECT rider_id FROM job WHERE delivery_id = $1", delivery_id)
    return RiderId(found) if found else None


async def partner_of(conn: Connection, delivery_id: DeliveryId) -> PartnerId | None:
    found = await conn.fetchval("SELECT partner_id FROM job WHERE delivery_id = $1", delivery_id)
    return PartnerId(found) if found else None


@dataclass(frozen=True, slots=True)
class Pickup:
    merchant_name: str
    lat: float
    lng: float


@dataclass(frozen=True, slots=True)
class JobContact:
    """What the rider of a job has to know. Personal data: for the assigned partner, and only for now."""

    order_code: str
    pickups: list[Pickup]
    recipient: str
    phone: str
    line: str
    note: str | None
    lat: float
    lng: float


async def read_contact(
    conn: Connection, delivery_id: DeliveryId, partner_id: PartnerId, subject: str
) -> JobContact | None:
    """While the job is the partner's, not finished and not silent for too long; the read is written down in the same statement."""
    rows = await conn.fetch(
        """WITH theirs AS MATERIALIZED (
               SELECT j.delivery_id, o.id AS order_id, o.code, c.id AS contact_id, c.recipient, c.phone, c.line, c.note, c.lat, c.lng
               FROM job j JOIN orders o ON o.id = j.order_id JOIN contact c ON c.id = o.contact_id
               WHERE j.delivery_id = $1 AND j.partner_id = $2 AND c.erased_at IS NULL AND j.state IN ('ASSIGNED', 'PICKED_UP')
                     AND wlijo_now() < coalesce(j.news_at, o.confirmed_at, o.placed_at) + $4
           ), audited AS (
               INSERT INTO contact_read (delivery_id, order_id, contact_id, partner_id, subject, at)
               SELECT delivery_id, order_id, contact_id, $2, $3, wlijo_now() FROM theirs
           )
           SELECT theirs.*, m.name AS merchant_name, m.lat AS merchant_lat, m.lng AS merchant_lng
           FROM theirs JOIN seller_order s ON s.order_id = theirs.order_id JOIN merchant m ON m.id = s.merchant_id
           ORDER BY s.id""",
        delivery_id,
        partner_id,
        subject,
        CONTACT_WITHIN,
    )
    if not rows:
        return None
    first = rows[0]
    return JobContact(
        order_code=first["code"],
        pickups=[Pickup(row["merchant_name"], row["merchant_lat"], row["merchant_lng"]) for row in rows],
        recipient=first["recipient"],
        phone=first["phone"],
        line=first["line"],
        note=first["note"],
        lat=first["lat"],
        lng=first["lng"],
    )
