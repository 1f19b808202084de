"""Merchants on their way: who applies, what was declared, what was done to them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec

from services.catalog.domain.application import Checked, Contact, UmkmClass
from services.catalog.domain.caller import Caller
from services.catalog.domain.merchant import OWN_DAYS, MerchantAction
from services.catalog.store import members
from services.contracts.catalog import MemberRole, MerchantId, MerchantStatus
from services.kit.database.db import Connection, only_row

MAX_HISTORY: Final = 100
"""Entries that are shown, the newest."""


@dataclass(frozen=True, slots=True)
class Found:
    """`own` when who asks is of its people."""

    status: MerchantStatus
    own: bool


class RegistrationView(msgspec.Struct, frozen=True, kw_only=True):
    contact_name: str | None
    phone: str | None
    yearly_sales_rupiah: int | None
    capital_rupiah: int | None
    umkm_class: UmkmClass
    applied_at: datetime


class HistoryView(msgspec.Struct, frozen=True, kw_only=True):
    merchant_id: MerchantId
    action: MerchantAction
    status: MerchantStatus
    reason: str | None
    at: datetime


async def lock_owner(conn: Connection, subject: str) -> None:
    """All that makes one person an owner is one after the other."""
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('merchant_owner/' || $1, 0))", subject)


async def count_own(conn: Connection, subject: str) -> int:
    count: int = await conn.fetchval(
        """SELECT count(*) FROM merchant_member mm JOIN merchant m ON m.id = mm.merchant_id
           WHERE mm.subject = $1 AND mm.role = 'OWNER' AND (m.status <> 'CLOSED' OR EXISTS (
               SELECT FROM merchant_history h
               WHERE h.merchant_id = m.id AND h.action = 'CLOSE' AND h.at > wlijo_now() - make_interval(days => $2)))""",
        subject,
        OWN_DAYS,
    )
    return count


async def insert(conn: Connection, merchant_id: MerchantId, checked: Checked, owner: str) -> None:
    """It opens by no hours and accepts by hand until its people say otherwise."""
    given = checked.application
    await conn.execute(
        """INSERT INTO merchant (id, slug, name, kind, status, kecamatan_code, desa_code, lat, lng, umkm_class,
                                 opened, always_open, auto_accept, accept_within_s, prep_time_s)
           VALUES ($1, merchant_slug($2), $2, $3, 'APPLIED', $4, $5, $6, $7, $8, false, false, false, 300, 600)""",
        merchant_id,
        given.name,
        str(given.kind),
        given.kecamatan_code,
        given.desa_code,
        given.lat,
        given.lng,
        str(checked.umkm_class),
    )
    await members.add(conn, merchant_id, owner, MemberRole.OWNER, given.contact_name)
    await save_registration(conn, merchant_id, checked)


async def update(conn: Connection, merchant_id: MerchantId, checked: Checked) -> None:
    """The slug stays."""
    given = checked.application
    await conn.execute(
        """UPDATE merchant SET name = $2, kind = $3, kecamatan_code = $4, desa_code = $5, lat = $6, lng = $7, umkm_class = $8
           WHERE id = $1""",
        merchant_id,
        given.name,
        str(given.kind),
        given.kecamatan_code,
        given.desa_code,
        given.lat,
        given.lng,
        str(checked.umkm_class),
    )
    await save_registration(conn, merchant_id, checked)


async def save_registration(conn: Connection, merchant_id: MerchantId, checked: Checked) -> None:
    given = checked.application
    await conn.execute(
        """INSERT INTO merchant_registration (merchant_id, contact_name, phone, yearly_sales_rupiah, capital_rupiah, applied_at)
           VALUES ($1, $2, $3, $4, $5, wlijo_now())
           ON CONFLICT (merchant_id) DO UPDATE SET
               contact_name = excluded.contact_name, phone = excluded.phone, applied_at = excluded.applied_at,
               yearly_sales_rupiah = excluded.yearly_sales_rupiah, capital_rupiah = excluded.capital_rupiah""",
        merchant_id,
        given.contact_name,
        given.phone,
        given.yearly_sales_rupiah,
        given.capital_rupiah,
    )


async def lock(conn: Connection, caller: Caller, merchant_id: MerchantId, *, by: str, any: bool) -> Found | None:
    """None when there is no such merchant, or the caller neither owns it nor may do so to `any`."""
    row = await conn.fetchrow(
        """SELECT m.status, EXISTS (SELECT FROM merchant_member mm WHERE mm.merchant_id = m.id AND mm.subject = $3) AS own
           FROM merchant m WHERE m.id = $1 AND ($4 OR EXISTS (
               SELECT FROM merchant_member mm WHERE mm.merchant_id = m.id AND mm.subject = $2 AND mm.role = 'OWNER'))
           FOR UPDATE OF m""",
        merchant_id,
        caller.member,
        by,
        any,
    )
    return Found(MerchantStatus(row["status"]), row["own"]) if row else None


async def save_contact(conn: Connection, merchant_id: MerchantId, contact: Contact) -> bool:
    """Whether it has applied once."""
    done: str = await conn.execute(
        "UPDATE merchant_registration SET contact_name = $2, phone = $3 WHERE merchant_id = $1",
        merchant_id,
        contact.name,
        contact.phone,
    )
    return done.endswith(" 1")


async def forget_contact(conn: Connection, subject: str) -> None:
    """Of the applications that were theirs, the last time."""
    await conn.execute(
        """UPDATE merchant_registration r SET contact_name = NULL, phone = NULL
           WHERE r.merchant_id IN (SELECT merchant_id FROM merchant_history WHERE subject = $1 AND action = 'APPLY')
             AND $1 = (SELECT h.subject FROM merchant_history h WHERE h.merchant_id = r.merchant_id AND h.action = 'APPLY'
                       ORDER BY h.id DESC LIMIT 1)""",
        subject,
    )


async def save_status(conn: Connection, merchant_id: MerchantId, status: MerchantStatus, reason: str | None) -> None:
    await conn.execute(
        "UPDATE merchant SET status = $2, status_reason = $3, opened = opened OR $2 = 'ACTIVE' WHERE id = $1",
        merchant_id,
        str(status),
        reason,
    )


async def add_history(
    conn: Connection,
    merchant_id: MerchantId,
    action: MerchantAction,
    status: MerchantStatus,
    *,
    reason: str | None,
    by: str,
) -> None:
    await conn.execute(
        """INSERT INTO merchant_history (merchant_id, action, status, reason, subject, at)
           VALUES ($1, $2, $3, $4, $5, wlijo_now())""",
        merchant_id,
        str(action),
        str(status),
        reason,
        by,
    )


async def applicant(conn: Connection, merchant_id: MerchantId) -> tuple[str, datetime]:
    """By subject who applied last, and the time it is."""
    row = await only_row(
        conn,
        """SELECT subject, wlijo_now() AS at FROM merchant_history WHERE merchant_id = $1 AND action = 'APPLY'
           ORDER BY id DESC LIMIT 1""",
        merchant_id,
    )
    return row["subject"], row["at"]


# $1 is the caller as a member, $2 whether they are of the platform.
_THEIRS = """($2 OR EXISTS (
    SELECT FROM merchant_member mm WHERE mm.merchant_id = o.merchant_id AND mm.subject = $1 AND mm.role = 'OWNER'))"""


async def registrations(
    conn: Connection, caller: Caller, ids: Sequence[MerchantId]
) -> dict[MerchantId, RegistrationView]:
    """Of those that the caller owns; for officers and operators of all."""
    rows = await conn.fetch(
        f"""SELECT o.*, m.umkm_class FROM merchant_registration o JOIN merchant m ON m.id = o.merchant_id
            WHERE o.merchant_id = ANY($3::uuid[]) AND {_THEIRS}""",
        caller.member,
        caller.staff,
        ids,
    )
    return {
        MerchantId(row["merchant_id"]): RegistrationView(
            contact_name=row["contact_name"],
            phone=row["phone"],
            yearly_sales_rupiah=row["yearly_sales_rupiah"],
            capital_rupiah=row["capital_rupiah"],
            umkm_class=UmkmClass(row["umkm_class"]),
            applied_at=row["applied_at"],
        )
        for row in rows
    }


async def histories(conn: Connection, caller: Caller, ids: Sequence[MerchantId]) -> list[HistoryView]:
    """By merchant, the newest first; of those that the caller owns, for officers and operators of all."""
    rows = await conn.fetch(
        f"""SELECT page.* FROM unnest($3::uuid[]) AS o (merchant_id) CROSS JOIN LATERAL (
                SELECT h.id, h.merchant_id, h.action, h.status, h.reason, h.at FROM merchant_history h
                WHERE h.merchant_id = o.merchant_id ORDER BY h.id DESC LIMIT $4
            ) AS page WHERE {_THEIRS} ORDER BY page.merchant_id, page.id DESC""",
        caller.member,
        caller.staff,
        ids,
        MAX_HISTORY,
    )
    return [
        HistoryView(
            merchant_id=MerchantId(row["merchant_id"]),
            action=MerchantAction(row["action"]),
            status=MerchantStatus(row["status"]),
            reason=row["reason"],
            at=row["at"],
        )
        for row in rows
    ]
