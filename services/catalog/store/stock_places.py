"""SQL of places where a merchant's goods lie beside where it trades."""

from __future__ import annotations

from services.catalog.domain.caller import Caller
from services.catalog.domain.ids import StockPlaceId
from services.catalog.domain.stock_places import Place, StockPlaceAction, StockPlaceStatus
from services.contracts.catalog import MerchantId, MerchantKind, MerchantStatus
from services.kit.database.db import Connection


async def find(conn: Connection, caller: Caller, place_id: StockPlaceId, *, alone: bool = False) -> Place | None:
    """Held, by whoever changes it `alone`, before any stock; None when there is none that the caller has to do with."""
    row = await conn.fetchrow(
        f"""SELECT pl.id, pl.merchant_id, pl.hub_id, pl.status,
                   $3 OR EXISTS (SELECT FROM merchant_member mm WHERE mm.merchant_id = pl.merchant_id AND mm.subject = $2) AS mine,
                   EXISTS (SELECT FROM merchant_member mm WHERE mm.merchant_id = pl.hub_id AND mm.subject = $2) AS hubs
            FROM stock_place pl WHERE pl.id = $1 FOR {"UPDATE" if alone else "SHARE"} OF pl""",
        place_id,
        caller.member,
        caller.ops,
    )
    if row is None or not (row["mine"] or row["hubs"]):
        return None
    return Place(
        StockPlaceId(row["id"]),
        MerchantId(row["merchant_id"]),
        MerchantId(row["hub_id"]) if row["hub_id"] else None,
        StockPlaceStatus(row["status"]),
        row["mine"],
        row["hubs"],
    )


async def lock_merchant(conn: Connection, merchant_id: MerchantId) -> None:
    """One at a time makes places of a merchant, or offers a hub's shelf."""
    await conn.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('stock_place/' || $1::text, 0))", str(merchant_id)
    )


async def trades(conn: Connection, merchant_id: MerchantId) -> tuple[MerchantKind, MerchantStatus, str] | None:
    row = await conn.fetchrow("SELECT kind, status, name FROM merchant WHERE id = $1", merchant_id)
    return (MerchantKind(row["kind"]), MerchantStatus(row["status"]), row["name"]) if row else None


async def count_own(conn: Connection, merchant_id: MerchantId, *, shelves: bool) -> int:
    count: int = await conn.fetchval(
        "SELECT count(*) FROM stock_place WHERE merchant_id = $1 AND status <> 'CLOSED' AND (hub_id IS NOT NULL) = $2",
        merchant_id,
        shelves,
    )
    return count


async def count_of_hub(conn: Connection, hub_id: MerchantId) -> tuple[int, int]:
    """Those that are not closed, and of them those that nobody has answered."""
    row = await conn.fetchrow(
        """SELECT count(*) AS live, count(*) FILTER (WHERE status = 'OFFERED') AS offered
           FROM stock_place WHERE hub_id = $1 AND status <> 'CLOSED'""",
        hub_id,
    )
    return (row["live"], row["offered"]) if row else (0, 0)


async def shelf_of(conn: Connection, hub_id: MerchantId, merchant_id: MerchantId) -> StockPlaceId | None:
    """The one that is not closed."""
    found = await conn.fetchval(
        "SELECT id FROM stock_place WHERE hub_id = $1 AND merchant_id = $2 AND status <> 'CLOSED'", hub_id, merchant_id
    )
    return StockPlaceId(found) if found else None


async def insert(
    conn: Connection, place_id: StockPlaceId, merchant_id: MerchantId, name: str, hub_id: MerchantId | None
) -> None:
    """Behind the others; a shelf is offered."""
    await conn.execute(
        """INSERT INTO stock_place (id, merchant_id, hub_id, name, position, status)
           SELECT $1, $2, $3, $4, coalesce(max(position), 0) + 1, CASE WHEN $3::uuid IS NULL THEN 'OPEN' ELSE 'OFFERED' END
           FROM stock_place WHERE merchant_id = $2""",
        place_id,
        merchant_id,
        hub_id,
        name,
    )


async def save(conn: Connection, place_id: StockPlaceId, name: str | None, position: int | None) -> None:
    await conn.execute(
        "UPDATE stock_place SET name = coalesce($2, name), position = coalesce($3, position) WHERE id = $1",
        place_id,
        name,
        position,
    )


async def save_status(conn: Connection, place_id: StockPlaceId, status: StockPlaceStatus) -> None:
    await conn.execute("UPDATE stock_place SET status = $2 WHERE id = $1", place_id, str(status))


async def add_history(
    conn: Connection, place_id: StockPlaceId, action: StockPlaceAction, by: str, *, by_hub: bool = False
) -> None:
    await conn.execute(
        "INSERT INTO stock_place_history (place_id, action, by_hub, subject, at) VALUES ($1, $2, $3, $4, wlijo_now())",
        place_id,
        str(action),
        by_hub,
        by,
    )
