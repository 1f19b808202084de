"""What is read of PostgreSQL's log, and how an order's share is told from what is asked at rest."""

from __future__ import annotations

from collections import Counter

from infra.bench.statements import CEILINGS, Counted, above, executed, per_order, transactions

_LOG = b"""2026-11-29 21:06:55.123 UTC [7] ordering LOG:  statement: BEGIN;
2026-11-29 21:06:55.124 UTC [8] catalog LOG:  execute __asyncpg_stmt_2__: SELECT 1
2026-11-29 21:06:55.124 UTC [7] ordering LOG:  execute __asyncpg_stmt_1__: WITH moved AS (
\t    UPDATE inbox SET last = $5)
\tSELECT 1
2026-11-29 21:06:55.124 UTC [7] ordering DETAIL:  Parameters: $1 = 'ordering', $2 = 'wlijo/catalog', $3 = 'catalog.reservations', $4 = NULL
2026-11-29 21:06:55.125 UTC [7] ordering ERROR:  canceling statement due to lock timeout
2026-11-29 21:06:55.126 UTC [7] ordering LOG:  execute a: INSERT INTO outbox_counter
2026-11-29 21:06:55.126 UTC [7] ordering DETAIL:  Parameters: $1 = '{1}', $5 = '{ordering.order_confirmed.v1,ordering.cash_due.v1}'
2026-11-29 21:06:55.127 UTC [7] ordering LOG:  statement: COMMIT;
2026-11-29 21:06:55.128 UTC [7] ordering LOG:  checkpoint starting: time
"""


def test_a_transaction_is_told_by_what_it_hears_and_tells() -> None:
    alone, heard = transactions(executed(_LOG))
    assert (alone.pid, alone.step, len(alone.statements)) == (8, "SELECT 1", 1)
    assert [each.text for each in heard.statements] == [
        "BEGIN",
        "WITH moved AS ( UPDATE inbox SET last = $5) SELECT 1",
        "INSERT INTO outbox_counter",
        "COMMIT",
    ]
    assert heard.step == "hear catalog.reservations > ordering.order_confirmed.v1, ordering.cash_due.v1"


def test_what_is_asked_at_rest_is_taken_off() -> None:
    poll, step = ("ordering-worker", "poll"), ("ordering-worker", "hear")
    idle = Counted(10, 5, Counter({poll: 20}), Counter({poll: 20}))
    loaded = Counted(20, 30, Counter({poll: 40, step: 60}), Counter({poll: 40, step: 15}))
    found = per_order(loaded, idle, 5)
    assert found.by_service() == {"ordering": 12}
    assert (found.all_statements, found.all_transactions, found.flushes) == (12, 3, 4)


def test_more_than_is_stated_is_told() -> None:
    """The control of the count in `tests/e2e/test_statements.py`: a look before each event that is heard would show."""
    orders, idle = 4, Counted(1, 0)
    heard = {(f"{service}-worker", "hear"): ceiling * orders for service, ceiling in CEILINGS.items()}
    assert above(per_order(Counted(1, 0, Counter(heard), Counter()), idle, orders), CEILINGS) == {}
    heard["catalog-worker", "hear"] += orders
    assert above(per_order(Counted(1, 0, Counter(heard), Counter()), idle, orders), CEILINGS) == {
        "catalog": CEILINGS["catalog"] + 1
    }
    stranger = Counter({("reviews-worker", "hear"): 2 * orders})
    assert above(per_order(Counted(1, 0, stranger, Counter()), idle, orders), CEILINGS) == {"reviews": 2}
