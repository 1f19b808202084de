"""A company says when, where and for how many jobs at once it wants to be asked."""

from __future__ import annotations

from typing import Final

import msgspec

from services.contracts.delivery import PartnerId
from services.delivery.commands.crews import check_lives, held
from services.delivery.domain import crew
from services.delivery.domain.caller import Caller
from services.delivery.domain.reach import Reach
from services.delivery.store import reach as stored
from services.kit.database.db import Transaction
from services.kit.graphql import idempotency

SET: Final = "setPartnerReach"


async def put(
    conn: Transaction, caller: Caller, partner_id: PartnerId, reach: Reach, *, by: str, idempotency_key: str
) -> None:
    """By any of its people, and operators. The next offer is made by it; those that are open stand. Raises NotFound, PartnerInState, and
    what a key raises."""
    said = {"partner_id": str(partner_id), "reach": msgspec.to_builtins(reach)}
    claim = await idempotency.claim(conn, caller=by, mutation=SET, key=idempotency_key, body=said)
    if claim.answer is not None:
        return
    found, there = await held(conn, partner_id)
    crew.check_is_of(there, caller)
    check_lives(found)
    if await stored.of(conn, partner_id) != reach:
        await stored.put(conn, partner_id, reach, by=by)
    await claim.store(conn, {"partner_id": str(partner_id)})
