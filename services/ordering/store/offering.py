"""SQL of what is on offer to a cart: one read, under the cart's lock where an order is to be placed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import msgspec

from services.contracts.catalog import MerchantId, MerchantStatus, ProductStatus, VariantId
from services.contracts.ordering import OrderId
from services.contracts.places import Closure, GeoPoint, Hours
from services.kit.database.db import Connection, Row
from services.ordering.domain.handover import with_limits
from services.ordering.domain.ids import BuyerId, CartId, CartLineId, ContactId
from services.ordering.domain.load import Standing
from services.ordering.domain.offer import OfferedLine, OfferedMerchant, OfferedProduct
from services.ordering.domain.payment import PaymentStatus
from services.ordering.domain.placing import Dropoff, Prices
from services.ordering.domain.wishes import WhenShort
from services.ordering.store.discounts import Met, met_by, read_met
from services.ordering.store.rows import STOPS
from services.ordering.store.units import catch_weight, sale_unit

_hours = msgspec.json.Decoder(list[Hours])
_closures = msgspec.json.Decoder(list[Closure])


@dataclass(frozen=True, slots=True)
class Offer:
    """All that the decision needs, of one instant. `dropoff` is None when the contact is not the buyer's."""

    at: datetime
    pending_events: int
    pending_s: float
    dropoff: Dropoff | None
    lines: list[OfferedLine]
    standing: Standing
    prices: Prices


_LINE = """l.id AS line_id, l.variant_id, l.quantity, l.note, l.when_short, n.note AS seller_note,
       v.id AS known, v.unit_label, v.unit_code, v.unit_kind, v.base_per_unit, v.min, v.step, v.max,
       v.weight_price_rupiah, v.weight_basis, v.overrun_percent,
       v.price_rupiah, v.price_basis, v.gram_per_base,
       p.name, p.status AS product_status, p.lacks_licence, p.merchant_id, p.category, k.available,
       m.id AS merchant_known, m.status AS merchant_status, m.hours::text AS hours, m.closures::text AS closures,
       m.always_open, m.auto_accept, m.accept_within_s, m.prep_time_s, m.name AS merchant_name, m.kind AS merchant_kind,
       m.lat AS merchant_lat, m.lng AS merchant_lng, m.stops::text AS stops,
       m.serves_radius_m, m.serves_kecamatan, h.pickups_per_hour, h.deliveries_per_hour"""
_ON_OFFER = """LEFT JOIN variant v ON v.id = l.variant_id AND NOT v.gone
LEFT JOIN product p ON p.id = v.product_id
LEFT JOIN merchant m ON m.id = p.merchant_id
LEFT JOIN handover_limit h ON h.merchant_id = m.id
LEFT JOIN cart_seller n ON n.cart_id = l.cart_id AND n.merchant_id = m.id
LEFT JOIN stock_level k ON k.variant_id = l.variant_id"""

_READ = f"""
WITH now AS MATERIALIZED (SELECT wlijo_now() AS at),
pending AS MATERIALIZED (
    SELECT (SELECT count(*) FROM (SELECT FROM outbox LIMIT $4) counted) AS events,
           (SELECT created_at FROM outbox ORDER BY seq LIMIT 1) AS since),
unpaid AS MATERIALIZED (
    SELECT o.id FROM orders o JOIN payment p ON p.order_id = o.id
    WHERE o.buyer_id = $3 AND o.ended_at IS NULL AND p.status = '{PaymentStatus.DUE}'),
taken AS MATERIALIZED (
    SELECT v.product_id, count(DISTINCT s.order_id) AS orders
    FROM unpaid JOIN seller_order s ON s.order_id = unpaid.id JOIN order_line l ON l.seller_order_id = s.id
    JOIN variant v ON v.id = l.variant_id GROUP BY v.product_id)
SELECT now.at, pending.events AS pending_events,
       coalesce(extract(epoch FROM now.at - pending.since), 0)::float8 AS pending_s,
       c.lat, c.lng, c.kecamatan_code,
       {_LINE}, CASE row_number() OVER (ORDER BY l.id) WHEN 1 THEN {met_by("$1", "$3")} END AS met,
       (SELECT count(*) FROM unpaid) AS open_orders, coalesce(t.orders, 0) AS orders_of_product,
       (SELECT placed_at FROM orders WHERE buyer_id = $3 AND placed_at > now.at - interval '1 day'
        ORDER BY placed_at DESC OFFSET $5 - 1 LIMIT 1) AS full_since
FROM now CROSS JOIN pending
LEFT JOIN contact c ON c.id = $2 AND c.buyer_id = $3 AND c.gone_at IS NULL
LEFT JOIN cart_line l ON l.cart_id = $1
{_ON_OFFER}
LEFT JOIN taken t ON t.product_id = v.product_id
ORDER BY l.id
"""


async def read_offer(
    conn: Connection, cart_id: CartId, contact_id: ContactId, buyer_id: BuyerId, *, count_to: int, a_day: int
) -> Offer:
    """The cart must be locked. Pending events are counted up to `count_to`; `a_day` orders within a day are too many for another."""
    rows = await conn.fetch(_READ, cart_id, contact_id, buyer_id, count_to, a_day)
    first = rows[0]
    known = first["kecamatan_code"] is not None
    dropoff = Dropoff(first["lat"], first["lng"], first["kecamatan_code"]) if known else None
    merchants: dict[MerchantId, OfferedMerchant] = {}
    lines = [row for row in rows if row["variant_id"] is not None]
    return Offer(
        at=first["at"],
        pending_events=first["pending_events"],
        pending_s=first["pending_s"],
        dropoff=dropoff,
        lines=[_line(row, merchants) for row in lines],
        standing=Standing(
            first["open_orders"],
            [(VariantId(row["variant_id"]), row["orders_of_product"]) for row in lines],
            first["full_since"],
        ),
        prices=prices_of(read_met(first["met"])),
    )


def prices_of(met: Met) -> Prices:
    return Prices(met.promotions, met.voucher, met.first_order, met.rules)


async def offered(conn: Connection, cart_ids: list[CartId]) -> dict[CartId, tuple[datetime, list[OfferedLine]]]:
    """Lines of carts as they are on offer at an instant, without a lock: for who looks."""
    rows = await conn.fetch(
        f"""SELECT wlijo_now() AS at, l.cart_id, {_LINE} FROM cart_line l {_ON_OFFER}
            WHERE l.cart_id = ANY ($1) ORDER BY l.cart_id, l.id""",
        cart_ids,
    )
    merchants: dict[MerchantId, OfferedMerchant] = {}
    found: dict[CartId, tuple[datetime, list[OfferedLine]]] = {}
    for row in rows:
        found.setdefault(CartId(row["cart_id"]), (row["at"], []))[1].append(_line(row, merchants))
    return found


async def ordered_again(conn: Connection, cart_id: CartId, order_id: OrderId) -> list[tuple[str, OfferedLine]]:
    """Lines of an order as they are on offer by now, each with the name by which it was sold."""
    rows = await conn.fetch(
        f"""SELECT l.sold_as, {_LINE} FROM (
                SELECT l.id, l.variant_id, l.quantity, l.note, l.when_short, l.name AS sold_as, l.position, $1::uuid AS cart_id
                FROM seller_order s JOIN order_line l ON l.seller_order_id = s.id WHERE s.order_id = $2) l
            {_ON_OFFER} ORDER BY l.position""",
        cart_id,
        order_id,
    )
    merchants: dict[MerchantId, OfferedMerchant] = {}
    return [(row["sold_as"], _line(row, merchants)) for row in rows]


def _line(row: Row, merchants: dict[MerchantId, OfferedMerchant]) -> OfferedLine:
    """Of a row with the columns of `_LINE`. `merchants` are those of rows before, each read once."""
    product = None
    if row["known"] is not None and row["name"] is not None:
        merchant_id = MerchantId(row["merchant_id"])
        merchant = merchants.get(merchant_id)
        if merchant is None and row["merchant_known"] is not None:
            merchant = merchants[merchant_id] = merchant_of(row)
        product = OfferedProduct(
            name=row["name"],
            status=ProductStatus(row["product_status"]),
            merchant=merchant,
            merchant_id=merchant_id,
            unit=sale_unit(row),
            price_rupiah=row["price_rupiah"],
            price_basis=row["price_basis"],
            gram_per_base=row["gram_per_base"],
            available=row["available"],
            catch_weight=catch_weight(row),
            lacks_licence=row["lacks_licence"],
            category=row["category"],
        )
    return OfferedLine(
        CartLineId(row["line_id"]),
        VariantId(row["variant_id"]),
        row["quantity"],
        product,
        row["note"],
        WhenShort(row["when_short"]) if row["when_short"] else None,
        row["seller_note"],
    )


def merchant_of(row: Row) -> OfferedMerchant:
    """Of a row with the columns of `_LINE`."""
    merchant = OfferedMerchant(
        id=MerchantId(row["merchant_known"]),
        status=MerchantStatus(row["merchant_status"]),
        hours=_hours.decode(row["hours"]),
        closures=_closures.decode(row["closures"]),
        always_open=row["always_open"],
        auto_accept=row["auto_accept"],
        accept_within_s=row["accept_within_s"],
        prep_time_s=row["prep_time_s"],
        name=row["merchant_name"],
        point=GeoPoint(lat=row["merchant_lat"], lng=row["merchant_lng"]),
        stops=STOPS.decode(row["stops"]),
        serves_radius_m=row["serves_radius_m"],
        serves_kecamatan=row["serves_kecamatan"],
        kind=row["merchant_kind"],
    )
    return with_limits(merchant, row["pickups_per_hour"], row["deliveries_per_hour"], row["merchant_kind"])
