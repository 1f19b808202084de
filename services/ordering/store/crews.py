"""SQL of who speaks for companies and who rides, as delivery has told."""

from __future__ import annotations

from services.contracts.delivery import PartnerChanged, RiderChanged
from services.kit.database.db import Connection


async def put_partner(conn: Connection, partner: PartnerChanged) -> None:
    await conn.execute(
        """WITH gone AS (
               DELETE FROM partner_member WHERE partner_id = $1 AND subject <> ALL ($2::text[])
           )
           INSERT INTO partner_member (partner_id, subject) SELECT $1, unnest($2::text[])
           ON CONFLICT (partner_id, subject) DO NOTHING""",
        partner.partner_id,
        [member.subject for member in partner.members],
    )


async def put_rider(conn: Connection, rider: RiderChanged) -> None:
    """Who has ended, or signs in nowhere, reads no door."""
    if rider.ended or rider.subject is None:
        await conn.execute("DELETE FROM rider_person WHERE rider_id = $1", rider.rider_id)
        return
    await conn.execute(
        """INSERT INTO rider_person (rider_id, partner_id, subject) VALUES ($1, $2, $3)
           ON CONFLICT (rider_id) DO UPDATE SET (partner_id, subject) = (excluded.partner_id, excluded.subject)""",
        rider.rider_id,
        rider.partner_id,
        rider.subject,
    )
