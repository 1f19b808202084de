"""SQL of what somebody is of, as was heard: for an app that asks what to show. Who may do what, catalog and delivery decide."""

from __future__ import annotations

from dataclasses import dataclass

from services.contracts.catalog import MerchantId
from services.contracts.delivery import PartnerId
from services.kit.database.db import Connection
from services.people.domain.membership import MembershipKind


@dataclass(frozen=True, slots=True)
class Membership:
    kind: MembershipKind
    about: MerchantId | PartnerId
    name: str


async def of(conn: Connection, subject: str, limit: int) -> list[Membership]:
    """Merchants first, by name."""
    rows = await conn.fetch(
        """SELECT 1 AS nth, 'MERCHANT' AS kind, merchant_id AS id, name FROM heard_merchant WHERE members @> ARRAY[$1]
           UNION ALL SELECT 2, 'COMPANY_OWNER', partner_id, name FROM heard_partner WHERE owners @> ARRAY[$1]
           UNION ALL SELECT 3, 'DISPATCHER', partner_id, name FROM heard_partner WHERE dispatchers @> ARRAY[$1]
           UNION ALL SELECT 4, 'RIDER', r.partner_id, coalesce(p.name, '') FROM heard_rider r
               LEFT JOIN heard_partner p ON p.partner_id = r.partner_id WHERE r.subject = $1
           ORDER BY nth, name, id LIMIT $2""",
        subject,
        limit,
    )
    return [_membership(MembershipKind(row["kind"]), row["id"], row["name"]) for row in rows]


def _membership(kind: MembershipKind, about: object, name: str) -> Membership:
    of_whom = MerchantId if kind is MembershipKind.MERCHANT else PartnerId
    return Membership(kind, of_whom(about), name)  # type: ignore[arg-type]  # a uuid of the table
