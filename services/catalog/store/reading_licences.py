"""What GraphQL shows of licences: one statement for any number of keys. Buyers see those that hold and that the law wants shown."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

import msgspec

from services.catalog.domain.caller import Caller
from services.catalog.domain.licence import MAX_LICENCES, PUBLIC, LicenceAction, LicenceStatus
from services.catalog.store.licences import COVERS, HOLDS, STATE, TODAY
from services.catalog.store.reading_merchants import INSIDE, PUBLIC_MERCHANT
from services.contracts.catalog import LicenceId, MediaId, MerchantId, ProductId
from services.contracts.licences import LicenceKind
from services.kit.database.db import Connection, Row

MAX_OF_PRODUCT: Final = 50
MAX_HISTORY: Final = 50


class LicenceView(msgspec.Struct, frozen=True, kw_only=True):
    id: LicenceId
    merchant_id: MerchantId
    kind: LicenceKind
    number: str
    state: LicenceStatus
    reason: str | None
    issued_on: date
    expires_on: date | None
    whole: bool
    submitted_at: datetime
    decided_at: datetime | None


class LicenceHistoryView(msgspec.Struct, frozen=True, kw_only=True):
    licence_id: LicenceId
    action: LicenceAction
    state: LicenceStatus
    reason: str | None
    at: datetime


class RequirementView(msgspec.Struct, frozen=True, kw_only=True):
    category_code: str
    kind: LicenceKind
    applies_from: date
    keeps_days: int | None


# $1 is the caller as a member, $2 whether they are of the platform; `m` is the merchant.
_SHOWN: Final = "({} OR {} AND l.kind IN ({}) AND {})".format(
    INSIDE, PUBLIC_MERCHANT, ", ".join(f"'{kind}'" for kind in PUBLIC), HOLDS
)
_OWNER: Final = """($2 OR EXISTS (
    SELECT FROM merchant_member mm WHERE mm.merchant_id = l.merchant_id AND mm.subject = $1 AND mm.role = 'OWNER'))"""
_COLUMNS: Final = f"""l.id, l.merchant_id, l.kind, l.number, {STATE} AS present, CASE WHEN {INSIDE} THEN l.reason END AS reason,
l.issued_on, l.expires_on, l.whole, l.submitted_at, l.decided_at"""


async def licences(conn: Connection, caller: Caller, ids: Sequence[LicenceId]) -> dict[LicenceId, LicenceView]:
    rows = await conn.fetch(
        f"SELECT {_COLUMNS} FROM licence l JOIN merchant m ON m.id = l.merchant_id WHERE l.id = ANY($3::uuid[]) AND {_SHOWN}",
        caller.member,
        caller.staff,
        ids,
    )
    return {found.id: found for found in map(_view, rows)}


async def of_merchants(conn: Connection, caller: Caller, ids: Sequence[MerchantId]) -> list[LicenceView]:
    """By merchant, what holds or waits first, then the newest; at most MAX_LICENCES of each."""
    rows = await conn.fetch(
        f"""SELECT page.* FROM unnest($3::uuid[]) AS asked (merchant_id) CROSS JOIN LATERAL (
                SELECT {_COLUMNS} FROM licence l JOIN merchant m ON m.id = l.merchant_id
                WHERE l.merchant_id = asked.merchant_id AND {_SHOWN}
                ORDER BY ({HOLDS}) OR l.state = 'SUBMITTED' DESC, l.id DESC LIMIT $4
            ) AS page""",
        caller.member,
        caller.staff,
        ids,
        MAX_LICENCES,
    )
    return [_view(row) for row in rows]


async def of_products(
    conn: Connection, caller: Caller, ids: Sequence[ProductId]
) -> list[tuple[ProductId, LicenceView]]:
    """By product, those that cover it, and for its people those that would; as `of_merchants`, at most MAX_OF_PRODUCT of each."""
    rows = await conn.fetch(
        f"""SELECT page.* FROM unnest($3::uuid[]) AS asked (product_id) CROSS JOIN LATERAL (
                SELECT p.id AS product_id, {_COLUMNS} FROM product p JOIN merchant m ON m.id = p.merchant_id
                JOIN licence l ON l.merchant_id = m.id
                WHERE p.id = asked.product_id AND l.kind <> 'QRIS_NMID' AND {COVERS} AND {_SHOWN}
                ORDER BY ({HOLDS}) OR l.state = 'SUBMITTED' DESC, l.id DESC LIMIT $4
            ) AS page""",
        caller.member,
        caller.staff,
        ids,
        MAX_OF_PRODUCT,
    )
    return [(ProductId(row["product_id"]), _view(row)) for row in rows]


async def products(conn: Connection, ids: Sequence[LicenceId]) -> list[tuple[LicenceId, ProductId]]:
    """Those that are named, of licences that the caller sees."""
    rows = await conn.fetch(
        "SELECT licence_id, product_id FROM licence_product WHERE licence_id = ANY($1::uuid[]) ORDER BY licence_id, product_id",
        ids,
    )
    return [(LicenceId(row["licence_id"]), ProductId(row["product_id"])) for row in rows]


async def histories(conn: Connection, caller: Caller, ids: Sequence[LicenceId]) -> list[LicenceHistoryView]:
    """By licence, the newest first; of merchants that the caller owns, for the platform of all."""
    rows = await conn.fetch(
        f"""SELECT page.* FROM unnest($3::uuid[]) AS asked (licence_id) JOIN licence l ON l.id = asked.licence_id
            CROSS JOIN LATERAL (
                SELECT h.licence_id, h.action, h.state, h.reason, h.at FROM licence_history h
                WHERE h.licence_id = l.id ORDER BY h.id DESC LIMIT $4
            ) AS page WHERE {_OWNER}""",
        caller.member,
        caller.staff,
        ids,
        MAX_HISTORY,
    )
    return [
        LicenceHistoryView(
            licence_id=LicenceId(row["licence_id"]),
            action=LicenceAction(row["action"]),
            state=LicenceStatus(row["state"]),
            reason=row["reason"],
            at=row["at"],
        )
        for row in rows
    ]


async def documents(conn: Connection, caller: Caller, ids: Sequence[LicenceId]) -> dict[LicenceId, MediaId]:
    """Pictures of them, where there are any, as `histories`."""
    rows = await conn.fetch(
        f"""SELECT l.id, l.document_photo_id FROM licence l
            WHERE l.id = ANY($3::uuid[]) AND l.document_photo_id IS NOT NULL AND {_OWNER}""",
        caller.member,
        caller.staff,
        ids,
    )
    return {LicenceId(row["id"]): MediaId(row["document_photo_id"]) for row in rows}


async def waiting(conn: Connection, caller: Caller, after: UUID | None, limit: int) -> list[LicenceView]:
    """In the order in which they came; none of who has ended."""
    rows = await conn.fetch(
        f"""SELECT {_COLUMNS} FROM licence l JOIN merchant m ON m.id = l.merchant_id
            WHERE l.state = 'SUBMITTED' AND m.status <> 'CLOSED' AND ($3::uuid IS NULL OR l.id > $3) ORDER BY l.id LIMIT $4""",
        caller.member,
        caller.staff,
        after,
        limit,
    )
    return [_view(row) for row in rows]


async def due(
    conn: Connection, caller: Caller, within_days: int, after: tuple[date, UUID] | None, limit: int
) -> list[LicenceView]:
    """Those that end within so many days, the first first; none of who has ended."""
    day, last = after or (None, None)
    rows = await conn.fetch(
        f"""SELECT {_COLUMNS} FROM licence l JOIN merchant m ON m.id = l.merchant_id
            WHERE l.state = 'VERIFIED' AND m.status <> 'CLOSED' AND l.expires_on BETWEEN {TODAY} AND {TODAY} + $3::int
            AND ($4::date IS NULL OR (l.expires_on, l.id) > ($4, $5::uuid)) ORDER BY l.expires_on, l.id LIMIT $6""",
        caller.member,
        caller.staff,
        within_days,
        day,
        last,
        limit,
    )
    return [_view(row) for row in rows]


async def requirements(conn: Connection, categories: Sequence[str]) -> list[RequirementView]:
    """By category and kind."""
    rows = await conn.fetch(
        """SELECT category_code, kind, applies_from, keeps_days FROM category_requirement
           WHERE category_code = ANY($1::text[]) AND applies_from IS NOT NULL ORDER BY category_code, kind""",
        categories,
    )
    return [
        RequirementView(
            category_code=row["category_code"],
            kind=LicenceKind(row["kind"]),
            applies_from=row["applies_from"],
            keeps_days=row["keeps_days"],
        )
        for row in rows
    ]


def _view(row: Row) -> LicenceView:
    return LicenceView(
        id=LicenceId(row["id"]),
        merchant_id=MerchantId(row["merchant_id"]),
        kind=LicenceKind(row["kind"]),
        number=row["number"],
        state=LicenceStatus(row["present"]),
        reason=row["reason"],
        issued_on=row["issued_on"],
        expires_on=row["expires_on"],
        whole=row["whole"],
        submitted_at=row["submitted_at"],
        decided_at=row["decided_at"],
    )
