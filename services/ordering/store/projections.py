"""SQL of what catalog and delivery have told: merchants, products, partners, and whose job a trip is."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import msgspec

from services.contracts.catalog import MerchantChanged, ProductChanged
from services.contracts.delivery import DeliveryId, PartnerChanged, PartnerId, RiderId
from services.contracts.ordering import OrderId
from services.kit.database.db import Connection


async def put_merchant(conn: Connection, merchant: MerchantChanged) -> None:
    await conn.execute(
        """WITH put AS (
               INSERT INTO merchant AS m (id, name, kind, status, kecamatan_code, lat, lng, hours, always_open, auto_accept,
                                          accept_within_s, prep_time_s)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8::jsonb, $9, $10, $11, $12)
               ON CONFLICT (id) DO UPDATE SET (name, kind, status, kecamatan_code, lat, lng, hours, always_open, auto_accept,
                                               accept_within_s, prep_time_s)
                   = (excluded.name, excluded.kind, excluded.status, excluded.kecamatan_code, excluded.lat, excluded.lng,
                      excluded.hours, excluded.always_open, excluded.auto_accept, excluded.accept_within_s, excluded.prep_time_s)
           ), gone AS (
               DELETE FROM merchant_member WHERE merchant_id = $1 AND subject <> ALL ($13::text[])
           )
           INSERT INTO merchant_member (merchant_id, subject, role)
           SELECT $1, subject, role FROM unnest($13::text[], $14::text[]) AS u (subject, role)
           ON CONFLICT (merchant_id, subject) DO UPDATE SET role = excluded.role""",
        merchant.merchant_id,
        merchant.name,
        str(merchant.kind),
        str(merchant.status),
        merchant.kecamatan_code,
        merchant.pickup_point.lat,
        merchant.pickup_point.lng,
        msgspec.json.encode(merchant.hours).decode(),
        merchant.always_open,
        merchant.auto_accept,
        merchant.accept_within_s,
        merchant.prep_time_s,
        [member.subject for member in merchant.members],
        [str(member.role) for member in merchant.members],
    )


async def put_product(conn: Connection, product: ProductChanged) -> None:
    """A variant that is no longer told is marked as gone, not dropped: carts may name it."""
    variants = product.variants
    await conn.execute(
        """WITH put AS (
               INSERT INTO product (id, merchant_id, name, category, status) VALUES ($1, $2, $3, $4, $5)
               ON CONFLICT (id) DO UPDATE SET (merchant_id, name, category, status)
                   = (excluded.merchant_id, excluded.name, excluded.category, excluded.status)
           ), gone AS (
               UPDATE variant SET gone = true WHERE product_id = $1 AND id <> ALL ($6::uuid[])
           )
           INSERT INTO variant (id, product_id, sku, label, unit_label, step, min, price_rupiah, price_basis, gram_per_base)
           SELECT u.id, $1, u.sku, u.label, u.unit_label, u.step, u.min, u.price, u.basis, u.gram
           FROM unnest($6::uuid[], $7::text[], $8::text[], $9::text[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[],
                       $14::float8[]) AS u (id, sku, label, unit_label, step, min, price, basis, gram)
           ON CONFLICT (id) DO UPDATE SET (product_id, sku, label, unit_label, step, min, price_rupiah, price_basis, gram_per_base, gone)
               = (excluded.product_id, excluded.sku, excluded.label, excluded.unit_label, excluded.step, excluded.min,
                  excluded.price_rupiah, excluded.price_basis, excluded.gram_per_base, false)""",
        product.product_id,
        product.merchant_id,
        product.name,
        product.category,
        str(product.status),
        [each.variant_id for each in variants],
        [each.sku for each in variants],
        [each.label for each in variants],
        [each.unit.label for each in variants],
        [each.unit.step for each in variants],
        [each.unit.min for each in variants],
        [each.price_rupiah for each in variants],
        [each.price_basis for each in variants],
        [each.gram_per_base for each in variants],
    )


async def put_partner(conn: Connection, partner: PartnerChanged) -> None:
    await conn.execute(
        """INSERT INTO partner (id, name, status) VALUES ($1, $2, $3)
           ON CONFLICT (id) DO UPDATE SET name = excluded.name, status = excluded.status""",
        partner.partner_id,
        partner.name,
        str(partner.status),
    )


async def put_job(
    conn: Connection,
    delivery_id: DeliveryId,
    order_id: OrderId,
    state: str,
    *,
    partner_id: PartnerId | None = None,
    rider_id: RiderId | None = None,
    free: bool = False,
) -> None:
    """What is not told stays as it was; `free` takes the job from its partner."""
    await conn.execute(
        """INSERT INTO job AS j (delivery_id, order_id, state, partner_id, rider_id) VALUES ($1, $2, $3, $4, $5)
           ON CONFLICT (delivery_id) DO UPDATE SET state = excluded.state,
               partner_id = CASE WHEN $6 THEN NULL ELSE coalesce(excluded.partner_id, j.partner_id) END,
               rider_id = CASE WHEN $6 THEN NULL ELSE coalesce(excluded.rider_id, j.rider_id) END""",
        delivery_id,
        order_id,
        state,
        partner_id,
        rider_id,
        free,
    )


async def rider_of(conn: Connection, delivery_id: DeliveryId) -> RiderId | None:
    found = await conn.fetchval("SELECT rider_id FROM job WHERE delivery_id = $1", delivery_id)
    return RiderId(found) if found else None


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


async def read_contact(conn: Connection, delivery_id: UUID, partner_id: PartnerId, subject: str) -> JobContact | None:
    """While the job is the partner's and not finished; the read is written down in the same statement."""
    rows = await conn.fetch(
        """WITH theirs AS MATERIALIZED (
               SELECT j.delivery_id, o.id AS order_id, o.code, c.id AS contact_id, c.recipient, c.phone, c.line, c.note, c.lat, c.lng
               FROM job j JOIN orders o ON o.id = j.order_id JOIN contact c ON c.id = o.contact_id
               WHERE j.delivery_id = $1 AND j.partner_id = $2 AND j.state IN ('ASSIGNED', 'PICKED_UP')
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
