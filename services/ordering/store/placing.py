"""SQL of placing an order: one read under the cart's lock, one write."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import msgspec

from services.contracts.catalog import MerchantId, MerchantStatus, ProductStatus, VariantId
from services.contracts.ordering import OrderId, PaymentMethod, Slot
from services.contracts.places import WIB, Hours
from services.kit.database.db import Connection, Row
from services.kit.graphql.idempotency import Claim
from services.ordering.domain.ids import BuyerId, CartId, ContactId
from services.ordering.domain.machines import OrderStatus, PaymentStatus, SellerOrderStatus
from services.ordering.domain.placing import Dropoff, OfferedLine, OfferedMerchant, OfferedProduct, Placement
from services.ordering.domain.process import State, Timer

_hours = msgspec.json.Decoder(list[Hours])


async def lock_cart(conn: Connection, cart_id: CartId, subject: str) -> BuyerId | None:
    """The cart's buyer; None when it is not this caller's. A statement of its own: what is read after it is read under the lock."""
    found = await conn.fetchval(
        """SELECT b.id FROM cart c JOIN buyer b ON b.id = c.buyer_id
           WHERE c.id = $1 AND b.subject = $2 FOR UPDATE OF c""",
        cart_id,
        subject,
    )
    return BuyerId(found) if found else None


@dataclass(frozen=True, slots=True)
class Offer:
    """All that the decision needs, of one instant. `dropoff` is None when the contact is not the buyer's."""

    at: datetime
    pending_events: int
    pending_s: float
    dropoff: Dropoff | None
    lines: list[OfferedLine]


_READ = """
WITH now AS MATERIALIZED (SELECT wlijo_now() AS at),
pending AS MATERIALIZED (
    SELECT (SELECT count(*) FROM (SELECT FROM outbox LIMIT $4) counted) AS events,
           (SELECT created_at FROM outbox ORDER BY seq LIMIT 1) AS since)
SELECT now.at, pending.events AS pending_events,
       coalesce(extract(epoch FROM now.at - pending.since), 0)::float8 AS pending_s,
       c.lat, c.lng, c.kecamatan_code,
       l.variant_id, l.quantity,
       v.id AS known, v.unit_label, v.min, v.step, v.price_rupiah, v.price_basis, v.gram_per_base,
       p.name, p.status AS product_status, p.merchant_id,
       m.id AS merchant_known, m.status AS merchant_status, m.hours::text AS hours, m.always_open, m.auto_accept,
       m.accept_within_s, m.prep_time_s
FROM now CROSS JOIN pending
LEFT JOIN contact c ON c.id = $2 AND c.buyer_id = $3
LEFT JOIN cart_line l ON l.cart_id = $1
LEFT JOIN variant v ON v.id = l.variant_id AND NOT v.gone
LEFT JOIN product p ON p.id = v.product_id
LEFT JOIN merchant m ON m.id = p.merchant_id
ORDER BY l.id
"""


async def read_offer(
    conn: Connection, cart_id: CartId, contact_id: ContactId, buyer_id: BuyerId, *, count_to: int
) -> Offer:
    """The cart must be locked. Pending events are counted up to `count_to`."""
    rows = await conn.fetch(_READ, cart_id, contact_id, buyer_id, count_to)
    first = rows[0]
    dropoff = None
    if first["kecamatan_code"] is not None:
        dropoff = Dropoff(first["lat"], first["lng"], first["kecamatan_code"])
    merchants: dict[MerchantId, OfferedMerchant] = {}
    return Offer(
        at=first["at"],
        pending_events=first["pending_events"],
        pending_s=first["pending_s"],
        dropoff=dropoff,
        lines=[_line(row, merchants) for row in rows if row["variant_id"] is not None],
    )


def _line(row: Row, merchants: dict[MerchantId, OfferedMerchant]) -> OfferedLine:
    product = None
    if row["known"] is not None and row["name"] is not None:
        merchant_id = MerchantId(row["merchant_id"])
        merchant = merchants.get(merchant_id)
        if merchant is None and row["merchant_known"] is not None:
            merchant = merchants[merchant_id] = OfferedMerchant(
                id=merchant_id,
                status=MerchantStatus(row["merchant_status"]),
                hours=_hours.decode(row["hours"]),
                always_open=row["always_open"],
                auto_accept=row["auto_accept"],
                accept_within_s=row["accept_within_s"],
                prep_time_s=row["prep_time_s"],
            )
        product = OfferedProduct(
            name=row["name"],
            status=ProductStatus(row["product_status"]),
            merchant=merchant,
            merchant_id=merchant_id,
            unit_label=row["unit_label"],
            minimum=row["min"],
            step=row["step"],
            price_rupiah=row["price_rupiah"],
            price_basis=row["price_basis"],
            gram_per_base=row["gram_per_base"],
        )
    return OfferedLine(VariantId(row["variant_id"]), row["quantity"], product)


# The order, its parts, its timer, the emptied cart and the stored answer in one statement. Foreign keys are checked at its end.
_WRITE = f"""
WITH day AS (
    INSERT INTO order_day AS d (day, last) VALUES ($1, 1) ON CONFLICT (day) DO UPDATE SET last = d.last + 1 RETURNING last
), placed AS (
    INSERT INTO orders (id, code, buyer_id, contact_id, dropoff_kecamatan_code, status, state, slot, goods_rupiah, delivery_rupiah,
                        total_rupiah, rider_share_rupiah, partner_share_rupiah, platform_share_rupiah, mass_gram, quote_jti, test,
                        placed_at, hold_until)
    SELECT $2, $3 || lpad(last::text, greatest(4, length(last::text)), '0'), $4, $5, $6, '{OrderStatus.PLACED}',
           '{State.AWAIT_STOCK}', $7, $8::bigint, $9::bigint, $8::bigint + $9::bigint, $10, $11, $12, $13, $14, $15, $16, $17 FROM day
    RETURNING id, code
), seller_orders AS (
    INSERT INTO seller_order (id, order_id, merchant_id, status, goods_rupiah, commission_rupiah, accept_within_s, prep_time_s,
                              auto_accept, placed_at, changed_at)
    SELECT s.id, placed.id, s.merchant_id, '{SellerOrderStatus.AWAITING_MERCHANT}', s.goods, s.commission, s.accept, s.prep,
           s.auto, $16, $16
    FROM placed, unnest($18::uuid[], $19::uuid[], $20::bigint[], $21::bigint[], $22::int[], $23::int[], $24::bool[])
                 AS s (id, merchant_id, goods, commission, accept, prep, auto)
), lines AS (
    INSERT INTO order_line (id, seller_order_id, position, variant_id, name, unit_label, quantity, price_rupiah, price_basis,
                            total_rupiah)
    SELECT l.id, l.seller_order_id, l.n, l.variant_id, l.name, l.unit_label, l.quantity, l.price, l.basis, l.total
    FROM unnest($25::uuid[], $26::uuid[], $27::uuid[], $28::text[], $29::text[], $30::bigint[], $31::bigint[], $32::bigint[],
                $33::bigint[])
         WITH ORDINALITY AS l (id, seller_order_id, variant_id, name, unit_label, quantity, price, basis, total, n)
), paid AS (
    INSERT INTO payment (id, order_id, method, amount_rupiah, status)
    SELECT $34, placed.id, $35, $8::bigint + $9::bigint, '{PaymentStatus.DUE}' FROM placed
), history AS (
    INSERT INTO order_history (order_id, version, at, status, state, input)
    SELECT placed.id, 1, $16, '{OrderStatus.PLACED}', '{State.AWAIT_STOCK}', 'PLACED' FROM placed
), timed AS (
    INSERT INTO timer (kind, subject, due_at) SELECT '{Timer.STOCK_DEADLINE}', placed.id, $36 FROM placed
), emptied AS (
    DELETE FROM cart_line WHERE cart_id = $37
), moved AS (
    UPDATE cart SET version = version + 1, updated_at = $16 WHERE id = $37
), answered AS (
    UPDATE idempotency SET answer = $41::jsonb WHERE caller = $38 AND mutation = $39 AND key = $40
)
SELECT code FROM placed
"""


async def write(
    conn: Connection,
    placement: Placement,
    *,
    buyer_id: BuyerId,
    contact_id: ContactId,
    cart_id: CartId,
    kecamatan_code: str,
    slot: Slot,
    method: PaymentMethod,
    stock_by: datetime,
    claim: Claim,
) -> str:
    """The order's code. Raises asyncpg.UniqueViolationError of `orders_quote_is_used_once` for a quote that another order has."""
    day = placement.placed_at.astimezone(WIB).date()
    sellers = placement.seller_orders
    lines = [(each.id, line) for each in sellers for line in each.lines]
    code = await conn.fetchval(
        _WRITE,
        day,
        placement.id,
        f"LMJ-{day:%y%m%d}-",
        buyer_id,
        contact_id,
        kecamatan_code,
        str(slot),
        placement.goods_rupiah,
        placement.delivery_rupiah,
        placement.shares.rider_rupiah,
        placement.shares.partner_rupiah,
        placement.shares.platform_rupiah,
        placement.mass_gram,
        placement.quote_jti,
        placement.test,
        placement.placed_at,
        placement.hold_until,
        [each.id for each in sellers],
        [each.merchant.id for each in sellers],
        [each.goods_rupiah for each in sellers],
        [each.commission_rupiah for each in sellers],
        [each.merchant.accept_within_s for each in sellers],
        [each.merchant.prep_time_s for each in sellers],
        [each.merchant.auto_accept for each in sellers],
        [line.id for _, line in lines],
        [seller_order_id for seller_order_id, _ in lines],
        [line.variant_id for _, line in lines],
        [line.name for _, line in lines],
        [line.unit_label for _, line in lines],
        [line.quantity for _, line in lines],
        [line.price_rupiah for _, line in lines],
        [line.price_basis for _, line in lines],
        [line.total_rupiah for _, line in lines],
        placement.payment_id,
        str(method),
        stock_by,
        cart_id,
        *claim.row({"order_id": str(placement.id)}),
    )
    return str(code)


def order_id_of(answer: object) -> OrderId:
    """The order that a stored answer of placeOrder names."""
    return OrderId.parse(str(answer["order_id"]) if isinstance(answer, dict) else "")
