"""What GraphQL shows of stock: one statement for any number of keys, rows only of what the caller may see."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from services.catalog.domain.caller import Caller
from services.catalog.domain.ids import LoadTemplateId, MemberId, StockPlaceId
from services.catalog.domain.stock_places import MAX_HISTORY, StockPlaceAction, StockPlaceStatus
from services.catalog.domain.stocking import StockMovementCause
from services.catalog.store.reading_merchants import INSIDE
from services.contracts.catalog import MerchantId, VariantId
from services.kit.database.db import Connection, Row


class MovementView(msgspec.Struct, frozen=True, kw_only=True):
    """What changed in one place (None: where its merchant trades, the counter included), and of the whole what is kept for orders.
    `change` is None of what is not counted."""

    id: int
    cause: StockMovementCause
    place_id: StockPlaceId | None
    change: int | None
    reserved: int
    on_counter: int
    order_id: str | None
    note: str | None
    member_id: MemberId | None
    by_hub: bool
    at: datetime


class PlaceView(msgspec.Struct, frozen=True, kw_only=True):
    id: StockPlaceId
    merchant_id: MerchantId
    hub_id: MerchantId | None
    name: str
    position: int
    status: StockPlaceStatus


class LyingView(msgspec.Struct, frozen=True, kw_only=True):
    variant_id: VariantId
    place_id: StockPlaceId
    on_hand: int


class PlaceHistoryView(msgspec.Struct, frozen=True, kw_only=True):
    place_id: StockPlaceId
    action: StockPlaceAction
    by_hub: bool
    at: datetime


class TemplateView(msgspec.Struct, frozen=True, kw_only=True):
    id: LoadTemplateId
    merchant_id: MerchantId
    name: str
    saved_at: datetime
    items: list[tuple[VariantId, int]]


class ShelfView(msgspec.Struct, frozen=True, kw_only=True):
    """`available` is what can be sold of what lies there."""

    place_id: StockPlaceId
    variant_id: VariantId
    available: int


# A place's row that only repeats what the row of the place itself says is not shown.
_SAYS_SOMETHING = "(mv.place_id IS NOT NULL OR mv.on_hand <> mv.elsewhere OR mv.reserved <> 0 OR mv.on_counter <> 0)"


async def movements(
    conn: Connection,
    caller: Caller,
    ids: Sequence[VariantId],
    after: Sequence[int | None],
    limits: Sequence[int],
) -> list[list[MovementView]]:
    """A page for each of these variants, the newest first; for their merchant's own people."""
    rows = await conn.fetch(
        f"""SELECT asked.n, page.* FROM unnest($3::uuid[], $4::bigint[], $5::int[])
                WITH ORDINALITY AS asked (variant_id, last, page_size, n)
            JOIN variant v ON v.id = asked.variant_id JOIN product p ON p.id = v.product_id JOIN merchant m ON m.id = p.merchant_id
            CROSS JOIN LATERAL (
                SELECT mv.id, mv.cause, mv.place_id, mv.reserved, mv.on_counter, mv.order_id, mv.note, mv.at, mm.id AS member_id,
                       CASE WHEN mv.cause IN ('MODE', 'ASSUMED') THEN NULL
                            ELSE mv.on_hand - mv.elsewhere + mv.on_counter END AS change,
                       EXISTS (SELECT FROM stock_place pl JOIN merchant_member h ON h.merchant_id = pl.hub_id
                               WHERE pl.id = mv.place_id AND h.subject = mv.subject) AND mm.id IS NULL AS by_hub
                FROM stock_movement mv LEFT JOIN merchant_member mm ON mm.merchant_id = m.id AND mm.subject = mv.subject
                WHERE mv.variant_id = v.id AND {_SAYS_SOMETHING} AND (asked.last IS NULL OR mv.id < asked.last)
                ORDER BY mv.id DESC LIMIT asked.page_size
            ) AS page
            WHERE {INSIDE} ORDER BY asked.n, page.id DESC""",
        caller.member,
        caller.ops,
        ids,
        after,
        limits,
    )
    pages: list[list[MovementView]] = [[] for _ in ids]
    for row in rows:
        pages[row["n"] - 1].append(_movement(row))
    return pages


def _movement(row: Row) -> MovementView:
    return MovementView(
        id=row["id"],
        cause=StockMovementCause(row["cause"]),
        place_id=StockPlaceId(row["place_id"]) if row["place_id"] else None,
        change=row["change"],
        reserved=row["reserved"],
        on_counter=row["on_counter"],
        order_id=row["order_id"],
        note=row["note"],
        member_id=MemberId(row["member_id"]) if row["member_id"] else None,
        by_hub=row["by_hub"],
        at=row["at"],
    )


async def lying(conn: Connection, caller: Caller, ids: Sequence[VariantId]) -> list[LyingView]:
    """What of these variants lies in places; for their merchant's own people. In the order in which orders take it."""
    rows = await conn.fetch(
        f"""SELECT l.variant_id, l.place_id, l.on_hand
            FROM stock_at_place l JOIN stock_place pl ON pl.id = l.place_id JOIN merchant m ON m.id = pl.merchant_id
            WHERE l.variant_id = ANY($3::uuid[]) AND l.on_hand > 0 AND {INSIDE}
            ORDER BY l.variant_id, pl.hub_id IS NOT NULL, pl.position, pl.id""",
        caller.member,
        caller.ops,
        ids,
    )
    return [
        LyingView(
            variant_id=VariantId(row["variant_id"]), place_id=StockPlaceId(row["place_id"]), on_hand=row["on_hand"]
        )
        for row in rows
    ]


async def loaded_today(conn: Connection, caller: Caller, ids: Sequence[VariantId]) -> dict[VariantId, int]:
    """For their merchant's own people."""
    rows = await conn.fetch(
        f"""SELECT l.variant_id, l.quantity FROM variant v JOIN product p ON p.id = v.product_id JOIN merchant m ON m.id = p.merchant_id
            JOIN stock_load l ON l.merchant_id = m.id AND l.day = wib_today() AND l.variant_id = v.id
            WHERE v.id = ANY($3::uuid[]) AND {INSIDE}""",
        caller.member,
        caller.ops,
        ids,
    )
    return {VariantId(row["variant_id"]): row["quantity"] for row in rows}


_PLACE = "SELECT pl.id, pl.merchant_id, pl.hub_id, pl.name, pl.position, pl.status FROM stock_place pl"
_OF_EITHER = """($2 OR EXISTS (SELECT FROM merchant_member mm WHERE mm.merchant_id IN (pl.merchant_id, pl.hub_id) AND mm.subject = $1))"""


async def places(conn: Connection, caller: Caller, ids: Sequence[StockPlaceId]) -> dict[StockPlaceId, PlaceView]:
    """Also closed ones; for the people of the goods' merchant and of the hub."""
    rows = await conn.fetch(f"{_PLACE} WHERE pl.id = ANY($3::uuid[]) AND {_OF_EITHER}", caller.member, caller.ops, ids)
    return {found.id: found for found in map(_place, rows)}


async def places_of_merchants(conn: Connection, caller: Caller, ids: Sequence[MerchantId]) -> list[PlaceView]:
    """Those that are not closed, in the order in which orders take from them; for their own people."""
    rows = await conn.fetch(
        f"""{_PLACE} JOIN merchant m ON m.id = pl.merchant_id
            WHERE pl.merchant_id = ANY($3::uuid[]) AND pl.status <> 'CLOSED' AND {INSIDE}
            ORDER BY pl.merchant_id, pl.hub_id IS NOT NULL, pl.position, pl.id""",
        caller.member,
        caller.ops,
        ids,
    )
    return [_place(row) for row in rows]


async def shelves_of_hubs(
    conn: Connection,
    caller: Caller,
    ids: Sequence[MerchantId],
    after: Sequence[UUID | None],
    limits: Sequence[int],
) -> list[list[PlaceView]]:
    """A page for each of these hubs of those that are not closed, the oldest first; for the hub's own people."""
    rows = await conn.fetch(
        f"""SELECT asked.n, page.* FROM unnest($3::uuid[], $4::uuid[], $5::int[])
                WITH ORDINALITY AS asked (hub_id, last, page_size, n) JOIN merchant m ON m.id = asked.hub_id
            CROSS JOIN LATERAL (
                {_PLACE} WHERE pl.hub_id = asked.hub_id AND pl.status <> 'CLOSED' AND (asked.last IS NULL OR pl.id > asked.last)
                ORDER BY pl.id LIMIT asked.page_size
            ) AS page
            WHERE {INSIDE} ORDER BY asked.n, page.id""",
        caller.member,
        caller.ops,
        ids,
        after,
        limits,
    )
    pages: list[list[PlaceView]] = [[] for _ in ids]
    for row in rows:
        pages[row["n"] - 1].append(_place(row))
    return pages


async def place_histories(conn: Connection, caller: Caller, ids: Sequence[StockPlaceId]) -> list[PlaceHistoryView]:
    """The newest first, so many of each; for the people of either side."""
    rows = await conn.fetch(
        f"""SELECT h.* FROM stock_place pl CROSS JOIN LATERAL (
                SELECT place_id, action, by_hub, at FROM stock_place_history WHERE place_id = pl.id ORDER BY id DESC LIMIT $4
            ) AS h WHERE pl.id = ANY($3::uuid[]) AND {_OF_EITHER}""",
        caller.member,
        caller.ops,
        ids,
        MAX_HISTORY,
    )
    return [
        PlaceHistoryView(
            place_id=StockPlaceId(row["place_id"]),
            action=StockPlaceAction(row["action"]),
            by_hub=row["by_hub"],
            at=row["at"],
        )
        for row in rows
    ]


async def templates(conn: Connection, caller: Caller, ids: Sequence[MerchantId]) -> list[TemplateView]:
    """By name; for their merchant's own people."""
    rows = await conn.fetch(
        f"""SELECT t.id, t.merchant_id, t.name, t.saved_at,
                   ARRAY(SELECT (i.variant_id, i.quantity) FROM load_template_item i WHERE i.template_id = t.id
                         ORDER BY i.variant_id) AS items
            FROM load_template t JOIN merchant m ON m.id = t.merchant_id
            WHERE t.merchant_id = ANY($3::uuid[]) AND {INSIDE} ORDER BY t.merchant_id, t.name, t.id""",
        caller.member,
        caller.ops,
        ids,
    )
    return [
        TemplateView(
            id=LoadTemplateId(row["id"]),
            merchant_id=MerchantId(row["merchant_id"]),
            name=row["name"],
            saved_at=row["saved_at"],
            items=[(VariantId(variant_id), quantity) for variant_id, quantity in row["items"]],
        )
        for row in rows
    ]


async def shelf(
    conn: Connection,
    ids: Sequence[MerchantId],
    after: Sequence[tuple[UUID, UUID] | None],
    limits: Sequence[int],
) -> list[list[ShelfView]]:
    """A page for each of these hubs of what lies on its shelves and is for sale, of one merchant after the other."""
    rows = await conn.fetch(
        """SELECT asked.n, page.* FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::int[])
               WITH ORDINALITY AS asked (hub_id, place, last, page_size, n)
           JOIN merchant h ON h.id = asked.hub_id AND h.kind = 'HUB' AND h.status = 'ACTIVE'
           CROSS JOIN LATERAL (
               SELECT l.place_id, l.variant_id, least(l.on_hand, s.on_hand - s.reserved) AS available
               FROM stock_place pl JOIN stock_at_place l ON l.place_id = pl.id AND l.on_hand > 0
               JOIN stock_item s ON s.variant_id = l.variant_id JOIN variant v ON v.id = l.variant_id
               JOIN product p ON p.id = v.product_id JOIN merchant m ON m.id = p.merchant_id
               WHERE pl.hub_id = h.id AND pl.status = 'OPEN' AND p.status = 'PUBLISHED' AND m.status = 'ACTIVE'
               AND (asked.place IS NULL OR (l.place_id, l.variant_id) > (asked.place, asked.last))
               ORDER BY l.place_id, l.variant_id LIMIT asked.page_size
           ) AS page ORDER BY asked.n, page.place_id, page.variant_id""",
        ids,
        [key[0] if key else None for key in after],
        [key[1] if key else None for key in after],
        limits,
    )
    pages: list[list[ShelfView]] = [[] for _ in ids]
    for row in rows:
        pages[row["n"] - 1].append(
            ShelfView(
                place_id=StockPlaceId(row["place_id"]),
                variant_id=VariantId(row["variant_id"]),
                available=row["available"],
            )
        )
    return pages


def _place(row: Row) -> PlaceView:
    return PlaceView(
        id=StockPlaceId(row["id"]),
        merchant_id=MerchantId(row["merchant_id"]),
        hub_id=MerchantId(row["hub_id"]) if row["hub_id"] else None,
        name=row["name"],
        position=row["position"],
        status=StockPlaceStatus(row["status"]),
    )
