"""Rules of trips in vain: rows are only ever added."""

from __future__ import annotations

from typing import Final

from services.delivery.domain.trip import Trip
from services.delivery.domain.vain import VainRule
from services.kit.database.db import Connection, Row, Transaction

_COLUMNS: Final = (
    "version, valid_from, legal_basis, called_off_pct, at_pickup_pct, way_back_pct, "
    "free_minutes, per_minute_rupiah, most_rupiah"
)


def _rule(row: Row) -> VainRule:
    return VainRule(**dict(row))


async def of_trip(conn: Transaction, trip: Trip) -> VainRule | None:
    """By the day on which its rider was sought."""
    rows = await conn.look(
        f"""SELECT {_COLUMNS} FROM vain_rule WHERE valid_from <= ($1::timestamptz AT TIME ZONE 'Asia/Jakarta')::date
            ORDER BY valid_from DESC LIMIT 1""",
        trip.requested_at or trip.now,
    )
    return _rule(rows[0]) if rows else None


async def all_rules(conn: Connection, limit: int) -> list[VainRule]:
    """The last to begin first."""
    rows = await conn.fetch(f"SELECT {_COLUMNS} FROM vain_rule ORDER BY valid_from DESC LIMIT $1", limit)
    return [_rule(row) for row in rows]


async def add(conn: Connection, rule: VainRule, by: str | None) -> bool:
    """False when its version, or its day, is there."""
    return bool(
        await conn.fetchval(
            f"""INSERT INTO vain_rule ({_COLUMNS}, entered_at, entered_by)
                VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, wlijo_now(), $10) ON CONFLICT DO NOTHING RETURNING true""",
            *_values(rule),
            by,
        )
    )


async def has(conn: Connection, rule: VainRule) -> bool:
    """Whether just this one is there."""
    row = await conn.fetchrow(f"SELECT {_COLUMNS} FROM vain_rule WHERE version = $1", rule.version)
    return row is not None and _rule(row) == rule


def _values(rule: VainRule) -> list[object]:
    return [
        rule.version,
        rule.valid_from,
        rule.legal_basis,
        rule.called_off_pct,
        rule.at_pickup_pct,
        rule.way_back_pct,
        rule.free_minutes,
        rule.per_minute_rupiah,
        rule.most_rupiah,
    ]
