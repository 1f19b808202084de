"""SQL of contacts, for those who may see them."""

from __future__ import annotations

from services.contracts.ordering import OrderId
from services.kit.database.db import Connection, Row
from services.ordering.domain.ids import BuyerId, ContactId
from services.ordering.store.reading import Viewer
from services.ordering.store.rows import (
    Contact,
)  # fmt: skip

_CONTACT = "c.id, c.label, c.recipient, c.phone, c.line, c.note, c.lat, c.lng, c.kecamatan_code, c.desa_code"


def _contact(row: Row) -> Contact:
    return Contact(
        id=ContactId(row["id"]),
        label=row["label"],
        recipient=row["recipient"],
        phone=row["phone"],
        line=row["line"],
        note=row["note"],
        lat=row["lat"],
        lng=row["lng"],
        kecamatan_code=row["kecamatan_code"],
        desa_code=row["desa_code"],
    )


async def contacts_of_orders(conn: Connection, order_ids: list[OrderId]) -> dict[OrderId, Contact]:
    rows = await conn.fetch(
        f"""SELECT o.id AS order_id, {_CONTACT} FROM orders o JOIN contact c ON c.id = o.contact_id
            WHERE o.id = ANY ($1) AND c.erased_at IS NULL""",
        order_ids,
    )
    return {OrderId(row["order_id"]): _contact(row) for row in rows}


async def contact(conn: Connection, contact_id: ContactId, viewer: Viewer) -> Contact | None:
    row = await conn.fetchrow(
        f"""SELECT {_CONTACT} FROM contact c JOIN buyer b ON b.id = c.buyer_id WHERE c.id = $1 AND b.subject = $2
            AND c.erased_at IS NULL""",
        contact_id,
        viewer.subject,
    )
    return _contact(row) if row else None


_DEFAULT_FIRST = "c.id IS NOT DISTINCT FROM b.default_contact_id DESC, c.created_at, c.id"


async def contact_or_default(conn: Connection, contact_id: ContactId | None, viewer: Viewer) -> Contact | None:
    """Of the viewer's own list the contact of this id, or the default one."""
    row = await conn.fetchrow(
        f"""SELECT {_CONTACT} FROM contact c JOIN buyer b ON b.id = c.buyer_id
            WHERE b.subject = $2 AND c.gone_at IS NULL AND ($1::uuid IS NULL OR c.id = $1)
            ORDER BY {_DEFAULT_FIRST} LIMIT 1""",
        contact_id,
        viewer.subject,
    )
    return _contact(row) if row else None


async def default_contacts(conn: Connection, buyer_ids: list[BuyerId]) -> dict[BuyerId, Contact]:
    """The one that the buyer chose while it is there, else the oldest."""
    rows = await conn.fetch(
        f"""SELECT DISTINCT ON (c.buyer_id) c.buyer_id, {_CONTACT} FROM contact c JOIN buyer b ON b.id = c.buyer_id
            WHERE c.buyer_id = ANY ($1) AND c.gone_at IS NULL ORDER BY c.buyer_id, {_DEFAULT_FIRST}""",
        buyer_ids,
    )
    return {BuyerId(row["buyer_id"]): _contact(row) for row in rows}


async def contacts_of_buyers(conn: Connection, buyer_ids: list[BuyerId]) -> dict[BuyerId, list[Contact]]:
    rows = await conn.fetch(
        f"SELECT c.buyer_id, {_CONTACT} FROM contact c WHERE buyer_id = ANY ($1) AND gone_at IS NULL ORDER BY created_at, id",
        buyer_ids,
    )
    found: dict[BuyerId, list[Contact]] = {each: [] for each in buyer_ids}
    for row in rows:
        found[BuyerId(row["buyer_id"])].append(_contact(row))
    return found
