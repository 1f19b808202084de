"""SQL of the one refund that gives what a claim has granted."""

from __future__ import annotations

from services.contracts.claims import ClaimId
from services.contracts.ordering import RefundId
from services.kit.database.db import Connection
from services.ordering.domain.claim import Claim
from services.ordering.store import claims


async def goes_back(conn: Connection, claim_id: ClaimId, refund_id: RefundId) -> None:
    await conn.execute("UPDATE claim SET refund_id = $2 WHERE id = $1", claim_id, refund_id)


async def of_refund(conn: Connection, refund_id: RefundId) -> Claim | None:
    """Locked, the claim whose money this task gives; None of a refund for another reason."""
    found = await conn.fetchval("SELECT id FROM claim WHERE refund_id = $1", refund_id)
    return await claims.of_anybody(conn, ClaimId(found)) if found else None
