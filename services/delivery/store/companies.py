"""Companies on their way: who applies, what was declared, what was done to them, and what others hear of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.contracts.delivery import PartnerChanged, PartnerId, PartnerMember, PartnerRole, PartnerStatus
from services.delivery.domain.caller import Caller
from services.delivery.domain.company import OWN_DAYS, Application, PartnerAction
from services.delivery.store.partners import CONNECTED, STANDING
from services.kit.database.db import Connection

MAX_HISTORY: Final = 100
"""Entries that are shown, the newest."""


@dataclass(frozen=True, slots=True)
class RegistrationView:
    partner_id: PartnerId
    kecamatan_code: str
    contact_name: str | None
    phone: str | None
    licence_number: str | None
    applied_at: datetime


@dataclass(frozen=True, slots=True)
class HistoryView:
    partner_id: PartnerId
    action: PartnerAction
    status: PartnerStatus
    reason: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class InsideView:
    """What its own people and the platform see of how a company stands."""

    partner_id: PartnerId
    status_reason: str | None
    connected: bool


async def lock_owner(conn: Connection, subject: str) -> None:
    """Two applications of one person are one after the other."""
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('partner_owner/' || $1, 0))", subject)


async def count_own(conn: Connection, subject: str) -> int:
    count: int = await conn.fetchval(
        """SELECT count(*) FROM partner_member m JOIN partner p ON p.id = m.partner_id
           WHERE m.subject = $1 AND m.role = 'OWNER'
           AND (p.left_at IS NULL OR p.left_at > wlijo_now() - make_interval(days => $2))""",
        subject,
        OWN_DAYS,
    )
    return count


async def insert(conn: Connection, partner_id: PartnerId, given: Application) -> None:
    await conn.execute(
        "INSERT INTO partner (id, name, status, applied) VALUES ($1, $2, 'INVITED', true)", partner_id, given.name
    )
    await declare(conn, partner_id, given)


async def update(conn: Connection, partner_id: PartnerId, given: Application) -> None:
    await conn.execute("UPDATE partner SET name = $2 WHERE id = $1", partner_id, given.name)
    await declare(conn, partner_id, given)


async def declare(conn: Connection, partner_id: PartnerId, given: Application) -> None:
    await conn.execute(
        """INSERT INTO partner_registration (partner_id, kecamatan_code, contact_name, phone, licence_number, applied_at)
           VALUES ($1, $2, $3, $4, $5, wlijo_now())
           ON CONFLICT (partner_id) DO UPDATE SET
               kecamatan_code = excluded.kecamatan_code, contact_name = excluded.contact_name, phone = excluded.phone,
               licence_number = excluded.licence_number, applied_at = excluded.applied_at""",
        partner_id,
        given.kecamatan_code,
        given.contact_name,
        given.phone,
        given.licence_number,
    )


async def forget_contact(conn: Connection, subject: str) -> None:
    """Of the applications that were theirs, the last time."""
    await conn.execute(
        """UPDATE partner_registration r SET contact_name = NULL, phone = NULL
           WHERE r.partner_id IN (SELECT partner_id FROM partner_history WHERE subject = $1 AND action = 'APPLY')
             AND $1 = (SELECT h.subject FROM partner_history h WHERE h.partner_id = r.partner_id AND h.action = 'APPLY'
                       ORDER BY h.id DESC LIMIT 1)""",
        subject,
    )


async def add_history(
    conn: Connection,
    partner_id: PartnerId,
    action: PartnerAction,
    status: PartnerStatus,
    *,
    by: str,
    reason: str | None = None,
    about: str | None = None,
) -> None:
    await conn.execute(
        """INSERT INTO partner_history (partner_id, action, status, reason, about, subject, at)
           VALUES ($1, $2, $3, $4, $5, $6, wlijo_now())""",
        partner_id,
        action,
        status,
        reason,
        about,
        by,
    )


async def told(conn: Connection, partner_id: PartnerId) -> PartnerChanged | None:
    """As others hear of it; None of who only asks, or has only asked. The caller holds the company."""
    row = await conn.fetchrow(
        f"""SELECT p.name, {STANDING} AS standing, p.status_reason,
                   ARRAY(SELECT (m.subject, m.role) FROM partner_member m WHERE m.partner_id = p.id
                         ORDER BY m.joined_at, m.id) AS members,
                   (SELECT w.told_at FROM webhook w WHERE w.partner_id = p.id) AS webhook_fails_since
            FROM partner p WHERE p.id = $1 AND p.status <> 'INVITED'""",
        partner_id,
    )
    if row is None:
        return None
    status = PartnerStatus(row["standing"])
    return PartnerChanged(
        partner_id=partner_id,
        name=row["name"],
        status=status,
        members=[PartnerMember(subject=subject, role=PartnerRole(role)) for subject, role in row["members"]],
        reason=row["status_reason"] if status in (PartnerStatus.PAUSED, PartnerStatus.LEFT) else None,
        webhook_fails_since=row["webhook_fails_since"],
    )


# $1 is the caller as a person, $2 whether they are of the platform; `o` has the company's id.
_OWN = """($2 OR EXISTS (
    SELECT FROM partner_member m WHERE m.partner_id = o.partner_id AND m.subject = $1 AND m.role = 'OWNER'))"""


async def registrations(conn: Connection, caller: Caller, ids: Sequence[PartnerId]) -> list[RegistrationView]:
    """Of those that the caller owns; for officers and operators of all."""
    rows = await conn.fetch(
        f"SELECT o.* FROM partner_registration o WHERE o.partner_id = ANY($3::uuid[]) AND {_OWN}",
        caller.person,
        caller.staff,
        ids,
    )
    return [
        RegistrationView(
            PartnerId(row["partner_id"]),
            row["kecamatan_code"],
            row["contact_name"],
            row["phone"],
            row["licence_number"],
            row["applied_at"],
        )
        for row in rows
    ]


async def histories(conn: Connection, caller: Caller, ids: Sequence[PartnerId]) -> list[HistoryView]:
    """By company, the newest first; of those that the caller owns, for officers and operators of all."""
    rows = await conn.fetch(
        f"""SELECT page.* FROM unnest($3::uuid[]) AS o (partner_id) CROSS JOIN LATERAL (
                SELECT h.id, h.partner_id, h.action, h.status, h.reason, h.at FROM partner_history h
                WHERE h.partner_id = o.partner_id ORDER BY h.id DESC LIMIT $4
            ) AS page WHERE {_OWN} ORDER BY page.partner_id, page.id DESC""",
        caller.person,
        caller.staff,
        ids,
        MAX_HISTORY,
    )
    return [
        HistoryView(
            PartnerId(row["partner_id"]),
            PartnerAction(row["action"]),
            PartnerStatus(row["status"]),
            row["reason"],
            row["at"],
        )
        for row in rows
    ]


async def insides(conn: Connection, caller: Caller, ids: Sequence[PartnerId]) -> list[InsideView]:
    rows = await conn.fetch(
        f"""SELECT p.id, p.status_reason, {CONNECTED} AS connected FROM partner p WHERE p.id = ANY($3::uuid[])
            AND ($2 OR EXISTS (SELECT FROM partner_member m WHERE m.partner_id = p.id AND m.subject = $1))""",
        caller.person,
        caller.staff,
        ids,
    )
    return [InsideView(PartnerId(row["id"]), row["status_reason"], row["connected"]) for row in rows]
