"""Merchants, products and prices as they are changed and told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time
from uuid import UUID

import msgspec

from services.catalog.domain.caller import Caller
from services.catalog.domain.product import State
from services.catalog.store.details import FRESH_UNTIL
from services.contracts.catalog import (
    CatchWeight,
    Member,
    MemberRole,
    MerchantChanged,
    MerchantId,
    MerchantKind,
    MerchantStatus,
    ProductChanged,
    ProductId,
    ProductStatus,
    SaleUnit,
    Stop,
    StopId,
    UnitKind,
    VariantId,
    VariantState,
)
from services.contracts.places import Closure, GeoPoint, Hours
from services.kit.database.db import Connection, only_row

_OWN_PRODUCT = """
($3 OR EXISTS (SELECT FROM merchant_member mm WHERE mm.merchant_id = p.merchant_id AND mm.subject = $2))
"""


_attributes = msgspec.json.Decoder(dict[str, str])


@dataclass(frozen=True, slots=True)
class Priced:
    """A variant whose product is locked. What is `weighed` has its price of `basis` grams, by the usual mass of a piece."""

    product_id: ProductId
    price_rupiah: int
    basis: int
    weighed: bool
    nominal_gram: float


async def lock_product(conn: Connection, caller: Caller, product_id: ProductId) -> State | None:
    """None when there is no such product or the caller may not change it."""
    state = await conn.fetchval(
        f"""SELECT CASE WHEN p.archived_at IS NULL THEN p.status ELSE 'ARCHIVED' END
            FROM product p WHERE p.id = $1 AND {_OWN_PRODUCT} FOR UPDATE""",
        product_id,
        caller.member,
        caller.ops,
    )
    return State(state) if state else None


async def lock_product_of(conn: Connection, caller: Caller, variant_id: VariantId) -> Priced | None:
    """None when there is no such variant or the caller may not change it."""
    locked = await conn.fetchval(
        f"""SELECT p.id FROM variant v JOIN product p ON p.id = v.product_id
            WHERE v.id = $1 AND {_OWN_PRODUCT} FOR UPDATE OF p""",
        variant_id,
        caller.member,
        caller.ops,
    )
    if locked is None:
        return None
    # Read after the lock: a twin may have changed the price while we waited.
    row = await only_row(
        conn,
        """SELECT coalesce(weight_price_rupiah, price_rupiah) AS rupiah, coalesce(weight_basis, price_basis) AS basis,
                  weight_basis IS NOT NULL AS weighed, gram_per_base FROM variant WHERE id = $1""",
        variant_id,
    )
    return Priced(ProductId(locked), row["rupiah"], row["basis"], row["weighed"], row["gram_per_base"])


async def save_product_status(conn: Connection, product_id: ProductId, state: State) -> None:
    await conn.execute(
        """UPDATE product SET status = $2, archived_at = CASE WHEN $3 THEN coalesce(archived_at, wlijo_now()) END WHERE id = $1""",
        product_id,
        str(state.status),
        state is State.ARCHIVED,
    )


async def save_price(
    conn: Connection, variant_id: VariantId, price_rupiah: int, piece_rupiah: int | None = None
) -> None:
    """Of what is weighed the price of its weight, and what a piece comes to then."""
    await conn.execute(
        """WITH moment AS MATERIALIZED (SELECT wlijo_now() AS now),
           ended AS (
               UPDATE price_history SET until = greatest(since, moment.now) FROM moment
               WHERE variant_id = $1 AND until IS NULL RETURNING until
           ), changed AS (
               UPDATE variant SET price_rupiah = coalesce($3::bigint, $2::bigint),
                   weight_price_rupiah = CASE WHEN weight_basis IS NOT NULL THEN $2::bigint END
               WHERE id = $1 RETURNING id, coalesce(weight_price_rupiah, price_rupiah) AS price_rupiah,
                                       coalesce(weight_basis, price_basis) AS price_basis
           )
           INSERT INTO price_history (variant_id, since, until, price_rupiah, price_basis)
           SELECT changed.id, coalesce((SELECT until FROM ended), moment.now), NULL, changed.price_rupiah, changed.price_basis
           FROM changed, moment""",
        variant_id,
        price_rupiah,
        piece_rupiah,
    )


async def merchant_states(conn: Connection, ids: Sequence[MerchantId]) -> list[MerchantChanged]:
    """What is told of these merchants, in the order of their ids."""
    rows = await conn.fetch(
        """SELECT m.id, m.name, m.kind, m.status, m.kecamatan_code, m.umkm_class, m.lat, m.lng, m.always_open, m.auto_accept,
                  m.accept_within_s, m.prep_time_s, m.serves_radius_m, coalesce(m.serves_kecamatan, '{}') AS serves_kecamatan,
                  ARRAY(SELECT (s.id, s.weekday, s.arrives_at, s.label, s.lat, s.lng, s.orders, s.order_until_s)
                        FROM route_stop s WHERE s.merchant_id = m.id ORDER BY s.weekday, s.position) AS stops,
                  ARRAY(SELECT (h.weekday, h.opens, h.closes) FROM opening_hours h
                        WHERE h.merchant_id = m.id ORDER BY h.weekday, h.opens) AS hours,
                  ARRAY(SELECT (mm.subject, mm.role) FROM merchant_member mm
                        WHERE mm.merchant_id = m.id ORDER BY mm.subject) AS members,
                  ARRAY(SELECT (c.starts, c.ends) FROM merchant_closure c
                        WHERE c.merchant_id = m.id AND c.ends > wlijo_now() ORDER BY c.starts, c.ends) AS closures
           FROM merchant m WHERE m.id = ANY($1::uuid[]) ORDER BY m.id""",
        list(ids),
    )
    return [
        MerchantChanged(
            merchant_id=MerchantId(row["id"]),
            name=row["name"],
            kind=MerchantKind(row["kind"]),
            status=MerchantStatus(row["status"]),
            kecamatan_code=row["kecamatan_code"],
            pickup_point=GeoPoint(lat=row["lat"], lng=row["lng"]),
            hours=[Hours(weekday=weekday, opens=opens, closes=closes) for weekday, opens, closes in row["hours"]],
            always_open=row["always_open"],
            auto_accept=row["auto_accept"],
            accept_within_s=row["accept_within_s"],
            prep_time_s=row["prep_time_s"],
            members=[Member(subject=subject, role=MemberRole(role)) for subject, role in row["members"]],
            closures=[Closure(starts=starts, ends=ends) for starts, ends in row["closures"]],
            stops=[_stop(*each) for each in row["stops"]],
            serves_radius_m=row["serves_radius_m"],
            serves_kecamatan=row["serves_kecamatan"],
            umkm_class=row["umkm_class"],
        )
        for row in rows
    ]


def _stop(
    id_: UUID, weekday: int, arrives: time, label: str, lat: float, lng: float, orders: int, order_until_s: int
) -> Stop:
    return Stop(
        stop_id=StopId(id_),
        weekday=weekday,
        arrives=arrives,
        label=label,
        point=GeoPoint(lat=lat, lng=lng),
        orders=orders,
        order_until_s=order_until_s,
    )


async def product_states(conn: Connection, ids: Sequence[ProductId]) -> list[ProductChanged]:
    """What is told of these products, in the order of their ids."""
    rows = await conn.fetch(
        f"""SELECT p.id, p.merchant_id, p.name, p.category_code, p.status, v.id AS variant_id, v.sku, v.label,
                  v.unit_code, u.label AS unit_label, u.kind, u.base_per_unit, v.step, v.min, v.max,
                  v.price_rupiah, v.price_basis, v.gram_per_base, v.weight_price_rupiah, v.weight_basis, v.overrun_percent,
                  p.commodity_code, p.origin_desa_code, p.origin_group, p.region_mark, p.attributes::text AS attributes,
                  {FRESH_UNTIL} AS fresh_until,
                  p.status = 'BLOCKED' AND EXISTS (SELECT FROM licence_block b WHERE b.product_id = p.id) AS lacks_licence
           FROM product p LEFT JOIN variant v ON v.product_id = p.id AND v.retired_at IS NULL LEFT JOIN sale_unit u ON u.code = v.unit_code
           WHERE p.id = ANY($1::uuid[]) ORDER BY p.id, v.position""",
        list(ids),
    )
    states: dict[ProductId, ProductChanged] = {}
    for row in rows:
        product_id = ProductId(row["id"])
        if product_id not in states:
            states[product_id] = ProductChanged(
                product_id=product_id,
                merchant_id=MerchantId(row["merchant_id"]),
                name=row["name"],
                category=row["category_code"],
                status=ProductStatus(row["status"]),
                variants=[],
                commodity=row["commodity_code"],
                fresh_until=row["fresh_until"],
                origin_desa_code=row["origin_desa_code"],
                origin_group=row["origin_group"],
                region_mark=row["region_mark"],
                attributes=_attributes.decode(row["attributes"]),
                lacks_licence=row["lacks_licence"],
            )
        if row["variant_id"] is not None:
            unit = SaleUnit(
                code=row["unit_code"],
                label=row["unit_label"],
                kind=UnitKind(row["kind"]),
                base_per_unit=row["base_per_unit"],
                step=row["step"],
                min=row["min"],
                max=row["max"],
            )
            weighed = None
            if row["weight_basis"] is not None:
                weighed = CatchWeight(
                    price_rupiah=row["weight_price_rupiah"],
                    price_basis=row["weight_basis"],
                    overrun_percent=row["overrun_percent"],
                )
            states[product_id].variants.append(
                VariantState(
                    variant_id=VariantId(row["variant_id"]),
                    sku=row["sku"],
                    label=row["label"],
                    unit=unit,
                    price_rupiah=row["price_rupiah"],
                    price_basis=row["price_basis"],
                    gram_per_base=row["gram_per_base"],
                    catch_weight=weighed,
                )
            )
    return list(states.values())
