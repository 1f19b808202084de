"""SQL of slots: how many orders each has, what a merchant takes for an hour, and the code at its counter."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from services.contracts.catalog import MerchantId
from services.contracts.ordering import HandoverWay, OrderId
from services.kit.database.db import Connection
from services.ordering.domain.counter import Counter
from services.ordering.domain.handover import Key, Slot
from services.ordering.domain.offer import OfferedMerchant
from services.ordering.store.offering import merchant_of

_DROP: int = 1_000


async def take(conn: Connection, slots: Sequence[Slot]) -> bool:
    """One more order has each of these slots; False when one of them is full: then the transaction is to end without it. Who comes at the
    same moment waits for the row."""
    if not slots:
        return True
    taken = await conn.fetchval(
        """WITH took AS (
               INSERT INTO handover_slot AS s (place_id, way, starts_at, capacity, taken)
               SELECT place_id, $3, $4, capacity, 1 FROM unnest($1::uuid[], $2::integer[]) AS w (place_id, capacity)
               WHERE capacity > 0 ORDER BY place_id
               ON CONFLICT (place_id, way, starts_at) DO UPDATE SET taken = s.taken + 1, capacity = excluded.capacity
                   WHERE s.taken < excluded.capacity
               RETURNING place_id)
           SELECT count(*) FROM took""",
        [slot.place_id for slot in slots],
        [slot.capacity for slot in slots],
        str(slots[0].way),
        slots[0].starts,
    )
    return bool(taken == len(slots))


async def free(conn: Connection, order_id: OrderId) -> None:
    """The order was cancelled: another may have its slots."""
    await conn.execute(
        """WITH theirs AS MATERIALIZED (
               SELECT h.place_id, h.way, h.starts_at FROM orders o JOIN seller_order s ON s.order_id = o.id
               JOIN handover_slot h ON h.place_id = coalesce(o.stop_id, s.merchant_id) AND h.way = o.way AND h.starts_at = o.slot_from
               WHERE o.id = $1 ORDER BY h.place_id FOR UPDATE OF h)
           UPDATE handover_slot h SET taken = h.taken - 1 FROM theirs t
           WHERE h.place_id = t.place_id AND h.way = t.way AND h.starts_at = t.starts_at""",
        order_id,
    )


async def drop_old(conn: Connection) -> int:
    """Those that nobody asks for any more; how many went."""
    gone = await conn.fetchval(
        """WITH gone AS (
               DELETE FROM handover_slot WHERE (place_id, way, starts_at) IN (
                   SELECT place_id, way, starts_at FROM handover_slot WHERE starts_at < (SELECT wlijo_now()) - interval '14 days'
                   ORDER BY starts_at LIMIT $1 FOR UPDATE SKIP LOCKED) RETURNING true)
           SELECT count(*) FROM gone""",
        _DROP,
    )
    return int(gone)


async def merchants(conn: Connection, ids: list[MerchantId]) -> tuple[datetime, dict[MerchantId, OfferedMerchant]]:
    """What is known of them at an instant."""
    rows = await conn.fetch(
        """SELECT wlijo_now() AS at, m.id AS merchant_known, m.status AS merchant_status, m.hours::text AS hours,
                  m.closures::text AS closures, m.always_open, m.auto_accept, m.accept_within_s, m.prep_time_s,
                  m.name AS merchant_name, m.kind AS merchant_kind, m.lat AS merchant_lat, m.lng AS merchant_lng,
                  m.stops::text AS stops, m.serves_radius_m, m.serves_kecamatan, h.pickups_per_hour, h.deliveries_per_hour
           FROM (SELECT 1) one LEFT JOIN merchant m ON m.id = ANY ($1) LEFT JOIN handover_limit h ON h.merchant_id = m.id""",
        ids,
    )
    found = [merchant_of(row) for row in rows if row["merchant_known"] is not None]
    return rows[0]["at"], {merchant.id: merchant for merchant in found}


async def taken(conn: Connection, slots: Sequence[Slot]) -> dict[Key, int]:
    """How many orders have them; those that none has are not in it."""
    rows = await conn.fetch(
        """SELECT s.place_id, s.way, s.starts_at, s.taken
           FROM unnest($1::uuid[], $2::text[], $3::timestamptz[]) AS w (place_id, way, starts_at)
           JOIN handover_slot s USING (place_id, way, starts_at)""",
        [slot.place_id for slot in slots],
        [str(slot.way) for slot in slots],
        [slot.starts for slot in slots],
    )
    return {(row["place_id"], HandoverWay(row["way"]), row["starts_at"]): row["taken"] for row in rows}


async def set_limits(conn: Connection, merchant_id: MerchantId, pickups: int, deliveries: int, by: str) -> None:
    await conn.execute(
        """INSERT INTO handover_limit (merchant_id, pickups_per_hour, deliveries_per_hour, changed_by, changed_at)
           VALUES ($1, $2, $3, $4, wlijo_now())
           ON CONFLICT (merchant_id) DO UPDATE SET (pickups_per_hour, deliveries_per_hour, changed_by, changed_at)
               = (excluded.pickups_per_hour, excluded.deliveries_per_hour, excluded.changed_by, excluded.changed_at)""",
        merchant_id,
        pickups,
        deliveries,
        by,
    )


async def counter(conn: Connection, order_id: OrderId) -> Counter | None:
    """Of an order that is locked; None when it is brought."""
    row = await conn.fetchrow("SELECT counter_code, counter_tries FROM orders WHERE id = $1", order_id)
    return Counter(row["counter_code"], row["counter_tries"]) if row and row["counter_code"] else None


async def count_try(conn: Connection, order_id: OrderId) -> int:
    """A wrong code; how many there were."""
    return int(
        await conn.fetchval(
            "UPDATE orders SET counter_tries = counter_tries + 1 WHERE id = $1 RETURNING counter_tries", order_id
        )
    )


async def counter_codes(conn: Connection, ids: list[OrderId], subject: str) -> dict[OrderId, str]:
    """Of the subject's own orders that are still to be collected; nobody else is shown one."""
    rows = await conn.fetch(
        """SELECT o.id, o.counter_code FROM orders o JOIN buyer b ON b.id = o.buyer_id
           WHERE o.id = ANY ($1) AND b.subject = $2 AND o.ended_at IS NULL AND o.counter_code IS NOT NULL""",
        ids,
        subject,
    )
    return {OrderId(row["id"]): row["counter_code"] for row in rows}
