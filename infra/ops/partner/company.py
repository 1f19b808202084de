"""How a company stands in delivery, on every channel, and how ops put it there."""

from __future__ import annotations

from typing import Any

from infra.ops.trouble import Trouble
from services.contracts.delivery import PartnerId, PartnerStatus
from services.delivery.commands.partners import move
from services.delivery.domain.caller import Caller
from services.delivery.domain.company import PartnerAction, after
from services.delivery.store import offers, partners
from services.kit.database.db import Connection, Database, transaction

_OPS = Caller(ops=True)
NEVER = frozenset({PartnerStatus.INVITED, PartnerStatus.SENT_BACK, PartnerStatus.LEFT})
"""Not looked at yet, or gone: nothing of it is there to be given access."""
_CARRIES = "d.status NOT IN ('DELIVERED', 'RETURNED', 'DISPOSED', 'UNASSIGNABLE', 'CANCELLED')"


async def shown(conn: Connection, partner: PartnerId | None) -> list[dict[str, Any]]:
    """One, or all."""
    rows = await conn.fetch(
        f"""SELECT p.id, p.name, {partners.STANDING} AS standing, p.paused_from, p.paused_by_company, p.status_reason,
                   {partners.CONNECTED} AS connected,
                   (SELECT count(*) FROM offer o WHERE o.partner_id = p.id AND o.state = 'OPEN') AS open_offers,
                   (SELECT count(*) FROM delivery d WHERE d.partner_id = p.id AND {_CARRIES}) AS carries,
                   (SELECT count(*) FROM rider r WHERE r.partner_id = p.id AND r.ended_at IS NULL) AS riders,
                   (SELECT string_agg(w.status, ', ') FROM webhook w WHERE w.partner_id = p.id) AS webhook
            FROM partner p WHERE $1::uuid IS NULL OR p.id = $1 ORDER BY p.name, p.id""",
        partner,
    )
    return [
        {"partner": str(PartnerId(row["id"])), **{name: value for name, value in row.items() if name != "id"}}
        for row in rows
    ]


async def standing(db: Database, partner: PartnerId) -> PartnerStatus:
    """Raises Trouble when there is no such company."""
    async with transaction(db) as conn:
        return (await _locked(conn, partner)).status


async def pause(db: Database, partner: PartnerId, because: str, by: str, *, apply: bool) -> str:
    """What is done, in a line: as the graph does it. A company that has paused itself is held from now on: it does not resume by itself."""
    async with transaction(db) as conn:
        found = await _locked(conn, partner)
        if found.status in NEVER:
            return f"  {partner} is {found.status} in delivery: nobody offers it anything"
        if after(found.standing, PartnerAction.PAUSE, by_company=False) == found.standing:
            return f"  {partner} is PAUSED by the platform already"
        open_ones = len(await offers.open_of(conn, partner))
        if apply:
            await move(conn, _OPS, partner, PartnerAction.PAUSE, because, by=_by(by))
    ends = f"{open_ones} open offers end, and none come, on topics, HTTP, webhooks and pages"
    return f"~ {partner} was {found.status} in delivery and is PAUSED: {ends}; what it carries it finishes"


async def bring_back(db: Database, partner: PartnerId, because: str, by: str, *, apply: bool) -> str:
    """To where it was paused from: a resumption promotes nobody."""
    async with transaction(db) as conn:
        found = await _locked(conn, partner)
        if found.status is not PartnerStatus.PAUSED:
            return f"  {partner} is {found.status} in delivery"
        if found.paused_by_company:
            return f"  {partner} has paused itself: it resumes by its own page"
        to = after(found.standing, PartnerAction.RESUME, by_company=False)
        if apply:
            await move(conn, _OPS, partner, PartnerAction.RESUME, because, by=_by(by))
    return f"~ {partner} was PAUSED in delivery and is {to.status}: it is offered jobs again"


async def _locked(conn: Connection, partner: PartnerId) -> partners.Partner:
    found = await partners.lock(conn, partner)
    if found is None:
        raise Trouble(f"delivery knows no {partner}: `partner show` lists all")
    return found


def _by(name: str) -> str:
    return f"operations: {name}"
