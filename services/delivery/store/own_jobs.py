"""SQL of a company's jobs as its machine sees them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from services.contracts.delivery import DeliveryId, FailureCode, PartnerId, RiderId
from services.contracts.places import GeoPoint
from services.delivery.domain.proof import DropoffWish, ProofRule
from services.delivery.domain.trip import ON_TRIP, DeliveryStatus
from services.delivery.store import exchanges, proof_rules
from services.delivery.store.exchanges import Before
from services.delivery.store.reading_crews import PlaceView
from services.kit.database.db import Connection, Row


@dataclass(frozen=True, slots=True)
class OwnJob:
    """`taken_at` is when the company's acceptance counted, `since` when the trip came to its state. The last place is the drop-off."""

    id: DeliveryId
    status: DeliveryStatus
    test: bool
    rider_id: RiderId
    rider_external_id: str | None
    taken_at: datetime
    since: datetime
    ready_at: datetime | None
    distance_m: int
    fee_rupiah: int
    rider_share_rupiah: int
    partner_share_rupiah: int
    cash_to_collect_rupiah: int
    failure_code: FailureCode | None
    places: tuple[PlaceView, ...]
    dropoff_wish: DropoffWish | None = None
    proof_rule: ProofRule | None = None
    before: tuple[Before, ...] = ()


_JOB = f"""SELECT d.id, d.dropoff_wish, {proof_rules.held_of("d")}::text AS proof_rule,
    d.status, d.test, d.rider_id, r.external_id, coalesce(o.closed_at, o.offered_at) AS taken_at, d.ready_at,
    d.distance_m, d.fee_rupiah, d.rider_share_rupiah, d.partner_share_rupiah, d.cash_to_collect_rupiah, d.failure_code,
    (SELECT max(h.at) FROM delivery_history h WHERE h.delivery_id = d.id AND h.status = d.status) AS since,
    ARRAY(SELECT (s.kecamatan_code, s.lat, s.lng, s.merchant_name, s.seq, s.ready_at, s.packed_at) FROM stop s
          WHERE s.delivery_id = d.id AND s.left_out_at IS NULL ORDER BY s.seq) AS places"""
# By the index of the one, or of the other: a day of long ago is not sought among all jobs since.
_JOINED = "JOIN rider r ON r.id = d.rider_id WHERE d.partner_id = $1"
_ALL = f"{_JOB} FROM delivery d JOIN offer o ON o.id = d.offer_id {_JOINED}"
_OF_DAY = f"""{_JOB} FROM offer o JOIN delivery d ON d.offer_id = o.id {_JOINED} AND o.partner_id = $1 AND o.state = 'ACCEPTED'
    AND o.offered_at >= $5::date::timestamp AT TIME ZONE 'Asia/Jakarta'
    AND o.offered_at < ($5::date + 1)::timestamp AT TIME ZONE 'Asia/Jakarta'"""


def _job(row: Row) -> OwnJob:
    return OwnJob(
        id=DeliveryId(row["id"]),
        status=DeliveryStatus(row["status"]),
        test=row["test"],
        rider_id=RiderId(row["rider_id"]),
        rider_external_id=row["external_id"],
        taken_at=row["taken_at"],
        since=row["since"],
        ready_at=row["ready_at"],
        distance_m=row["distance_m"],
        fee_rupiah=row["fee_rupiah"],
        rider_share_rupiah=row["rider_share_rupiah"],
        partner_share_rupiah=row["partner_share_rupiah"],
        cash_to_collect_rupiah=row["cash_to_collect_rupiah"],
        failure_code=FailureCode(row["failure_code"]) if row["failure_code"] else None,
        places=tuple(PlaceView(code, GeoPoint(lat=lat, lng=lng), *rest) for code, lat, lng, *rest in row["places"]),
        dropoff_wish=DropoffWish(row["dropoff_wish"]) if row["dropoff_wish"] else None,
        proof_rule=proof_rules.held(row["proof_rule"]),
    )


async def page(
    conn: Connection, partner_id: PartnerId, *, only_open: bool, day: date | None, after: DeliveryId | None, limit: int
) -> list[OwnJob]:
    """The newest first; `day` is the WIB day on which the job was offered to the company that has it."""
    rows = await conn.fetch(
        f"""{_OF_DAY if day else _ALL} AND ($2::uuid IS NULL OR d.id < $2) AND ($3::text[] IS NULL OR d.status = ANY($3))
            ORDER BY d.id DESC LIMIT $4""",
        partner_id,
        after,
        [*ON_TRIP] if only_open else None,
        limit,
        *([day] if day else []),
    )
    return await _with_before(conn, [_job(row) for row in rows])


async def find(conn: Connection, partner_id: PartnerId, delivery_id: DeliveryId) -> OwnJob | None:
    """None too of what the company has no more."""
    row = await conn.fetchrow(f"{_ALL} AND d.id = $2", partner_id, delivery_id)
    return (await _with_before(conn, [_job(row)]))[0] if row else None


async def _with_before(conn: Connection, found: list[OwnJob]) -> list[OwnJob]:
    before = await exchanges.of(conn, [each.id for each in found])
    return [replace(each, before=tuple(before.get(each.id, ()))) for each in found]
