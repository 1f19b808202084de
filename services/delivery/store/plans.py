"""SQL of the order in which riders with several jobs visit their stops."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from services.contracts.delivery import DeliveryId, RiderId
from services.contracts.places import GeoPoint
from services.delivery.domain.board import Job
from services.delivery.domain.eta import FRESH
from services.delivery.domain.insertion import Visit
from services.delivery.store import board
from services.delivery.store.positions import RIDES
from services.delivery.store.riders import CARRIES
from services.kit.database.db import Connection


@dataclass(frozen=True, slots=True)
class Carried:
    """What one rider has now, in the order in which it was taken, and the stops ahead in the order of their plan. `point` is where they
    were seen just now."""

    jobs: tuple[Job, ...] = ()
    ahead: tuple[Visit, ...] = ()
    carries_gram: int = 0
    point: GeoPoint | None = None


async def carried(conn: Connection, riders: Sequence[RiderId], now: datetime | None = None) -> dict[RiderId, Carried]:
    rows = await conn.fetch(
        f"""SELECT r.id, {CARRIES} AS carries_gram, p.lat, p.lng, p.at, plan.stops::text AS stops,
                   ARRAY(SELECT d.id FROM delivery d WHERE d.rider_id = r.id AND d.{RIDES} ORDER BY d.requested_at, d.id) AS jobs
            FROM rider r LEFT JOIN rider_place p ON p.rider_id = r.id LEFT JOIN rider_plan plan ON plan.rider_id = r.id
            WHERE r.id = ANY($1::uuid[])""",
        riders,
    )
    all_of_them = [DeliveryId(each) for row in rows for each in row["jobs"]]
    known = await board.jobs(conn, all_of_them) if all_of_them else {}
    found: dict[RiderId, Carried] = {}
    for row in rows:
        mine = tuple(known[DeliveryId(each)] for each in row["jobs"] if DeliveryId(each) in known)
        seen = now is not None and row["at"] is not None and now - row["at"] <= FRESH
        found[RiderId(row["id"])] = Carried(
            mine,
            board.in_order(mine, row["stops"]),
            row["carries_gram"],
            GeoPoint(lat=row["lat"], lng=row["lng"]) if seen else None,
        )
    return found


async def keep(conn: Connection, rider_id: RiderId, visits: Sequence[Visit], at: datetime) -> None:
    await conn.execute(
        """INSERT INTO rider_plan (rider_id, stops, made_at) VALUES ($1, ($2::text)::jsonb, $3)
           ON CONFLICT (rider_id) DO UPDATE SET stops = excluded.stops, made_at = excluded.made_at""",
        rider_id,
        msgspec.json.encode([(str(each.job_id.uuid), each.seq) for each in visits]).decode(),
        at,
    )
