"""SQL of the policies of dispatch: which holds, and what was entered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from services.contracts.delivery import PartnerId
from services.delivery.domain.policy import Entered, PolicyId
from services.kit.database.db import Connection, Row, only_row

HOLDS: Final = """(SELECT to_jsonb(e) FROM dispatch_policy e WHERE e.valid_from <= wlijo_now()
                   ORDER BY e.valid_from DESC, e.id DESC LIMIT 1)"""
"""The policy that holds now, as a column: it is read with what it decides about. Null where nothing was entered."""


def _id(kind: type[Any], text: Any) -> Any:
    return kind(UUID(text))


_ENTERED: Final = msgspec.json.Decoder(Entered, dec_hook=_id)


def entered(column: str | None) -> Entered | None:
    """What `HOLDS` has read."""
    return _ENTERED.decode(column) if column else None


@dataclass(frozen=True, slots=True)
class PolicyView:
    policy: Entered
    why: str
    entered_at: datetime


async def lock(conn: Connection) -> datetime:
    """Now. Who enters policies comes one after another; a search waits for nobody."""
    await conn.execute("SELECT pg_advisory_xact_lock(hashtext('dispatch_policy'))")
    now: datetime = await conn.fetchval("SELECT wlijo_now()")
    return now


async def unknown(conn: Connection, companies: Sequence[PartnerId]) -> list[PartnerId]:
    """Of these, those that are no company that takes part."""
    rows = await conn.fetch(
        """SELECT c FROM unnest($1::uuid[]) AS c WHERE NOT EXISTS (
               SELECT FROM partner p WHERE p.id = c AND p.status <> 'INVITED' AND p.left_at IS NULL)""",
        companies,
    )
    return [PartnerId(row["c"]) for row in rows]


async def add(conn: Connection, policy: Entered, why: str, by: str) -> None:
    await conn.execute(
        """INSERT INTO dispatch_policy (id, valid_from, rule, companies, offer_s, at_once, rounds, pause_s, assign_within_s, reach_m,
                                        escalate_percent, together, batch, detour_m, why, entered_by, entered_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, wlijo_now())""",
        policy.id,
        policy.valid_from,
        policy.rule,
        [*policy.companies],
        policy.offer_s,
        policy.at_once,
        policy.rounds,
        policy.pause_s,
        policy.assign_within_s,
        policy.reach_m,
        policy.escalate_percent,
        policy.together,
        policy.batch,
        policy.detour_m,
        why,
        by,
    )


async def holding(conn: Connection) -> Entered | None:
    return entered(await conn.fetchval(f"SELECT {HOLDS}::text"))


_PAGE: Final = "SELECT to_jsonb(e)::text AS policy, e.why, e.entered_at FROM dispatch_policy e"


def _view(row: Row) -> PolicyView:
    return PolicyView(_ENTERED.decode(row["policy"]), row["why"], row["entered_at"])


async def page(conn: Connection, after: PolicyId | None, limit: int) -> list[PolicyView]:
    """What was entered, the last to begin first."""
    rows = await conn.fetch(
        f"""{_PAGE} WHERE $1::uuid IS NULL OR (e.valid_from, e.id) < (
                SELECT a.valid_from, a.id FROM dispatch_policy a WHERE a.id = $1)
            ORDER BY e.valid_from DESC, e.id DESC LIMIT $2""",
        after,
        limit,
    )
    return [_view(row) for row in rows]


async def find(conn: Connection, policy_id: PolicyId) -> PolicyView:
    """One that there is."""
    return _view(await only_row(conn, f"{_PAGE} WHERE e.id = $1", policy_id))
