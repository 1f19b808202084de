"""What packing has made of a reservation's lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from services.catalog.domain.packed import Bagged
from services.catalog.store.stock import LINES_CHANGED
from services.contracts.catalog import MerchantId, ReservationId, VariantId
from services.contracts.ordering import OrderLineId
from services.kit.database.db import Connection


async def bagged(conn: Connection, reservation_id: ReservationId) -> dict[VariantId, Bagged]:
    """Of a reservation that this transaction has locked."""
    rows = await conn.fetch(
        "SELECT variant_id, quantity, uncounted FROM reservation_line WHERE reservation_id = $1", reservation_id
    )
    return {VariantId(row["variant_id"]): Bagged(row["quantity"], row["uncounted"]) for row in rows}


async def last_heard(conn: Connection, reservation_id: ReservationId) -> dict[OrderLineId, datetime]:
    rows = await conn.fetch("SELECT line_id, changed_at FROM packed_line WHERE reservation_id = $1", reservation_id)
    return {OrderLineId(row["line_id"]): row["changed_at"] for row in rows}


async def hear(
    conn: Connection,
    reservation_id: ReservationId,
    merchant_id: MerchantId,
    line_ids: Sequence[OrderLineId],
    changed_at: datetime,
) -> None:
    await conn.execute(
        """INSERT INTO packed_line (reservation_id, line_id, merchant_id, changed_at)
           SELECT $1, line_id, $2, $4 FROM unnest($3::uuid[]) AS line_id
           ON CONFLICT (reservation_id, line_id) DO UPDATE SET changed_at = excluded.changed_at""",
        reservation_id,
        merchant_id,
        list(line_ids),
        changed_at,
    )


async def forget(conn: Connection, reservation_id: ReservationId, merchant_id: MerchantId) -> None:
    """Of a merchant without whom the order goes on."""
    await conn.execute(
        "DELETE FROM packed_line WHERE reservation_id = $1 AND merchant_id = $2", reservation_id, merchant_id
    )


async def save(conn: Connection, reservation_id: ReservationId, bags: Mapping[VariantId, Bagged]) -> None:
    """A line of which nothing is left goes. The reservation's row is written too, as by `stock.drop_lines`."""
    await conn.execute(
        f"""WITH {LINES_CHANGED},
                new AS (SELECT * FROM unnest($2::uuid[], $3::bigint[], $4::bigint[]) AS new (variant_id, quantity, uncounted)),
                gone AS (
                    DELETE FROM reservation_line l USING new
                    WHERE l.reservation_id = $1 AND l.variant_id = new.variant_id AND new.quantity + new.uncounted = 0)
           INSERT INTO reservation_line (reservation_id, variant_id, quantity, uncounted)
           SELECT $1, variant_id, quantity, uncounted FROM new WHERE quantity + uncounted > 0
           ON CONFLICT (reservation_id, variant_id)
           DO UPDATE SET quantity = excluded.quantity, uncounted = excluded.uncounted""",
        reservation_id,
        list(bags),
        [bag.quantity for bag in bags.values()],
        [bag.uncounted for bag in bags.values()],
    )
