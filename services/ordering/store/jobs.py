"""SQL of trips as ordering knows them: whose job a trip is, and by that who may read the contact."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import asyncpg

from services.contracts.delivery import DeliveryId, PartnerId, RiderId
from services.contracts.ordering import OrderId
from services.kit.database.db import Connection, Transaction, only_row
from services.kit.database.step import Step
from services.kit.database.writes import Write
from services.kit.messaging.effects import Effect
from services.ordering.domain.process import CONTACT_WITHIN
from services.ordering.store import histories


class State(StrEnum):
    OPEN = "OPEN"
    ASSIGNED = "ASSIGNED"
    PICKED_UP = "PICKED_UP"
    FINISHED = "FINISHED"


_PUT = """
put_job AS (
    INSERT INTO job AS j (delivery_id, order_id, state, partner_id, rider_id, news_at) VALUES ($1, $2, $3, $4, $5, wlijo_now())
    ON CONFLICT (delivery_id) DO UPDATE SET state = excluded.state, news_at = excluded.news_at,
        partner_id = CASE WHEN $6 THEN NULL ELSE coalesce(excluded.partner_id, j.partner_id) END,
        rider_id = CASE WHEN $6 THEN NULL ELSE coalesce(excluded.rider_id, j.rider_id) END)"""


def requested(delivery_id: DeliveryId, order_id: OrderId) -> Effect:
    """There is a trip, and its order has heard of it."""
    noted = histories.noted(order_id, "DELIVERY_REQUESTED")

    def sql(first: int) -> str:
        return f"""put_job AS (
            INSERT INTO job AS j (delivery_id, order_id, state, news_at)
            SELECT ${first}::uuid, ${first + 1}::uuid, '{State.OPEN}', wlijo_now() WHERE EXISTS (SELECT FROM moved)
            ON CONFLICT (delivery_id) DO UPDATE SET state = excluded.state, news_at = excluded.news_at
        ), {noted.sql(first + 2)}"""

    return Effect(sql, (delivery_id, order_id, *noted.arguments), woken=noted.woken, else_=noted.else_)


async def put(
    conn: Transaction,
    delivery_id: DeliveryId,
    order_id: OrderId,
    state: State,
    *,
    partner_id: PartnerId | None = None,
    rider_id: RiderId | None = None,
    free: bool = False,
) -> None:
    """News of the trip, written with what is read or written next. What is not told stays as it was; `free` takes the job from its
    partner."""
    job = [delivery_id, order_id, str(state), partner_id, rider_id, free]
    await conn.later(Write(_PUT, job, frozenset({"job"})))


_CARRIES = """EXISTS (
    SELECT FROM rider_person r WHERE r.rider_id = j.rider_id AND r.partner_id = {partner} AND NOT EXISTS (
        SELECT FROM partner_member m WHERE m.partner_id = r.partner_id AND m.subject = r.subject)) AS carries"""


async def finish(
    conn: Transaction, delivery_id: DeliveryId, order_id: OrderId, partner_id: PartnerId
) -> tuple[RiderId | None, bool]:
    """Who has brought it, and whether what they collect is in their hands and not the company's: who signs in, and does not speak for it
    anyhow."""
    if isinstance(conn, Step):
        # Whose job it is, only what is heard of the same trip changes, and that comes one after another.
        (row,) = await conn.look(
            f"""SELECT j.rider_id, {_CARRIES.format(partner="$2")} FROM (SELECT) AS one LEFT JOIN job j ON j.delivery_id = $1""",
            delivery_id,
            partner_id,
        )
        await put(conn, delivery_id, order_id, State.FINISHED)
    else:
        row = await only_row(
            conn,
            f"""WITH j AS (
                   INSERT INTO job AS j (delivery_id, order_id, state, news_at) VALUES ($1, $2, 'FINISHED', wlijo_now())
                   ON CONFLICT (delivery_id) DO UPDATE SET state = excluded.state, news_at = excluded.news_at RETURNING rider_id)
               SELECT rider_id, {_CARRIES.format(partner="$3")} FROM j""",
            delivery_id,
            order_id,
            partner_id,
        )
    return (RiderId(row["rider_id"]) if row["rider_id"] else None), row["carries"]


async def exchange(conn: Connection, delivery_id: DeliveryId, rider_id: RiderId) -> None:
    """Another rider of the same company goes on with it."""
    await conn.execute(
        "UPDATE job SET rider_id = $2, news_at = wlijo_now() WHERE delivery_id = $1", delivery_id, rider_id
    )


async def hear_of(conn: Transaction, delivery_id: DeliveryId) -> None:
    """News of the trip that changes nothing of the job, written with what is read or written next."""
    heard = "heard_of_job AS (UPDATE job SET news_at = wlijo_now() WHERE delivery_id = $1)"
    await conn.later(Write(heard, [delivery_id], frozenset({"job"})))


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
    found = await _read_contacts(conn, [delivery_id], subject, partner_id)
    return found.get(delivery_id)


async def read_contacts(
    conn: Connection, delivery_ids: Sequence[DeliveryId], subject: str
) -> dict[DeliveryId, JobContact]:
    """Those of jobs that are a person's: who rides one, and whose company has it. As `read_contact`, also in what is written down."""
    return await _read_contacts(conn, delivery_ids, subject, None)


async def _read_contacts(
    conn: Connection, delivery_ids: Sequence[DeliveryId], subject: str, partner_id: PartnerId | None
) -> dict[DeliveryId, JobContact]:
    rows = await conn.fetch(
        """WITH theirs AS MATERIALIZED (
               SELECT j.delivery_id, j.partner_id, o.id AS order_id, o.code, c.id AS contact_id, c.recipient, c.phone, c.line, c.note,
                      c.lat, c.lng
               FROM job j JOIN orders o ON o.id = j.order_id JOIN contact c ON c.id = o.contact_id
               WHERE j.delivery_id = ANY ($1) AND c.erased_at IS NULL AND j.state IN ('ASSIGNED', 'PICKED_UP')
                     AND wlijo_now() < coalesce(j.news_at, o.confirmed_at, o.placed_at) + $4
                     AND CASE WHEN $2::uuid IS NOT NULL THEN j.partner_id = $2 ELSE
                         EXISTS (SELECT FROM partner_member m WHERE m.partner_id = j.partner_id AND m.subject = $3)
                         OR EXISTS (SELECT FROM rider_person r WHERE r.rider_id = j.rider_id AND r.partner_id = j.partner_id
                                                                     AND r.subject = $3) END
           ), audited AS (
               INSERT INTO contact_read (delivery_id, order_id, contact_id, partner_id, subject, at)
               SELECT delivery_id, order_id, contact_id, partner_id, $3, wlijo_now() FROM theirs
           )
           SELECT theirs.*, m.name AS merchant_name, m.lat AS merchant_lat, m.lng AS merchant_lng
           FROM theirs JOIN seller_order s ON s.order_id = theirs.order_id AND s.left_at IS NULL JOIN merchant m ON m.id = s.merchant_id
           ORDER BY s.id""",
        delivery_ids,
        partner_id,
        subject,
        CONTACT_WITHIN,
    )
    found: dict[DeliveryId, JobContact] = {}
    for row in rows:
        key = DeliveryId(row["delivery_id"])
        contact = found.setdefault(key, _contact(row))
        contact.pickups.append(Pickup(row["merchant_name"], row["merchant_lat"], row["merchant_lng"]))
    return found


def _contact(row: asyncpg.Record) -> JobContact:
    return JobContact(
        order_code=row["code"],
        pickups=[],
        recipient=row["recipient"],
        phone=row["phone"],
        line=row["line"],
        note=row["note"],
        lat=row["lat"],
        lng=row["lng"],
    )
