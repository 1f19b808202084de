"""SQL of a company's cash of one day."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from services.contracts.delivery import PartnerId, RiderId
from services.contracts.ordering import OrderId
from services.kit.database.db import Connection, only_row
from services.ordering.domain.books import Accounts
from services.ordering.domain.reconciling import CashDay, CashOfOrder
from services.ordering.domain.statement import Period

# $1 the company's cash, $2 and $3 the day.
_ORDERS: Final = """
moved AS (
    SELECT at, order_id, kind, amount_rupiah AS amount, amount_rupiah AS change FROM ledger
    WHERE debit_account = $1 AND at >= $2 AND at < $3
    UNION ALL
    SELECT at, order_id, kind, amount_rupiah, -amount_rupiah FROM ledger WHERE credit_account = $1 AND at >= $2 AND at < $3
), taken AS (
    SELECT m.at, m.order_id, sum(change)::bigint AS booked,
           coalesce(sum(amount) FILTER (WHERE kind = 'CASH_SHORT'), 0)::bigint AS short,
           coalesce(sum(amount) FILTER (WHERE kind = 'CASH_OVER'), 0)::bigint AS over
    FROM moved m WHERE order_id IS NOT NULL GROUP BY m.at, m.order_id
), paid AS (
    SELECT taken.*, CASE WHEN p.paid_at IS NULL THEN coalesce(p.collected_rupiah, 0) ELSE taken.booked END AS collected,
           CASE WHEN p.paid_at IS NOT NULL THEN 0 -- by code: whatever cash was taken for it is over
                WHEN taken.short = 0 AND taken.over = 0 THEN coalesce(p.collected_rupiah, 0)
                ELSE coalesce(p.cash_due_rupiah, p.amount_rupiah) END AS due
    FROM taken JOIN payment p ON p.order_id = taken.order_id
)
"""


async def day(conn: Connection, company: PartnerId, of: Period, *, test: bool) -> CashDay:
    """Who paid the very total, instead of what was asked in coins, paid what was due. All of one moment."""
    at = Accounts(test)
    row = await only_row(
        conn,
        f"""WITH {_ORDERS}, posted AS (
                SELECT coalesce(sum(-change) FILTER (WHERE kind = 'CASH_HANDOVER'), 0)::bigint AS handed_on,
                       coalesce(sum(-change) FILTER (WHERE kind IN ('PAYOUT', 'PAYOUT_REVERSED')), 0)::bigint AS kept
                FROM moved WHERE order_id IS NULL
            ), held AS (
                SELECT $1 AS account UNION ALL SELECT $4
            ), closed AS (
                SELECT account, (coalesce((SELECT sum(balance_rupiah) FROM account_balance b WHERE b.account = held.account), 0)
                       - coalesce((SELECT sum(amount_rupiah) FROM ledger WHERE debit_account = held.account AND at >= $3), 0)
                       + coalesce((SELECT sum(amount_rupiah) FROM ledger WHERE credit_account = held.account AND at >= $3), 0))::bigint
                       AS balance
                FROM held
            )
            SELECT (SELECT count(*) FROM paid) AS orders, sums.*, posted.*,
                   coalesce((SELECT sum(change) FROM moved), 0)::bigint AS change,
                   (SELECT balance FROM closed WHERE account = $1) AS closing,
                   (SELECT -balance FROM closed WHERE account = $4) AS with_riders,
                   coalesce((SELECT sum(amount_rupiah) FROM ledger
                             WHERE debit_account = $4 AND kind = 'CASH_HANDOVER' AND at >= $2 AND at < $3), 0)::bigint AS from_riders
            FROM posted, (
                SELECT coalesce(sum(due), 0)::bigint AS due, coalesce(sum(collected), 0)::bigint AS collected,
                       coalesce(sum(booked), 0)::bigint AS booked, coalesce(sum(short), 0)::bigint AS short,
                       coalesce(sum(over), 0)::bigint AS over
                FROM paid) sums""",
        at.cash(company),
        of.begins,
        of.ends,
        at.with_riders(company),
    )
    return CashDay(
        day=of.first,
        orders=row["orders"],
        due=row["due"],
        collected=row["collected"],
        booked=row["booked"],
        short=row["short"],
        over=row["over"],
        opening=row["closing"] - row["change"],
        from_riders=row["from_riders"],
        handed_on=row["handed_on"],
        kept=row["kept"],
        closing=row["closing"],
        with_riders=row["with_riders"],
    )


async def orders(
    conn: Connection, company: PartnerId, of: Period, after: tuple[datetime, UUID] | None, limit: int, *, test: bool
) -> list[CashOfOrder]:
    """Oldest first."""
    rows = await conn.fetch(
        f"""WITH {_ORDERS}
            SELECT paid.*, o.code, split_part(replace(c.debit_account, 'test:', ''), ':', 2) AS rider
            FROM (SELECT * FROM paid WHERE $4::timestamptz IS NULL OR (at, order_id) > ($4, $5) ORDER BY at, order_id LIMIT $6) paid
            JOIN orders o ON o.id = paid.order_id
            LEFT JOIN ledger c ON c.order_id = paid.order_id AND c.kind = 'CASH_CARRIED' AND c.at = paid.at
            ORDER BY paid.at, paid.order_id""",
        Accounts(test).cash(company),
        of.begins,
        of.ends,
        after[0] if after else None,
        after[1] if after else None,
        limit,
    )
    return [
        CashOfOrder(
            at=row["at"],
            order_id=OrderId(row["order_id"]),
            order_code=row["code"],
            rider_id=RiderId.parse(row["rider"]) if row["rider"] else None,
            due=row["due"],
            collected=row["collected"],
            short=row["short"],
            over=row["over"],
        )
        for row in rows
    ]
