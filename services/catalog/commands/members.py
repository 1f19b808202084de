"""Who is of a merchant."""

from __future__ import annotations

from services.catalog.domain.merchant import UNTOLD, MerchantAction
from services.catalog.store import goods, merchants
from services.contracts.catalog import MerchantStatus
from services.kit.database.db import Transaction
from services.kit.messaging import outbox


async def erase(conn: Transaction, subject: str) -> None:
    """Of no merchant any more, which is told, and asked for by none. An application that nobody owns any more ends; a merchant that was
    more than that is without anybody. Repeating changes nothing."""
    left = await merchants.take_out(conn, subject)
    await merchants.forget_contact(conn, subject)
    for each in left:
        if each.status in UNTOLD and not each.owned:
            await merchants.save_status(conn, each.id, MerchantStatus.CLOSED, None)
            await merchants.add_history(
                conn, each.id, MerchantAction.CLOSE, MerchantStatus.CLOSED, reason=None, by=subject
            )
    if told := [each.id for each in left if each.status not in UNTOLD]:
        await outbox.append(conn, *await goods.merchant_states(conn, told))
