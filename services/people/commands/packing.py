"""What a buyer is told while the order is packed: that something is asked, and that something is not as it was ordered."""

from __future__ import annotations

from services.contracts.packing import LineChange, LinesChanged, QuestionAnswered, QuestionAsked
from services.kit.database.db import Transaction
from services.people.commands.notices import tell
from services.people.domain.notices import Facts, NoticeKind
from services.people.store import telling
from services.people.store.heard import Order


async def asked(conn: Transaction, order: Order, event: QuestionAsked, event_id: str) -> None:
    """It matters until it may be answered no more."""
    if order.is_over:
        return
    facts: Facts = {
        "code": order.code,
        "name": event.name,
        "question": event.kind,
        "answer_by": event.answer_by.isoformat(),
    }
    about = f"{order.id}/{event.question_id}"
    await tell(
        conn,
        [order.buyer],
        NoticeKind.ORDER_QUESTION,
        about,
        facts,
        event.asked_at,
        event_id,
        matters_until=event.answer_by,
    )


async def answered(conn: Transaction, order: Order, event: QuestionAnswered) -> None:
    """Whoever has not been sent it need not be any more."""
    await telling.withdraw(conn, order.buyer, [f"{order.id}/{event.question_id}"], [NoticeKind.ORDER_QUESTION])


async def changed(conn: Transaction, order: Order, event: LinesChanged, event_id: str) -> None:
    """Once of a line. That something weighs what was agreed to is no news."""
    if order.is_over:
        return
    for line in event.lines:
        if line.change is not LineChange.WEIGHED:
            facts: Facts = {"code": order.code, "name": line.name, "change": line.change}
            about = f"{order.id}/{line.line_id}"
            await tell(conn, [order.buyer], NoticeKind.ORDER_CHANGED, about, facts, event.changed_at, event_id)
