"""SQL of what each company was offered, took and earned, by day: whether work is shared out fairly can be looked up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from services.contracts.delivery import PartnerId
from services.delivery.domain.caller import Caller
from services.kit.database.db import Connection

DAYS: Final = 31


@dataclass(frozen=True, slots=True)
class DayView:
    """By the WIB day on which the offers were made. The fees are those of trips that were delivered; tests are left out."""

    partner_id: PartnerId
    day: date
    offered: int
    accepted: int
    declined: int
    expired: int
    delivered: int
    fees_rupiah: int
    rider_shares_rupiah: int


async def days(conn: Connection, caller: Caller, ids: Sequence[PartnerId]) -> list[DayView]:
    """The newest first; of companies that the caller is of, for the platform of all."""
    rows = await conn.fetch(
        """SELECT o.partner_id, (o.offered_at AT TIME ZONE 'Asia/Jakarta')::date AS day, count(*) AS offered,
                  count(*) FILTER (WHERE o.state = 'ACCEPTED') AS accepted, count(*) FILTER (WHERE o.state = 'DECLINED') AS declined,
                  count(*) FILTER (WHERE o.state = 'TIMED_OUT') AS expired, count(*) FILTER (WHERE mine.done) AS delivered,
                  coalesce(sum(d.fee_rupiah) FILTER (WHERE mine.done), 0)::bigint AS fees,
                  coalesce(sum(d.rider_share_rupiah) FILTER (WHERE mine.done), 0)::bigint AS rider_shares
           FROM offer o JOIN delivery d ON d.id = o.delivery_id AND NOT d.test
           CROSS JOIN LATERAL (SELECT d.offer_id = o.id AND d.status = 'DELIVERED' AS done) AS mine
           WHERE o.partner_id = ANY($3::uuid[]) AND o.offered_at >= (
                   (wlijo_now() AT TIME ZONE 'Asia/Jakarta')::date - $4::integer + 1)::timestamp AT TIME ZONE 'Asia/Jakarta'
             AND ($2 OR EXISTS (SELECT FROM partner_member m WHERE m.partner_id = o.partner_id AND m.subject = $1))
           GROUP BY o.partner_id, day ORDER BY o.partner_id, day DESC""",
        caller.person,
        caller.staff,
        ids,
        DAYS,
    )
    return [
        DayView(
            PartnerId(row["partner_id"]),
            row["day"],
            row["offered"],
            row["accepted"],
            row["declined"],
            row["expired"],
            row["delivered"],
            row["fees"],
            row["rider_shares"],
        )
        for row in rows
    ]
