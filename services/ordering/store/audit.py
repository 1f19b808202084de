"""SQL of what staff were shown of a person. Rows are only ever added."""

from __future__ import annotations

from services.contracts.ordering import OrderId
from services.kit.database.db import Connection
from services.kit.process.audit import Entry, Wanted
from services.ordering.domain.claim_photo import ClaimPhotoId
from services.ordering.domain.ids import BuyerId


async def contacts_of_orders_shown(conn: Connection, actor: str, order_ids: list[OrderId]) -> None:
    """Their own, nobody writes down."""
    await conn.execute(
        """INSERT INTO audit (actor, action, subject, about)
           SELECT $1, 'ORDER_CONTACT_SHOWN', b.subject, o.code FROM orders o JOIN buyer b ON b.id = o.buyer_id
           WHERE o.id = ANY ($2) AND b.subject <> $1""",
        actor,
        order_ids,
    )


async def contacts_shown(conn: Connection, actor: str, buyer_ids: list[BuyerId]) -> None:
    await conn.execute(
        """INSERT INTO audit (actor, action, subject)
           SELECT $1, 'CONTACTS_SHOWN', subject FROM buyer WHERE id = ANY ($2) AND subject <> $1""",
        actor,
        buyer_ids,
    )


async def claim_photos_shown(conn: Connection, actor: str, ids: list[ClaimPhotoId]) -> None:
    """Of who sent them; their own, nobody writes down."""
    await conn.execute(
        """INSERT INTO audit (actor, action, subject, about)
           SELECT $1, 'CLAIM_PHOTO_SHOWN', p.subject, o.code FROM claim_photo p JOIN claim c ON c.id = p.claim_id
           JOIN orders o ON o.id = c.order_id WHERE p.id = ANY ($2) AND p.subject <> $1""",
        actor,
        ids,
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
