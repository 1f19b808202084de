"""Stock and reservations: rows are locked in the order of their variants, so that no two orders wait for each other in a ring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.catalog.domain.caller import Caller
from services.catalog.domain.listing import for_sale
from services.catalog.domain.reservation import ReservationState
from services.catalog.domain.stock import Stock
from services.contracts.catalog import MerchantId, MerchantStatus, ProductStatus, ReservationId, VariantId
from services.kit.database.db import Connection


@dataclass(frozen=True, slots=True)
class Reservation:
    id: ReservationId
    order_id: str
    state: ReservationState


@dataclass(frozen=True, slots=True)
class Item:
    """A locked stock row, and whose it is."""

    stock: Stock
    merchant_id: MerchantId
    for_sale: bool


async def lock_reservation(conn: Connection, order_id: str) -> Reservation | None:
    row = await conn.fetchrow("SELECT id, state FROM reservation WHERE order_id = $1 FOR UPDATE", order_id)
    return Reservation(ReservationId(row["id"]), order_id, ReservationState(row["state"])) if row else None


async def lock_reservation_by_id(conn: Connection, reservation_id: UUID) -> Reservation | None:
    row = await conn.fetchrow("SELECT id, order_id, state FROM reservation WHERE id = $1 FOR UPDATE", reservation_id)
    return Reservation(ReservationId(row["id"]), row["order_id"], ReservationState(row["state"])) if row else None


async def insert_reservation(
    conn: Connection, reservation: Reservation, *, expires_at: datetime | None, lines: Mapping[VariantId, int]
) -> None:
    await conn.execute(
        """WITH reservation AS (
               INSERT INTO reservation (id, order_id, state, expires_at, created_at, changed_at)
               SELECT $1, $2, $3, $4, now, now FROM wlijo_now() AS now RETURNING id
           )
           INSERT INTO reservation_line (reservation_id, variant_id, quantity)
           SELECT reservation.id, line.variant_id, line.quantity
           FROM reservation, unnest($5::uuid[], $6::bigint[]) AS line (variant_id, quantity)""",
        reservation.id,
        reservation.order_id,
        str(reservation.state),
        expires_at,
        list(lines),
        list(lines.values()),
    )


async def save_state(conn: Connection, reservation_id: ReservationId, state: ReservationState) -> None:
    await conn.execute(
        "UPDATE reservation SET state = $2, changed_at = wlijo_now() WHERE id = $1", reservation_id, str(state)
    )


async def lines(conn: Connection, reservation_id: ReservationId) -> dict[VariantId, int]:
    rows = await conn.fetch(
        "SELECT variant_id, quantity FROM reservation_line WHERE reservation_id = $1", reservation_id
    )
    return {VariantId(row["variant_id"]): row["quantity"] for row in rows}


async def lock_items(conn: Connection, variants: Sequence[VariantId]) -> dict[VariantId, Item]:
    rows = await conn.fetch(
        """SELECT s.variant_id, s.on_hand, s.reserved, p.merchant_id, p.status, m.status AS merchant_status
           FROM stock_item s JOIN variant v ON v.id = s.variant_id JOIN product p ON p.id = v.product_id
           JOIN merchant m ON m.id = p.merchant_id
           WHERE s.variant_id = ANY($1::uuid[]) ORDER BY s.variant_id FOR UPDATE OF s""",
        list(variants),
    )
    return {
        VariantId(row["variant_id"]): Item(
            Stock(row["on_hand"], row["reserved"]),
            MerchantId(row["merchant_id"]),
            for_sale(ProductStatus(row["status"]), MerchantStatus(row["merchant_status"])),
        )
        for row in rows
    }


async def lock_item(conn: Connection, caller: Caller, variant_id: VariantId) -> Stock | None:
    """None when there is no such variant or the caller may not count it."""
    row = await conn.fetchrow(
        """SELECT s.on_hand, s.reserved FROM stock_item s JOIN variant v ON v.id = s.variant_id
           JOIN product p ON p.id = v.product_id
           WHERE s.variant_id = $1 AND ($3 OR EXISTS (
               SELECT FROM merchant_member mm WHERE mm.merchant_id = p.merchant_id AND mm.subject = $2))
           FOR UPDATE OF s""",
        variant_id,
        caller.member,
        caller.ops,
    )
    return Stock(row["on_hand"], row["reserved"]) if row else None


async def save_items(conn: Connection, stocks: Mapping[VariantId, Stock]) -> None:
    """Rows that this transaction has locked."""
    await conn.execute(
        """UPDATE stock_item s SET on_hand = new.on_hand, reserved = new.reserved, version = s.version + 1
           FROM unnest($1::uuid[], $2::bigint[], $3::bigint[]) AS new (variant_id, on_hand, reserved)
           WHERE s.variant_id = new.variant_id""",
        list(stocks),
        [stock.on_hand for stock in stocks.values()],
        [stock.reserved for stock in stocks.values()],
    )
