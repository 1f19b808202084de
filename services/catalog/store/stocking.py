"""SQL of what happens to stock beside orders: lots of one place, modes, loads of a day, and their templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

from services.catalog.domain.caller import Caller
from services.catalog.domain.ids import LoadTemplateId, StockPlaceId
from services.catalog.domain.stock import Stock
from services.catalog.domain.stocking import LOADS_KEPT_DAYS, Change, Lot, StockMode
from services.catalog.store import stock
from services.catalog.store.stock import DUE, Cause
from services.contracts.catalog import LevelChanged, MerchantId, VariantId
from services.kit.database.db import Connection, Row, Transaction

_LOT = f"SELECT s.variant_id, s.on_hand, s.reserved, s.on_counter, s.mode, s.elsewhere, p.merchant_id, {DUE}"
_FROM = "FROM stock_item s JOIN variant v ON v.id = s.variant_id JOIN product p ON p.id = v.product_id"


async def lock_own(conn: Transaction, caller: Caller, variants: Sequence[VariantId]) -> dict[VariantId, Lot]:
    """Of those that the caller may change, where their merchant trades."""
    rows = await stock.fetch_due(
        conn,
        f"""{_LOT} {_FROM} WHERE s.variant_id = ANY($1::uuid[]) AND ($3 OR EXISTS (
                SELECT FROM merchant_member mm WHERE mm.merchant_id = p.merchant_id AND mm.subject = $2))
            ORDER BY s.variant_id FOR UPDATE OF s""",
        list(variants),
        caller.member,
        caller.ops,
    )
    return {VariantId(row["variant_id"]): _lot(row, None) for row in rows}


async def lock_of(conn: Transaction, merchant_id: MerchantId, variants: Sequence[VariantId]) -> dict[VariantId, Lot]:
    """Of this merchant's, where it trades. That it is the caller's is known."""
    rows = await stock.fetch_due(
        conn,
        f"{_LOT} {_FROM} WHERE s.variant_id = ANY($1::uuid[]) AND p.merchant_id = $2 ORDER BY s.variant_id FOR UPDATE OF s",
        list(variants),
        merchant_id,
    )
    return {VariantId(row["variant_id"]): _lot(row, None) for row in rows}


async def lock_at(
    conn: Transaction, merchant_id: MerchantId, place_id: StockPlaceId, variants: Sequence[VariantId], *, lying: bool
) -> dict[VariantId, Lot]:
    """Of this merchant's, in a place of its; of those alone that have lain there if `lying`. It is read once the stock is held."""
    lots = await lock_of(conn, merchant_id, variants)
    there = {
        VariantId(row["variant_id"]): row["on_hand"]
        for row in await conn.fetch(
            "SELECT variant_id, on_hand FROM stock_at_place WHERE place_id = $1 AND variant_id = ANY($2::uuid[])",
            place_id,
            list(lots),
        )
    }
    return {
        variant_id: Lot(lot.stock, lot.mode, lot.elsewhere, there.get(variant_id, 0))
        for variant_id, lot in lots.items()
        if not lying or variant_id in there
    }


async def lock_all_at(conn: Transaction, merchant_id: MerchantId, place_id: StockPlaceId) -> dict[VariantId, Lot]:
    """Of all that has ever lain in the place."""
    rows = await conn.fetch("SELECT variant_id FROM stock_at_place WHERE place_id = $1", place_id)
    return await lock_at(conn, merchant_id, place_id, [VariantId(row["variant_id"]) for row in rows], lying=True)


def _lot(row: Row, at: int | None) -> Lot:
    whole = Stock(row["on_hand"] + row["on_counter"], row["reserved"], row["on_counter"])
    return Lot(whole, StockMode(row["mode"]), row["elsewhere"], at)


async def save(
    conn: Transaction, place_id: StockPlaceId | None, changes: Mapping[VariantId, Change], cause: Cause
) -> list[LevelChanged]:
    """Of locked lots."""
    stocks = {variant_id: change.stock for variant_id, change in changes.items()}
    if place_id is None:
        return await stock.save_items(conn, stocks, cause)
    by = {variant_id: change.by for variant_id, change in changes.items()}
    levels = await stock.save_items(conn, stocks, cause, by)
    await put(conn, place_id, by)
    return levels


async def put(conn: Transaction, place_id: StockPlaceId, by: Mapping[VariantId, int]) -> None:
    """So much more lies there, or less, by the cause that the transaction has named; their stock says so already."""
    await conn.execute(
        """INSERT INTO stock_at_place AS l (variant_id, place_id, on_hand)
           SELECT u.variant_id, $1, u.by FROM unnest($2::uuid[], $3::bigint[]) AS u (variant_id, by) WHERE u.by > 0
           ON CONFLICT (variant_id, place_id) DO UPDATE SET on_hand = l.on_hand + excluded.on_hand""",
        place_id,
        list(by),
        list(by.values()),
    )
    await conn.execute(
        """UPDATE stock_at_place l SET on_hand = l.on_hand + u.by FROM unnest($2::uuid[], $3::bigint[]) AS u (variant_id, by)
           WHERE l.variant_id = u.variant_id AND l.place_id = $1 AND u.by < 0""",
        place_id,
        list(by),
        list(by.values()),
    )


async def save_mode(
    conn: Transaction, stocks: Mapping[VariantId, Stock], mode: StockMode, cause: Cause
) -> list[LevelChanged]:
    """Locked rows are kept in this mode from now on; what is there of a daily load is today's."""
    await conn.execute(
        """UPDATE stock_item SET mode = $2, load_day = CASE $2 WHEN 'DAILY' THEN wib_today() END, before_sold_out = NULL
           WHERE variant_id = ANY($1::uuid[])""",
        list(stocks),
        str(mode),
    )
    return await stock.save_items(conn, stocks, cause)


async def is_of(conn: Transaction, caller: Caller, merchant_id: MerchantId) -> bool:
    """Whether there is such a merchant of the caller's."""
    found: bool = await conn.fetchval(
        """SELECT EXISTS (SELECT FROM merchant m WHERE m.id = $1 AND ($3 OR EXISTS (
               SELECT FROM merchant_member mm WHERE mm.merchant_id = m.id AND mm.subject = $2)))""",
        merchant_id,
        caller.member,
        caller.ops,
    )
    return found


async def today(conn: Connection) -> date:
    day: date = await conn.fetchval("SELECT wib_today()")
    return day


async def merchants_of(conn: Connection, variants: Sequence[VariantId]) -> list[MerchantId]:
    rows = await conn.fetch(
        """SELECT DISTINCT p.merchant_id FROM variant v JOIN product p ON p.id = v.product_id WHERE v.id = ANY($1::uuid[])
           ORDER BY p.merchant_id""",
        list(variants),
    )
    return [MerchantId(row["merchant_id"]) for row in rows]


async def close_day(conn: Connection, merchant_id: MerchantId) -> tuple[list[LevelChanged], bool]:
    """What is left of loads of other days is gone, and is told; and whether the merchant has anything that is loaded by the day."""
    rows = await conn.fetch(
        f"""SELECT s.variant_id, {DUE} {_FROM} WHERE p.merchant_id = $1 AND s.mode = 'DAILY'
            ORDER BY s.variant_id FOR UPDATE OF s""",
        merchant_id,
    )
    await stock.begin_anew(conn, [VariantId(row["variant_id"]) for row in rows if row["due"]])
    told = await conn.fetch(
        """WITH saved AS (
                UPDATE stock_item s SET told = 0 WHERE s.variant_id = ANY($1::uuid[])
                AND s.told > 0 AND stock_for_sale(s.mode, s.load_day, s.on_hand, s.reserved) = 0
                RETURNING s.variant_id)
            SELECT variant_id FROM saved ORDER BY variant_id""",
        [row["variant_id"] for row in rows],
    )
    levels = [LevelChanged(variant_id=VariantId(row["variant_id"]), available=0) for row in told]
    return levels, bool(rows)


async def remember_load(conn: Connection, merchant_id: MerchantId, items: Mapping[VariantId, int]) -> None:
    """As today's; of loads long ago nothing is kept."""
    await conn.execute(
        """INSERT INTO stock_load (merchant_id, day, variant_id, quantity)
           SELECT $1, wib_today(), * FROM unnest($2::uuid[], $3::bigint[])
           ON CONFLICT (merchant_id, day, variant_id) DO UPDATE SET quantity = excluded.quantity""",
        merchant_id,
        list(items),
        list(items.values()),
    )
    await conn.execute(
        "DELETE FROM stock_load WHERE merchant_id = $1 AND day < wib_today() - $2::int", merchant_id, LOADS_KEPT_DAYS
    )


async def loads(conn: Connection, merchant_id: MerchantId) -> tuple[dict[VariantId, int], dict[VariantId, int]]:
    """Today's, and that of the last day before with one."""
    rows = await conn.fetch(
        """SELECT variant_id, quantity, day = wib_today() AS today FROM stock_load
           WHERE merchant_id = $1 AND (day = wib_today() OR day = (
               SELECT max(day) FROM stock_load WHERE merchant_id = $1 AND day < wib_today()))
           ORDER BY variant_id""",
        merchant_id,
    )
    now = {VariantId(row["variant_id"]): row["quantity"] for row in rows if row["today"]}
    before = {VariantId(row["variant_id"]): row["quantity"] for row in rows if not row["today"]}
    return now, before


async def lock_templates(conn: Connection, merchant_id: MerchantId) -> dict[str, LoadTemplateId]:
    """By name; one at a time changes a merchant's."""
    await conn.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('load_template/' || $1::text, 0))", str(merchant_id)
    )
    rows = await conn.fetch("SELECT id, name FROM load_template WHERE merchant_id = $1", merchant_id)
    return {row["name"]: LoadTemplateId(row["id"]) for row in rows}


async def save_template(
    conn: Connection,
    template_id: LoadTemplateId,
    merchant_id: MerchantId,
    name: str,
    items: Mapping[VariantId, int],
    by: str,
) -> None:
    """In place of what it held."""
    await conn.execute(
        """INSERT INTO load_template (id, merchant_id, name, saved_by, saved_at) VALUES ($1, $2, $3, $4, wlijo_now())
           ON CONFLICT (id) DO UPDATE SET saved_by = excluded.saved_by, saved_at = excluded.saved_at""",
        template_id,
        merchant_id,
        name,
        by,
    )
    await conn.execute("DELETE FROM load_template_item WHERE template_id = $1", template_id)
    await conn.execute(
        "INSERT INTO load_template_item SELECT $1, * FROM unnest($2::uuid[], $3::bigint[])",
        template_id,
        list(items),
        list(items.values()),
    )


async def own_variants(conn: Connection, merchant_id: MerchantId, variants: Sequence[VariantId]) -> set[VariantId]:
    rows = await conn.fetch(
        """SELECT v.id FROM variant v JOIN product p ON p.id = v.product_id
           WHERE v.id = ANY($2::uuid[]) AND p.merchant_id = $1""",
        merchant_id,
        list(variants),
    )
    return {VariantId(row["id"]) for row in rows}


async def template(
    conn: Connection, merchant_id: MerchantId, template_id: LoadTemplateId
) -> dict[VariantId, int] | None:
    """None when the merchant has no such one."""
    found = await conn.fetchval(
        "SELECT id FROM load_template WHERE id = $1 AND merchant_id = $2 FOR SHARE", template_id, merchant_id
    )
    if found is None:
        return None
    rows = await conn.fetch("SELECT variant_id, quantity FROM load_template_item WHERE template_id = $1", template_id)
    return {VariantId(row["variant_id"]): row["quantity"] for row in rows}


async def drop_template(conn: Connection, merchant_id: MerchantId, template_id: LoadTemplateId) -> bool:
    """Whether it was there."""
    done: str = await conn.execute(
        "DELETE FROM load_template WHERE id = $1 AND merchant_id = $2", template_id, merchant_id
    )
    return done.endswith(" 1")
