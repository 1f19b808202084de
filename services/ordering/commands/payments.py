"""What becomes of a code: it is there, it was paid, nobody knows. The order is locked first, then the code; what a provider says may
come twice and in any order."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from prometheus_client import Counter

from services.contracts.ordering import OrderId
from services.kit.database.db import Transaction
from services.kit.observe import telemetry
from services.ordering.commands import process
from services.ordering.domain.attempt import (
    ATTEMPT,
    LEAST_LEFT,
    LIVE,
    MOST_ATTEMPTS,
    RENEWED_FOR,
    WATCH_EVERY,
    AttemptInput,
    AttemptState,
    next_look,
    pause,
)
from services.ordering.domain.mdr import MerchantClass
from services.ordering.domain.order import Order
from services.ordering.domain.process import State
from services.ordering.store import orders, payments
from services.ordering.store.payments import Attempt

_log = logging.getLogger(__name__)
CODES = Counter(
    "wlijo_payment_codes_total", "Codes by which a payment may be made, by what became of them", ("outcome",),
    registry=telemetry.REGISTRY,
)  # fmt: skip


async def _locked(conn: Transaction, seen: Attempt) -> tuple[Order, Attempt]:
    order = await orders.lock(conn, seen.order_id)
    assert order is not None
    return order, await payments.lock(conn, seen.id)


async def there_is(conn: Transaction, seen: Attempt, *, reference: str, content: str) -> None:
    """The provider has made the code, and it is what was asked for. One that is not waited for any more is not shown, but watched."""
    order, attempt = await _locked(conn, seen)
    wanted = order.state is State.AWAIT_PAYMENT and attempt.state is AttemptState.UNKNOWN
    state = ATTEMPT.next(attempt.state, AttemptInput.SHOW if wanted else AttemptInput.MISS)
    assert attempt.expires_at is not None
    due_at = next_look(attempt.at, state, attempt.expires_at, attempt.looked_at)
    await payments.save(conn, attempt, state, due_at, provider_reference=reference, qr_content=content)
    CODES.labels(state).inc()
    await process.note(conn, attempt.order_id, "PAYMENT_CODE")


async def there_is_none(conn: Transaction, seen: Attempt, why: str, *, after: timedelta | None = None) -> None:
    """It is certain that the provider has made none: it is asked again, while the order waits."""
    order, attempt = await _locked(conn, seen)
    if attempt.state is not AttemptState.UNKNOWN:
        return
    state = ATTEMPT.next(attempt.state, AttemptInput.RETRY)
    tries = attempt.tries + 1
    CODES.labels("REFUSED").inc()
    if order.state is not State.AWAIT_PAYMENT:
        await payments.save(conn, attempt, ATTEMPT.next(state, AttemptInput.WITHDRAW), None, said=why, tries=tries)
        return
    await payments.save(conn, attempt, state, attempt.at + (after or pause(tries)), said=why, tries=tries)


async def is_of_no_use(conn: Transaction, seen: Attempt, why: str) -> None:
    """There may be a code, and nobody has seen it, or it is none that a buyer may be shown: it is watched, and another is made."""
    order, attempt = await _locked(conn, seen)
    state = ATTEMPT.next(attempt.state, AttemptInput.MISS)
    if state is attempt.state:
        return
    await payments.save(conn, attempt, state, attempt.at + WATCH_EVERY, said=why)
    CODES.labels(state).inc()
    await process.note(conn, attempt.order_id, "PAYMENT_CODE_LOST")
    await _renew(conn, order, attempt, state, pause(await payments.count(conn, attempt.payment_id)))


async def unheard(conn: Transaction, seen: Attempt, why: str) -> None:
    """No answer: it stays what it is, and is asked about again, for ever."""
    _, attempt = await _locked(conn, seen)
    tries = attempt.tries + 1
    await payments.save(
        conn, attempt, attempt.state, attempt.at + pause(tries), tries=tries, said=why if tries == 1 else ""
    )


async def is_unpaid(conn: Transaction, seen: Attempt, *, over: bool, said: str) -> None:
    """The provider's answer to our asking; `over`: it says that the code is of no use any more."""
    order, attempt = await _locked(conn, seen)
    assert attempt.expires_at is not None
    over = over or attempt.at >= attempt.expires_at
    state = attempt.state
    if over:
        state = ATTEMPT.next(state, AttemptInput.EXPIRE)
    elif state is AttemptState.UNKNOWN:
        state = ATTEMPT.next(state, AttemptInput.MISS)
    due_at = next_look(attempt.at, state, attempt.expires_at, attempt.looked_at)
    if state is AttemptState.PAID and due_at is not None:
        due_at = _seldom(attempt, due_at)
    await payments.save(conn, attempt, state, due_at, said=said if state is not attempt.state else "")
    if state is not attempt.state:
        CODES.labels(state).inc()
        await process.note(conn, attempt.order_id, f"PAYMENT_CODE_{state}")
        lately = attempt.looked_at is not None and attempt.at - attempt.looked_at < RENEWED_FOR
        if lately or state is not AttemptState.EXPIRED:
            await _renew(conn, order, attempt, state, timedelta())


async def look(conn: Transaction, order_id: OrderId) -> None:
    """Its buyer looks at how it is to be paid: the code is asked about more often, and where there is none any more, another is made."""
    await payments.look(conn, order_id)
    codeless = await payments.codeless(conn, order_id)
    if codeless is not None:
        await payments.request(
            conn, codeless.payment_id, order_id, codeless.provider, codeless.amount_rupiah, after=timedelta()
        )


async def is_paid(conn: Transaction, seen: Attempt, amount_rupiah: int, of: MerchantClass) -> None:
    """So much has come by the code in all, as the provider says. What was booked before is not booked again."""
    order, attempt = await _locked(conn, seen)
    more = amount_rupiah - attempt.received_rupiah
    assert attempt.expires_at is not None
    due_at = next_look(attempt.at, AttemptState.PAID, attempt.expires_at, None)
    if due_at is not None:
        due_at = _seldom(attempt, due_at)
    if more <= 0:
        await payments.save(conn, attempt, attempt.state, due_at, said="" if not more else "less than before")
        return
    state = ATTEMPT.next(attempt.state, AttemptInput.PAY)
    await payments.save(conn, attempt, state, due_at, received_rupiah=amount_rupiah)
    CODES.labels(state).inc()
    order.receive(more, attempt_id=attempt.id, of=of, cause=f"{attempt.id}:{amount_rupiah}")
    await process.save(conn, order, "PAYMENT_RECEIVED")
    await _renew(conn, order, attempt, state, timedelta())


def _seldom(attempt: Attempt, due_at: datetime) -> datetime:
    """Paid twice by one code is found as well, in no hurry."""
    return max(due_at, attempt.at + 4 * WATCH_EVERY)


async def _renew(conn: Transaction, order: Order, attempt: Attempt, state: AttemptState, after: timedelta) -> None:
    """Another code, once this one is none that can be seen and while there is time to pay by it. An order that was cancelled in the same
    moment waits for none."""
    if state in LIVE or order.state is not State.AWAIT_PAYMENT or order.pay_by is None or order.provider is None:
        return
    if order.at + after + LEAST_LEFT > order.pay_by:
        return
    if await payments.count(conn, attempt.payment_id) >= MOST_ATTEMPTS:
        _log.error("no more codes are made for a payment", extra={"payment": str(attempt.payment_id)})
        return
    await payments.request(conn, attempt.payment_id, attempt.order_id, order.provider, order.total_rupiah, after=after)
