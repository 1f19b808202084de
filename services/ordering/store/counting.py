"""SQL of how many orders wait, and how many want a person."""

from __future__ import annotations

from collections import Counter

from services.kit.database.db import Connection, only_row
from services.ordering.domain.process import State, Timer
from services.ordering.store.stored import stored_state


async def count_open(conn: Connection) -> dict[State, int]:
    """Orders that are not over, by state."""
    rows = await conn.fetch(
        """SELECT state, call_off_reason IS NOT NULL AS called_off, agreed_at IS NOT NULL AS agreed, answer_by IS NOT NULL AS asked,
                  pay_by IS NOT NULL AS to_pay, way, count(*) AS orders
           FROM orders WHERE ended_at IS NULL GROUP BY 1, 2, 3, 4, 5, 6"""
    )
    counted: Counter[State] = Counter()
    for row in rows:
        state = stored_state(
            row["state"],
            called_off=row["called_off"],
            agreed=row["agreed"],
            asked=row["asked"],
            to_pay=row["to_pay"],
            way=row["way"],
        )
        counted[state] += row["orders"]
    return counted


async def count_troubled(conn: Connection) -> tuple[int, int]:
    """Orders that are not over and have no timer; orders that a person has to look at."""
    row = await only_row(
        conn,
        """SELECT (SELECT count(*) FROM orders o WHERE ended_at IS NULL AND NOT EXISTS (
                      SELECT FROM timer t WHERE t.kind = ANY ($1) AND t.subject = o.id)) AS untimed,
                  (SELECT count(*) FROM orders WHERE attention IS NOT NULL) AS attention""",
        [str(each) for each in Timer],
    )
    return row["untimed"], row["attention"]
