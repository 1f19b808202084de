"""How a merchant comes, is looked at, trades and ends."""

from __future__ import annotations

from typing import Final

from services.catalog.domain import application, merchant
from services.catalog.domain.application import Application
from services.catalog.domain.caller import Caller, NotFound
from services.catalog.domain.merchant import DECISIONS, MerchantAction, OwnMatter
from services.catalog.store import goods, merchants
from services.contracts.catalog import (
    ApplicationFault,
    ApplicationOutcome,
    ApplicationSettled,
    ApplicationWaits,
    MerchantId,
    MerchantStatus,
)
from services.kit.database.db import Transaction
from services.kit.graphql import idempotency
from services.kit.messaging import outbox

APPLY: Final = "applyAsMerchant"


async def apply(conn: Transaction, given: Application, *, by: str, idempotency_key: str) -> MerchantId:
    """Who applies is its owner. Raises ApplicationInvalid, or a group of it, and OwnMerchantsAreTooMany."""
    claim = await idempotency.claim(conn, caller=by, mutation=APPLY, key=idempotency_key, body=given)
    if claim.answer is not None:
        return MerchantId.parse(claim.answer["merchant_id"])
    checked = application.checked(given)
    await merchants.lock_owner(conn, by)
    merchant.check_room(await merchants.count_own(conn, by))
    made = MerchantId.new()
    await merchants.insert(conn, made, checked, by)
    await merchants.add_history(conn, made, MerchantAction.APPLY, MerchantStatus.APPLIED, reason=None, by=by)
    await _tell_that_it_waits(conn, made, by)
    await claim.store(conn, {"merchant_id": str(made)})
    return made


async def apply_again(
    conn: Transaction, caller: Caller, merchant_id: MerchantId, given: Application, *, by: str
) -> None:
    """With the whole application anew. Raises NotFound, MerchantInState, ApplicationInvalid or a group of it."""
    checked = application.checked(given)
    await move(conn, caller, merchant_id, MerchantAction.APPLY, None, by=by)
    await merchants.update(conn, merchant_id, checked)
    await _tell_that_it_waits(conn, merchant_id, by)


async def move(
    conn: Transaction,
    caller: Caller,
    merchant_id: MerchantId,
    action: MerchantAction,
    reason: str | None,
    *,
    by: str,
    fault: ApplicationFault | None = None,
) -> None:
    """`reason` is one line; `fault` is told of what is sent back. Raises NotFound, MerchantInState, and OwnMatter when it is the
    platform's to decide on somebody else's."""
    found = await merchants.lock(conn, caller, merchant_id, by=by, any=merchant.of_any(caller, action))
    if found is None:
        raise NotFound
    if found.own and action in DECISIONS:
        raise OwnMatter
    to = merchant.after(found.status, action)
    if to is found.status:
        return
    await merchants.save_status(conn, merchant_id, to, reason)
    await merchants.add_history(conn, merchant_id, action, to, reason=reason, by=by)
    if merchant.is_told(found.status, to):
        await outbox.append(conn, *await goods.merchant_states(conn, [merchant_id]))
    await tell_settled(conn, merchant_id, merchant.settles(found.status, to), fault)


async def tell_settled(
    conn: Transaction,
    merchant_id: MerchantId,
    outcome: ApplicationOutcome | None,
    fault: ApplicationFault | None = None,
) -> None:
    """What became of an application that waited; nothing for None. The merchant is held."""
    if outcome is None:
        return
    applicant, at = await merchants.applicant(conn, merchant_id)
    event = ApplicationSettled(
        merchant_id=merchant_id, applicant=applicant, outcome=outcome, settled_at=at, fault=fault
    )
    await outbox.append(conn, event)


async def _tell_that_it_waits(conn: Transaction, merchant_id: MerchantId, by: str) -> None:
    _, at = await merchants.applicant(conn, merchant_id)
    await outbox.append(conn, ApplicationWaits(merchant_id=merchant_id, applicant=by, since=at))
