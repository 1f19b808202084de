"""What ops may do with a partner."""

from __future__ import annotations

from dataclasses import replace

from services.contracts.delivery import PartnerChanged, PartnerId, PartnerStatus
from services.delivery.domain import partner
from services.delivery.domain.partner import UnknownPartner
from services.delivery.store import partners
from services.delivery.store.partners import Partner
from services.kit.database.db import Transaction
from services.kit.messaging import outbox


async def set_status(conn: Transaction, partner_id: PartnerId, status: PartnerStatus, reason: str) -> Partner:
    """The partner as it is now; jobs under way go on. Raises UnknownPartner, IllegalStatus."""
    found = await partners.lock(conn, partner_id)
    if found is None:
        raise UnknownPartner(str(partner_id))
    if not partner.changes(found.status, status):
        return found
    await partners.set_status(conn, partner_id, status, reason)
    await outbox.append(conn, PartnerChanged(partner_id=partner_id, name=found.name, status=status))
    return replace(found, status=status)
