"""Claims of orders that were paid by code: their money goes back as other refunds do, and the claim is settled when it has."""

from __future__ import annotations

from services.contracts.ordering import RefundId
from services.kit.database.db import Transaction
from services.kit.messaging import outbox, timers
from services.ordering.commands import process
from services.ordering.domain.claim import DUE, Claim
from services.ordering.domain.history import By
from services.ordering.domain.refund import Refund, RefundReason
from services.ordering.store import claim_refunds as given
from services.ordering.store import claims as store
from services.ordering.store import orders


async def request(conn: Transaction, claim: Claim) -> None:
    """Of a claim that was just granted, and whose transfers are booked. What was paid in cash, or has gone back by then for other reasons,
    is left to people, as before."""
    if not claim.is_to_be_given:
        return
    order = await orders.lock(conn, claim.order_id)
    assert order is not None
    assert claim.borne_by is not None
    if order.paid_at is None or claim.left_rupiah > order.left_rupiah:
        return
    refund = Refund(
        RefundId.new(),
        f"claim:{claim.id}",
        claim.left_rupiah,
        RefundReason.CLAIM,
        claim.borne_by,
        seller_order_id=claim.seller_order_id,
    )
    order.give_back_claimed(refund, claim.account)
    await process.save(conn, order, "REFUND_REQUESTED")
    await given.goes_back(conn, claim.id, refund.id)
    claim.refund_id = refund.id


async def is_done(conn: Transaction, refund_id: RefundId, by: By) -> None:
    """The buyer has it. Of an order that this transaction has locked, after the refund was saved."""
    claim = await given.of_refund(conn, refund_id)
    if claim is None:
        return
    claim.has_gone_back()
    await store.save(conn, claim, by)
    await store.tell_order(conn, claim, by, claim.transfers)
    await outbox.append(conn, *claim.events)
    await timers.stop(conn, claim.id, DUE)
