"""SQL of photos and signatures of handovers: what was asked for, what came, who sees it, and which files are to go."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from services.contracts.delivery import DeliveryId, FailureCode, PartnerId, ProofId, ProofKind, RiderId
from services.contracts.ordering import OrderId
from services.delivery.domain.proof import ROOM, Awaiting, DropoffWish, Proof
from services.delivery.domain.trip import DeliveryStatus, Trip
from services.delivery.store import proof_rules
from services.delivery.store.reading import Viewer
from services.kit.database.db import Connection, Row
from services.kit.photos.made import SIZES
from services.kit.photos.names import key_of
from services.kit.photos.sizes import Made, Size
from services.kit.photos.sweeping import Kept

_PROOF = """SELECT id, delivery_id, kind, stop, partner_id, rider_id, return_to, source, sizes, proved_at IS NOT NULL AS proved,
                   goes_at <= wlijo_now() AS overdue FROM delivery_proof WHERE id = $1"""


def _proof(row: Row) -> Proof:
    return Proof(
        id=ProofId(row["id"]),
        delivery_id=DeliveryId(row["delivery_id"]),
        kind=ProofKind(row["kind"]),
        stop=row["stop"],
        partner_id=PartnerId(row["partner_id"]),
        rider_id=RiderId(row["rider_id"]),
        overdue=row["overdue"],
        return_to=row["return_to"],
        source=row["source"],
        sizes=SIZES.decode(row["sizes"]),
        proved=row["proved"],
    )


async def count(conn: Connection, delivery_id: DeliveryId) -> int:
    found: int = await conn.fetchval("SELECT count(*) FROM delivery_proof WHERE delivery_id = $1", delivery_id)
    return found


async def ask(
    conn: Connection,
    proof_id: ProofId,
    trip: Trip,
    kind: ProofKind,
    *,
    stop: int | None,
    by: str | None,
    within: timedelta,
    return_to: str | None,
) -> datetime:
    """Until when it is awaited. The trip is locked, and somebody's."""
    until: datetime = await conn.fetchval(
        """INSERT INTO delivery_proof (id, delivery_id, kind, stop, partner_id, rider_id, subject, made_at, goes_at, return_to)
           VALUES ($1, $2, $3, $4, $5, $6, $7, wlijo_now(), wlijo_now() + $8, $9) RETURNING goes_at""",
        proof_id,
        trip.id,
        kind,
        stop,
        trip.partner_id,
        trip.rider_id,
        by,
        within,
        return_to,
    )
    return until


async def again(conn: Connection, proof_id: ProofId, within: timedelta, return_to: str | None) -> datetime:
    """Of one that was asked for and has not come, until when it is awaited now; of one that has, until when it is kept."""
    until: datetime = await conn.fetchval(
        """UPDATE delivery_proof SET goes_at = CASE WHEN came_at IS NULL THEN wlijo_now() + $2 ELSE goes_at END,
                                     return_to = CASE WHEN came_at IS NULL THEN $3 ELSE return_to END
           WHERE id = $1 RETURNING goes_at""",
        proof_id,
        within,
        return_to,
    )
    return until


async def find(conn: Connection, proof_id: ProofId) -> Proof | None:
    row = await conn.fetchrow(_PROOF, proof_id)
    return _proof(row) if row else None


async def lock(conn: Connection, proof_id: ProofId) -> Proof | None:
    row = await conn.fetchrow(f"{_PROOF} FOR UPDATE", proof_id)
    return _proof(row) if row else None


async def came(conn: Connection, proof_id: ProofId, made: Made, kept_for: timedelta) -> datetime:
    """Until when it is kept."""
    until: datetime = await conn.fetchval(
        """UPDATE delivery_proof SET source = $2, color = $3, sizes = $4::jsonb, came_at = wlijo_now(), goes_at = wlijo_now() + $5
           WHERE id = $1 RETURNING goes_at""",
        proof_id,
        made.source,
        made.color,
        msgspec.json.encode(list(made.sizes)).decode(),
        kept_for,
    )
    return until


async def proved(conn: Connection, proof_id: ProofId, kept_for: timedelta) -> datetime:
    """The handover is proven by it. Until when it is kept."""
    until: datetime = await conn.fetchval(
        """UPDATE delivery_proof SET proved_at = wlijo_now(), goes_at = wlijo_now() + $2 WHERE id = $1 RETURNING goes_at""",
        proof_id,
        kept_for,
    )
    return until


async def wish(conn: Connection, trip: Trip, cause: str) -> None:
    """As the trip has it, with the change in its history. `trip.version` is the new one."""
    await conn.execute(
        """WITH saved AS (UPDATE delivery SET version = $2, dropoff_wish = $3 WHERE id = $1)
           INSERT INTO delivery_history (delivery_id, version, status, cause, at) VALUES ($1, $2, $4, $5, $6)""",
        trip.id,
        trip.version,
        trip.dropoff_wish,
        trip.status,
        cause,
        trip.now,
    )


async def drop(conn: Connection, proof_id: ProofId) -> None:
    """One whose time is over, its files after it."""
    rows = await conn.fetch(
        "DELETE FROM delivery_proof WHERE id = $1 AND goes_at <= wlijo_now() RETURNING sizes", proof_id
    )
    await to_go(conn, _keys(rows), timedelta())


async def drop_of_person(conn: Connection, subject: str) -> None:
    """What shows a person's door or hand, and what they sent."""
    rows = await conn.fetch(
        """DELETE FROM delivery_proof p USING delivery d
           WHERE d.id = p.delivery_id AND (d.buyer = $1 OR p.subject = $1) RETURNING p.sizes""",
        subject,
    )
    await to_go(conn, _keys(rows), timedelta())


async def now(conn: Connection) -> datetime:
    at: datetime = await conn.fetchval("SELECT wlijo_now()")
    return at


# -- what is shown ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shown:
    id: ProofId
    kind: ProofKind
    stop: int | None
    came_at: datetime
    proved: bool
    color: str
    sizes: Sequence[Size]


async def of_trips(
    conn: Connection, ids: Sequence[DeliveryId], viewer: Viewer
) -> tuple[dict[DeliveryId, list[Shown]], datetime]:
    """Oldest first, and what time it is. The buyer and staff see what proved the handover and what was taken at counters, who brings it all
    that they sent: a company what was sent while it had the trip."""
    rows = await conn.fetch(
        """SELECT p.id, p.delivery_id, p.kind, p.stop, p.came_at, p.proved_at IS NOT NULL AS proved, p.color, p.sizes
           FROM delivery_proof p JOIN delivery d ON d.id = p.delivery_id
           WHERE p.delivery_id = ANY ($1) AND p.came_at IS NOT NULL AND p.goes_at > wlijo_now() AND p.lost_at IS NULL
           AND ((p.proved_at IS NOT NULL OR p.stop IS NOT NULL) AND (d.buyer = $2 OR $4)
                OR p.partner_id = d.partner_id AND (p.partner_id = $3
                    OR EXISTS (SELECT FROM partner_member m WHERE m.partner_id = p.partner_id AND m.subject = $5)
                    OR EXISTS (SELECT FROM rider r WHERE r.id = p.rider_id AND r.id = d.rider_id AND r.subject = $5)))
           ORDER BY p.delivery_id, p.came_at, p.id""",
        ids,
        viewer.buyer,
        viewer.partner_id,
        viewer.ops or viewer.officer,
        viewer.person,
    )
    found: dict[DeliveryId, list[Shown]] = {each: [] for each in ids}
    for row in rows:
        found[DeliveryId(row["delivery_id"])].append(_shown(row))
    return found, await now(conn)


async def of_pickups(
    conn: Connection, pickups: Sequence[tuple[DeliveryId, int]]
) -> tuple[dict[tuple[DeliveryId, int], list[Shown]], datetime]:
    """For who may see these stops: what was taken there, and of the door the photo that proved the handover, small. Nothing of somebody's
    hand."""
    rows = await conn.fetch(
        """SELECT w.delivery_id, w.seq, p.id, p.kind, p.stop, p.came_at, p.proved_at IS NOT NULL AS proved, p.color, p.sizes
           FROM unnest($1::uuid[], $2::int[]) AS w (delivery_id, seq) JOIN delivery_proof p ON p.delivery_id = w.delivery_id
           AND (p.stop = w.seq OR p.proved_at IS NOT NULL AND p.kind = 'PHOTO')
           WHERE p.came_at IS NOT NULL AND p.goes_at > wlijo_now() AND p.lost_at IS NULL ORDER BY p.came_at, p.id""",
        [each for each, _ in pickups],
        [stop for _, stop in pickups],
    )
    found: dict[tuple[DeliveryId, int], list[Shown]] = {each: [] for each in pickups}
    for row in rows:
        shown = _shown(row)
        small = shown if shown.stop is not None else replace(shown, sizes=shown.sizes[:1])
        found[(DeliveryId(row["delivery_id"]), row["seq"])].append(small)
    return found, await now(conn)


def _shown(row: Row) -> Shown:
    return Shown(
        ProofId(row["id"]),
        ProofKind(row["kind"]),
        row["stop"],
        row["came_at"],
        row["proved"],
        row["color"],
        SIZES.decode(row["sizes"]),
    )


async def accepted(conn: Connection, ids: Sequence[DeliveryId]) -> dict[DeliveryId, Awaiting]:
    """By what is decided what proves each, of trips that the caller has been shown."""
    rows = await conn.fetch(
        f"""SELECT id, cash_to_collect_rupiah, failure_code, dropoff_wish, {proof_rules.HOLDS}::text AS proof_rule
            FROM delivery WHERE id = ANY($1::uuid[])""",
        ids,
    )
    return {
        DeliveryId(row["id"]): Awaiting(
            row["cash_to_collect_rupiah"],
            FailureCode(row["failure_code"]) if row["failure_code"] else None,
            DropoffWish(row["dropoff_wish"]) if row["dropoff_wish"] else None,
            proof_rules.held(row["proof_rule"]),
        )
        for row in rows
    }


async def trips_of_orders(
    conn: Connection, orders: Sequence[OrderId]
) -> list[tuple[OrderId, DeliveryId, DeliveryStatus]]:
    """For staff."""
    rows = await conn.fetch(
        "SELECT order_id, id, status FROM delivery WHERE order_id = ANY($1::uuid[]) AND only_for IS NULL ORDER BY id",
        orders,
    )
    return [(OrderId(row["order_id"]), DeliveryId(row["id"]), DeliveryStatus(row["status"])) for row in rows]


async def causes(conn: Connection, ids: Sequence[DeliveryId]) -> dict[DeliveryId, str]:
    """By what each came to be delivered, as its history has it."""
    rows = await conn.fetch(
        "SELECT delivery_id, cause FROM delivery_history WHERE delivery_id = ANY($1::uuid[]) AND status = 'DELIVERED'",
        ids,
    )
    return {DeliveryId(row["delivery_id"]): row["cause"] for row in rows}


# -- files and rows, held against each other --------------------------------------------------------------------------------


async def of_part(conn: Connection, part: str, after: UUID | None, limit: int) -> list[Kept]:
    """Proofs whose ids end in these two digits, by id."""
    rows = await conn.fetch(
        """SELECT id, sizes, lost_at IS NOT NULL AS lost FROM delivery_proof
           WHERE right(id::text, 2) = $1 AND ($2::uuid IS NULL OR id > $2) AND came_at IS NOT NULL
           ORDER BY right(id::text, 2), id LIMIT $3""",
        part,
        after,
        limit,
    )
    return [Kept(row["id"], _keys([row]), row["lost"]) for row in rows]


async def claimed_names(conn: Connection, ids: Collection[UUID]) -> set[str]:
    """Names of files that these have."""
    rows = await conn.fetch(
        "SELECT size ->> 'name' AS name FROM delivery_proof, jsonb_array_elements(sizes) AS size WHERE id = ANY($1::uuid[])",
        list(ids),
    )
    return {row["name"] for row in rows}


async def to_go(conn: Connection, keys: Sequence[str], after: timedelta) -> None:
    """These files are to go; of one that is to go already, it stays as it was."""
    await conn.execute(
        """INSERT INTO delivery_proof_gone (key, due_at)
           SELECT key, wlijo_now() + $2 FROM unnest($1::text[]) AS key ON CONFLICT DO NOTHING""",
        keys,
        after,
    )


async def due(conn: Connection, limit: int) -> list[str]:
    rows = await conn.fetch(
        "SELECT key FROM delivery_proof_gone WHERE due_at <= wlijo_now() ORDER BY due_at, key LIMIT $1", limit
    )
    return [row["key"] for row in rows]


async def gone(conn: Connection, keys: Sequence[str]) -> None:
    await conn.execute("DELETE FROM delivery_proof_gone WHERE key = ANY($1::text[])", keys)


async def lost(conn: Connection, ids: Sequence[UUID]) -> None:
    await conn.execute(
        "UPDATE delivery_proof SET lost_at = wlijo_now() WHERE id = ANY($1::uuid[]) AND lost_at IS NULL", list(ids)
    )


async def found_again(conn: Connection, ids: Sequence[UUID]) -> None:
    await conn.execute("UPDATE delivery_proof SET lost_at = NULL WHERE id = ANY($1::uuid[])", list(ids))


def _keys(rows: Sequence[Row]) -> list[str]:
    return [key_of(size.name, ROOM) for row in rows for size in SIZES.decode(row["sizes"])]
