"""What ordering's database holds of orders and their money, read once into plain rows that a law can look at without a database."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Final

from services.contracts.catalog import MerchantId
from services.contracts.ordering import OrderId
from services.contracts.places import WIB
from services.ordering.domain import statement as rules
from services.ordering.domain.books import Accounts
from services.ordering.store import statements
from tests.slow.chaos.evidence import Evidence, Order

Row = Mapping[str, Any]
"""A row as PostgreSQL has it, by the names of its columns."""

_READ: Final = {
    "orders": """SELECT o.*, b.subject, p.method, p.status AS payment_status, p.amount_rupiah, p.cash_due_rupiah, p.collected_rupiah,
                        p.paid_at, p.refunded_rupiah, p.provider, j.partner_id, j.rider_id,
                        (SELECT count(*) FROM timer t WHERE t.subject = o.id) AS timers
                 FROM orders o JOIN payment p ON p.order_id = o.id JOIN buyer b ON b.id = o.buyer_id
                 LEFT JOIN LATERAL (
                     SELECT * FROM job WHERE order_id = o.id ORDER BY state = 'FINISHED' DESC, news_at LIMIT 1) j ON true
                 ORDER BY o.placed_at, o.id""",
    "parts": "SELECT * FROM seller_order ORDER BY id",
    "lines": "SELECT * FROM order_line ORDER BY id",
    "transfers": "SELECT * FROM ledger ORDER BY id",
    "balances": "SELECT account, sum(balance_rupiah)::bigint AS rupiah FROM account_balance GROUP BY account",
    "attempts": "SELECT * FROM payment_attempt ORDER BY id",
    "refunds": "SELECT * FROM refund ORDER BY requested_at, id",
    "promotions": "SELECT * FROM promotion ORDER BY id",
    "uses": "SELECT * FROM promotion_use ORDER BY order_id, position",
    "shares": "SELECT * FROM promotion_part ORDER BY order_id, promotion_id",
    "claims": """SELECT c.*, (SELECT count(*) FROM timer t WHERE t.subject = c.id) AS timers FROM claim c ORDER BY c.id""",
    "handovers": "SELECT * FROM cash_handover ORDER BY id",
    "payouts": "SELECT * FROM payout ORDER BY id",
    "history": "SELECT * FROM order_history ORDER BY order_id, version",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Told:
    """A merchant's statement over all time. `last` is the balance after its last line, `of_lines` the sums of all lines, `owed` what the
    accounts say."""

    merchant: str
    test: bool
    found: rules.Statement
    of_lines: tuple[int, ...]
    last: int
    owed: int


@dataclass
class Books:
    orders: Sequence[Row]
    parts: Sequence[Row]
    lines: Sequence[Row]
    transfers: Sequence[Row]
    balances: Sequence[Row]
    attempts: Sequence[Row]
    refunds: Sequence[Row]
    promotions: Sequence[Row]
    uses: Sequence[Row]
    shares: Sequence[Row]
    claims: Sequence[Row]
    handovers: Sequence[Row]
    payouts: Sequence[Row]
    history: Sequence[Row]
    statements: Sequence[Told] = ()
    at_provider: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Of each code by its reference what came by it and what went back: the provider's own word. Empty when nobody was asked."""

    @cached_property
    def transfers_of(self) -> Mapping[Any, Sequence[Row]]:
        return grouped(self.transfers, "order_id")

    @cached_property
    def parts_of(self) -> Mapping[Any, Sequence[Row]]:
        return grouped(self.parts, "order_id")

    @cached_property
    def promotion(self) -> Mapping[Any, Row]:
        return {each["id"]: each for each in self.promotions}

    @cached_property
    def handed_over(self) -> set[Any]:
        """Orders that somebody said were handed over while they had been paid and had not ended."""
        ended: set[Any] = set()
        found: set[Any] = set()
        paid = {each["id"]: each["paid_at"] for each in self.orders}
        for each in self.history:
            order = each["order_id"]
            if (
                each["input"] == "DELIVERED"
                and order not in ended
                and paid[order] is not None
                and paid[order] <= each["at"]
            ):
                found.add(order)
            if each["status"] in ("COMPLETED", "CANCELLED"):
                ended.add(order)
        return found

    def as_evidence(self) -> Evidence:
        """Of orders, as the verdict on chaos reads it."""
        return Evidence(
            orders=[
                Order(str(OrderId(each["id"])), each["subject"], each["status"], each["state"], each["total_rupiah"], timers=each["timers"])
                for each in self.orders
            ]
        )  # fmt: skip


def grouped(rows: Iterable[Row], by: str) -> Mapping[Any, Sequence[Row]]:
    found: dict[Any, list[Row]] = defaultdict(list)
    for each in rows:
        found[each[by]].append(each)
    return found


def moved(transfers: Iterable[Row]) -> Counter[str]:
    """Credits less debits of each account; those that come to nothing are not in it."""
    found: Counter[str] = Counter()
    for each in transfers:
        found[each["credit_account"]] += each["amount_rupiah"]
        found[each["debit_account"]] -= each["amount_rupiah"]
    return Counter({account: rupiah for account, rupiah in found.items() if rupiah})


async def read(conn: Any, at_provider: Mapping[str, tuple[int, int]], *, nested: bool = False) -> Books:
    """All of one moment; `nested`: in a transaction that there is, whose lies nobody else sees."""
    async with conn.transaction() if nested else conn.transaction(isolation="repeatable_read", readonly=True):
        rows: dict[str, Any] = {name: [dict(row) for row in await conn.fetch(sql)] for name, sql in _READ.items()}
        books = Books(**rows, at_provider=at_provider)
        if books.transfers:
            ats = [each["at"] for each in books.transfers]
            whose = sorted(
                {(each["merchant_id"], order["test"]) for order in books.orders for each in books.parts_of[order["id"]]}
            )
            books.statements = [await _told(conn, MerchantId(each), test, min(ats), max(ats)) for each, test in whose]  # fmt: skip
    return books


async def _told(conn: Any, merchant: MerchantId, test: bool, first: datetime, last: datetime) -> Told:
    accounts = Accounts(test).owed(merchant)
    period = rules.period(first.astimezone(WIB).date(), last.astimezone(WIB).date())
    found = await statements.statement(conn, merchant, accounts, period)
    lines = await statements.lines(conn, merchant, accounts, found, None, rules.MOST_LINES)
    owed = -await conn.fetchval(
        "SELECT coalesce(sum(balance_rupiah), 0)::bigint FROM account_balance WHERE account = ANY ($1)", list(accounts)
    )
    of_lines = tuple(map(sum, zip(*(each.sums.all for each in lines), strict=True))) or (0,) * len(found.sums.all)
    return Told(str(merchant), test, found, of_lines, lines[-1].balance if lines else found.opening, int(owed))
