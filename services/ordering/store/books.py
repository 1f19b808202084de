"""SQL of accounts: what is on them, and what is booked that is of no order. The database keeps the balances by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import asyncpg

from services.contracts.ordering import OrderId
from services.kit.database.db import Connection
from services.kit.ids import Id
from services.ordering.domain.books import MoreThanThereIs
from services.ordering.domain.ledger import Transfer


async def balances(conn: Connection, accounts: Sequence[str]) -> dict[str, int]:
    """Debits less credits."""
    rows = await conn.fetch(
        "SELECT account, sum(balance_rupiah)::bigint AS balance FROM account_balance WHERE account = ANY ($1) GROUP BY account",
        list(accounts),
    )
    found = {row["account"]: row["balance"] for row in rows}
    return {each: found.get(each, 0) for each in accounts}


async def balance(conn: Connection, *accounts: str) -> int:
    """Debits less credits of all of them together."""
    return sum((await balances(conn, accounts)).values())


async def book(conn: Connection, posting_id: Id, transfer: Transfer, at: datetime) -> None:
    """Raises MoreThanThereIs when the database finds that the accounts do not have as much; then nothing of the transaction stays."""
    try:
        await conn.execute(
            """INSERT INTO ledger (posting_id, kind, debit_account, credit_account, amount_rupiah, at)
               VALUES ($1, $2, $3, $4, $5, $6)""",
            posting_id,
            transfer.kind,
            transfer.debit,
            transfer.credit,
            transfer.amount_rupiah,
            at,
        )
    except asyncpg.CheckViolationError as error:
        if error.constraint_name != "ledger_covers":
            raise
        raise MoreThanThereIs from error


@dataclass(frozen=True, slots=True)
class Owed:
    account: str
    owed_rupiah: int


async def owed(conn: Connection, owner: str, *, after: str | None, limit: int) -> list[Owed]:
    """Payable accounts that begin so, of which something is owed, by name; of a merchant less the cash that it took itself."""
    rows = await conn.fetch(
        """SELECT p.account, -(p.balance_rupiah + coalesce(c.balance_rupiah, 0)) AS owed
           FROM account_balance p LEFT JOIN account_balance c
               ON c.account = account_beside(p.account) AND c.account LIKE '%:cash' AND c.slice = 0
           WHERE p.account > greatest($1, coalesce($2, '')) AND p.account < $3 AND p.account LIKE '%:payable'
             AND p.balance_rupiah + coalesce(c.balance_rupiah, 0) < 0
           ORDER BY p.account LIMIT $4""",
        owner,
        after,
        f"{owner[:-1]};",  # the character after the colon
        limit,
    )
    return [Owed(row["account"], row["owed"]) for row in rows]


@dataclass(frozen=True, slots=True)
class Drift:
    """An account whose balance is not the sum of its transfers."""

    account: str
    kept_rupiah: int
    sum_rupiah: int


async def drift(conn: Connection) -> list[Drift]:
    """Reads the whole ledger: for a person who asks, and for tests."""
    rows = await conn.fetch(
        """SELECT account, coalesce(k.kept, 0) AS kept, coalesce(s.summed, 0) AS summed
           FROM (SELECT account, sum(balance_rupiah)::bigint AS kept FROM account_balance GROUP BY account) k
           FULL JOIN (
               SELECT account, sum(change)::bigint AS summed FROM (
                   SELECT debit_account AS account, amount_rupiah AS change FROM ledger
                   UNION ALL SELECT credit_account, -amount_rupiah FROM ledger) moved GROUP BY account) s USING (account)
           WHERE coalesce(k.kept, 0) <> coalesce(s.summed, 0) ORDER BY account"""
    )
    return [Drift(row["account"], row["kept"], row["summed"]) for row in rows]


async def has_moved(conn: Connection, order_id: OrderId, cause: str) -> bool:
    """Whether something of the order was booked for this cause."""
    return bool(
        await conn.fetchval("SELECT EXISTS (SELECT FROM ledger WHERE order_id = $1 AND cause = $2)", order_id, cause)
    )
