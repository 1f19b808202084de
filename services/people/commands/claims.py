"""What buyers and sellers are told of claims: what the other has done, and until when they may do something."""

from __future__ import annotations

from datetime import datetime

from services.contracts.claims import (
    ClaimAnswered,
    ClaimDecided,
    ClaimEscalated,
    ClaimOpened,
    ClaimPaid,
    ClaimSettled,
    ClaimWithdrawn,
)
from services.kit.database.db import Transaction
from services.people.commands.notices import tell
from services.people.domain.notices import NoticeKind
from services.people.store import heard, telling
from services.people.store.heard import Order

Told = ClaimOpened | ClaimAnswered | ClaimEscalated | ClaimDecided | ClaimPaid | ClaimSettled | ClaimWithdrawn


async def told(conn: Transaction, order: Order, event: Told, event_id: str) -> None:
    """Most orders are over by then."""
    about = str(event.claim_id)
    name, members = await heard.merchant(conn, event.merchant_id)
    facts: dict[str, str | int] = {"code": order.code, "merchant": name}

    async def say(kind: NoticeKind, to: tuple[str, ...], at: datetime, until: datetime | None = None) -> None:
        said = facts if until is None else {**facts, "answer_by": until.isoformat()}
        await tell(conn, to, kind, about, said, at, event_id, matters_until=until)

    buyer = (order.buyer,)
    match event:
        case ClaimOpened():
            facts |= {"amount_rupiah": event.asked_rupiah, "claim": event.kind}
            await say(NoticeKind.CLAIM_OPENED, members, event.opened_at, event.answer_by)
        case ClaimAnswered(answer_by=None):
            pass  # given in full, which is decided with that
        case ClaimAnswered(offered_rupiah=0):
            await say(NoticeKind.CLAIM_DECLINED, buyer, event.answered_at, event.answer_by)
        case ClaimAnswered():
            facts["amount_rupiah"] = event.offered_rupiah
            await say(NoticeKind.CLAIM_OFFERED, buyer, event.answered_at, event.answer_by)
        case ClaimEscalated():
            await say(NoticeKind.CLAIM_ESCALATED, (*buyer, *members), event.escalated_at, event.decide_by)
        case ClaimDecided():
            facts |= {"amount_rupiah": event.granted_rupiah, "borne_by": event.borne_by}
            granted = event.granted_rupiah > 0
            await say(NoticeKind.CLAIM_GRANTED if granted else NoticeKind.CLAIM_REFUSED, buyer, event.decided_at)
            if event.by_officer:
                await say(NoticeKind.CLAIM_DECIDED, members, event.decided_at)
        case ClaimPaid():
            facts["amount_rupiah"] = event.amount_rupiah
            await say(NoticeKind.CLAIM_PAID, buyer, event.paid_at, event.answer_by)
        case ClaimSettled():
            facts["amount_rupiah"] = event.amount_rupiah
            await say(NoticeKind.CLAIM_SETTLED, buyer, event.settled_at)
        case ClaimWithdrawn():
            for member in members:
                await telling.withdraw(conn, member, [about], [NoticeKind.CLAIM_OPENED, NoticeKind.CLAIM_ESCALATED])
