"""SQL of what staff were shown of a person, and of what people put right about themselves. Rows are only ever added."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from services.contracts.catalog import LicenceId, MediaId, MerchantId
from services.kit.database.db import Connection
from services.kit.process.audit import Entry, Wanted

NAME: Final = "NAME_CORRECTED"
CONTACT: Final = "CONTACT_CORRECTED"


async def corrected(conn: Connection, by: str, action: str, merchant_id: MerchantId) -> None:
    await conn.execute(
        "INSERT INTO audit (actor, action, subject, about) VALUES ($1, $2, $1, $3)", by, action, str(merchant_id)
    )


async def corrected_lately(conn: Connection, by: str) -> int:
    """How often within a day."""
    count: int = await conn.fetchval(
        """SELECT count(*) FROM audit WHERE actor = $1 AND action = ANY($2::text[]) AND at > wlijo_now() - interval '1 day'""",
        by,
        [NAME, CONTACT],
    )
    return count


async def registrations_shown(conn: Connection, actor: str, ids: Sequence[MerchantId]) -> None:
    """Of who applied, the last time; their own, nobody writes down."""
    await conn.execute(
        """INSERT INTO audit (actor, action, subject, about)
           SELECT $1, 'REGISTRATION_SHOWN', h.subject, shown.named
           FROM unnest($2::uuid[], $3::text[]) AS shown (id, named) CROSS JOIN LATERAL (
               SELECT subject FROM merchant_history WHERE merchant_id = shown.id AND action = 'APPLY' ORDER BY id DESC LIMIT 1
           ) AS h WHERE h.subject <> $1""",
        actor,
        ids,
        [str(each) for each in ids],
    )


async def members_shown(conn: Connection, actor: str, ids: Sequence[MerchantId]) -> None:
    await conn.execute(
        """INSERT INTO audit (actor, action, subject, about)
           SELECT $1, 'MEMBER_SHOWN', m.subject, shown.named
           FROM unnest($2::uuid[], $3::text[]) AS shown (id, named) JOIN merchant_member m ON m.merchant_id = shown.id
           WHERE m.subject <> $1""",
        actor,
        ids,
        [str(each) for each in ids],
    )


async def licence_documents_shown(conn: Connection, actor: str, ids: Sequence[LicenceId]) -> None:
    """Of who submitted them; their own, nobody writes down."""
    rows = await conn.fetch(
        """SELECT h.subject, l.merchant_id FROM unnest($2::uuid[]) AS shown (id) JOIN licence l ON l.id = shown.id
           JOIN licence_history h ON h.licence_id = l.id AND h.action = 'SUBMIT' WHERE h.subject <> $1""",
        actor,
        ids,
    )
    await conn.execute(
        """INSERT INTO audit (actor, action, subject, about)
           SELECT $1, 'LICENCE_DOCUMENT_SHOWN', s.subject, s.about FROM unnest($2::text[], $3::text[]) AS s (subject, about)""",
        actor,
        [row["subject"] for row in rows],
        [str(MerchantId(row["merchant_id"])) for row in rows],
    )


async def documents_shown(conn: Connection, actor: str, ids: Sequence[MediaId]) -> None:
    """Of who sent them; their own, nobody writes down."""
    await conn.execute(
        """INSERT INTO audit (actor, action, subject, about)
           SELECT $1, 'DOCUMENT_SHOWN', m.subject, shown.named
           FROM unnest($2::uuid[], $3::text[]) AS shown (id, named) JOIN media m ON m.id = shown.id WHERE m.subject <> $1""",
        actor,
        ids,
        [str(each) for each in ids],
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
