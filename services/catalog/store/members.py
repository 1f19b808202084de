"""SQL of a merchant's people and of who is invited to be one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import msgspec

from services.catalog.domain.caller import Caller
from services.catalog.domain.ids import InvitationId, MemberId
from services.catalog.domain.membership import MAX_INVITATIONS, MAX_MEMBERS, Member
from services.contracts.catalog import MemberRole, MerchantId, MerchantStatus
from services.kit.database.db import Connection
from services.kit.handed_on import LIVES_DAYS


@dataclass(frozen=True, slots=True)
class Left:
    """A merchant of which somebody is no more; `owned` when it has another owner."""

    id: MerchantId
    status: MerchantStatus
    owned: bool


@dataclass(frozen=True, slots=True)
class Invited:
    id: InvitationId
    merchant_id: MerchantId
    role: MemberRole
    is_open: bool
    used_by: str | None


class MemberView(msgspec.Struct, frozen=True, kw_only=True):
    id: MemberId
    merchant_id: MerchantId
    role: MemberRole
    name: str | None
    joined_at: datetime | None
    is_me: bool


class InvitationView(msgspec.Struct, frozen=True, kw_only=True):
    id: InvitationId
    merchant_id: MerchantId
    role: MemberRole
    made_at: datetime
    expires_at: datetime


async def lock(conn: Connection, merchant_id: MerchantId) -> tuple[MerchantStatus | None, list[Member]]:
    """How the merchant stands, None when there is none, and its people: held, as all that changes them holds it first."""
    status = await conn.fetchval("SELECT status FROM merchant WHERE id = $1 FOR UPDATE", merchant_id)
    rows = await conn.fetch("SELECT id, subject, role FROM merchant_member WHERE merchant_id = $1", merchant_id)
    members = [Member(MemberId(row["id"]), row["subject"], MemberRole(row["role"])) for row in rows]
    return (MerchantStatus(status) if status else None), members


async def subject(conn: Connection, merchant_id: MerchantId, member_id: MemberId) -> str | None:
    """Whose membership it is, which never changes."""
    found: str | None = await conn.fetchval(
        "SELECT subject FROM merchant_member WHERE merchant_id = $1 AND id = $2", merchant_id, member_id
    )
    return found


async def add(conn: Connection, merchant_id: MerchantId, subject: str, role: MemberRole, name: str | None) -> None:
    await conn.execute(
        "INSERT INTO merchant_member (merchant_id, subject, role, name, joined_at) VALUES ($1, $2, $3, $4, wlijo_now())",
        merchant_id,
        subject,
        str(role),
        name,
    )


async def change(conn: Connection, member_id: MemberId, role: MemberRole) -> None:
    await conn.execute("UPDATE merchant_member SET role = $2 WHERE id = $1", member_id, str(role))


async def call(conn: Connection, member_id: MemberId, name: str) -> None:
    await conn.execute("UPDATE merchant_member SET name = $2 WHERE id = $1", member_id, name)


async def remove(conn: Connection, member_id: MemberId) -> None:
    await conn.execute("DELETE FROM merchant_member WHERE id = $1", member_id)


async def take_out(conn: Connection, subject: str) -> list[Left]:
    """The merchants that they were of, held."""
    rows = await conn.fetch(
        """SELECT m.id, m.status, EXISTS (SELECT FROM merchant_member mm
               WHERE mm.merchant_id = m.id AND mm.subject <> $1 AND mm.role = 'OWNER') AS owned
           FROM merchant m WHERE m.id IN (SELECT merchant_id FROM merchant_member WHERE subject = $1)
           ORDER BY m.id FOR UPDATE OF m""",
        subject,
    )
    await conn.execute("DELETE FROM merchant_member WHERE subject = $1", subject)
    return [Left(MerchantId(row["id"]), MerchantStatus(row["status"]), row["owned"]) for row in rows]


async def count_open(conn: Connection, merchant_id: MerchantId) -> int:
    count: int = await conn.fetchval(
        "SELECT count(*) FROM merchant_invitation WHERE merchant_id = $1 AND used_at IS NULL AND expires_at > wlijo_now()",
        merchant_id,
    )
    return count


async def invite(
    conn: Connection, invitation_id: InvitationId, merchant_id: MerchantId, role: MemberRole, digest: bytes
) -> datetime:
    """When it is over. Those of the merchant that were over 30 days ago go."""
    await conn.execute(
        "DELETE FROM merchant_invitation WHERE merchant_id = $1 AND expires_at < wlijo_now() - interval '30 days'",
        merchant_id,
    )
    ends: datetime = await conn.fetchval(
        """INSERT INTO merchant_invitation (id, merchant_id, digest, role, made_at, expires_at)
           VALUES ($1, $2, $3, $4, wlijo_now(), wlijo_now() + make_interval(days => $5)) RETURNING expires_at""",
        invitation_id,
        merchant_id,
        digest,
        str(role),
        LIVES_DAYS,
    )
    return ends


async def invitation(conn: Connection, digest: bytes) -> Invited | None:
    row = await conn.fetchrow(
        """SELECT id, merchant_id, role, used_by, used_at IS NULL AND expires_at > wlijo_now() AS is_open
           FROM merchant_invitation WHERE digest = $1""",
        digest,
    )
    if row is None:
        return None
    return Invited(
        InvitationId(row["id"]), MerchantId(row["merchant_id"]), MemberRole(row["role"]), row["is_open"], row["used_by"]
    )


async def use(conn: Connection, invitation_id: InvitationId, subject: str) -> None:
    await conn.execute(
        "UPDATE merchant_invitation SET used_by = $2, used_at = wlijo_now() WHERE id = $1", invitation_id, subject
    )


async def withdraw(conn: Connection, merchant_id: MerchantId, invitation_id: InvitationId) -> None:
    """One that was used stays as it was used."""
    await conn.execute(
        "DELETE FROM merchant_invitation WHERE id = $2 AND merchant_id = $1 AND used_at IS NULL",
        merchant_id,
        invitation_id,
    )


# $1 is the caller as a member, $2 whether they are of the platform. Staff see who works with them.
_AMONG = "($2 OR EXISTS (SELECT FROM merchant_member me WHERE me.merchant_id = o.merchant_id AND me.subject = $1{}))"


async def views(conn: Connection, caller: Caller, ids: Sequence[MerchantId]) -> list[MemberView]:
    """By merchant, owners first, in the order in which they came; of merchants that the caller is of, for the platform of all."""
    rows = await conn.fetch(
        f"""SELECT o.*, o.subject = $1 AS is_me FROM merchant_member o WHERE o.merchant_id = ANY($3::uuid[]) AND {_AMONG.format("")}
            ORDER BY o.merchant_id, o.role, o.joined_at NULLS FIRST, o.id LIMIT $4""",
        caller.member,
        caller.staff,
        ids,
        MAX_MEMBERS * len(ids),
    )
    return [
        MemberView(
            id=MemberId(row["id"]),
            merchant_id=MerchantId(row["merchant_id"]),
            role=MemberRole(row["role"]),
            name=row["name"],
            joined_at=row["joined_at"],
            is_me=row["is_me"],
        )
        for row in rows
    ]


async def invitations(conn: Connection, caller: Caller, ids: Sequence[MerchantId]) -> list[InvitationView]:
    """By merchant, the newest first: open ones, for owners and the platform."""
    among = _AMONG.format(" AND me.role = 'OWNER'")
    rows = await conn.fetch(
        f"""SELECT o.id, o.merchant_id, o.role, o.made_at, o.expires_at FROM merchant_invitation o
            WHERE o.merchant_id = ANY($3::uuid[]) AND o.used_at IS NULL AND o.expires_at > wlijo_now() AND {among}
            ORDER BY o.merchant_id, o.made_at DESC, o.id DESC LIMIT $4""",
        caller.member,
        caller.staff,
        ids,
        MAX_INVITATIONS * len(ids),
    )
    return [
        InvitationView(
            id=InvitationId(row["id"]),
            merchant_id=MerchantId(row["merchant_id"]),
            role=MemberRole(row["role"]),
            made_at=row["made_at"],
            expires_at=row["expires_at"],
        )
        for row in rows
    ]
