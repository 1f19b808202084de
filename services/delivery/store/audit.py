"""SQL of what staff were shown of a rider, and of a company's people. Rows are only ever added."""

from __future__ import annotations

from collections.abc import Sequence

from services.contracts.delivery import DeliveryId, PartnerId, ProofId, RiderId
from services.kit.database.db import Connection
from services.kit.process.audit import Entry, Wanted


async def riders_shown(conn: Connection, actor: str, ids: Sequence[RiderId]) -> None:
    await conn.execute(
        "INSERT INTO audit (actor, action, subject) SELECT $1, 'RIDER_SHOWN', unnest($2::text[])",
        actor,
        [str(each) for each in ids],
    )


async def trail_shown(conn: Connection, actor: str, rider_id: RiderId, about: DeliveryId) -> None:
    """Where a rider was on this trip."""
    await conn.execute(
        "INSERT INTO audit (actor, action, subject, about) VALUES ($1, 'TRAIL_SHOWN', $2, $3)",
        actor,
        str(rider_id),
        str(about),
    )


async def proofs_shown(conn: Connection, actor: str, ids: Sequence[ProofId]) -> None:
    """Photos of people's doors, and their signatures: under whose trip it was."""
    await conn.execute(
        """INSERT INTO audit (actor, action, subject, about) SELECT $1, 'PROOF_SHOWN', d.buyer, p.id::text FROM delivery_proof p
           JOIN delivery d ON d.id = p.delivery_id WHERE p.id = ANY($2::uuid[]) ORDER BY p.id""",
        actor,
        list(ids),
    )


async def shown(conn: Connection, actor: str, action: str, ids: Sequence[PartnerId]) -> None:
    """`action` says what of these companies: REGISTRATION_SHOWN, MEMBERS_SHOWN."""
    await conn.execute(
        "INSERT INTO audit (actor, action, subject) SELECT $1, $3, unnest($2::text[])",
        actor,
        [str(each) for each in ids],
        action,
    )


async def entries(conn: Connection, wanted: Wanted) -> list[Entry]:
    rows = await conn.fetch(
        """SELECT at, actor, action, subject, about FROM audit
           WHERE ($1::text IS NULL OR actor = $1) AND ($2::text IS NULL OR subject = $2) ORDER BY id DESC LIMIT $3""",
        wanted.actor,
        wanted.subject,
        wanted.limit,
    )
    return [Entry(*row.values()) for row in rows]
