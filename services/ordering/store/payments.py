"""SQL of payments by code: the codes, what providers said of them, and which a provider is to be asked about now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.contracts.ordering import OrderId, PaymentId
from services.kit.database.db import Connection, Row
from services.ordering.domain.attempt import LEAST_LEFT, LOOK_EVERY, LOOKS_FOR, MOST_ATTEMPTS, AttemptState
from services.ordering.domain.ids import AttemptId

NOTED_EVERY_S: Final = 2.0
"""A code is asked about at most so often because of notifications, whoever sends them."""


@dataclass(frozen=True, slots=True)
class Attempt:
    id: AttemptId
    payment_id: PaymentId
    order_id: OrderId
    provider: str
    reference: str
    amount_rupiah: int
    received_rupiah: int
    state: AttemptState
    requested_at: datetime
    expires_at: datetime | None
    looked_at: datetime | None
    tries: int
    pay_by: datetime | None
    at: datetime


_COLUMNS = """a.id, a.payment_id, a.order_id, a.provider, a.reference, a.amount_rupiah, a.received_rupiah, a.requested_at,
    a.expires_at, a.looked_at, a.tries, (SELECT pay_by FROM orders o WHERE o.id = a.order_id) AS pay_by, wlijo_now() AS at"""


def _attempt(row: Row) -> Attempt:
    return Attempt(
        id=AttemptId(row["id"]),
        payment_id=PaymentId(row["payment_id"]),
        order_id=OrderId(row["order_id"]),
        provider=row["provider"],
        reference=row["reference"],
        amount_rupiah=row["amount_rupiah"],
        received_rupiah=row["received_rupiah"],
        state=AttemptState(row["state"]),
        requested_at=row["requested_at"],
        expires_at=row["expires_at"],
        looked_at=row["looked_at"],
        tries=row["tries"],
        pay_by=row["pay_by"],
        at=row["at"],
    )


async def by_provider(conn: Connection, payment_id: PaymentId, provider: str) -> None:
    """The payment, just placed, is made by code. What the release before reads is cash, which it would take."""
    await conn.execute("UPDATE payment SET provider = $2 WHERE id = $1", payment_id, provider)


async def request(
    conn: Connection, payment_id: PaymentId, order_id: OrderId, provider: str, amount_rupiah: int, *, after: timedelta
) -> None:
    """A code is to be asked for, unless one of the payment is to be seen already. Its reference is the attempt's id in capitals: 26
    characters, which nobody guesses."""
    attempt_id = AttemptId.new()
    reference = str(attempt_id).rpartition("_")[2].upper()
    await conn.execute(
        """WITH made AS (
               INSERT INTO payment_attempt (id, payment_id, order_id, provider, reference, amount_rupiah, state, requested_at, due_at)
               VALUES ($1, $2, $3, $4, $5, $6, 'REQUESTED', wlijo_now(), wlijo_now() + $7)
               ON CONFLICT (payment_id) WHERE state IN ('REQUESTED', 'UNKNOWN', 'SHOWN') DO NOTHING RETURNING id)
           INSERT INTO payment_event (order_id, attempt_id, at, kind, amount_rupiah)
           SELECT $3, id, wlijo_now(), 'REQUESTED', $6 FROM made""",
        attempt_id,
        payment_id,
        order_id,
        provider,
        reference,
        amount_rupiah,
        after,
    )


async def count(conn: Connection, payment_id: PaymentId) -> int:
    found: int = await conn.fetchval("SELECT count(*) FROM payment_attempt WHERE payment_id = $1", payment_id)
    return found


async def withdraw(conn: Connection, order_id: OrderId) -> None:
    """What nobody was asked for yet is not asked for any more."""
    await conn.execute(
        "UPDATE payment_attempt SET state = 'WITHDRAWN', due_at = NULL WHERE order_id = $1 AND state = 'REQUESTED'",
        order_id,
    )


async def replace(conn: Connection, order_id: OrderId, amount_rupiah: int) -> bool:
    """Whether the code that is to be seen is of another sum: then it is none to be seen any more, and another may be asked for. It is
    watched as before."""
    gone = await conn.fetchval(
        """UPDATE payment_attempt a
           SET state = CASE state WHEN 'REQUESTED' THEN 'WITHDRAWN' WHEN 'UNKNOWN' THEN 'UNSEEN' ELSE 'EXPIRED' END,
               due_at = CASE state WHEN 'REQUESTED' THEN NULL ELSE due_at END
           WHERE order_id = $1 AND amount_rupiah <> $2 AND state IN ('REQUESTED', 'UNKNOWN', 'SHOWN')
                 AND (SELECT count(*) FROM payment_attempt b WHERE b.payment_id = a.payment_id) < $3
           RETURNING true""",
        order_id,
        amount_rupiah,
        MOST_ATTEMPTS,
    )
    return gone is not None


async def claim(
    conn: Connection,
    providers: Sequence[str],
    *,
    limit: int,
    lease: timedelta,
    least: Sequence[timedelta],
    most: Sequence[timedelta],
) -> list[Attempt]:
    """Codes that a provider is to be asked for, or about, now: nobody else gets them within the lease. One that is asked for is UNKNOWN
    from here on, and expires with the time to pay, as far as its provider lets it: not before `least`, nor after `most`."""
    rows = await conn.fetch(
        f"""WITH due AS MATERIALIZED (
                SELECT id, state, p.soonest, p.latest FROM payment_attempt
                JOIN unnest($1::text[], $4::interval[], $5::interval[]) AS p (name, soonest, latest) ON p.name = provider
                WHERE due_at <= (SELECT wlijo_now()) ORDER BY due_at LIMIT $2 FOR UPDATE OF payment_attempt SKIP LOCKED)
            UPDATE payment_attempt a SET due_at = wlijo_now() + $3,
                state = CASE due.state WHEN 'REQUESTED' THEN 'UNKNOWN' ELSE due.state END,
                expires_at = CASE due.state WHEN 'REQUESTED' THEN
                    wlijo_now() + least(due.latest, greatest(
                        due.soonest, (SELECT o.pay_by FROM orders o WHERE o.id = a.order_id) - wlijo_now()))
                    ELSE a.expires_at END
            FROM due WHERE a.id = due.id RETURNING due.state, {_COLUMNS}""",
        list(providers),
        limit,
        lease,
        list(least),
        list(most),
    )
    return [_attempt(row) for row in rows]


async def lock(conn: Connection, attempt_id: AttemptId) -> Attempt:
    """After its order, which every change of its money locks first."""
    row = await conn.fetchrow(
        f"SELECT a.state, {_COLUMNS} FROM payment_attempt a WHERE a.id = $1 FOR UPDATE", attempt_id
    )
    assert row is not None
    return _attempt(row)


async def save(
    conn: Connection,
    attempt: Attempt,
    state: AttemptState,
    due_at: datetime | None,
    *,
    said: str = "",
    tries: int = 0,
    received_rupiah: int | None = None,
    provider_reference: str | None = None,
    qr_content: str | None = None,
) -> None:
    """What has come of asking; it is written down when it is something new."""
    received = attempt.received_rupiah if received_rupiah is None else received_rupiah
    await conn.execute(
        """UPDATE payment_attempt SET state = $2, due_at = $3, tries = $4, received_rupiah = $5,
                  provider_reference = coalesce($6, provider_reference), qr_content = coalesce($7, qr_content)
           WHERE id = $1""",
        attempt.id,
        state,
        due_at,
        tries,
        received,
        provider_reference,
        qr_content,
    )
    if state is not attempt.state or received != attempt.received_rupiah or said:
        await conn.execute(
            """INSERT INTO payment_event (order_id, attempt_id, at, kind, amount_rupiah, said)
               VALUES ($1, $2, wlijo_now(), $3, nullif($4::bigint, 0), $5)""",
            attempt.order_id,
            attempt.id,
            state,
            received - attempt.received_rupiah,
            said[:200],
        )


async def note(conn: Connection, provider: str, reference: str) -> bool:
    """A notification names this code: it is asked about at once. False for one that there is none of. One that is being asked for at this
    moment is let be."""
    found = await conn.fetchrow(
        """WITH noted AS (
               UPDATE payment_attempt SET noted_at = wlijo_now(), due_at = wlijo_now()
               WHERE provider = $1 AND reference = $2 AND state NOT IN ('REQUESTED', 'UNKNOWN', 'WITHDRAWN')
                 AND (noted_at IS NULL OR noted_at <= wlijo_now() - make_interval(secs => $3)) RETURNING true)
           SELECT true FROM payment_attempt WHERE provider = $1 AND reference = $2""",
        provider,
        reference,
        NOTED_EVERY_S,
    )
    return found is not None


async def look(conn: Connection, order_id: OrderId) -> None:
    """The buyer looks at the code now: it is asked about more often. Written down at most once in a while."""
    await conn.execute(
        """UPDATE payment_attempt SET looked_at = wlijo_now(), due_at = least(due_at, wlijo_now() + $2)
           WHERE id IN (SELECT id FROM payment_attempt WHERE order_id = $1 AND state = 'SHOWN'
                        AND (looked_at IS NULL OR looked_at < wlijo_now() - $3::interval / 2) FOR UPDATE SKIP LOCKED)""",
        order_id,
        LOOK_EVERY,
        LOOKS_FOR,
    )


@dataclass(frozen=True, slots=True)
class Codeless:
    """A payment that is waited for, of which there is no code that can be seen."""

    payment_id: PaymentId
    provider: str
    amount_rupiah: int


async def codeless(conn: Connection, order_id: OrderId) -> Codeless | None:
    """While there is time to pay by another, and not too many were made."""
    row = await conn.fetchrow(
        """SELECT p.id, p.provider, p.amount_rupiah FROM orders o JOIN payment p ON p.order_id = o.id
           WHERE o.id = $1 AND o.pay_by > wlijo_now() + $2 AND o.agreed_at IS NULL AND o.ended_at IS NULL AND p.provider IS NOT NULL
             AND NOT EXISTS (SELECT FROM payment_attempt WHERE payment_id = p.id AND state IN ('REQUESTED', 'UNKNOWN', 'SHOWN'))
             AND (SELECT count(*) FROM payment_attempt WHERE payment_id = p.id) < $3""",
        order_id,
        LEAST_LEFT,
        MOST_ATTEMPTS,
    )
    return Codeless(PaymentId(row["id"]), row["provider"], row["amount_rupiah"]) if row else None


@dataclass(frozen=True, slots=True)
class Shown:
    """The newest code of a payment, as its buyer sees it."""

    state: AttemptState
    content: str | None
    expires_at: datetime | None
    pay_by: datetime | None
    expected: bool
    """The order waits for the money."""


async def shown(conn: Connection, order_ids: list[OrderId]) -> dict[OrderId, Shown]:
    rows = await conn.fetch(
        """SELECT DISTINCT ON (o.id) o.id, a.state, a.qr_content, a.expires_at, o.pay_by, o.ended_at IS NULL AND p.paid_at IS NULL
                  AND o.agreed_at IS NULL AS expected
           FROM orders o JOIN payment p ON p.order_id = o.id JOIN payment_attempt a ON a.payment_id = p.id
           WHERE o.id = ANY ($1) ORDER BY o.id, a.requested_at DESC, a.id DESC""",
        order_ids,
    )
    return {
        OrderId(row["id"]): Shown(
            AttemptState(row["state"]), row["qr_content"], row["expires_at"], row["pay_by"], row["expected"]
        )
        for row in rows
    }


async def count_waiting(conn: Connection, providers: Sequence[str]) -> tuple[int, int]:
    """Codes that nobody has asked about when they were due, or whose provider is not configured; refunds that a person has to make."""
    row = await conn.fetchrow(
        """SELECT (SELECT count(*) FROM payment_attempt WHERE due_at IS NOT NULL
                   AND (due_at < (SELECT wlijo_now()) - interval '5 minutes' OR provider <> ALL ($1))) AS late,
                  (SELECT count(*) FROM refund WHERE state = 'BY_HAND') AS by_hand""",
        list(providers),
    )
    assert row is not None
    return row["late"], row["by_hand"]
