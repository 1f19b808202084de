"""SQL of outside couriers: how each is, and what becomes of the offers that it holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.contracts.delivery import DeliveryId, OfferId, PartnerId, RiderId
from services.delivery.domain.courier import JobState, Unwanted
from services.delivery.domain.trip import DeliveryStatus
from services.kit.database.db import Connection, Row


@dataclass(frozen=True, slots=True)
class Job:
    """`now` is the database's clock when it was read. `due`: its turn has come then; of one that is being looked after, something was
    told of it meanwhile."""

    offer_id: OfferId
    delivery_id: DeliveryId
    partner_id: PartnerId
    state: JobState
    offered: bytes
    now: datetime
    rider_id: RiderId | None = None
    unwanted: Unwanted | None = None
    stray: bool = False
    asked: bool = False
    quotation_id: str | None = None
    order_id: str | None = None
    price_rupiah: int | None = None
    reported: DeliveryStatus = DeliveryStatus.ASSIGNED
    driver_id: str | None = None
    tries: int = 0
    said: str | None = None
    sent_at: datetime | None = None
    placed_at: datetime | None = None
    gone_at: datetime | None = None
    due: bool = False


_JOB = """offer_id, delivery_id, partner_id, rider_id, state, unwanted, stray, asked, offered, quotation_id, order_id, price_rupiah,
          reported, driver_id, tries, said, sent_at, placed_at, gone_at, wlijo_now() AS now, next_at <= wlijo_now() AS due"""


def _job(row: Row) -> Job:
    return Job(
        offer_id=OfferId(row["offer_id"]),
        delivery_id=DeliveryId(row["delivery_id"]),
        partner_id=PartnerId(row["partner_id"]),
        state=JobState(row["state"]),
        offered=row["offered"],
        now=row["now"],
        rider_id=RiderId(row["rider_id"]) if row["rider_id"] else None,
        unwanted=Unwanted(row["unwanted"]) if row["unwanted"] else None,
        stray=row["stray"],
        asked=row["asked"],
        quotation_id=row["quotation_id"],
        order_id=row["order_id"],
        price_rupiah=row["price_rupiah"],
        reported=DeliveryStatus(row["reported"]),
        driver_id=row["driver_id"],
        tries=row["tries"],
        said=row["said"],
        sent_at=row["sent_at"],
        placed_at=row["placed_at"],
        gone_at=row["gone_at"],
        due=row["due"],
    )


async def enter(conn: Connection, partner_id: PartnerId, *, tests: bool, read_to: str) -> str | None:
    """Up to where its feed was read; None when there is no such company. What was told before it was a courier is not its."""
    found: str | None = await conn.fetchval(
        """INSERT INTO courier (partner_id, tests, read_to, seen_at)
           SELECT id, $2, $3, wlijo_now() FROM partner WHERE id = $1
           ON CONFLICT (partner_id) DO UPDATE SET tests = excluded.tests, seen_at = excluded.seen_at RETURNING read_to""",
        partner_id,
        tests,
        read_to,
    )
    return found


async def read_to(conn: Connection, partner_id: PartnerId) -> str:
    """And its program is there."""
    found: str = await conn.fetchval(
        "UPDATE courier SET seen_at = wlijo_now() WHERE partner_id = $1 RETURNING read_to", partner_id
    )
    return found


async def go_on(conn: Connection, partner_id: PartnerId, before: str, to: str) -> bool:
    """False when another worker has read on from there."""
    return bool(
        await conn.fetchval(
            "UPDATE courier SET read_to = $3 WHERE partner_id = $1 AND read_to = $2 RETURNING true",
            partner_id,
            before,
            to,
        )
    )


async def went_well(conn: Connection, partner_id: PartnerId) -> None:
    await conn.execute(
        "UPDATE courier SET failures = 0, away_until = NULL WHERE partner_id = $1 AND failures > 0", partner_id
    )


async def went_wrong(conn: Connection, partner_id: PartnerId) -> None:
    """From the third failure in a row on it is left alone, each time for twice as long, up to a quarter of an hour."""
    await conn.execute(
        """UPDATE courier SET failures = failures + 1, away_until = CASE WHEN failures >= 2
               THEN wlijo_now() + make_interval(secs => least(30 * 2 ^ least(failures - 2, 10), 900)) END
           WHERE partner_id = $1""",
        partner_id,
    )


async def take_offer(
    conn: Connection, partner_id: PartnerId, offer_id: OfferId, delivery_id: DeliveryId, offered: bytes
) -> None:
    """A repeat is none. Nor is an offer of a trip that the courier may still have a driver on: it ends by itself."""
    await conn.execute(
        """INSERT INTO courier_job (offer_id, delivery_id, partner_id, offered, made_at, next_at)
           VALUES ($1, $2, $3, $4, wlijo_now(), wlijo_now()) ON CONFLICT DO NOTHING""",
        offer_id,
        delivery_id,
        partner_id,
        offered,
    )


async def withdraw(conn: Connection, partner_id: PartnerId, delivery_id: DeliveryId, offer_id: OfferId | None) -> None:
    await conn.execute(
        """UPDATE courier_job SET unwanted = 'TRIP', next_at = wlijo_now()
           WHERE partner_id = $1 AND delivery_id = $2 AND ($3::uuid IS NULL OR offer_id = $3) AND state <> 'ENDED'""",
        partner_id,
        delivery_id,
        offer_id,
    )


async def ask(conn: Connection, partner_id: PartnerId, delivery_id: DeliveryId) -> None:
    await conn.execute(
        """UPDATE courier_job SET asked = true, next_at = wlijo_now()
           WHERE partner_id = $1 AND delivery_id = $2 AND state <> 'ENDED'""",
        partner_id,
        delivery_id,
    )


async def claim(conn: Connection, partner_id: PartnerId, *, limit: int, lease: timedelta) -> list[Job]:
    """What is due, for this worker alone until the lease is over."""
    rows = await conn.fetch(
        f"""UPDATE courier_job SET next_at = wlijo_now() + $3 WHERE offer_id IN (
                SELECT offer_id FROM courier_job WHERE partner_id = $1 AND state <> 'ENDED' AND next_at <= wlijo_now()
                ORDER BY next_at LIMIT $2 FOR UPDATE SKIP LOCKED)
            RETURNING {_JOB}""",
        partner_id,
        limit,
        lease,
    )
    return [_job(row) for row in rows]


async def lock(conn: Connection, offer_id: OfferId) -> Job | None:
    row = await conn.fetchrow(f"SELECT {_JOB} FROM courier_job WHERE offer_id = $1 FOR UPDATE", offer_id)
    return _job(row) if row else None


async def save(conn: Connection, job: Job, next_s: float) -> None:
    """Whoever saves one has locked it."""
    await conn.execute(
        """UPDATE courier_job SET rider_id = $2, state = $3, unwanted = $4, asked = $5, quotation_id = $6, order_id = $7,
               price_rupiah = $8, reported = $9, driver_id = $10, tries = $11, said = $12, sent_at = $13, placed_at = $14, gone_at = $15,
               next_at = wlijo_now() + make_interval(secs => $16), ended_at = CASE WHEN $3 = 'ENDED' THEN wlijo_now() END
           WHERE offer_id = $1""",
        job.offer_id,
        job.rider_id,
        job.state,
        job.unwanted,
        job.asked,
        job.quotation_id,
        job.order_id,
        job.price_rupiah,
        job.reported,
        job.driver_id,
        job.tries,
        job.said[:200] if job.said else None,
        job.sent_at,
        job.placed_at,
        job.gone_at,
        next_s,
    )


async def heard_of(conn: Connection, partner_id: PartnerId, order_id: str, instead_of: str | None) -> bool:
    """Whether it is of use: an order of a job, one that replaces such a one, or perhaps the one of which nobody knows."""
    if instead_of is not None:
        await conn.execute(
            """UPDATE courier_job SET order_id = $2, gone_at = NULL, next_at = wlijo_now()
               WHERE partner_id = $1 AND order_id = $3 AND state = 'PLACED'
                 AND NOT EXISTS (SELECT FROM courier_job WHERE order_id = $2)""",
            partner_id,
            order_id,
            instead_of,
        )
        # Told so late that the job was given back: it is nobody's ride, and is called off.
        await conn.execute(
            """UPDATE courier_job SET order_id = $2, state = 'PLACED', stray = true, unwanted = 'TRIP', ended_at = NULL,
                   next_at = wlijo_now()
               WHERE partner_id = $1 AND order_id = $3 AND state = 'ENDED' AND reported <> 'DELIVERED'
                 AND NOT EXISTS (SELECT FROM courier_job WHERE order_id = $2)""",
            partner_id,
            order_id,
            instead_of,
        )
    if await conn.fetchval(
        """UPDATE courier_job SET next_at = least(next_at, wlijo_now()) WHERE partner_id = $1 AND order_id = $2
           RETURNING true""",
        partner_id,
        order_id,
    ):
        return True
    return bool(
        await conn.fetchval(
            """WITH unsure AS (UPDATE courier_job SET next_at = wlijo_now() WHERE partner_id = $1 AND state = 'PLACING'
                               AND next_at < wlijo_now() + interval '60 s' RETURNING true)
               INSERT INTO courier_word (partner_id, order_id, at) SELECT $1, $2, wlijo_now()
               WHERE EXISTS (SELECT FROM courier_job WHERE partner_id = $1 AND state = 'PLACING')
               ON CONFLICT (partner_id, order_id) DO UPDATE SET at = excluded.at RETURNING true""",
            partner_id,
            order_id,
        )
    )


async def words(conn: Connection, partner_id: PartnerId, limit: int) -> list[str]:
    """Orders that were heard of and are of no job that is known, the newest first."""
    rows = await conn.fetch(
        """SELECT order_id FROM courier_word w WHERE partner_id = $1
             AND NOT EXISTS (SELECT FROM courier_job j WHERE j.order_id = w.order_id) ORDER BY at DESC LIMIT $2""",
        partner_id,
        limit,
    )
    return [row["order_id"] for row in rows]


async def forget_words(conn: Connection, partner_id: PartnerId, order_ids: Sequence[str] = ()) -> None:
    """These, and those that are a day old."""
    await conn.execute(
        """DELETE FROM courier_word WHERE partner_id = $1
             AND (order_id = ANY($2::text[]) OR at < wlijo_now() - interval '1 day')""",
        partner_id,
        [*order_ids],
    )


async def live(conn: Connection, partner_id: PartnerId | None = None) -> list[Job]:
    rows = await conn.fetch(
        f"""SELECT {_JOB} FROM courier_job WHERE state <> 'ENDED' AND ($1::uuid IS NULL OR partner_id = $1)
            ORDER BY made_at, offer_id""",
        partner_id,
    )
    return [_job(row) for row in rows]
