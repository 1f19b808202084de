"""What buyers and sellers are told of claims and of money, also long after the order is over."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.contracts.claims import (
    ClaimAnswered,
    ClaimDecided,
    ClaimEscalated,
    ClaimId,
    ClaimKind,
    ClaimOpened,
    ClaimPaid,
    ClaimSettled,
    ClaimWithdrawn,
)
from services.contracts.ordering import (
    BorneBy,
    OrderHandedOver,
    PaymentId,
    PaymentReceived,
    PaymentRequested,
    RefundCompleted,
    RefundId,
    RefundRequested,
)
from services.contracts.refunds import RefundByHand
from tests.worlds.notices import CODE, Market, a_market
from tests.worlds.outgoing import Post

CLAIM, PAYMENT, REFUND = ClaimId.new(), PaymentId.new(), RefundId.new()


@pytest.fixture
async def market(post: Post) -> Market:
    found = await a_market(post)
    await found.hear(found.merchant(), found.placed())
    return found


async def over(market: Market) -> datetime:
    """The order was handed over, and all notices of it are told."""
    now = await market.now()
    await market.hear(
        OrderHandedOver(
            order_id=market.order_id,
            seller_order_id=market.part_id,
            merchant_id=market.merchant_id,
            handed_over_at=now,
        )
    )
    return now


def names(market: Market) -> dict[str, Any]:
    return {
        "claim_id": CLAIM,
        "order_id": market.order_id,
        "seller_order_id": market.part_id,
        "merchant_id": market.merchant_id,
    }


def opened(market: Market, now: datetime) -> ClaimOpened:
    return ClaimOpened(
        **names(market),
        kind=ClaimKind.SPOILED,
        asked_rupiah=5_000,
        opened_at=now,
        answer_by=now + timedelta(hours=24),
    )


async def told(market: Market, who: Any) -> list[str]:
    return [kind for kind, _ in await market.kinds(who) if kind not in ("ORDER_DELIVERED", "SELLER_ORDER_NEW")]


async def test_a_claim_that_is_offered_a_part_and_decided_by_an_officer(market: Market) -> None:
    now = await over(market)
    await market.hear(
        opened(market, now),
        ClaimAnswered(**names(market), offered_rupiah=3_000, answered_at=now, answer_by=now + timedelta(hours=72)),
        ClaimEscalated(**names(market), escalated_at=now, decide_by=now + timedelta(hours=72)),
        ClaimDecided(**names(market), granted_rupiah=4_000, borne_by=BorneBy.MERCHANT, decided_at=now, by_officer=True),
        ClaimPaid(**names(market), amount_rupiah=4_000, paid_at=now, answer_by=now + timedelta(days=7)),
        ClaimSettled(**names(market), amount_rupiah=4_000, settled_at=now),
    )
    assert await told(market, market.owner) == ["CLAIM_OPENED", "CLAIM_ESCALATED", "CLAIM_DECIDED"]
    assert await told(market, market.buyer) == [
        "CLAIM_OFFERED", "CLAIM_ESCALATED", "CLAIM_GRANTED", "CLAIM_PAID", "CLAIM_SETTLED",
    ]  # fmt: skip
    texts = [row["text"] for row in await market.notices(market.owner)]
    assert texts[0].startswith(f"A claim of Rp5,000 of order {CODE}, Warung Bu Sri: spoiled or broken.")
    assert texts[2].endswith("Rp4,000 for the buyer. The seller bears the cost.")
    assert {row["about"] for row in await market.notices(market.owner)} == {str(CLAIM)}


async def test_a_claim_given_in_full_is_told_once(market: Market) -> None:
    now = await over(market)
    await market.hear(
        opened(market, now),
        ClaimAnswered(**names(market), offered_rupiah=5_000, answered_at=now),
        ClaimDecided(**names(market), granted_rupiah=5_000, borne_by=BorneBy.MERCHANT, decided_at=now),
    )
    assert await told(market, market.buyer) == ["CLAIM_GRANTED"]
    assert await told(market, market.owner) == ["CLAIM_OPENED"]


async def test_a_claim_that_was_refused_or_withdrawn(market: Market) -> None:
    now = await over(market)
    await market.hear(
        opened(market, now),
        ClaimAnswered(**names(market), offered_rupiah=0, answered_at=now, answer_by=now + timedelta(hours=72)),
        ClaimDecided(**names(market), granted_rupiah=0, borne_by=BorneBy.NOBODY, decided_at=now),
    )
    assert await told(market, market.buyer) == ["CLAIM_DECLINED", "CLAIM_REFUSED"]
    assert ("CLAIM_OPENED", "WAITING") in await market.kinds(market.owner)
    await market.hear(ClaimWithdrawn(**names(market), withdrawn_at=now))
    assert ("CLAIM_OPENED", "LATE") in await market.kinds(market.owner)


async def test_what_is_to_be_paid_is_told_until_it_is(market: Market) -> None:
    now = await market.now()
    by = now + timedelta(minutes=15)
    of_payment: dict[str, Any] = {"payment_id": PAYMENT, "order_id": market.order_id, "amount_rupiah": 63_000}
    await market.hear(PaymentRequested(**of_payment, pay_by=by))
    (asked,) = await market.notices(market.buyer)
    assert asked["text"].startswith(f"Semua penjual menyanggupi pesanan {CODE}. Bayar Rp63.000 dengan QRIS")
    async with market.post.db.acquire() as conn:
        assert await conn.fetchval("SELECT expires_at FROM messages") == by
    await market.hear(PaymentReceived(**of_payment, provider="bank", received_at=now))
    assert await told(market, market.buyer) == ["PAYMENT_ASKED"]


@pytest.mark.parametrize(("reason", "why"), [("PAID_LATE", "sesudah waktunya"), ("A_NEW_ONE", "ada di Wlijo")])
async def test_money_that_goes_back_is_told_to_its_end(market: Market, reason: str, why: str) -> None:
    now = await over(market)
    of_payment: dict[str, Any] = {
        "payment_id": PAYMENT,
        "order_id": market.order_id,
        "amount_rupiah": 63_000,
        "refund_id": REFUND,
    }
    await market.hear(RefundRequested(**of_payment, reason=reason, borne_by=BorneBy.BUYER))
    assert why in (await market.notices(market.buyer))[-1]["text"]
    await market.hear(RefundByHand(**of_payment), RefundCompleted(**of_payment, by_hand=True, completed_at=now))
    assert await told(market, market.buyer) == ["REFUND_COMING", "REFUND_BY_HAND", "REFUND_DONE"]
    assert (await market.notices(market.buyer))[-1][
        "text"
    ] == f"Rp63.000 untuk pesanan {CODE} sudah dikembalikan oleh petugas."
