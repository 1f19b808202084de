"""Test jobs of companies: what is to be played, what came of it, and all of them forgotten in time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec

from services.contracts.delivery import DeliveryId, PartnerId
from services.contracts.partner import ReplyRefused, Topics
from services.delivery.domain.rehearsal import KEPT_DAYS, TestScenario
from services.delivery.domain.trip import TERMINAL, DeliveryStatus
from services.delivery.domain.verdict import Came, Course, Offered
from services.delivery.store.reading import Viewer
from services.kit.database.db import Connection, Row, only_row
from services.kit.ids import Id

MOST_SHOWN: Final = 20
_MOST_EVENTS: Final = 2_000


@dataclass(frozen=True, slots=True)
class Standing:
    """Test jobs of a company: how many are open, how many were ordered within an hour, and how long ago the first of these."""

    open: int
    lately: int
    since_s: int


async def standing(conn: Connection, partner_id: PartnerId) -> Standing:
    row = await only_row(
        conn,
        """SELECT count(*) FILTER (WHERE status <> ALL($2::text[])) AS open, count(*) FILTER (WHERE lately) AS lately,
                  coalesce(extract(epoch FROM wlijo_now() - min(created_at) FILTER (WHERE lately)), 0)::integer AS since
           FROM (SELECT status, created_at, created_at > wlijo_now() - interval '1 hour' AS lately FROM delivery
                 WHERE only_for = $1 AND created_at > wlijo_now() - interval '1 day') AS mine""",
        partner_id,
        [*TERMINAL],
    )
    return Standing(row["open"], row["lately"], row["since"])


async def mark(conn: Connection, delivery_id: DeliveryId, partner_id: PartnerId, scenario: TestScenario) -> None:
    """The trip, just made, is a test job of this company alone."""
    await conn.execute(
        """WITH mine AS (UPDATE delivery SET only_for = $2 WHERE id = $1)
           INSERT INTO rehearsal (delivery_id, scenario, place) SELECT $1, $3, last_value FROM outbox_seq_seq""",
        delivery_id,
        partner_id,
        scenario,
    )


async def acted(conn: Connection, delivery_id: DeliveryId, acted: int) -> None:
    await conn.execute("UPDATE rehearsal SET acted = $2 WHERE delivery_id = $1", delivery_id, acted)


async def lock_pin(conn: Connection, delivery_id: DeliveryId, tries: int) -> None:
    """As if so many wrong ones had been tried."""
    await conn.execute("UPDATE delivery SET pin_tries = greatest(pin_tries, $2) WHERE id = $1", delivery_id, tries)


async def note_cash(conn: Connection, delivery_id: DeliveryId, rupiah: int) -> None:
    await conn.execute("UPDATE rehearsal SET cash_collected_rupiah = $2 WHERE delivery_id = $1", delivery_id, rupiah)


async def owner_of(conn: Connection, delivery_id: DeliveryId) -> PartnerId | None:
    """Whose test job it is; None when it is none."""
    found = await conn.fetchval("SELECT only_for FROM delivery WHERE id = $1", delivery_id)
    return PartnerId(found) if found else None


@dataclass(frozen=True, slots=True)
class RehearsalView:
    id: DeliveryId
    partner_id: PartnerId
    scenario: TestScenario
    status: DeliveryStatus
    requested_at: datetime
    course: Course


async def of_partner(
    conn: Connection, partner_id: PartnerId, viewer: Viewer, only: DeliveryId | None
) -> list[RehearsalView]:
    """The newest first, for the company's people, its machine and operators; or the one that is asked for."""
    rows = await conn.fetch(
        """SELECT d.id, d.status, d.created_at, d.cash_to_collect_rupiah, r.scenario, r.place, r.cash_collected_rupiah, wlijo_now() AS now,
                  ARRAY(SELECT (o.state, o.offered_at, o.expires_at, o.closed_at) FROM offer o WHERE o.delivery_id = d.id
                        ORDER BY o.offered_at) AS offers,
                  ARRAY(SELECT (h.status, h.at) FROM delivery_history h WHERE h.delivery_id = d.id ORDER BY h.version) AS steps
           FROM delivery d JOIN rehearsal r ON r.delivery_id = d.id
           WHERE d.only_for = $1 AND ($2::uuid IS NULL OR d.id = $2)
             AND ($1 = $3 OR $4 OR EXISTS (SELECT FROM partner_member m WHERE m.partner_id = $1 AND m.subject = $5))
           ORDER BY d.created_at DESC, d.id DESC LIMIT $6""",
        partner_id,
        only,
        viewer.partner_id,
        viewer.ops,
        viewer.person,
        MOST_SHOWN,
    )
    if not rows:
        return []
    jobs = [DeliveryId(row["id"]) for row in rows]
    came = await _came(conn, partner_id, [*jobs, partner_id], min(row["place"] for row in rows))
    strays = [each for each in came.get(str(partner_id), ()) if each.type == ReplyRefused.type]
    return [
        RehearsalView(
            DeliveryId(row["id"]),
            partner_id,
            TestScenario(row["scenario"]),
            DeliveryStatus(row["status"]),
            row["created_at"],
            Course(
                status=DeliveryStatus(row["status"]),
                requested_at=row["created_at"],
                now=row["now"],
                cash_to_collect_rupiah=row["cash_to_collect_rupiah"],
                cash_collected_rupiah=row["cash_collected_rupiah"],
                offers=tuple(Offered(*offer) for offer in row["offers"]),
                steps=tuple((at, DeliveryStatus(status)) for status, at in row["steps"]),
                came=_with_strays(came.get(str(DeliveryId(row["id"])), []), strays, row),
            ),
        )
        for row in rows
    ]


async def _came(conn: Connection, partner_id: PartnerId, about: Sequence[Id], place: int) -> dict[str, list[Came]]:
    """What the company was told of each job, and answered to its replies, in that order; of itself, what was about no job of its own."""
    rows = await conn.fetch(
        """SELECT told.key, told.type, told.created_at, told.payload, i.type AS reply_type FROM (
               (SELECT seq, key, type, created_at, payload FROM outbox
                WHERE topic = $1 AND topic LIKE 'partner.%' AND seq > $2 AND key = ANY($3::text[]) ORDER BY seq LIMIT $4)
               UNION ALL
               (SELECT seq, key, type, created_at, payload FROM outbox_archive
                WHERE topic = $1 AND topic LIKE 'partner.%' AND seq > $2 AND key = ANY($3::text[]) ORDER BY seq LIMIT $4)
           ) AS told LEFT JOIN reply_inbox i ON i.partner_id = $5 AND i.reply_id = convert_from(told.payload, 'UTF8')::jsonb ->> 'reply_id'
           ORDER BY told.seq LIMIT $4""",
        Topics.of(partner_id).jobs,
        place,
        [str(each) for each in about],
        _MOST_EVENTS,
        partner_id,
    )
    found: dict[str, list[Came]] = {}
    for row in rows:
        said: dict[str, Any] = msgspec.json.decode(row["payload"])
        what = Came(row["created_at"], row["type"], said, row["reply_type"])
        found.setdefault(row["key"], []).append(what)
    return found


def _with_strays(own: Sequence[Came], strays: Sequence[Came], row: Row) -> tuple[Came, ...]:
    """With what was refused while the job was open and named no job: it may have been meant for it."""
    ended = row["steps"][-1][1] if row["status"] in TERMINAL else row["now"]
    meant = [each for each in strays if row["created_at"] <= each.at <= ended]
    return tuple(sorted([*own, *meant], key=lambda each: each.at))


_OF: Final = (
    "stop",
    "delivery_history",
    "delivery_hazard",
    "delivery_foreseen",
    "delivery_link",
    "position",
    "rehearsal",
)


async def forget(conn: Connection, limit: int) -> int:
    """Test jobs that are over and old, with all that is of them; but what operators did to one stays. How many."""
    rows = await conn.fetch(
        """SELECT id FROM delivery d WHERE only_for IS NOT NULL AND created_at < wlijo_now() - make_interval(days => $1)
           AND status = ANY($2::text[])
           AND NOT EXISTS (SELECT FROM delivery_ending e WHERE e.delivery_id = d.id)
           ORDER BY created_at LIMIT $3 FOR UPDATE SKIP LOCKED""",
        KEPT_DAYS,
        [*TERMINAL],
        limit,
    )
    ids = [row["id"] for row in rows]
    if not ids:
        return 0
    await conn.execute(
        "UPDATE delivery SET partner_id = NULL, rider_id = NULL, offer_id = NULL WHERE id = ANY($1::uuid[])", ids
    )
    for table in ("offer", *_OF):
        await conn.execute(f"DELETE FROM {table} WHERE delivery_id = ANY($1::uuid[])", ids)
    await conn.execute("DELETE FROM delivery WHERE id = ANY($1::uuid[])", ids)
    return len(ids)
