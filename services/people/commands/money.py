"""What a buyer is told of money: that it is asked for by code, and that some of it goes back."""

from __future__ import annotations

from datetime import datetime

from services.contracts.ordering import PaymentRequested, RefundCompleted, RefundRequested
from services.contracts.refunds import RefundByHand
from services.kit.database.db import Transaction
from services.people.commands.notices import tell
from services.people.domain.notices import Facts, NoticeKind
from services.people.store import telling
from services.people.store.heard import Order


async def asked(conn: Transaction, order: Order, event: PaymentRequested, at: datetime, event_id: str) -> None:
    """It matters until it can be paid no more."""
    if order.is_over:
        return
    facts: Facts = {
        "code": order.code,
        "amount_rupiah": event.amount_rupiah,
        "answer_by": event.pay_by.isoformat(),
    }
    kind = NoticeKind.PAYMENT_ASKED
    await tell(conn, [order.buyer], kind, str(order.id), facts, at, event_id, matters_until=event.pay_by)


async def received(conn: Transaction, order: Order) -> None:
    """Whoever has not been asked need not be any more."""
    await telling.withdraw(conn, order.buyer, [str(order.id)], [NoticeKind.PAYMENT_ASKED])


async def goes_back(
    conn: Transaction,
    order: Order,
    event: RefundRequested | RefundByHand | RefundCompleted,
    at: datetime,
    event_id: str,
) -> None:
    """Also of an order that is over: most of it goes back then."""
    facts: dict[str, str | int] = {"code": order.code, "amount_rupiah": event.amount_rupiah}
    match event:
        case RefundRequested():
            kind = NoticeKind.REFUND_COMING
            facts["refund"] = event.reason
        case RefundByHand():
            kind = NoticeKind.REFUND_BY_HAND
        case RefundCompleted():
            kind = NoticeKind.REFUND_DONE
            facts["by_hand"] = int(event.by_hand)
    await tell(conn, [order.buyer], kind, str(event.refund_id), facts, at, event_id)
