"""A suspension as delivery feels it: the company is paused there, on every channel, whatever Kafka says of it."""

from __future__ import annotations

from services.contracts.delivery import PartnerId, PartnerStatus
from services.delivery.commands.partners import set_status
from services.delivery.store import partners
from services.kit.database.db import Database, transaction

_REASON = "suspended together with its access to Kafka"
_HAS_JOBS = frozenset({PartnerStatus.SANDBOX, PartnerStatus.ACTIVE})


async def pause(db: Database, partner: PartnerId) -> str:
    """What was done, in a line. Raises what the database raises."""
    async with transaction(db) as conn:
        found = await partners.lock(conn, partner)
        if found is None:
            return f"delivery knows no {partner}"
        if found.status not in _HAS_JOBS:
            return f"{partner} is {found.status} in delivery, and gets no jobs"
        await set_status(conn, partner, PartnerStatus.PAUSED, _REASON)
    return f"~ {partner} was {found.status} in delivery and is PAUSED: its offers end, what it carries it finishes over HTTP"


async def standing(db: Database, partner: PartnerId) -> str:
    """How it stands after its access was given back: whether it gets jobs is for ops to say."""
    async with transaction(db) as conn:
        found = await partners.lock(conn, partner)
    if found is None or found.status in _HAS_JOBS:
        return ""
    return f"{partner} is {found.status} in delivery: it gets jobs once setPartnerStatus says so"
