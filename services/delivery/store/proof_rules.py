"""Rules of what proves a handover: rows are only ever added."""

from __future__ import annotations

from typing import Final

import msgspec

from services.delivery.domain.proof import ProofRule
from services.kit.database.db import Connection, Row

_COLUMNS: Final = "version, valid_from, legal_basis, photo, signature, signature_cash_rupiah"


def held_of(trip: str) -> str:
    """The rule of the day on which the rider of this row of `delivery` was sought, as a column: it is read with the trip. Null where there
    is none."""
    return f"""(SELECT to_jsonb(e) FROM proof_rule e
        WHERE e.valid_from <= (coalesce({trip}.requested_at, wlijo_now()) AT TIME ZONE 'Asia/Jakarta')::date
        ORDER BY e.valid_from DESC LIMIT 1)"""


HOLDS: Final = held_of("delivery")
_RULE: Final = msgspec.json.Decoder(ProofRule)


def held(column: str | None) -> ProofRule | None:
    """What `HOLDS` has read."""
    return _RULE.decode(column) if column else None


async def all_rules(conn: Connection, limit: int) -> list[ProofRule]:
    """The last to begin first."""
    rows = await conn.fetch(
        f"SELECT to_jsonb(r)::text AS rule FROM (SELECT {_COLUMNS} FROM proof_rule) r ORDER BY r.valid_from DESC LIMIT $1",
        limit,
    )
    return [_RULE.decode(row["rule"]) for row in rows]


async def add(conn: Connection, rule: ProofRule, by: str | None) -> bool:
    """False when its version, or its day, is there."""
    return bool(
        await conn.fetchval(
            f"""INSERT INTO proof_rule ({_COLUMNS}, entered_at, entered_by)
                VALUES ($1, $2, $3, $4, $5, $6, wlijo_now(), $7) ON CONFLICT DO NOTHING RETURNING true""",
            rule.version,
            rule.valid_from,
            rule.legal_basis,
            rule.photo,
            rule.signature,
            rule.signature_cash_rupiah,
            by,
        )
    )


async def has(conn: Connection, rule: ProofRule) -> bool:
    """Whether just this one is there."""
    row = await conn.fetchrow(
        f"SELECT to_jsonb(r)::text AS rule FROM (SELECT {_COLUMNS} FROM proof_rule WHERE version = $1) r", rule.version
    )
    return row is not None and _of(row) == rule


def _of(row: Row) -> ProofRule | None:
    return held(row["rule"])
