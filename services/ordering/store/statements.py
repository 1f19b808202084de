"""SQL of statements: what moved accounts in a period, a line for each order or posting at its moment."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.contracts.catalog import MerchantId
from services.kit.database.db import Connection, Row, only_row
from services.kit.ids import Id
from services.ordering.domain.statement import Line, LineKind, Period, Statement, Sums

# What the accounts' owner is owed rises by credits. Goods are booked less their commission, or the commission is booked out of what others
# gave for them; a statement shows both. A trip in vain is earned by who made it, and for who has to pay it no sale. What a merchant took at
# its own counter is a debit on its cash: beside its sale, which is a credit, it comes to nothing.
_MOVED: Final = """
moved AS (
    SELECT l.id, l.at, l.order_id, l.posting_id, l.kind, l.credit_account AS account, l.amount_rupiah AS change
    FROM ledger l WHERE l.credit_account = ANY ($1) AND l.at >= $2 AND l.at < $3
    UNION ALL
    SELECT l.id, l.at, l.order_id, l.posting_id, l.kind, l.debit_account, -l.amount_rupiah
    FROM ledger l WHERE l.debit_account = ANY ($1) AND l.at >= $2 AND l.at < $3
), line AS (
    SELECT at, min(id) AS number, order_id, posting_id, min(kind) AS kind,
           coalesce(sum(change) FILTER (
               WHERE own AND (kind IN ('GOODS', 'COMMISSION', 'PARTNER_SHARE', 'RIDER_SHARE')
                              OR kind IN ('FAILED_TRIP', 'TRIP_PAY') AND change > 0)
           ), 0)::bigint AS booked,
           bool_or(own AND kind IN ('GOODS', 'DISCOUNT')) AS sold,
           coalesce(sum(change) FILTER (WHERE own AND kind = 'PPH22'), 0)::bigint AS tax,
           coalesce(sum(change) FILTER (WHERE own AND kind = 'MDR'), 0)::bigint AS mdr,
           coalesce(sum(change) FILTER (WHERE own AND kind = 'DISCOUNT'), 0)::bigint AS discount,
           coalesce(sum(change) FILTER (WHERE NOT own), 0)::bigint AS counter,
           coalesce(sum(change) FILTER (WHERE own AND posting_id IS NOT NULL), 0)::bigint AS paid,
           sum(change)::bigint AS change
    FROM (SELECT *, account LIKE '%:payable' AS own FROM moved) m GROUP BY at, order_id, posting_id
), shown AS (
    SELECT line.*, CASE WHEN sold THEN coalesce(s.commission_rupiah, 0) ELSE 0 END AS commission
    FROM line LEFT JOIN seller_order s ON s.order_id = line.order_id AND s.merchant_id = $4
)
"""
_SUMS: Final = ("earned", "commission", "discount", "tax", "mdr", "counter", "paid", "other")
_AS_SUMS: Final = """booked + commission AS earned, -commission AS commission, discount, tax, mdr, counter, paid,
    change - booked - discount - tax - mdr - counter - paid AS other"""


def _sums(row: Row) -> Sums:
    return Sums(*(row[each] for each in _SUMS))


def _merchant(owner: Id) -> Id | None:
    return owner if isinstance(owner, MerchantId) else None


_OPENING: Final = """-(SELECT coalesce(sum(balance_rupiah), 0) FROM account_balance WHERE account = ANY ($1))
                - (SELECT coalesce(sum(amount_rupiah), 0) FROM ledger WHERE credit_account = ANY ($1) AND at >= $2)
                + (SELECT coalesce(sum(amount_rupiah), 0) FROM ledger WHERE debit_account = ANY ($1) AND at >= $2)"""
"""What is owed now, less what moved since."""


async def statement(conn: Connection, owner: Id, accounts: Sequence[str], period: Period) -> Statement:
    """All of one moment."""
    row = await only_row(
        conn,
        f"""WITH {_MOVED}, summed AS (
                SELECT {", ".join(f"coalesce(sum({each}), 0)::bigint AS {each}" for each in _SUMS)}, count(*) AS lines
                FROM (SELECT {_AS_SUMS} FROM shown) each)
            SELECT summed.*, {_OPENING} AS opening FROM summed""",
        list(accounts),
        period.begins,
        period.ends,
        _merchant(owner),
    )
    return Statement(period, int(row["opening"]), _sums(row), row["lines"])


@dataclass(frozen=True, slots=True)
class After:
    """The line after which to go on."""

    at: datetime
    number: int


async def lines(
    conn: Connection, owner: Id, accounts: Sequence[str], found: Statement, after: After | None, limit: int
) -> list[Line]:
    """Oldest first."""
    rows = await conn.fetch(
        f"""WITH {_MOVED}, told AS (
                SELECT at, number, order_id, posting_id, kind, {_AS_SUMS},
                       $5::bigint + sum(change) OVER (ORDER BY at, number) AS balance
                FROM shown)
            SELECT told.*, o.code, p.reference FROM (
                SELECT * FROM told WHERE $6::timestamptz IS NULL OR (at, number) > ($6, $7) ORDER BY at, number LIMIT $8
            ) told LEFT JOIN orders o ON o.id = told.order_id LEFT JOIN payout p ON p.id = told.posting_id
            ORDER BY told.at, told.number""",
        list(accounts),
        found.period.begins,
        found.period.ends,
        _merchant(owner),
        found.opening,
        after.at if after else None,
        after.number if after else None,
        limit,
    )
    return [
        Line(
            at=row["at"],
            number=row["number"],
            kind=LineKind(row["kind"]) if row["posting_id"] else LineKind.ORDER,
            order_code=row["code"],
            reference=row["reference"],
            sums=_sums(row),
            balance=int(row["balance"]),
        )
        for row in rows
    ]


async def whole(
    conn: Connection, owner: Id, accounts: Sequence[str], period: Period
) -> tuple[Statement, Sequence[Line]]:
    """Both at once, and what moved is read once: of one moment when the transaction is."""
    opening = int(
        await conn.fetchval(f"SELECT {_OPENING}", list(accounts), period.begins)  # it has no row that may be missing
    )
    rows = await conn.fetch(
        f"""WITH {_MOVED}
            SELECT s.at, s.number, s.posting_id IS NULL AS of_order, s.kind, o.code, p.reference, {_AS_SUMS}
            FROM shown s LEFT JOIN orders o ON o.id = s.order_id LEFT JOIN payout p ON p.id = s.posting_id ORDER BY s.at, s.number""",
        list(accounts),
        period.begins,
        period.ends,
        _merchant(owner),
    )
    lines, balance = [], opening
    for at, number, of_order, kind, code, reference, *sums in rows:
        of_line = Sums(*sums)
        balance += of_line.change
        lines.append(
            Line(at, number, LineKind.ORDER if of_order else LineKind(kind), code, reference, of_line, balance)
        )
    return Statement(
        period, opening, Sums(*map(sum, zip(*(each.sums.all for each in lines), strict=True))), len(lines)
    ), lines


async def as_of_one_moment(conn: Connection) -> None:
    """What the transaction reads from here on is of one moment: to be said first in it."""
    await conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
