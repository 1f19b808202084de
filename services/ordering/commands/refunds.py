"""Money back to buyers: asked for by other parts of an order's life, sent by a provider, or given by a person with proof."""

from __future__ import annotations

from datetime import datetime

from services.contracts.ordering import BorneBy, OrderId, RefundId, SellerOrderId
from services.kit.database.db import Transaction
from services.kit.messaging import outbox
from services.ordering.commands import claim_refunds, process
from services.ordering.domain import refund as domain
from services.ordering.domain.history import ActorKind, By
from services.ordering.domain.ledger import by_hand, clearing
from services.ordering.domain.refund import REFUND, Refund, RefundInput, RefundReason, RefundState
from services.ordering.domain.refusal import Unknown, WrongState
from services.ordering.store import orders, refunds
from services.ordering.store.refunds import Task


async def request(
    conn: Transaction,
    order_id: OrderId,
    amount_rupiah: int,
    cause: str,
    reason: RefundReason,
    borne_by: BorneBy,
    *,
    seller_order_id: SellerOrderId | None = None,
) -> RefundId:
    """So much of what the buyer has paid goes back, once for each `cause` of the order: another word for the same changes nothing.

    An order whose total has become less says so before: what is held beyond the total is the buyer's own, and what is not is paid by
    `borne_by`. What was paid in cash becomes a task for a person. Raises Unknown, or RefundIsTooMuch: nobody gets back more than they paid.
    """
    order = await orders.lock(conn, order_id)
    if order is None:
        raise Unknown("orderId")
    known = await refunds.of_cause(conn, order_id, cause)
    if known is not None:
        return known
    bearer = await refunds.bearer(conn, order_id, borne_by, seller_order_id)
    refund = Refund(RefundId.new(), cause, amount_rupiah, reason, borne_by, seller_order_id=seller_order_id)
    order.give_back(refund, bearer)
    await process.save(conn, order, "REFUND_REQUESTED")
    return refund.id


async def settle(conn: Transaction, refund_id: RefundId, *, proof: str, by: str) -> None:
    """A person has given the money, and says by what that can be seen. Repeating changes nothing. Raises Unknown, or WrongState while a
    provider may still do it."""
    task = await refunds.find(conn, refund_id)
    if task is None:
        raise Unknown("id")
    await _done(conn, task, RefundInput.SETTLE, proof=proof, by=by)


async def confirm(conn: Transaction, task: Task, provider_reference: str | None) -> None:
    """The provider has done it."""
    await _done(conn, task, RefundInput.CONFIRM, provider_reference=provider_reference)


async def _done(
    conn: Transaction,
    seen: Task,
    given: RefundInput,
    *,
    provider_reference: str | None = None,
    proof: str | None = None,
    by: str | None = None,
) -> None:
    order = await orders.lock(conn, seen.order_id)
    task = await refunds.lock(conn, seen.id)
    assert order is not None
    assert task is not None
    state = REFUND.next(task.state, given)
    if state is task.state:
        if given is RefundInput.CONFIRM and state is not RefundState.DONE:
            raise WrongState(state, given)  # nobody asked for it
        return
    account = by_hand(order.test) if by else clearing(task.provider or "", order.test)
    await refunds.save(
        conn, task, state, None, provider_reference=provider_reference, proof=proof, settled_by=by, said=proof or ""
    )
    order.has_gone_back(task.refund, by=account)
    await process.save(conn, order, "REFUND_DONE_BY_HAND" if by else "REFUND_DONE")
    if task.refund.reason is RefundReason.CLAIM:
        who = By(ActorKind.OFFICER, by, proof) if by else By(ActorKind.PLATFORM)
        await claim_refunds.is_done(conn, task.id, who)


async def moved(
    conn: Transaction, seen: Task, given: RefundInput, due_at: datetime | None, *, said: str, tries: int = 0
) -> None:
    """What has come of asking the provider, short of having it done."""
    await orders.lock(conn, seen.order_id)
    task = await refunds.lock(conn, seen.id)
    assert task is not None
    state = REFUND.next(task.state, given)
    if task.state in (RefundState.DONE, RefundState.BY_HAND):
        return
    waits = state not in (RefundState.DONE, RefundState.BY_HAND)
    await refunds.save(conn, task, state, due_at if waits else None, said=said, tries=tries)
    if not waits:
        await outbox.append(conn, domain.by_hand(task.order_id, task.payment_id, task.refund))
        await process.note(conn, task.order_id, "REFUND_BY_HAND")
