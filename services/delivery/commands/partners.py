"""What ops may do with a partner."""

from __future__ import annotations

from dataclasses import replace

from services.contracts.delivery import PartnerChanged, PartnerId, PartnerStatus
from services.delivery.domain import partner
from services.delivery.domain.partner import UnknownPartner
from services.delivery.domain.trip import Wake
from services.delivery.store import offers, partners
from services.delivery.store.partners import Partner
from services.kit.database.db import Transaction
from services.kit.messaging import outbox, timers


async def set_status(conn: Transaction, partner_id: PartnerId, status: PartnerStatus, reason: str) -> Partner:
    """The partner as it is now. What it carries it finishes, on every channel; its open offers end at once, each in its trip's own
    transaction, unless it may still take them. Raises UnknownPartner, IllegalStatus."""
    found = await partners.lock(conn, partner_id)
    if found is None:
        raise UnknownPartner(str(partner_id))
    if not partner.changes(found.status, status):
        return found
    await partners.set_status(conn, partner_id, status, reason)
    await timers.hasten(conn, Wake.OFFER, await offers.open_of(conn, partner_id))
    await outbox.append(conn, PartnerChanged(partner_id=partner_id, name=found.name, status=status))
    return replace(found, status=status)
