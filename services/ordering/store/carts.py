"""SQL of buyers, contacts and carts."""

from __future__ import annotations

from dataclasses import dataclass

from services.contracts.catalog import ProductStatus, VariantId
from services.kit.database.db import Connection
from services.ordering.domain.cart import Contact
from services.ordering.domain.ids import BuyerId, CartId, CartLineId, ContactId


@dataclass(frozen=True, slots=True)
class Buyer:
    id: BuyerId
    cart_id: CartId


async def buyer(conn: Connection, subject: str) -> Buyer | None:
    row = await conn.fetchrow(
        "SELECT b.id, c.id AS cart_id FROM buyer b JOIN cart c ON c.buyer_id = b.id WHERE b.subject = $1", subject
    )
    return Buyer(BuyerId(row["id"]), CartId(row["cart_id"])) if row else None


async def add_buyer(conn: Connection, buyer_id: BuyerId, cart_id: CartId, subject: str) -> None:
    """With an empty cart; nothing when the subject is known."""
    await conn.execute(
        """WITH added AS (
               INSERT INTO buyer (id, subject, created_at) VALUES ($1, $3, wlijo_now()) ON CONFLICT DO NOTHING RETURNING id)
           INSERT INTO cart (id, buyer_id, updated_at) SELECT $2, id, wlijo_now() FROM added""",
        buyer_id,
        cart_id,
        subject,
    )


async def count_contacts(conn: Connection, buyer_id: BuyerId) -> int:
    """The buyer's row is locked, so that two at once cannot both be the last."""
    await conn.fetchval("SELECT id FROM buyer WHERE id = $1 FOR UPDATE", buyer_id)
    return int(await conn.fetchval("SELECT count(*) FROM contact WHERE buyer_id = $1", buyer_id))


async def add_contact(conn: Connection, contact_id: ContactId, buyer_id: BuyerId, contact: Contact) -> None:
    await conn.execute(
        """INSERT INTO contact (id, buyer_id, label, recipient, phone, line, note, lat, lng, kecamatan_code, desa_code, created_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, wlijo_now()) ON CONFLICT (id) DO NOTHING""",
        contact_id,
        buyer_id,
        contact.label,
        contact.recipient,
        contact.phone,
        contact.line,
        contact.note,
        contact.lat,
        contact.lng,
        contact.kecamatan_code,
        contact.desa_code,
    )


async def lock_cart(conn: Connection, cart_id: CartId) -> None:
    await conn.fetchval("SELECT id FROM cart WHERE id = $1 FOR UPDATE", cart_id)


@dataclass(frozen=True, slots=True)
class Choice:
    """A variant as one cart sees it; `quantity` is what the cart has of it already."""

    status: ProductStatus
    minimum: int
    step: int
    quantity: int | None
    cart_lines: int


async def choice(conn: Connection, cart_id: CartId, variant_id: VariantId) -> Choice | None:
    """None for a variant that nobody has told of, or that is gone. The cart must be locked."""
    row = await conn.fetchrow(
        """SELECT p.status, v.min, v.step,
                  (SELECT quantity FROM cart_line WHERE cart_id = $1 AND variant_id = v.id) AS quantity,
                  (SELECT count(*) FROM cart_line WHERE cart_id = $1) AS cart_lines
           FROM variant v JOIN product p ON p.id = v.product_id WHERE v.id = $2 AND NOT v.gone""",
        cart_id,
        variant_id,
    )
    if row is None:
        return None
    return Choice(ProductStatus(row["status"]), row["min"], row["step"], row["quantity"], row["cart_lines"])


async def set_line(
    conn: Connection, cart_id: CartId, line_id: CartLineId, variant_id: VariantId, quantity: int
) -> None:
    await conn.execute(
        """WITH changed AS (
               INSERT INTO cart_line (id, cart_id, variant_id, quantity) VALUES ($2, $1, $3, $4)
               ON CONFLICT (cart_id, variant_id) DO UPDATE SET quantity = excluded.quantity)
           UPDATE cart SET version = version + 1, updated_at = wlijo_now() WHERE id = $1""",
        cart_id,
        line_id,
        variant_id,
        quantity,
    )


async def remove_line(conn: Connection, cart_id: CartId, variant_id: VariantId) -> bool:
    """Whether there was one."""
    return bool(
        await conn.fetchval(
            """WITH gone AS (DELETE FROM cart_line WHERE cart_id = $1 AND variant_id = $2 RETURNING 1)
               UPDATE cart SET version = version + 1, updated_at = wlijo_now()
               WHERE id = $1 AND EXISTS (SELECT FROM gone) RETURNING true""",
            cart_id,
            variant_id,
        )
    )
