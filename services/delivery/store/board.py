"""SQL of what decides about who is asked: the jobs, the companies, and the riders near where the jobs begin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from services.contracts.catalog import MerchantId
from services.contracts.delivery import DeliveryId, PartnerId, PartnerStatus, RiderId
from services.contracts.places import GeoPoint
from services.delivery.domain.board import UNKNOWN_GRAM, Asked, Board, Company, Job, Outside, Rider
from services.delivery.domain.crew import CARRIES_GRAM, VehicleKind
from services.delivery.domain.eta import FRESH
from services.delivery.domain.insertion import Visit, promised_by
from services.delivery.domain.trip import DeliveryStatus, Stop
from services.delivery.store import reach
from services.delivery.store.partners import CONNECTED
from services.delivery.store.positions import RIDES
from services.delivery.store.rates import HELD
from services.delivery.store.reach import REACH
from services.delivery.store.riders import CARRIES
from services.kit.database.db import Connection, Row

_decode = msgspec.json.decode

_JOBS: Final = """
SELECT d.id, d.status, d.test, d.cash_to_collect_rupiah, d.distance_m, d.ready_at, d.requested_at, d.duration_s,
       coalesce(d.weight_limit_gram, (d.fare->>'mass_limit_gram')::integer) AS gram, s.stops,
       CASE WHEN d.fetching AND d.status = 'PICKED_UP' THEN s.fetched END AS fetched, o.asked,
       coalesce((d.fare->>'per_mille')::integer, 1000) AS per_mille,
       (coalesce((d.fare->>'at')::timestamptz, d.created_at) AT TIME ZONE 'Asia/Jakarta')::date AS quoted_on
FROM delivery d CROSS JOIN LATERAL (
    SELECT array_agg((seq, kecamatan_code, lat, lng, merchant_id, merchant_name, ready_at, packed_at) ORDER BY seq) AS stops,
           array_agg(seq) FILTER (WHERE fetched_at IS NOT NULL) AS fetched
    FROM stop WHERE delivery_id = d.id AND left_out_at IS NULL
) AS s LEFT JOIN LATERAL (
    SELECT array_agg((g.partner_id, g.asked, g.is_open, g.gave_back, g.rests_since)) AS asked FROM (
        SELECT partner_id, (count(*) FILTER (WHERE offered_at >= greatest(d.requested_at, d.rounds_from)))::integer AS asked,
               bool_or(state = 'OPEN') AS is_open, (count(*) FILTER (WHERE state = 'ACCEPTED'))::integer AS gave_back,
               CASE WHEN bool_or(state = 'ACCEPTED') THEN greatest(max(closed_at) FILTER (WHERE state <> 'WITHDRAWN'), d.requested_at)
                    ELSE max(closed_at) FILTER (WHERE state <> 'WITHDRAWN') END AS rests_since
        FROM offer WHERE delivery_id = d.id GROUP BY partner_id) AS g
) AS o ON true
WHERE d.id = ANY($1::uuid[])"""


async def jobs(conn: Connection, ids: Sequence[DeliveryId]) -> dict[DeliveryId, Job]:
    """Trips as they are dispatched, with who was asked for each."""
    return {job.id: job for job in map(_job, await conn.fetch(_JOBS, ids))}


def _job(row: Row) -> Job:
    requested_at: datetime | None = row["requested_at"]
    due = promised_by(requested_at, row["ready_at"], row["duration_s"]) if requested_at else None
    stops = tuple(
        Stop(
            code, GeoPoint(lat=lat, lng=lng), MerchantId(merchant) if merchant else None, name, seq, ready_at, packed_at
        )
        for seq, code, lat, lng, merchant, name, ready_at, packed_at in row["stops"]
    )
    return Job(
        DeliveryId(row["id"]),
        DeliveryStatus(row["status"]),
        row["test"],
        stops,
        UNKNOWN_GRAM if row["gram"] is None else row["gram"],
        row["cash_to_collect_rupiah"],
        row["distance_m"],
        row["ready_at"],
        due,
        {
            PartnerId(partner): Asked(asked, is_open, gave_back, rests_since)
            for partner, asked, is_open, gave_back, rests_since in row["asked"] or ()
        },
        frozenset(row["fetched"] or ()),
        row["per_mille"],
        row["quoted_on"],
    )


_MOST_CASH: Final = """(SELECT coalesce(cash_limit_rupiah, -1) FROM rider
                        WHERE partner_id = p.id AND vehicle = v.vehicle AND carries_gram IS NULL AND {}
                        ORDER BY cash_limit_rupiah DESC NULLS FIRST LIMIT 1)"""
_OF_THEIR_OWN: Final = """(SELECT jsonb_object_agg(carries_gram, most) FROM (
                            SELECT carries_gram,
                                   CASE WHEN bool_or(cash_limit_rupiah IS NULL) THEN -1 ELSE max(cash_limit_rupiah) END AS most
                            FROM rider WHERE partner_id = p.id AND carries_gram IS NOT NULL AND {} GROUP BY carries_gram) AS own)"""
"""Riders of whom it was said what they take along; for the others their vehicle says it."""


def _either(most: str, which: str) -> str:
    """By vehicle or by grams; null where there is nobody."""
    by_vehicle = f"jsonb_object_agg(v.vehicle, {most}.most) FILTER (WHERE {most}.most IS NOT NULL)"
    return f"nullif(coalesce({by_vehicle}, '{{}}') || coalesce({_OF_THEIR_OWN.format(which)}, '{{}}'), '{{}}')"


_COMPANIES: Final = f"""
SELECT p.id, p.status, coalesce(a.unanswered, 0) AS unanswered, coalesce(h.open_now, 0) AS open_now,
       (SELECT count(*) FROM offer o WHERE o.partner_id = p.id AND o.state = 'ACCEPTED' AND NOT o.rehearsed AND o.offered_at >= (
            date_trunc('day', $1::timestamptz AT TIME ZONE 'Asia/Jakarta') AT TIME ZONE 'Asia/Jakarta')) AS accepted_today,
       (SELECT max(offered_at) FROM offer o WHERE o.partner_id = p.id AND NOT o.rehearsed) AS last_offered_at,
       c.partner_id IS NOT NULL AS outside, c.tests, c.seen_at > $1 - interval '60 s' AND coalesce(c.away_until <= $1, true) AS answers,
       {REACH} AS reach, {HELD} AS rates, r.on_shift, CASE WHEN r.on_shift IS NULL THEN r.there END AS there,
       r.on_shift IS NULL OR EXISTS (
           SELECT FROM rider f WHERE f.partner_id = p.id AND f.on_shift AND f.ended_at IS NULL
           AND NOT EXISTS (SELECT FROM delivery d WHERE d.rider_id = f.id AND d.{RIDES} AND d.only_for IS NULL)) AS free
FROM partner p LEFT JOIN partner_answering a ON a.partner_id = p.id LEFT JOIN courier c ON c.partner_id = p.id
LEFT JOIN (SELECT partner_id, count(*) AS open_now FROM offer WHERE state = 'OPEN' AND NOT rehearsed GROUP BY partner_id) AS h
     ON h.partner_id = p.id
CROSS JOIN LATERAL (
    SELECT {_either("shift", "on_shift AND ended_at IS NULL")}::text AS on_shift,
           {_either("any_of", "ended_at IS NULL")}::text AS there
    FROM unnest($2::text[]) AS v (vehicle)
    CROSS JOIN LATERAL (SELECT {_MOST_CASH.format("on_shift AND ended_at IS NULL")} AS most) AS shift
    CROSS JOIN LATERAL (SELECT {_MOST_CASH.format("ended_at IS NULL")} AS most) AS any_of
) AS r
WHERE p.status IN ('ACTIVE', 'SANDBOX') AND {CONNECTED}"""


async def companies(conn: Connection, now: datetime) -> list[Company]:
    """Every company that may take jobs of some kind and can be told of them."""
    rows = await conn.fetch(_COMPANIES, now, [*VehicleKind])
    return [
        Company(
            PartnerId(row["id"]),
            PartnerStatus(row["status"]),
            row["accepted_today"],
            row["last_offered_at"],
            row["unanswered"],
            row["open_now"],
            row["free"],
            _able(row["on_shift"] or row["there"]),
            *reach.read(row["reach"]),
            outside=Outside(row["answers"], row["tests"]) if row["outside"] else None,
            rates=row["rates"] or (),
        )
        for row in rows
    ]


def _able(text: str | None) -> list[tuple[int, int | None]]:
    found: Mapping[str, int] = _decode(text) if text else {}
    return [
        (int(who) if who.isdigit() else CARRIES_GRAM[VehicleKind(who)], None if most < 0 else most)
        for who, most in found.items()
    ]


# The nearest on shift of whom something was heard just now, but those on whom an open offer counts; by the index alone, in its order.
NEAR: Final = f"""
SELECT n, r.id, r.partner_id, r.carries_gram, r.cash_limit_rupiah, r.lat, r.lng, r.away_m, c.jobs, plan.stops::text AS stops
FROM (SELECT n, place_on_earth(lat, lng) AS here FROM unnest($1::float8[], $2::float8[]) WITH ORDINALITY AS s (lat, lng, n) OFFSET 0) AS at
CROSS JOIN LATERAL (
    SELECT r.id, r.partner_id, {CARRIES} AS carries_gram, r.cash_limit_rupiah, p.lat, p.lng, p.near <-> at.here AS away_m
    FROM rider_place p JOIN rider r ON r.id = p.rider_id
    WHERE r.on_shift AND r.ended_at IS NULL AND p.at >= $3
      AND p.rider_id NOT IN (SELECT o.rider_id FROM offer o WHERE o.state = 'OPEN' AND o.rider_id IS NOT NULL AND NOT o.rehearsed)
    ORDER BY p.near <-> at.here LIMIT $4
) AS r LEFT JOIN LATERAL (
    SELECT array_agg(d.id ORDER BY d.requested_at, d.id) AS jobs FROM delivery d
    WHERE d.rider_id = r.id AND d.{RIDES} AND d.only_for IS NULL
) AS c ON true LEFT JOIN rider_plan plan ON c.jobs IS NOT NULL AND plan.rider_id = r.id
ORDER BY n, r.away_m"""


async def near(
    conn: Connection, points: Sequence[GeoPoint], now: datetime
) -> dict[GeoPoint, list[tuple[Rider, float]]]:
    """Around each place the riders who are there now, the nearest first; a rider around two places is one."""
    rows = await conn.fetch(
        NEAR, [each.lat for each in points], [each.lng for each in points], now - FRESH, Board.looked_at(len(points))
    )
    carried = (
        await jobs(conn, sorted({DeliveryId(each) for row in rows for each in row["jobs"] or ()}, key=str))
        if any(row["jobs"] for row in rows)
        else {}
    )
    riders: dict[RiderId, Rider] = {}
    found: dict[GeoPoint, list[tuple[Rider, float]]] = {each: [] for each in points}
    for row in rows:
        rider_id = RiderId(row["id"])
        if rider_id not in riders:
            riders[rider_id] = _rider(rider_id, row, carried)
        found[points[row["n"] - 1]].append((riders[rider_id], row["away_m"]))
    return found


def _rider(rider_id: RiderId, row: Row, carried: Mapping[DeliveryId, Job]) -> Rider:
    mine = [carried[DeliveryId(each)] for each in row["jobs"] or () if DeliveryId(each) in carried]
    return Rider(
        rider_id,
        PartnerId(row["partner_id"]),
        GeoPoint(lat=row["lat"], lng=row["lng"]),
        row["carries_gram"],
        row["cash_limit_rupiah"],
        mine,
        in_order(mine, row["stops"]),
    )


def in_order(carried: Sequence[Job], plan: str | None) -> tuple[Visit, ...]:
    """The stops ahead, by the plan that was kept; what it does not know comes after, trip by trip as they were taken."""
    ahead = {(str(visit.job_id.uuid), visit.seq): visit for job in carried for visit in job.visits}
    kept: list[Any] = _decode(plan) if plan else []
    first = [ahead.pop((job, seq)) for job, seq in kept if (job, seq) in ahead]
    return (*first, *ahead.values())
