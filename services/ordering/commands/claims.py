"""What buyer, merchant, officer and ops do with a claim, and what its timer does when they do not."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from services.contracts.claims import ClaimId, ClaimKind, ClaimOpened
from services.contracts.reasons import ReasonCode
from services.kit.database.db import Transaction
from services.kit.graphql import idempotency
from services.kit.messaging import outbox, timers
from services.ordering.commands import claim_refunds
from services.ordering.commands.buyers import buyer
from services.ordering.domain.claim import DUE, WAITS, Claim, ClaimState
from services.ordering.domain.claimable import checked
from services.ordering.domain.history import TIMER, ActorKind, By
from services.ordering.domain.ids import OrderLineId
from services.ordering.domain.refusal import Unknown
from services.ordering.store import claims as store

_log = logging.getLogger(__name__)
OPEN: Final = "openClaim"


@dataclass(frozen=True, slots=True)
class OpenClaim:
    """`amount_rupiah` None asks for what the quantity cost."""

    order_line_id: OrderLineId
    kind: ClaimKind
    quantity: int
    words: str
    amount_rupiah: int | None = None


async def open_claim(conn: Transaction, subject: str, wanted: OpenClaim, *, idempotency_key: str) -> ClaimId:
    """By the buyer of the line. Raises Unknown, and what `claimable.checked` does."""
    asked = await idempotency.claim(conn, caller=subject, mutation=OPEN, key=idempotency_key, body=wanted)
    if asked.answer is not None:
        return ClaimId.parse(asked.answer["claim_id"])
    await buyer(conn, subject)
    line = await store.lock_line(conn, wanted.order_line_id, subject)
    if line is None:
        raise Unknown("orderLineId")
    amount = checked(line.sold, line.at, wanted.quantity, wanted.amount_rupiah)
    waits = WAITS[ClaimState.OPENED]
    assert waits is not None
    claim = Claim(
        id=ClaimId.new(),
        order_id=line.order_id,
        seller_order_id=line.seller_order_id,
        order_line_id=wanted.order_line_id,
        merchant_id=line.merchant_id,
        kind=wanted.kind,
        state=ClaimState.OPENED,
        asked_rupiah=amount,
        test=line.test,
        at=line.at,
        due_at=line.at + waits,
    )
    by = By(ActorKind.BUYER, subject, wanted.words)
    await store.add(conn, claim, line, wanted.quantity, by)
    claim.events.append(
        ClaimOpened(
            claim_id=claim.id,
            order_id=claim.order_id,
            seller_order_id=claim.seller_order_id,
            merchant_id=claim.merchant_id,
            kind=claim.kind,
            asked_rupiah=amount,
            opened_at=line.at,
            answer_by=line.at + waits,
            test=line.test,
        )
    )
    await _tell(conn, claim, by)
    await asked.store(conn, {"claim_id": str(claim.id)})
    return claim.id


async def answer_claim(conn: Transaction, claim_id: ClaimId, subject: str, *, amount_rupiah: int, words: str) -> None:
    """By one of the merchant's people: the whole, a part, or 0, which refuses. Raises Unknown, WrongState or ClaimIsTooHigh."""
    claim = _there(await store.of_merchant(conn, claim_id, subject))
    if amount_rupiah == 0:
        claim.decline()
    elif amount_rupiah == claim.asked_rupiah:
        claim.accept()
    else:
        claim.offer(amount_rupiah)
    await _save(conn, claim, By(ActorKind.MERCHANT, subject, words))


async def claim_is_paid(conn: Transaction, claim_id: ClaimId, subject: str, *, proof: str) -> None:
    """By one of the merchant's people, who says how the buyer got it. Raises Unknown or WrongState."""
    claim = _there(await store.of_merchant(conn, claim_id, subject))
    claim.pay()
    await _save(conn, claim, By(ActorKind.MERCHANT, subject, proof))


async def agree_to_claim(conn: Transaction, claim_id: ClaimId, subject: str) -> None:
    """By its buyer, to what the merchant offers. Raises Unknown or WrongState, as those below do."""
    await _by_buyer(conn, claim_id, subject, Claim.agree)


async def escalate_claim(conn: Transaction, claim_id: ClaimId, subject: str, *, words: str) -> None:
    await _by_buyer(conn, claim_id, subject, Claim.escalate, words)


async def withdraw_claim(conn: Transaction, claim_id: ClaimId, subject: str) -> None:
    await _by_buyer(conn, claim_id, subject, Claim.withdraw)


async def confirm_claim(conn: Transaction, claim_id: ClaimId, subject: str, *, received: bool) -> None:
    """Whether the buyer has had what the merchant says that it paid."""
    await _by_buyer(conn, claim_id, subject, Claim.confirm if received else Claim.dispute)


async def _by_buyer(
    conn: Transaction, claim_id: ClaimId, subject: str, do: Callable[[Claim], None], words: str | None = None
) -> None:
    claim = _there(await store.of_buyer(conn, claim_id, subject))
    do(claim)
    await _save(conn, claim, By(ActorKind.BUYER, subject, words))


async def decide_claim(
    conn: Transaction, claim_id: ClaimId, subject: str, *, amount_rupiah: int, reason: ReasonCode, words: str
) -> None:
    """By an officer, or ops. Raises Unknown, WrongState, ClaimIsTooHigh or ReasonDoesNotFit."""
    claim = _there(await store.of_anybody(conn, claim_id))
    claim.decide(amount_rupiah, reason)
    await _save(conn, claim, By(ActorKind.OFFICER, subject, words, reason))


async def settle_claim(conn: Transaction, claim_id: ClaimId, subject: str, *, proof: str) -> None:
    """By ops, with what shows that the buyer has it. Raises Unknown or WrongState."""
    claim = _there(await store.of_anybody(conn, claim_id))
    claim.settle()
    await _save(conn, claim, By(ActorKind.OFFICER, subject, proof))


async def due(conn: Transaction, subject: UUID) -> None:
    """The timer of a claim."""
    claim = await store.of_anybody(conn, ClaimId(subject))
    if claim is None or claim.due_at is None:
        return
    if not claim.is_overdue:
        await timers.start(conn, DUE, claim.id, claim.due_at)  # it moved on while this one was due
        return
    claim.due()
    if claim.given is None:
        _log.warning("a claim waits for a person", extra={"claim": str(claim.id), "state": str(claim.state)})
        await _set_timer(conn, claim)
    await _save(conn, claim, TIMER)


def _there(found: Claim | None) -> Claim:
    if found is None:
        raise Unknown("id")
    return found


async def _save(conn: Transaction, claim: Claim, by: By) -> None:
    if claim.given is None:
        return  # it was said before
    await store.save(conn, claim, by)
    await _tell(conn, claim, by)
    await claim_refunds.request(conn, claim)


async def _tell(conn: Transaction, claim: Claim, by: By) -> None:
    await store.tell_order(conn, claim, by, claim.transfers)
    await outbox.append(conn, *claim.events)
    conn.wake(str(claim.order_id))
    await _set_timer(conn, claim)


async def _set_timer(conn: Transaction, claim: Claim) -> None:
    if claim.wakes_at is None:
        await timers.stop(conn, claim.id, DUE)
    else:
        await timers.start(conn, DUE, claim.id, claim.wakes_at)
