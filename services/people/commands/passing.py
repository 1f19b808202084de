"""What a wlijo's round means to who asked: that she is near."""

from __future__ import annotations

from services.contracts.catalog import WlijoNear
from services.kit.database.db import Transaction
from services.people.commands.notices import tell
from services.people.domain.notices import NoticeKind
from services.people.store import heard


async def near(conn: Transaction, event: WlijoNear, event_id: str) -> None:
    """Of one round once, whatever they wish; catalog tells it once a day."""
    # Nothing is promised between topics: of a merchant that was not heard of yet the kind of seller is said.
    name = await heard.merchant_name(conn, event.merchant_id) or "Wlijo"
    await tell(
        conn,
        [event.subject],
        NoticeKind.WLIJO_NEAR,
        f"{event.merchant_id}/{event.round_id}",
        {"merchant": name},
        event.near_at,
        event_id,
    )
