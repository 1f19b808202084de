"""SQL of what merchants put up for sale."""

from __future__ import annotations

from collections.abc import Sequence

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


async def lock_variants(conn: Connection, caller: Caller, product_id: ProductId) -> int | None:
    """How many the product has, which is held; None when there is none that the caller may change."""
    found = await conn.fetchval(
        """SELECT p.id FROM product p WHERE p.id = $1 AND ($3 OR EXISTS (
               SELECT FROM merchant_member mm WHERE mm.merchant_id = p.merchant_id AND mm.subject = $2)) FOR UPDATE""",
        product_id,
        caller.member,
        caller.ops,
    )
    if found is None:
        return None
    count: int = await conn.fetchval("SELECT count(*) FROM variant WHERE product_id = $1", product_id)
    return count


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


async def save_product(conn: Connection, product_id: ProductId, given: Described) -> None:
    """The slug stays."""
    await conn.execute(
        """UPDATE product SET name = $2, description = $3, category_code = $4, origin_desa_code = $5, keeps_for_s = $6
           WHERE id = $1""",
        product_id,
        given.name,
        given.description,
        given.category,
        given.origin_desa_code,
        given.keeps_for_s,
    )


async def insert_variants(
    conn: Connection, product_id: ProductId, begin: int, offered: Sequence[tuple[VariantId, Offered]]
) -> None:
    """Behind the `begin` that it has, with nothing in stock; the history of their prices begins. Their code is their id."""
    ids = [id_ for id_, _ in offered]
    each = [one for _, one in offered]
    await conn.execute(
        """INSERT INTO variant (id, product_id, position, sku, label, unit_code, step, min, price_rupiah, price_basis, gram_per_base)
           SELECT u.id, $1, $2 + u.place - 1, u.sku, u.label, u.unit, u.step, u.min, u.price, u.basis, u.gram
           FROM unnest($3::uuid[], $4::text[], $5::text[], $6::text[], $7::int[], $8::int[], $9::bigint[], $10::int[], $11::float8[])
               WITH ORDINALITY AS u (id, sku, label, unit, step, min, price, basis, gram, place)""",
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
    )
    await conn.execute("INSERT INTO stock_item (variant_id, on_hand) SELECT unnest($1::uuid[]), 0", ids)
    await conn.execute(
        """INSERT INTO price_history (variant_id, since, price_rupiah, price_basis)
           SELECT id, wlijo_now(), price_rupiah, price_basis FROM variant WHERE id = ANY($1::uuid[])""",
        ids,
    )


async def sold(conn: Connection, variant_id: VariantId) -> Sold:
    row = await only_row(
        conn,
        """SELECT v.label, v.unit_code, v.step, v.min, v.price_rupiah, v.price_basis,
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
    )


async def save_variant(conn: Connection, variant_id: VariantId, offered: Offered) -> None:
    """All but price, basis and stock, which have ways of their own. The unit stays: what was ordered counts in it."""
    await conn.execute(
        "UPDATE variant SET label = $2, step = $3, min = $4, gram_per_base = $5 WHERE id = $1",
        variant_id,
        offered.label,
        offered.step,
        offered.min,
        offered.gram_per_base,
    )


async def write_words(conn: Connection, product_id: ProductId) -> None:
    """What a search looks in: name, description, category, labels and units."""
    await conn.execute(
        """UPDATE product p SET words = concat_ws(' ', p.name, p.description, c.name, (
               SELECT string_agg(v.label || ' ' || u.label, ' ' ORDER BY v.position)
               FROM variant v JOIN sale_unit u ON u.code = v.unit_code WHERE v.product_id = p.id))
           FROM category c WHERE c.code = p.category_code AND p.id = $1""",
        product_id,
    )
