"""SQL of a trip's life as operators see it: its steps, who was asked, what was replied, what a person did. Nothing of who ordered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from services.contracts.delivery import Delivered, DeliveryId, FailureCode, PartnerId
from services.delivery.domain.offer import OfferState
from services.delivery.domain.trip import DeliveryStatus
from services.kit.database.db import Connection
from services.kit.messaging import told
from services.kit.messaging.told import Told

MOST = 200


@dataclass(frozen=True, slots=True)
class StepView:
    at: datetime
    status: DeliveryStatus
    cause: str


@dataclass(frozen=True, slots=True)
class OfferView:
    partner_id: PartnerId
    state: OfferState
    offered_at: datetime
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReplyView:
    """`code` says why it was refused; None that it was applied."""

    partner_id: PartnerId
    type: str
    code: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class DeedView:
    """What a person did: `outcome` of a trip that they ended, None where it was given to another."""

    outcome: str | None
    failure: FailureCode | None
    cash_rupiah: int | None
    from_partner: PartnerId | None
    to_partner: PartnerId | None
    with_goods: bool | None
    reason: str
    at: datetime
    by_viewer: bool


@dataclass(frozen=True, slots=True)
class TimerView:
    kind: str
    due_at: datetime
    overdue: bool
    attempts: int
    error: str | None


@dataclass(frozen=True, slots=True)
class Life:
    steps: list[StepView]
    offers: list[OfferView]
    replies: list[ReplyView]
    deeds: list[DeedView]
    timers: list[TimerView]
    told: list[Told]


async def find(conn: Connection, trip: DeliveryId, viewer: str) -> Life:
    """By statements of this trip's rows alone; each list at most `MOST`."""
    steps = await conn.fetch(
        "SELECT at, status, cause FROM delivery_history WHERE delivery_id = $1 ORDER BY version LIMIT $2", trip, MOST
    )
    offers = await conn.fetch(
        "SELECT partner_id, state, offered_at, closed_at FROM offer WHERE delivery_id = $1 ORDER BY offered_at, id LIMIT $2",
        trip,
        MOST,
    )
    replies = await conn.fetch(
        """SELECT partner_id, type, code, answered_at FROM reply_inbox WHERE delivery_id = $1
           ORDER BY answered_at, reply_id LIMIT $2""",
        trip,
        MOST,
    )
    deeds = await conn.fetch(
        """SELECT outcome, failure_code, cash_collected_rupiah AS cash, NULL::uuid AS from_partner, NULL::uuid AS to_partner,
                  NULL::boolean AS with_goods, reason, at, ended_by = $2 AS mine
           FROM delivery_ending WHERE delivery_id = $1
           UNION ALL
           SELECT NULL, failure_code, NULL, from_partner, to_partner, with_goods, reason, at, said_by = $2
           FROM delivery_incident WHERE delivery_id = $1 ORDER BY at LIMIT $3""",
        trip,
        viewer,
        MOST,
    )
    timers = await conn.fetch(
        """SELECT kind, due_at, due_at < wlijo_now() AS overdue, attempts, split_part(error, E'\\n', 1) AS error FROM timer
           WHERE subject = $1 ORDER BY due_at, kind""",
        trip,
    )
    return Life(
        steps=[StepView(row["at"], DeliveryStatus(row["status"]), row["cause"]) for row in steps],
        offers=[
            OfferView(PartnerId(row["partner_id"]), OfferState(row["state"]), row["offered_at"], row["closed_at"])
            for row in offers
        ],
        replies=[
            ReplyView(PartnerId(row["partner_id"]), row["type"], row["code"], row["answered_at"]) for row in replies
        ],
        deeds=[
            DeedView(
                outcome=row["outcome"],
                failure=FailureCode(row["failure_code"]) if row["failure_code"] else None,
                cash_rupiah=row["cash"],
                from_partner=PartnerId(row["from_partner"]) if row["from_partner"] else None,
                to_partner=PartnerId(row["to_partner"]) if row["to_partner"] else None,
                with_goods=row["with_goods"],
                reason=row["reason"],
                at=row["at"],
                by_viewer=row["mine"],
            )
            for row in deeds
        ],
        timers=[TimerView(*row.values()) for row in timers],
        told=await told.of(conn, [(Delivered.topic, str(trip))]),
    )
