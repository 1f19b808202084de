"""What becomes of a kasbon, told to its two sides: the buyer, and the merchant's people."""

from __future__ import annotations

from services.contracts import kasbon
from services.kit.database.db import Transaction
from services.people.commands.notices import tell
from services.people.domain.notices import Facts, NoticeKind
from services.people.store import heard


async def heard_of(conn: Transaction, event: kasbon.KasbonEvent, event_id: str) -> None:
    """Who did it knows; of money, and of what both have agreed to, both are told."""
    people = await heard.members_of(conn, event.merchant_id)
    buyer, both = [event.buyer], [event.buyer, *people]
    match event:
        case kasbon.KasbonAsked():
            await _tell(conn, event, people, NoticeKind.KASBON_ASKED, event_id, {})
        case kasbon.KasbonOffered(limit_rupiah=limit):
            await _tell(conn, event, buyer, NoticeKind.KASBON_OFFERED, event_id, {"limit_rupiah": limit})
        case kasbon.KasbonOpened(limit_rupiah=limit):
            await _tell(conn, event, both, NoticeKind.KASBON_OPENED, event_id, {"limit_rupiah": limit})
        case kasbon.KasbonLimitChanged(limit_rupiah=limit):
            await _tell(conn, event, both, NoticeKind.KASBON_LIMIT, event_id, {"limit_rupiah": limit})
        case kasbon.KasbonClosed(owed_rupiah=owed):
            await _tell(conn, event, both, NoticeKind.KASBON_CLOSED, event_id, {"owed_rupiah": owed})
        case kasbon.KasbonPaid(amount_rupiah=amount, owed_rupiah=owed):
            facts: Facts = {"amount_rupiah": amount, "owed_rupiah": owed}
            await _tell(conn, event, both, NoticeKind.KASBON_PAID, event_id, facts)
        case kasbon.KasbonPaymentTakenBack(amount_rupiah=amount, owed_rupiah=owed):
            facts = {"amount_rupiah": amount, "owed_rupiah": owed}
            await _tell(conn, event, both, NoticeKind.KASBON_TAKEN_BACK, event_id, facts)
        case kasbon.KasbonDisputed(by=by):
            other = people if by is kasbon.KasbonSide.BUYER else buyer
            await _tell(conn, event, other, NoticeKind.KASBON_DISPUTED, event_id, {})


async def _tell(
    conn: Transaction, event: kasbon.KasbonEvent, to: list[str], kind: NoticeKind, event_id: str, facts: Facts
) -> None:
    # Each of them happens again and again to one kasbon: the matter is this time's.
    about = f"{event.kasbon_id}/{event_id}"
    name = await heard.merchant_name(conn, event.merchant_id) or "Wlijo"
    await tell(conn, to, kind, about, {"merchant": name, **facts}, event.at, event_id)
