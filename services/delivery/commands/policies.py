"""Officers enter how riders are sought, from now or a time to come."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import msgspec

from services.delivery.domain import policy
from services.delivery.domain.policy import Entered, PolicyId, PolicyIsInvalid
from services.delivery.store import policies
from services.kit.database.db import Transaction
from services.kit.graphql import idempotency

ENTER: Final = "enterDispatchPolicy"


async def enter(
    conn: Transaction, given: Entered, why: str, *, at_once: bool, by: str, idempotency_key: str
) -> PolicyId:
    """`at_once`: from now on, whatever it says. Searches that run go on by it from their next step. Raises PolicyIsInvalid, or a group."""
    said = msgspec.structs.replace(given, id=PolicyId(UUID(int=0)))
    claim = await idempotency.claim(
        conn, caller=by, mutation=ENTER, key=idempotency_key, body=[repr(said), at_once, why]
    )
    if claim.answer is not None:
        return PolicyId.parse(claim.answer["id"])
    now = await policies.lock(conn)
    if at_once:
        given = msgspec.structs.replace(given, valid_from=now)
    policy.check(given, now)
    if strangers := await policies.unknown(conn, given.companies):
        raise PolicyIsInvalid("companies", f"{strangers[0]} is no company that takes part")
    await policies.add(conn, given, why, by)
    await claim.store(conn, {"id": str(given.id)})
    return given.id
