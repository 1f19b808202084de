"""SQL of promotions for those who make them, and of the voucher in a cart. Uses are written with their orders, and keep the sums."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from services.contracts.catalog import MemberRole, MerchantId
from services.kit.database.db import Connection, Row
from services.ordering.domain.ids import CartId, PromotionId
from services.ordering.domain.programme import Terms
from services.ordering.domain.promotion import DiscountBorneBy, PromotionKind, PromotionStatus


@dataclass(frozen=True, slots=True)
class Made:
    """A promotion as those see it whose it is."""

    id: PromotionId
    terms: Terms
    status: PromotionStatus
    used: int
    spent_rupiah: int
    created_at: datetime


def _made(row: Row) -> Made:
    return Made(
        PromotionId(row["id"]),
        Terms(
            name_id=row["name_id"],
            name_en=row["name_en"],
            kind=PromotionKind(row["kind"]),
            value=row["value"],
            cap_rupiah=row["cap_rupiah"],
            minimum_rupiah=row["minimum_rupiah"],
            merchants=[MerchantId(each) for each in row["merchants"]],
            categories=row["categories"],
            kecamatan=row["kecamatan"],
            first_order=row["first_order"],
            borne_by=DiscountBorneBy(row["borne_by"]),
            merchant_id=MerchantId(row["merchant_id"]) if row["merchant_id"] else None,
            programme=row["programme"],
            code=row["code"],
            starts_at=row["starts_at"],
            ends_at=row["ends_at"],
            budget_rupiah=row["budget_rupiah"],
            uses=row["uses"],
            per_buyer=row["per_buyer"],
        ),
        PromotionStatus(row["status"]),
        row["used"],
        row["spent_rupiah"],
        row["created_at"],
    )


async def owned_by(conn: Connection, merchant_id: MerchantId, subject: str) -> bool:
    """Whether the subject is an owner of the merchant, as catalog has told."""
    return bool(
        await conn.fetchval(
            "SELECT true FROM merchant_member WHERE merchant_id = $1 AND subject = $2 AND role = $3",
            merchant_id,
            subject,
            str(MemberRole.OWNER),
        )
    )


async def unknown_merchants(conn: Connection, ids: Sequence[MerchantId]) -> set[MerchantId]:
    rows = await conn.fetch("SELECT id FROM merchant WHERE id = ANY ($1)", list(ids))
    return set(ids) - {MerchantId(row["id"]) for row in rows}


async def hold_makers(conn: Connection, merchant_id: MerchantId | None) -> int:
    """How many of the merchant's, or of the programmes, have not ended; who makes another at the same moment waits."""
    await conn.execute(
        "SELECT pg_advisory_xact_lock(hashtextextended('promotions of ' || coalesce($1::text, ''), 0))",
        str(merchant_id.uuid) if merchant_id else None,
    )
    found: int = await conn.fetchval(
        "SELECT count(*) FROM promotion WHERE merchant_id IS NOT DISTINCT FROM $1 AND status <> 'ENDED'", merchant_id
    )
    return found


def _terms(terms: Terms) -> tuple[object, ...]:
    return (
        terms.name_id, terms.name_en, str(terms.kind), terms.value, terms.cap_rupiah, terms.minimum_rupiah, list(terms.merchants),
        list(terms.categories), list(terms.kecamatan), terms.first_order, str(terms.borne_by), terms.merchant_id, terms.programme,
        terms.code, terms.starts_at, terms.ends_at, terms.budget_rupiah, terms.uses, terms.per_buyer,
    )  # fmt: skip


_TERMS: Final = """name_id, name_en, kind, value, cap_rupiah, minimum_rupiah, merchants, categories, kecamatan, first_order, borne_by,
    merchant_id, programme, code, starts_at, ends_at, budget_rupiah, uses, per_buyer"""
_GIVEN: Final = ", ".join(f"${n}" for n in range(3, 22))


async def add(conn: Connection, promotion_id: PromotionId, terms: Terms, by: str) -> None:
    """Raises asyncpg.UniqueViolationError of `promotion_code`."""
    await conn.execute(
        f"""INSERT INTO promotion (id, {_TERMS}, created_by, created_at, changed_by, changed_at)
            VALUES ($1, {_GIVEN}, $2, wlijo_now(), $2, wlijo_now())""",
        promotion_id,
        by,
        *_terms(terms),
    )


async def change(conn: Connection, promotion_id: PromotionId, terms: Terms, by: str) -> None:
    """Raises asyncpg.UniqueViolationError of `promotion_code`."""
    await conn.execute(
        f"""UPDATE promotion SET ({_TERMS}, changed_by, changed_at) = ({_GIVEN}, $2, wlijo_now()) WHERE id = $1""",
        promotion_id,
        by,
        *_terms(terms),
    )


async def set_status(conn: Connection, promotion_id: PromotionId, status: PromotionStatus, by: str) -> None:
    await conn.execute(
        "UPDATE promotion SET status = $2, changed_by = $3, changed_at = wlijo_now() WHERE id = $1",
        promotion_id,
        str(status),
        by,
    )


_THEIRS: Final = """($3 AND merchant_id IS NULL OR EXISTS (
    SELECT FROM merchant_member m WHERE m.merchant_id = promotion.merchant_id AND m.subject = $2 AND m.role = 'OWNER'))"""


async def lock(conn: Connection, promotion_id: PromotionId, subject: str, *, programmes: bool) -> Made | None:
    """One that the subject may change: an owner's, or with `programmes` one of platform or regency."""
    row = await conn.fetchrow(
        f"SELECT * FROM promotion WHERE id = $1 AND {_THEIRS} FOR UPDATE", promotion_id, subject, programmes
    )
    return _made(row) if row else None


async def made(conn: Connection, ids: list[PromotionId], subject: str, *, programmes: bool) -> dict[PromotionId, Made]:
    rows = await conn.fetch(f"SELECT * FROM promotion WHERE id = ANY ($1) AND {_THEIRS}", ids, subject, programmes)
    return {PromotionId(row["id"]): _made(row) for row in rows}


async def of_maker(
    conn: Connection,
    merchant_id: MerchantId | None,
    status: PromotionStatus | None,
    after: tuple[datetime, UUID] | None,
    limit: int,
) -> list[Made]:
    """A merchant's, or the programmes; newest first. The caller has been found to see them."""
    rows = await conn.fetch(
        """SELECT * FROM promotion WHERE merchant_id IS NOT DISTINCT FROM $1 AND ($2::text IS NULL OR status = $2)
           AND ($3::timestamptz IS NULL OR (created_at, id) < ($3, $4)) ORDER BY created_at DESC, id DESC LIMIT $5""",
        merchant_id,
        str(status) if status else None,
        after[0] if after else None,
        after[1] if after else None,
        limit,
    )
    return [_made(row) for row in rows]


async def find_voucher(conn: Connection, code: str) -> PromotionId | None:
    """By a code that is in use, else the last that had it."""
    found: UUID | None = await conn.fetchval(
        "SELECT id FROM promotion WHERE code = $1 AND status <> 'DRAFT' ORDER BY status = 'ENDED', ends_at DESC LIMIT 1",
        code,
    )
    return PromotionId(found) if found else None


async def set_voucher(conn: Connection, cart_id: CartId, voucher: PromotionId | None) -> bool:
    """Whether the cart is another now; it must be locked."""
    return bool(
        await conn.fetchval(
            """UPDATE cart SET voucher_id = $2, version = version + 1, updated_at = wlijo_now()
               WHERE id = $1 AND voucher_id IS DISTINCT FROM $2 RETURNING true""",
            cart_id,
            voucher,
        )
    )
