"""SQL of refunds: tasks that end, by a provider or by a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from services.contracts.catalog import MerchantId
from services.contracts.delivery import PartnerId
from services.contracts.ordering import BorneBy, OrderId, PaymentId, RefundId, SellerOrderId
from services.kit.database.db import Connection, Row
from services.ordering.domain.ids import AttemptId
from services.ordering.domain.refund import Bearer, Refund, RefundReason, RefundState


@dataclass(frozen=True, slots=True)
class Task:
    """A refund as it is kept."""

    refund: Refund
    order_id: OrderId
    payment_id: PaymentId
    order_code: str
    state: RefundState
    tries: int
    requested_at: datetime
    sent_at: datetime | None
    done_at: datetime | None
    why_by_hand: str | None
    proof: str | None
    settled_by: str | None
    provider: str | None
    reference: str | None
    attempt_received_rupiah: int | None
    came_at: datetime
    """When what it is part of was paid, as near as is known."""
    at: datetime

    @property
    def id(self) -> RefundId:
        return self.refund.id

    @property
    def our_reference(self) -> str:
        """What a provider knows it by: letters and digits alone, as some of them want it."""
        return str(self.id).rpartition("_")[2].upper()


# What is too much, or comes twice, is to go back as soon as it comes.
_CAME = "CASE WHEN r.surplus THEN r.requested_at ELSE coalesce(p.paid_at, r.requested_at) END AS came_at"
_TASK = f"""
SELECT r.*, o.code, a.provider, a.reference, a.received_rupiah, {_CAME}, wlijo_now() AS at
FROM refund r JOIN orders o ON o.id = r.order_id JOIN payment p ON p.id = r.payment_id LEFT JOIN payment_attempt a ON a.id = r.attempt_id
"""


def _task(row: Row) -> Task:
    return Task(
        refund=Refund(
            id=RefundId(row["id"]),
            cause=row["cause"],
            amount_rupiah=row["amount_rupiah"],
            reason=RefundReason(row["reason"]),
            borne_by=BorneBy(row["borne_by"]),
            surplus=row["surplus"],
            attempt_id=AttemptId(row["attempt_id"]) if row["attempt_id"] else None,
            seller_order_id=SellerOrderId(row["seller_order_id"]) if row["seller_order_id"] else None,
        ),
        order_id=OrderId(row["order_id"]),
        payment_id=PaymentId(row["payment_id"]),
        order_code=row["code"],
        state=RefundState(row["state"]),
        tries=row["tries"],
        requested_at=row["requested_at"],
        sent_at=row["sent_at"],
        done_at=row["done_at"],
        why_by_hand=row["why_by_hand"],
        proof=row["proof"],
        settled_by=row["settled_by"],
        provider=row["provider"],
        reference=row["reference"],
        attempt_received_rupiah=row["received_rupiah"],
        came_at=row["came_at"],
        at=row["at"],
    )


async def put(conn: Connection, order_id: OrderId, payment_id: PaymentId, refunds: Sequence[Refund]) -> list[Refund]:
    """New tasks, of an order that is locked and whose money is saved. One of no known payment goes back from the one that has most left,
    if it has enough; what was paid in cash goes back by hand: those are told."""
    by_hand = []
    for each in refunds:
        is_by_hand = await conn.fetchval(
            """WITH taken AS (
                   SELECT coalesce($8, (
                       SELECT a.id FROM payment_attempt a
                       WHERE a.payment_id = $3 AND a.received_rupiah - $5 >= (
                           SELECT coalesce(sum(amount_rupiah), 0) FROM refund WHERE attempt_id = a.id)
                       ORDER BY a.received_rupiah DESC, a.id LIMIT 1)) AS attempt_id)
               INSERT INTO refund (id, order_id, payment_id, cause, amount_rupiah, reason, borne_by, attempt_id, seller_order_id, surplus,
                                   state, requested_at, due_at, why_by_hand)
               SELECT $1, $2, $3, $4, $5, $6, $7, attempt_id, $9, $10, CASE WHEN attempt_id IS NULL THEN 'BY_HAND' ELSE 'REQUESTED' END,
                      wlijo_now(), CASE WHEN attempt_id IS NOT NULL THEN wlijo_now() END,
                      CASE WHEN attempt_id IS NULL THEN 'paid in cash, or in parts' END
               FROM taken RETURNING state = 'BY_HAND'""",
            each.id,
            order_id,
            payment_id,
            each.cause,
            each.amount_rupiah,
            each.reason,
            each.borne_by,
            each.attempt_id,
            each.seller_order_id,
            each.surplus,
        )
        if is_by_hand:
            by_hand.append(each)
    return by_hand


async def of_cause(conn: Connection, order_id: OrderId, cause: str) -> RefundId | None:
    found: UUID | None = await conn.fetchval(
        "SELECT id FROM refund WHERE order_id = $1 AND cause = $2", order_id, cause
    )
    return RefundId(found) if found else None


async def bearer(
    conn: Connection, order_id: OrderId, borne_by: BorneBy, seller_order_id: SellerOrderId | None
) -> Bearer:
    """The one merchant of the order, or of its part; the company that has, or had, its trip."""
    row = await conn.fetchrow(
        """SELECT (SELECT (array_agg(merchant_id))[1] FROM seller_order WHERE order_id = $1 AND ($2::uuid IS NULL OR id = $2)
                   HAVING count(*) = 1) AS merchant_id,
                  (SELECT partner_id FROM job WHERE order_id = $1 AND partner_id IS NOT NULL LIMIT 1) AS partner_id""",
        order_id,
        seller_order_id,
    )
    assert row is not None
    return Bearer(
        borne_by,
        MerchantId(row["merchant_id"]) if row["merchant_id"] else None,
        PartnerId(row["partner_id"]) if row["partner_id"] else None,
    )


async def claim(
    conn: Connection, providers: Sequence[str], *, others: bool = False, limit: int, lease: timedelta
) -> list[Task]:
    """What these providers are to be asked for, or about, now; with `others` what is of none of them, for it is of nobody who can be
    asked. One that is asked for is SENT from here on: `state` is the one before."""
    rows = await conn.fetch(
        f"""WITH due AS MATERIALIZED (
               SELECT r.id, r.state FROM refund r LEFT JOIN payment_attempt a ON a.id = r.attempt_id
               WHERE r.due_at <= (SELECT wlijo_now()) AND coalesce(a.provider = ANY ($3::text[]), false) <> $4
               ORDER BY r.due_at LIMIT $1 FOR UPDATE OF r SKIP LOCKED),
           taken AS (
               UPDATE refund r SET due_at = wlijo_now() + $2, state = CASE due.state WHEN 'REQUESTED' THEN 'SENT' ELSE due.state END,
                                   sent_at = CASE due.state WHEN 'REQUESTED' THEN wlijo_now() ELSE r.sent_at END
               FROM due WHERE r.id = due.id RETURNING r.*, due.state AS before)
           SELECT r.id, r.order_id, r.payment_id, r.seller_order_id, r.attempt_id, r.cause, r.amount_rupiah, r.reason, r.borne_by,
                  r.surplus, r.before AS state, r.requested_at, r.sent_at, r.done_at, r.why_by_hand, r.proof, r.settled_by, r.tries,
                  o.code, a.provider, a.reference, a.received_rupiah, {_CAME}, wlijo_now() AS at
           FROM taken r JOIN orders o ON o.id = r.order_id JOIN payment p ON p.id = r.payment_id
           LEFT JOIN payment_attempt a ON a.id = r.attempt_id""",
        limit,
        lease,
        list(providers),
        others,
    )
    return [_task(row) for row in rows]


async def find(conn: Connection, refund_id: RefundId) -> Task | None:
    row = await conn.fetchrow(f"{_TASK} WHERE r.id = $1", refund_id)
    return _task(row) if row else None


async def lock(conn: Connection, refund_id: RefundId) -> Task | None:
    """After its order."""
    row = await conn.fetchrow(f"{_TASK} WHERE r.id = $1 FOR UPDATE OF r", refund_id)
    return _task(row) if row else None


async def is_alone(conn: Connection, refund: Refund) -> bool:
    """Whether nothing else was ever to go back from the payment that it is part of."""
    found: bool = await conn.fetchval(
        "SELECT NOT EXISTS (SELECT FROM refund WHERE attempt_id = $1 AND id <> $2)", refund.attempt_id, refund.id
    )
    return found


async def save(
    conn: Connection,
    task: Task,
    state: RefundState,
    due_at: datetime | None,
    *,
    tries: int = 0,
    said: str = "",
    provider_reference: str | None = None,
    proof: str | None = None,
    settled_by: str | None = None,
) -> None:
    """What has come of it; `said` is why it is by hand, or what the provider said."""
    await conn.execute(
        """UPDATE refund SET state = $2, due_at = $3, tries = $4, done_at = CASE WHEN $2 = 'DONE' THEN wlijo_now() END,
                  provider_reference = coalesce($5, provider_reference), proof = $6, settled_by = $7,
                  why_by_hand = CASE WHEN $2 = 'BY_HAND' THEN $8 ELSE why_by_hand END
           WHERE id = $1""",
        task.id,
        state,
        due_at,
        tries,
        provider_reference,
        proof,
        settled_by,
        said[:200],
    )
    await conn.execute(
        """INSERT INTO payment_event (order_id, attempt_id, refund_id, at, kind, amount_rupiah, said)
           VALUES ($1, $2, $3, wlijo_now(), 'REFUND_' || $4, $5, $6)""",
        task.order_id,
        task.refund.attempt_id,
        task.id,
        state,
        task.refund.amount_rupiah,
        said[:200],
    )


async def of_orders(conn: Connection, order_ids: list[OrderId]) -> dict[OrderId, list[Task]]:
    """Of orders that the caller has been found to see; oldest first."""
    rows = await conn.fetch(f"{_TASK} WHERE r.order_id = ANY ($1) ORDER BY r.requested_at, r.id", order_ids)
    found: dict[OrderId, list[Task]] = {each: [] for each in order_ids}
    for row in rows:
        found[OrderId(row["order_id"])].append(_task(row))
    return found


async def waiting(conn: Connection, after: tuple[datetime, UUID] | None, limit: int) -> list[Task]:
    """What a person has to give back, oldest first."""
    rows = await conn.fetch(
        f"""{_TASK} WHERE r.state = 'BY_HAND' AND ($1::timestamptz IS NULL OR (r.requested_at, r.id) > ($1, $2))
            ORDER BY r.requested_at, r.id LIMIT $3""",
        after[0] if after else None,
        after[1] if after else None,
        limit,
    )
    return [_task(row) for row in rows]
