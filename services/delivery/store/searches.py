"""SQL of searches that want a person: which they are, who was asked and why, and what people decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.contracts.delivery import DeliveryId, PartnerId, RiderId
from services.contracts.ordering import OrderId
from services.delivery.domain.offer import OfferState
from services.delivery.domain.policy import PolicyId
from services.delivery.domain.searching import SearchAction
from services.delivery.domain.trip import DeliveryStatus, Trip
from services.kit.database.db import Connection, Row

MAX_ASKED = 100
"""Offers of one trip that are shown, the newest."""


async def decided(
    conn: Connection,
    trip: Trip,
    action: SearchAction,
    reason: str,
    *,
    by: str,
    partner_id: PartnerId | None = None,
    minutes: int | None = None,
) -> None:
    await conn.execute(
        """INSERT INTO search_decision (delivery_id, action, partner_id, minutes, reason, subject, at)
           VALUES ($1, $2, $3, $4, $5, $6, $7)""",
        trip.id,
        action,
        partner_id,
        minutes,
        reason,
        by,
        trip.now,
    )


@dataclass(frozen=True, slots=True)
class SearchView:
    """A trip as staff see its search: where it begins and ends, and nothing of who ordered."""

    id: DeliveryId
    order_id: OrderId
    status: DeliveryStatus
    test: bool
    requested_at: datetime | None
    wants_person_at: datetime | None
    seek_until: datetime | None
    cash_to_collect_rupiah: int
    distance_m: int
    merchant_name: str | None
    from_kecamatan: str
    to_kecamatan: str


_SEARCH = """SELECT d.id, d.order_id, d.status, d.test, d.requested_at, d.wants_person_at, d.seek_until, d.cash_to_collect_rupiah,
                    d.distance_m, s.names[1] AS merchant_name, s.codes[1] AS from_kecamatan, s.codes[cardinality(s.codes)] AS to_kecamatan
             FROM delivery d CROSS JOIN LATERAL (
                 SELECT array_agg(kecamatan_code ORDER BY seq) AS codes, array_agg(merchant_name ORDER BY seq) AS names
                 FROM stop WHERE delivery_id = d.id AND left_out_at IS NULL) AS s"""


def _search(row: Row) -> SearchView:
    return SearchView(
        DeliveryId(row["id"]),
        OrderId(row["order_id"]),
        DeliveryStatus(row["status"]),
        row["test"],
        row["requested_at"],
        row["wants_person_at"],
        row["seek_until"],
        row["cash_to_collect_rupiah"],
        row["distance_m"],
        row["merchant_name"],
        row["from_kecamatan"],
        row["to_kecamatan"],
    )


async def that_want_a_person(
    conn: Connection, after: tuple[datetime, DeliveryId] | None, limit: int
) -> list[SearchView]:
    """Those who wait longest first."""
    at, last = after or (None, None)
    rows = await conn.fetch(
        f"""{_SEARCH} WHERE d.wants_person_at IS NOT NULL AND d.status IN ('REQUESTED', 'OFFERED')
            AND ($1::timestamptz IS NULL OR (d.wants_person_at, d.id) > ($1, $2::uuid))
            ORDER BY d.wants_person_at, d.id LIMIT $3""",
        at,
        last,
        limit,
    )
    return [_search(row) for row in rows]


async def find(conn: Connection, delivery_id: DeliveryId) -> SearchView | None:
    row = await conn.fetchrow(f"{_SEARCH} WHERE d.id = $1", delivery_id)
    return _search(row) if row else None


async def count_wanting(conn: Connection) -> int:
    """Of real orders."""
    many: int = await conn.fetchval(
        """SELECT count(*) FROM delivery
           WHERE wants_person_at IS NOT NULL AND status IN ('REQUESTED', 'OFFERED') AND NOT test"""
    )
    return many


@dataclass(frozen=True, slots=True)
class AskedView:
    """One offer, with why it was made; what was not kept then is None."""

    delivery_id: DeliveryId
    partner_id: PartnerId
    state: OfferState
    offered_at: datetime
    closed_at: datetime | None
    policy_id: PolicyId | None
    taken_today: int | None
    asked_of: int | None
    rider_id: RiderId | None
    away_m: int | None
    joins_id: DeliveryId | None
    added_m: int | None
    by_hand: bool


async def asked(conn: Connection, ids: Sequence[DeliveryId]) -> dict[DeliveryId, list[AskedView]]:
    """By trip, the newest first."""
    rows = await conn.fetch(
        """SELECT o.* FROM unnest($1::uuid[]) AS t (id) CROSS JOIN LATERAL (
               SELECT * FROM offer WHERE delivery_id = t.id ORDER BY offered_at DESC, id DESC LIMIT $2) AS o
           ORDER BY o.offered_at DESC, o.id DESC""",
        ids,
        MAX_ASKED,
    )
    found: dict[DeliveryId, list[AskedView]] = {each: [] for each in ids}
    for row in rows:
        found[DeliveryId(row["delivery_id"])].append(asked_view(row))
    return found


def asked_view(row: Row) -> AskedView:
    return AskedView(
        DeliveryId(row["delivery_id"]),
        PartnerId(row["partner_id"]),
        OfferState(row["state"]),
        row["offered_at"],
        row["closed_at"],
        PolicyId(row["policy_id"]) if row["policy_id"] else None,
        row["taken_today"],
        row["asked_of"],
        RiderId(row["rider_id"]) if row["rider_id"] else None,
        row["away_m"],
        DeliveryId(row["joins_id"]) if row["joins_id"] else None,
        row["added_m"],
        row["by_hand"],
    )


@dataclass(frozen=True, slots=True)
class DecisionView:
    delivery_id: DeliveryId
    action: SearchAction
    partner_id: PartnerId | None
    minutes: int | None
    reason: str
    at: datetime


async def decisions(conn: Connection, ids: Sequence[DeliveryId]) -> dict[DeliveryId, list[DecisionView]]:
    """By trip, the oldest first."""
    rows = await conn.fetch(
        "SELECT * FROM search_decision WHERE delivery_id = ANY($1::uuid[]) ORDER BY delivery_id, id", ids
    )
    found: dict[DeliveryId, list[DecisionView]] = {each: [] for each in ids}
    for row in rows:
        found[DeliveryId(row["delivery_id"])].append(
            DecisionView(
                DeliveryId(row["delivery_id"]),
                SearchAction(row["action"]),
                PartnerId(row["partner_id"]) if row["partner_id"] else None,
                row["minutes"],
                row["reason"],
                row["at"],
            )
        )
    return found
