"""SQL of many goods of one merchant at a time: each statement for all rows of a piece of a file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.catalog.domain.offering import Described, Offered, Unit
from services.catalog.domain.product import State
from services.contracts.catalog import MerchantId, ProductId, UnitKind, VariantId
from services.kit.database.db import Connection, Row


@dataclass(frozen=True, slots=True)
class Goods:
    """A product whose row is held."""

    id: ProductId
    described: Described
    state: State
    variants: int


@dataclass(frozen=True, slots=True)
class Variant:
    id: VariantId
    product_id: ProductId
    sku: str
    label: str
    unit: Unit
    step: int
    min: int
    price_rupiah: int
    price_basis: int
    gram_per_unit: int


async def savepoint(conn: Connection) -> None:
    await conn.execute("SAVEPOINT piece")


async def undo(conn: Connection) -> None:
    """All since the savepoint, which goes too."""
    await conn.execute("ROLLBACK TO SAVEPOINT piece")
    await conn.execute("RELEASE SAVEPOINT piece")


async def keep(conn: Connection) -> None:
    await conn.execute("RELEASE SAVEPOINT piece")


async def found(
    conn: Connection, merchant_id: MerchantId, skus: Sequence[str], ids: Sequence[VariantId]
) -> dict[str, Variant]:
    """By code: the merchant's own, and the ids of those that have none."""
    rows = await conn.fetch(
        """SELECT v.id, v.product_id, v.sku, v.label, v.unit_code, u.label AS unit_label, u.kind, u.base_per_unit, v.step, v.min,
                  v.price_rupiah, v.price_basis, round(v.gram_per_base * u.base_per_unit)::int AS gram_per_unit
           FROM (SELECT variant_id FROM variant_sku WHERE merchant_id = $1 AND sku = ANY($2::text[])
                 UNION SELECT unnest($3::uuid[])) AS named
           JOIN variant v ON v.id = named.variant_id JOIN product p ON p.id = v.product_id JOIN sale_unit u ON u.code = v.unit_code
           WHERE p.merchant_id = $1""",
        merchant_id,
        list(skus),
        list(ids),
    )
    return {row["sku"]: _variant(row) for row in rows}


async def named(conn: Connection, merchant_id: MerchantId) -> list[tuple[str, ProductId]]:
    """All of a merchant's products, in the order in which they came."""
    rows = await conn.fetch("SELECT name, id FROM product WHERE merchant_id = $1 ORDER BY id", merchant_id)
    return [(row["name"], ProductId(row["id"])) for row in rows]


async def lock_products(conn: Connection, ids: Sequence[ProductId]) -> dict[ProductId, Goods]:
    await conn.execute("SELECT FROM product WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE", list(ids))
    rows = await conn.fetch(
        """SELECT p.id, p.name, p.description, p.category_code, p.origin_desa_code, p.keeps_for_s,
                  CASE WHEN p.archived_at IS NULL THEN p.status ELSE 'ARCHIVED' END AS state,
                  (SELECT count(*) FROM variant v WHERE v.product_id = p.id) AS variants
           FROM product p WHERE p.id = ANY($1::uuid[])""",
        list(ids),
    )
    return {
        ProductId(row["id"]): Goods(
            ProductId(row["id"]),
            Described(
                row["name"], row["description"], row["category_code"], row["origin_desa_code"], row["keeps_for_s"]
            ),
            State(row["state"]),
            row["variants"],
        )
        for row in rows
    }


async def insert_products(conn: Connection, merchant_id: MerchantId, made: Mapping[ProductId, Described]) -> None:
    """Drafts, which are not found before their words are written."""
    each = list(made.values())
    await conn.execute(
        """INSERT INTO product (id, merchant_id, name, description, category_code, status, origin_desa_code, keeps_for_s, words)
           SELECT u.id, $1, u.name, u.description, u.category, 'DRAFT', u.origin, u.keeps, ''
           FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::int[])
               AS u (id, name, description, category, origin, keeps)""",
        merchant_id,
        list(made),
        [one.name for one in each],
        [one.description for one in each],
        [one.category for one in each],
        [one.origin_desa_code for one in each],
        [one.keeps_for_s for one in each],
    )


async def save_products(conn: Connection, changed: Mapping[ProductId, Described]) -> None:
    each = list(changed.values())
    await conn.execute(
        """UPDATE product p SET name = u.name, description = u.description, category_code = u.category,
                  origin_desa_code = u.origin, keeps_for_s = u.keeps
           FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::int[])
               AS u (id, name, description, category, origin, keeps)
           WHERE p.id = u.id""",
        list(changed),
        [one.name for one in each],
        [one.description for one in each],
        [one.category for one in each],
        [one.origin_desa_code for one in each],
        [one.keeps_for_s for one in each],
    )


@dataclass(frozen=True, slots=True)
class Added:
    id: VariantId
    product_id: ProductId
    sku: str
    offered: Offered


async def insert_variants(conn: Connection, added: Sequence[Added]) -> None:
    """Behind those that their products have, with nothing in stock; the history of their prices begins."""
    ids = [one.id for one in added]
    await conn.execute(
        """INSERT INTO variant (id, product_id, position, sku, label, unit_code, step, min, price_rupiah, price_basis, gram_per_base)
           SELECT u.id, u.product, coalesce((SELECT max(v.position) + 1 FROM variant v WHERE v.product_id = u.product), 0)
                      + row_number() OVER (PARTITION BY u.product ORDER BY u.place) - 1,
                  u.sku, u.label, u.unit, u.step, u.min, u.price, u.basis, u.gram
           FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::int[], $7::int[], $8::bigint[], $9::int[],
                       $10::float8[])
               WITH ORDINALITY AS u (id, product, sku, label, unit, step, min, price, basis, gram, place)""",
        ids,
        [one.product_id for one in added],
        [one.sku for one in added],
        [one.offered.label for one in added],
        [one.offered.unit.code for one in added],
        [one.offered.step for one in added],
        [one.offered.min for one in added],
        [one.offered.price_rupiah for one in added],
        [one.offered.price_basis for one in added],
        [one.offered.gram_per_base for one in added],
    )
    await conn.execute("INSERT INTO stock_item (variant_id, on_hand) SELECT unnest($1::uuid[]), 0", ids)
    await conn.execute(
        """INSERT INTO price_history (variant_id, since, price_rupiah, price_basis)
           SELECT id, wlijo_now(), price_rupiah, price_basis FROM variant WHERE id = ANY($1::uuid[])""",
        ids,
    )


async def save_variants(conn: Connection, changed: Mapping[VariantId, Offered]) -> None:
    """All but unit, price, basis and stock."""
    each = list(changed.values())
    await conn.execute(
        """UPDATE variant v SET label = u.label, step = u.step, min = u.min, gram_per_base = u.gram
           FROM unnest($1::uuid[], $2::text[], $3::int[], $4::int[], $5::float8[]) AS u (id, label, step, min, gram)
           WHERE v.id = u.id""",
        list(changed),
        [one.label for one in each],
        [one.step for one in each],
        [one.min for one in each],
        [one.gram_per_base for one in each],
    )


async def save_prices(conn: Connection, prices: Mapping[VariantId, int]) -> None:
    """As `goods.save_price` does it with one."""
    await conn.execute(
        """WITH moment AS MATERIALIZED (SELECT wlijo_now() AS now),
           ended AS (
               UPDATE price_history SET until = greatest(since, moment.now) FROM moment
               WHERE variant_id = ANY ($1::uuid[]) AND until IS NULL RETURNING variant_id, until
           ), changed AS (
               UPDATE variant v SET price_rupiah = u.price FROM unnest($1::uuid[], $2::bigint[]) AS u (id, price)
               WHERE v.id = u.id RETURNING v.id, v.price_rupiah, v.price_basis
           )
           INSERT INTO price_history (variant_id, since, until, price_rupiah, price_basis)
           SELECT changed.id, coalesce(ended.until, moment.now), NULL, changed.price_rupiah, changed.price_basis
           FROM changed LEFT JOIN ended ON ended.variant_id = changed.id CROSS JOIN moment""",
        list(prices),
        list(prices.values()),
    )


async def write_words(conn: Connection, ids: Sequence[ProductId]) -> None:
    """As `offering.write_words` does it with one."""
    await conn.execute(
        """UPDATE product p SET words = concat_ws(' ', p.name, p.description, c.name, (
               SELECT string_agg(v.label || ' ' || u.label, ' ' ORDER BY v.position)
               FROM variant v JOIN sale_unit u ON u.code = v.unit_code WHERE v.product_id = p.id))
           FROM category c WHERE c.code = p.category_code AND p.id = ANY($1::uuid[])""",
        list(ids),
    )


def _variant(row: Row) -> Variant:
    return Variant(
        id=VariantId(row["id"]),
        product_id=ProductId(row["product_id"]),
        sku=row["sku"],
        label=row["label"],
        unit=Unit(row["unit_code"], row["unit_label"], UnitKind(row["kind"]), row["base_per_unit"]),
        step=row["step"],
        min=row["min"],
        price_rupiah=row["price_rupiah"],
        price_basis=row["price_basis"],
        gram_per_unit=row["gram_per_unit"],
    )
