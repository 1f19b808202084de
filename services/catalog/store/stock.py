"""Stock and reservations: rows are locked in the order of their variants, so that no two orders wait for each other in a ring. What lies in
places is changed by whoever holds the variant's row, after it.

In the table `on_hand` is without what lies on the counter, for the release before writes it so; here and outside it is all that is there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

import msgspec

from services.catalog.domain.caller import Caller
from services.catalog.domain.listing import for_sale
from services.catalog.domain.reservation import ReservationState, Standing, Trip
from services.catalog.domain.stock import Place, Stock
from services.catalog.domain.stocking import ASSUMED, ASSUMED_LOW, StockMode
from services.contracts.catalog import LevelChanged, MerchantId, MerchantStatus, ProductStatus, ReservationId, VariantId
from services.contracts.quote import MAX_MASS_GRAM
from services.kit.database.db import Connection, Row, Transaction
from services.kit.database.step import Step
from services.kit.database.writes import Write
from services.kit.messaging import timers
from services.kit.messaging.timers import Change

COUNTED: Final = "COUNTED"


@dataclass(frozen=True, slots=True)
class Reservation:
    id: ReservationId
    order_id: str
    standing: Standing


@dataclass(frozen=True, slots=True)
class Found(Reservation):
    """A locked row; `now` is the database's clock, `day` the one (WIB) on which its order came."""

    now: datetime
    day: date


@dataclass(frozen=True, slots=True)
class Item:
    """A locked stock row, and whose it is."""

    stock: Stock
    merchant_id: MerchantId
    for_sale: bool
    load_day: date | None
    """Of a daily load, the day (WIB) that it is for."""
    sells: bool
    """A daily load that is not today's does not."""
    enough: int
    told: int | None

    def level(self, stock: Stock) -> int:
        """What is told of how much is for sale, when this is what lies there."""
        return min(self.enough, stock.available if self.sells else 0)


@dataclass(frozen=True, slots=True)
class Kept(Found):
    """With what the count has of its lines, and their rows, which are locked too."""

    lines: dict[VariantId, int]
    items: dict[VariantId, Item]


@dataclass(frozen=True, slots=True)
class OwnItem:
    """A locked stock row of the caller's; `before_sold_out` is what was for sale when they said that it was sold out."""

    stock: Stock
    before_sold_out: int | None
    mode: StockMode


class Cause(msgspec.Struct, frozen=True):
    """Why stock moves: what was heard of which order, or that this person has counted or done something else with it."""

    cause: str
    order_id: str | None = None
    subject: str | None = None
    note: str | None = None


_RESERVATION = """SELECT id, order_id, state, trip, xmin::text AS version, wlijo_now() AS now,
       (created_at AT TIME ZONE 'Asia/Jakarta')::date AS day
FROM reservation"""


async def lock_reservation(conn: Transaction, order_id: str) -> Found | None:
    """In a step: as it has to be still when that is written."""
    if isinstance(conn, Step):
        rows = await conn.look(f"{_RESERVATION} WHERE order_id = $1", order_id)
        for each in rows:
            conn.holds("reservation", "id", each["id"], [each["version"]])
    else:
        rows = await conn.fetch(f"{_RESERVATION} WHERE order_id = $1 FOR UPDATE", order_id)
    return _found(rows[0]) if rows else None


async def lock_kept(conn: Transaction, order_id: str) -> Kept | None:
    """Of this order. One statement: the reservation's row first, then those of its goods."""
    return await _lock_kept(conn, _KEPT_OF_ORDER, order_id)


async def lock_kept_by_id(conn: Transaction, reservation_id: UUID) -> Kept | None:
    return await _lock_kept(conn, _KEPT_BY_ID, reservation_id)


async def _lock_kept(conn: Transaction, statement: str, key: object) -> Kept | None:
    rows = await fetch_due(conn, statement, key)
    if rows and rows[0]["overtaken"]:
        rows = await fetch_due(conn, statement, key)
    if not rows:
        return None
    goods = [row for row in rows if row["variant_id"] is not None]
    found = _found(rows[0])
    lines = {VariantId(row["variant_id"]): row["quantity"] for row in goods}
    return Kept(found.id, found.order_id, found.standing, found.now, found.day, lines, _items(goods))


def _found(row: Row) -> Found:
    standing = Standing(ReservationState(row["state"]), Trip(row["trip"] or Trip.OPEN))
    return Found(ReservationId(row["id"]), row["order_id"], standing, row["now"], row["day"])


async def insert_reservation(
    conn: Transaction,
    reservation: Reservation,
    *,
    expires_at: datetime | None,
    lines: Mapping[VariantId, int],
    timers: Change,
) -> None:
    """Written with what is read of goods, or told, next."""
    made = [reservation.id, reservation.order_id, str(reservation.standing.state), expires_at]
    arguments = [*made, list(lines), list(lines.values()), *timers.arguments]
    await conn.later(Write(_INSERT, arguments, frozenset({"reservation"})))


_INSERT = f"""
new_reservation AS (
    INSERT INTO reservation (id, order_id, state, expires_at, created_at, changed_at)
    SELECT $1, $2, $3, $4, now, now FROM wlijo_now() AS now RETURNING id
), {timers.changed(7)}, new_lines AS (
    INSERT INTO reservation_line (reservation_id, variant_id, quantity)
    SELECT r.id, line.variant_id, line.quantity
    FROM new_reservation r, unnest($5::uuid[], $6::bigint[]) AS line (variant_id, quantity))"""
_SAVE_STANDING = f"""
{timers.changed(5)}, saved_standing AS (
    UPDATE reservation SET state = $2, trip = $3, on_counter = $4, changed_at = wlijo_now() WHERE id = $1)"""


async def save_standing(conn: Transaction, reservation_id: ReservationId, standing: Standing, timers: Change) -> None:
    """Written with what is told of it, and what becomes of its goods."""
    trip = None if standing.trip is Trip.OPEN else str(standing.trip)
    saved = [reservation_id, str(standing.state), trip, standing.goods is Place.ON_COUNTER]
    await conn.later(Write(_SAVE_STANDING, [*saved, *timers.arguments], frozenset({"reservation"})))


async def drop_lines(conn: Connection, reservation_id: ReservationId, variant_ids: list[VariantId]) -> None:
    """The reservation's row is written too: by it `lock_kept` sees that its lines are others."""
    await conn.execute(
        f"""WITH {LINES_CHANGED}
            DELETE FROM reservation_line WHERE reservation_id = $1 AND variant_id = ANY ($2)""",
        reservation_id,
        variant_ids,
    )


LINES_CHANGED = "lines_changed AS (UPDATE reservation SET changed_at = changed_at WHERE id = $1)"
"""Of whoever changes lines of a reservation, in the statement that does."""


# Of yesterday's load something seems to be left, or what nobody counts runs low: to be put right before the row is changed.
DUE = f"""
((s.mode = 'DAILY' AND s.on_hand > s.reserved AND s.load_day IS DISTINCT FROM wib_today())
 OR (s.mode = 'UNTRACKED' AND s.before_sold_out IS NULL AND s.on_hand - s.reserved < {ASSUMED_LOW})) AS due
"""
_OWN = """
($3 OR EXISTS (SELECT FROM merchant_member mm WHERE mm.merchant_id = p.merchant_id AND mm.subject = $2))
"""


async def fetch_due(conn: Transaction, statement: str, *given: object) -> list[Row]:
    """Of a statement that locks stock rows and answers DUE of each: as they are once that was done, which is seldom."""
    rows = await conn.fetch_beside(statement, *given)
    if due := [row["variant_id"] for row in rows if row["due"]]:
        await begin_anew(conn, due)
        rows = await conn.fetch(statement, *given)
    return rows


async def begin_anew(conn: Connection, variants: Sequence[VariantId]) -> None:
    """What is left of another day's load is gone, and what nobody counts is enough again; of rows that this transaction has locked. It is
    told when their day is closed, or with the next change."""
    await conn.execute(
        """WITH named AS MATERIALIZED (SELECT set_config('wlijo.movement', '{"cause": "RESET"}', true))
           UPDATE stock_item s SET on_hand = s.reserved, version = s.version + 1 FROM named
           WHERE s.variant_id = ANY($1::uuid[]) AND s.mode = 'DAILY' AND s.on_hand > s.reserved
           AND s.load_day IS DISTINCT FROM wib_today()""",
        list(variants),
    )
    await conn.execute(
        """WITH named AS MATERIALIZED (SELECT set_config('wlijo.movement', '{"cause": "ASSUMED"}', true))
           UPDATE stock_item s SET on_hand = s.reserved + $2, version = s.version + 1 FROM named
           WHERE s.variant_id = ANY($1::uuid[]) AND s.mode = 'UNTRACKED' AND s.on_hand - s.reserved < $3""",
        list(variants),
        ASSUMED,
        ASSUMED_LOW,
    )


# What one cart may have of a variant is enough: its mass is bounded, and so is a line of what weighs nearly nothing.
ENOUGH = f"ceil({MAX_MASS_GRAM} / greatest(v.gram_per_base, 0.02))::bigint"
_ITEMS = f"""SELECT s.variant_id, s.on_hand, s.reserved, s.on_counter, p.merchant_id, m.status AS merchant_status,
                  CASE WHEN v.retired_at IS NULL THEN p.status ELSE 'HIDDEN' END AS status,
                  CASE s.mode WHEN 'DAILY' THEN coalesce(s.load_day, '-infinity') END AS load_day,
                  stock_for_sale(s.mode, s.load_day, 1, 0) = 1 AS sells, {ENOUGH} AS enough, s.told, {DUE}
           FROM stock_item s JOIN variant v ON v.id = s.variant_id JOIN product p ON p.id = v.product_id
           JOIN merchant m ON m.id = p.merchant_id"""
_OF_RESERVATION = _ITEMS.replace("SELECT", "SELECT l.quantity,", 1)


def _kept(column: str) -> str:
    """The statement sees lines and goods as they were when it began, and the reservation as it is once nobody else has it: where those
    are not of one moment, `overtaken`, no goods are locked, and it is to be run again."""
    return f"""WITH seen AS MATERIALIZED (
    SELECT id, xmin::text AS version FROM reservation WHERE {column} = $1
), held AS MATERIALIZED ({_RESERVATION} WHERE {column} = $1 FOR UPDATE), goods AS MATERIALIZED (
    {_OF_RESERVATION} JOIN reservation_line l ON l.variant_id = s.variant_id AND l.quantity > 0
    JOIN held ON held.id = l.reservation_id JOIN seen ON seen.version = held.version
    ORDER BY s.variant_id FOR UPDATE OF s
)
SELECT held.*, seen.version <> held.version AS overtaken, goods.*
FROM held JOIN seen ON true LEFT JOIN goods ON true ORDER BY goods.variant_id"""


_KEPT_OF_ORDER, _KEPT_BY_ID = _kept("order_id"), _kept("id")
_WANTED = f"""WITH known AS MATERIALIZED (SELECT EXISTS (SELECT FROM reservation WHERE order_id = $1) AS known), goods AS MATERIALIZED (
    {_ITEMS} WHERE s.variant_id = ANY($2::uuid[]) AND NOT (SELECT known FROM known) ORDER BY s.variant_id FOR UPDATE OF s
)
SELECT known.known, goods.* FROM known LEFT JOIN goods ON true ORDER BY goods.variant_id"""


async def lock_wanted(conn: Transaction, order_id: str, variants: Sequence[VariantId]) -> dict[VariantId, Item] | None:
    """None of an order that has a reservation."""
    rows = await fetch_due(conn, _WANTED, order_id, list(variants))
    return None if rows[0]["known"] else _items([row for row in rows if row["variant_id"] is not None])


async def lock_items(conn: Transaction, variants: Sequence[VariantId]) -> dict[VariantId, Item]:
    statement = f"{_ITEMS} WHERE s.variant_id = ANY($1::uuid[]) ORDER BY s.variant_id FOR UPDATE OF s"
    return _items(await fetch_due(conn, statement, list(variants)))


def _items(rows: Sequence[Row]) -> dict[VariantId, Item]:
    return {
        VariantId(row["variant_id"]): Item(
            _stock(row),
            MerchantId(row["merchant_id"]),
            for_sale(ProductStatus(row["status"]), MerchantStatus(row["merchant_status"])),
            row["load_day"],
            row["sells"],
            row["enough"],
            row["told"],
        )
        for row in rows
    }


async def lock_item(conn: Transaction, caller: Caller, variant_id: VariantId) -> OwnItem | None:
    """None when there is no such variant or the caller may not count it."""
    return (await lock_own_items(conn, caller, [variant_id])).get(variant_id)


async def lock_own_items(conn: Transaction, caller: Caller, variants: Sequence[VariantId]) -> dict[VariantId, OwnItem]:
    """Those that the caller may count."""
    rows = await fetch_due(
        conn,
        f"""SELECT s.variant_id, s.on_hand, s.reserved, s.on_counter, s.before_sold_out, s.mode, {DUE}
           FROM stock_item s JOIN variant v ON v.id = s.variant_id JOIN product p ON p.id = v.product_id
           WHERE s.variant_id = ANY($1::uuid[]) AND {_OWN} ORDER BY s.variant_id FOR UPDATE OF s""",
        list(variants),
        caller.member,
        caller.ops,
    )
    return {
        VariantId(row["variant_id"]): OwnItem(_stock(row), row["before_sold_out"], StockMode(row["mode"]))
        for row in rows
    }


async def remember(conn: Connection, before: Mapping[VariantId, int | None]) -> None:
    """What was for sale before its people said that it was sold out; of rows that this transaction has locked."""
    await conn.execute(
        """UPDATE stock_item s SET before_sold_out = new.before
           FROM unnest($1::uuid[], $2::bigint[]) AS new (variant_id, before)
           WHERE s.variant_id = new.variant_id AND s.before_sold_out IS DISTINCT FROM new.before""",
        list(before),
        list(before.values()),
    )


def _stock(row: Row) -> Stock:
    return Stock(row["on_hand"] + row["on_counter"], row["reserved"], row["on_counter"])


async def save_items(
    conn: Transaction, stocks: Mapping[VariantId, Stock], cause: Cause, elsewhere: Mapping[VariantId, int] | None = None
) -> list[LevelChanged]:
    """Rows that this transaction has locked; `elsewhere` is how much more of them lies in places. The table writes each movement down by
    itself, with the cause that the transaction names. A daily load that its people changed is today's.
    Answers what is to be told of it, in this transaction: it is written down as told."""
    rows = await conn.fetch_beside(
        f"""WITH named AS MATERIALIZED (SELECT set_config('wlijo.movement', $5, true)),
            was AS MATERIALIZED (SELECT variant_id, told FROM stock_item WHERE variant_id = ANY ($1::uuid[])),
            saved AS (
                UPDATE stock_item s SET on_hand = new.on_hand, reserved = new.reserved, on_counter = new.on_counter,
                    elsewhere = s.elsewhere + new.elsewhere, split = s.split OR new.elsewhere <> 0,
                    load_day = CASE WHEN $7 AND s.mode = 'DAILY' THEN wib_today() ELSE s.load_day END,
                    told = least({ENOUGH}, stock_for_sale(CASE WHEN $7 THEN '' ELSE s.mode END, s.load_day, new.on_hand, new.reserved)),
                    version = s.version + 1
                FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $6::bigint[])
                    AS new (variant_id, on_hand, reserved, on_counter, elsewhere)
                JOIN variant v ON v.id = new.variant_id, named
                WHERE s.variant_id = new.variant_id RETURNING s.variant_id, s.told)
            SELECT saved.variant_id, saved.told FROM saved JOIN was USING (variant_id)
            WHERE saved.told IS DISTINCT FROM was.told ORDER BY saved.variant_id""",
        list(stocks),
        [stock.on_hand - stock.on_counter for stock in stocks.values()],
        [stock.reserved for stock in stocks.values()],
        [stock.on_counter for stock in stocks.values()],
        msgspec.json.encode(cause).decode(),
        [(elsewhere or {}).get(variant_id, 0) for variant_id in stocks],
        cause.subject is not None,
    )
    return _levels(rows)


_PUT_ITEMS = """movement AS MATERIALIZED (SELECT set_config('wlijo.movement', $6, true)), stock_put AS (
    UPDATE stock_item s SET on_hand = new.on_hand, reserved = new.reserved, on_counter = new.on_counter, told = new.told,
        version = s.version + 1
    FROM unnest($1::uuid[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[])
        AS new (variant_id, on_hand, reserved, on_counter, told), movement
    WHERE s.variant_id = new.variant_id)"""


async def put_items(
    conn: Transaction, stocks: Mapping[VariantId, Stock], items: Mapping[VariantId, Item], cause: Cause
) -> list[LevelChanged]:
    """As `save_items`, of what an order does with `items`, which this transaction has locked and not changed since: written with what
    comes next."""
    levels = {variant_id: items[variant_id].level(stock) for variant_id, stock in stocks.items()}
    arguments: list[object] = [
        list(stocks),
        [stock.on_hand - stock.on_counter for stock in stocks.values()],
        [stock.reserved for stock in stocks.values()],
        [stock.on_counter for stock in stocks.values()],
        list(levels.values()),
        msgspec.json.encode(cause).decode(),
    ]
    await conn.later(Write(_PUT_ITEMS, arguments, frozenset({"stock_item"})))
    return [
        LevelChanged(variant_id=variant_id, available=level)
        for variant_id, level in sorted(levels.items())
        if level != items[variant_id].told
    ]


async def untold(conn: Connection, variants: Sequence[VariantId]) -> list[LevelChanged]:
    """Of these what was never told; it is written down as told."""
    rows = await conn.fetch(
        f"""WITH saved AS (
                UPDATE stock_item s SET told = least(stock_for_sale(s.mode, s.load_day, s.on_hand, s.reserved), {ENOUGH}) FROM variant v
                WHERE v.id = s.variant_id AND s.variant_id = ANY ($1::uuid[]) AND s.told IS NULL RETURNING s.variant_id, s.told)
            SELECT variant_id, told FROM saved ORDER BY variant_id""",
        list(variants),
    )
    return _levels(rows)


def _levels(rows: Sequence[Row]) -> list[LevelChanged]:
    return [LevelChanged(variant_id=VariantId(row["variant_id"]), available=row["told"]) for row in rows]
