"""People put right what they once said of themselves."""

from __future__ import annotations

from typing import Final

from services.catalog.domain.application import Contact
from services.catalog.domain.caller import NotFound
from services.catalog.store import audit, members, merchants
from services.contracts.catalog import MemberRole, MerchantId
from services.kit.database.db import Transaction
from services.kit.http.rate import RateLimited

MOST_A_DAY: Final = 20
_LATER_MS: Final = 3_600_000


async def correct_name(conn: Transaction, merchant_id: MerchantId, name: str, *, by: str) -> None:
    """By what the others call them. Raises NotFound for who is not of it, RateLimited."""
    await _check_haste(conn, by)
    _, there = await members.lock(conn, merchant_id)
    mine = next((each for each in there if each.subject == by), None)
    if mine is None:
        raise NotFound
    await members.call(conn, mine.id, name)
    await audit.corrected(conn, by, audit.NAME, merchant_id)


async def correct_contact(conn: Transaction, merchant_id: MerchantId, contact: Contact, *, by: str) -> None:
    """Whom the platform asks for. Raises NotFound for who does not own it, and for a merchant that never applied; RateLimited."""
    await _check_haste(conn, by)
    _, there = await members.lock(conn, merchant_id)
    if not any(each.subject == by and each.role is MemberRole.OWNER for each in there):
        raise NotFound
    if not await merchants.save_contact(conn, merchant_id, contact):
        raise NotFound
    await audit.corrected(conn, by, audit.CONTACT, merchant_id)


async def _check_haste(conn: Transaction, by: str) -> None:
    """Each leaves a row for ever. Raises RateLimited."""
    if await audit.corrected_lately(conn, by) >= MOST_A_DAY:
        raise RateLimited(_LATER_MS)
