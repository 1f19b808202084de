"""SQL of what merchants put up for sale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from services.catalog.domain.caller import Caller
from services.catalog.domain.offering import Described, Offered, Sold, Unit
from services.contracts.catalog import MerchantId, ProductId, UnitKind, VariantId
from services.kit.database.db import Connection, only_row


async def units(conn: Connection) -> dict[str, Unit]:
    """All, by code: they are few, and what is asked for may be any text."""
    rows = await conn.fetch("SELECT code, label, kind, base_per_unit FROM sale_unit")
    return {row["code"]: Unit(row["code"], row["label"], UnitKind(row["kind"]), row["base_per_unit"]) for row in rows}


async def count_products(conn: Connection, merchant_id: MerchantId) -> int:
    count: int = await conn.fetchval("SELECT count(*) FROM product WHERE merchant_id = $1", merchant_id)
    return count


class Held(NamedTuple):
    """Variants of a product that is held: those that are offered, and all, which is where the next stands."""

    offered: int
    all: int


async def lock_variants(conn: Connection, caller: Caller, product_id: ProductId) -> Held | None:
    """None when there is no product that the caller may change."""
    found = await conn.fetchval(
        """SELECT p.id FROM product p WHERE p.id = $1 AND ($3 OR EXISTS (
               SELECT FROM merchant_member mm WHERE mm.merchant_id = p.merchant_id AND mm.subject = $2)) FOR UPDATE""",
        product_id,
        caller.member,
        caller.ops,
    )
    if found is None:
        return None
    row = await only_row(
        conn,
        """SELECT count(*) FILTER (WHERE retired_at IS NULL) AS offered, coalesce(max(position) + 1, 0) AS all_of
           FROM variant WHERE product_id = $1""",
        product_id,
    )
    return Held(row["offered"], row["all_of"])


async def lock_product_of(conn: Connection, caller: Caller, variant_id: VariantId) -> ProductId | None:
    """None when there is no such variant or the caller may not change it."""
    found = await conn.fetchval(
        """SELECT p.id FROM variant v JOIN product p ON p.id = v.product_id WHERE v.id = $1 AND ($3 OR EXISTS (
               SELECT FROM merchant_member mm WHERE mm.merchant_id = p.merchant_id AND mm.subject = $2)) FOR UPDATE OF p""",
        variant_id,
        caller.member,
        caller.ops,
    )
    return ProductId(found) if found else None


async def insert_product(conn: Connection, product_id: ProductId, merchant_id: MerchantId, given: Described) -> None:
    """A draft, which is not found before its words are written."""
    await conn.execute(
        """INSERT INTO product (id, merchant_id, name, description, category_code, status, origin_desa_code, keeps_for_s, words)
           VALUES ($1, $2, $3, $4, $5, 'DRAFT', $6, $7, '')""",
        product_id,
        merchant_id,
        given.name,
        given.description,
        given.category,
        given.origin_desa_code,
        given.keeps_for_s,
    )


async def save_product(conn: Connection, product_id: ProductId, given: Described) -> bool:
    """Whether it is of another category now. The slug stays."""
    moved: bool = await conn.fetchval(
        """UPDATE product p SET name = $2, description = $3, category_code = $4, origin_desa_code = $5, keeps_for_s = $6
           FROM (SELECT id, category_code FROM product WHERE id = $1) AS was WHERE p.id = was.id
           RETURNING was.category_code <> p.category_code""",
        product_id,
        given.name,
        given.description,
        given.category,
        given.origin_desa_code,
        given.keeps_for_s,
    )
    return moved


async def insert_variants(
    conn: Connection, product_id: ProductId, begin: int, offered: Sequence[tuple[VariantId, Offered]]
) -> None:
    """Behind the `begin` that it has, with nothing in stock; the history of their prices begins. Their code is their id."""
    ids = [id_ for id_, _ in offered]
    each = [one for _, one in offered]
    await conn.execute(
        """INSERT INTO variant (id, product_id, position, sku, label, unit_code, step, min, price_rupiah, price_basis, gram_per_base,
                                max, weight_price_rupiah, weight_basis, overrun_percent)
           SELECT u.id, $1, $2 + u.place - 1, u.sku, u.label, u.unit, u.step, u.min, u.price, u.basis, u.gram,
                  u.max, u.weight_price, u.weight_basis, u.overrun
           FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::int[], $8::int[], $9::bigint[], $10::int[], $11::float8[],
                       $12::bigint[], $13::bigint[], $14::int[], $15::int[])
               WITH ORDINALITY
               AS u (id, sku, label, unit, step, min, price, basis, gram, max, weight_price, weight_basis, overrun, place)""",
        product_id,
        begin,
        ids,
        [str(id_) for id_ in ids],
        [one.label for one in each],
        [one.unit.code for one in each],
        [one.step for one in each],
        [one.min for one in each],
        [one.price_rupiah for one in each],
        [one.price_basis for one in each],
        [one.gram_per_base for one in each],
        [one.max for one in each],
        [one.weighed and one.weighed.price_rupiah for one in each],
        [one.weighed and one.weighed.basis for one in each],
        [one.weighed and one.weighed.overrun_percent for one in each],
    )
    await conn.execute("INSERT INTO stock_item (variant_id, on_hand) SELECT unnest($1::uuid[]), 0", ids)
    await conn.execute(
        """INSERT INTO price_history (variant_id, since, price_rupiah, price_basis)
           SELECT id, wlijo_now(), coalesce(weight_price_rupiah, price_rupiah), coalesce(weight_basis, price_basis)
           FROM variant WHERE id = ANY($1::uuid[])""",
        ids,
    )


async def sold(conn: Connection, variant_id: VariantId) -> Sold:
    row = await only_row(
        conn,
        """SELECT v.label, v.unit_code, v.step, v.min, v.max, v.overrun_percent, v.weight_basis IS NOT NULL AS weighed,
                  coalesce(v.weight_price_rupiah, v.price_rupiah) AS price_rupiah, coalesce(v.weight_basis, v.price_basis) AS price_basis,
                  round(v.gram_per_base * u.base_per_unit)::int AS gram_per_unit
           FROM variant v JOIN sale_unit u ON u.code = v.unit_code WHERE v.id = $1""",
        variant_id,
    )
    return Sold(
        label=row["label"],
        unit=row["unit_code"],
        step=row["step"],
        min=row["min"],
        price_rupiah=row["price_rupiah"],
        price_basis=row["price_basis"],
        gram_per_unit=row["gram_per_unit"],
        on_hand=0,
        max=row["max"],
        priced_by=UnitKind.MASS if row["weighed"] else None,
        overrun_percent=row["overrun_percent"],
    )


async def save_variant(conn: Connection, variant_id: VariantId, offered: Offered) -> None:
    """All but price, basis and stock, which have ways of their own. The unit stays: what was ordered counts in it. What a piece comes to
    follows its usual mass."""
    await conn.execute(
        """UPDATE variant SET label = $2, step = $3, min = $4, gram_per_base = $5, max = $6, overrun_percent = $7,
               price_rupiah = CASE WHEN weight_basis IS NULL THEN price_rupiah ELSE $8 END WHERE id = $1""",
        variant_id,
        offered.label,
        offered.step,
        offered.min,
        offered.gram_per_base,
        offered.max,
        offered.weighed and offered.weighed.overrun_percent,
        offered.price_rupiah,
    )


async def retire(conn: Connection, variant_id: VariantId, *, gone: bool) -> None:
    await conn.execute(
        "UPDATE variant SET retired_at = CASE WHEN $2 THEN coalesce(retired_at, wlijo_now()) END WHERE id = $1",
        variant_id,
        gone,
    )


async def is_retired(conn: Connection, variant_id: VariantId) -> bool:
    found: bool = await conn.fetchval("SELECT retired_at IS NOT NULL FROM variant WHERE id = $1", variant_id)
    return found


async def write_words(conn: Connection, product_id: ProductId) -> None:
    """What a search looks in: name, description, category, labels and units."""
    await conn.execute(
        """UPDATE product p SET words = concat_ws(' ', p.name, nullif(p.description, ''), c.name, (
               SELECT string_agg(v.label || ' ' || u.label, ' ' ORDER BY v.position)
               FROM variant v JOIN sale_unit u ON u.code = v.unit_code WHERE v.product_id = p.id AND v.retired_at IS NULL))
           FROM category c WHERE c.code = p.category_code AND p.id = $1""",
        product_id,
    )
