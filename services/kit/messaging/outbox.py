"""The outbox: facts told in the transaction that makes them true."""

from __future__ import annotations

from services.kit.database.db import Transaction
from services.kit.messaging.envelope import MAX_PAYLOAD_BYTES, Destination, PayloadTooLarge, Told, new_event_id
from services.kit.observe import telemetry

# The counter's row lock is held to the commit and `seq` is drawn after it (the sort by `n` sits between the counters and the
# identity column), so committed numbers of an aggregate are gapless, in commit order, and in `seq` order. Counters are locked in
# one order, so that two transactions that tell of the same aggregates cannot deadlock here.
_APPEND = """
told AS MATERIALIZED (
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bytea[])
    WITH ORDINALITY AS t (id, topic, aggregate, key, type, stream, payload, n)
), counter AS (
    INSERT INTO outbox_counter AS c (topic, aggregate, last)
    SELECT topic, aggregate, count(*) FROM told GROUP BY topic, aggregate ORDER BY topic, aggregate
    ON CONFLICT (topic, aggregate) DO UPDATE SET last = c.last + excluded.last
    RETURNING topic, aggregate, last
), outbox_told AS (
INSERT INTO outbox (id, topic, aggregate, aggregateseq, key, type, stream, epoch, traceparent, payload, created_at)
SELECT t.id, t.topic, t.aggregate,
       c.last - count(*) OVER (PARTITION BY t.topic, t.aggregate)
              + row_number() OVER (PARTITION BY t.topic, t.aggregate ORDER BY t.n),
       t.key, t.type, t.stream, e.epoch, $8::text, t.payload, wlijo_now()
FROM told t JOIN counter c USING (topic, aggregate) CROSS JOIN stream_epoch e
ORDER BY t.n)"""


TOLD = "outbox"
"""Whoever watches this key is woken when something was told: the relay."""


class _Telling:
    """Events that are told together, in their order: more may be added until they are written."""

    __slots__ = ("_columns", "_traceparent")
    parts = _APPEND
    changes: frozenset[str] = frozenset()

    def __init__(self) -> None:
        self._columns: list[list[object]] = [[] for _ in range(7)]
        self._traceparent = telemetry.current_traceparent()

    def add(self, event: Told) -> Destination:
        where, payload = event.destination(), event.payload()
        if len(payload) > MAX_PAYLOAD_BYTES:
            raise PayloadTooLarge(f"{event.type}: {len(payload)} bytes exceed {MAX_PAYLOAD_BYTES}")
        told = (new_event_id(), where.topic, where.aggregate, where.key, event.type, str(event.stream), payload)
        for column, value in zip(self._columns, told, strict=True):
            column.append(value)
        return where

    @property
    def arguments(self) -> list[object]:
        return [*self._columns, self._traceparent]


async def append(conn: Transaction, *events: Told) -> None:
    """Tell these events when the caller's transaction commits: one statement, in the order given, with what was put off.

    Call it after the aggregate's row was locked or written. Raises PayloadTooLarge.
    """
    if not events:
        return
    waiting = conn.waiting(_Telling)
    telling = waiting or _Telling()
    destinations = [telling.add(event) for event in events]
    if waiting is None:
        await conn.write(telling)
    conn.wake(TOLD)
    for where in destinations:
        conn.wake(where.aggregate)
