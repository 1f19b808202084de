"""SQL of one look at a merchant's orders, for who follows them."""

from __future__ import annotations

from datetime import datetime

from services.contracts.catalog import MerchantId
from services.contracts.ordering import SellerOrderId
from services.kit.database.db import Connection
from services.ordering.domain.board import MOST_ENDED, MOST_OPEN, OPEN, Board, Seen

_OPEN = ", ".join(f"'{status}'" for status in sorted(OPEN))  # as the index has it

# One statement, so that all is of one moment: what is open in the one part is not missing in the other.
_LOOK = f"""
(SELECT id, version, false AS ended, changed_at FROM seller_order
 WHERE merchant_id = $1 AND status IN ({_OPEN}) ORDER BY placed_at, id LIMIT {MOST_OPEN})
UNION ALL
(SELECT id, version, true, changed_at FROM seller_order
 WHERE merchant_id = $1 AND changed_at >= $2 AND status NOT IN ({_OPEN}) AND NOT id = ANY ($3) AND NOT id = ANY ($4)
 ORDER BY changed_at DESC, id DESC LIMIT {MOST_ENDED})
UNION ALL
SELECT id, version, true, changed_at FROM seller_order WHERE id = ANY ($4) AND status NOT IN ({_OPEN})
"""


async def look(conn: Connection, merchant_id: MerchantId, board: Board, since: datetime) -> list[Seen]:
    """What the board wants to see. The caller has been found to be a member."""
    rows = await conn.fetch(_LOOK, merchant_id, since, list(board.known), list(board.followed))
    return [Seen(SellerOrderId(row["id"]), row["version"], row["ended"], row["changed_at"]) for row in rows]
