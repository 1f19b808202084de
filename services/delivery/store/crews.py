"""SQL of a company's people and of who is invited to be one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.contracts.delivery import DeliveryId, OfferId, PartnerId, PartnerRole, PartnerStatus, RiderId
from services.delivery.domain.caller import Caller
from services.delivery.domain.crew import MAX_INVITATIONS, MAX_MEMBERS, InvitationId, Member, MemberId
from services.delivery.store import partners
from services.delivery.store.partners import STANDING, Partner
from services.kit.database.db import Connection
from services.kit.handed_on import LIVES_DAYS


@dataclass(frozen=True, slots=True)
class Left:
    """A company of which somebody is no more; `owned` when it has another owner."""

    id: PartnerId
    status: PartnerStatus
    owned: bool


@dataclass(frozen=True, slots=True)
class Invited:
    """To be of the company as `role`, or to be its rider."""

    id: InvitationId
    partner_id: PartnerId
    role: PartnerRole | None
    rider_id: RiderId | None
    is_open: bool
    used_by: str | None


@dataclass(frozen=True, slots=True)
class MemberView:
    id: MemberId
    partner_id: PartnerId
    role: PartnerRole
    name: str
    joined_at: datetime
    is_me: bool


@dataclass(frozen=True, slots=True)
class InvitationView:
    id: InvitationId
    partner_id: PartnerId
    role: PartnerRole | None
    rider_id: RiderId | None
    made_at: datetime
    expires_at: datetime


async def lock(conn: Connection, partner_id: PartnerId) -> tuple[Partner | None, list[Member]]:
    """The company and its people: held, as all that changes them holds it first."""
    found = await partners.lock(conn, partner_id)
    rows = await conn.fetch("SELECT id, subject, role FROM partner_member WHERE partner_id = $1", partner_id)
    return found, [Member(MemberId(row["id"]), row["subject"], PartnerRole(row["role"])) for row in rows]


async def add(conn: Connection, partner_id: PartnerId, subject: str, role: PartnerRole, name: str) -> MemberId:
    made = MemberId.new()
    await conn.execute(
        """INSERT INTO partner_member (id, partner_id, subject, role, name, joined_at)
           VALUES ($1, $2, $3, $4, $5, wlijo_now())""",
        made,
        partner_id,
        subject,
        role,
        name,
    )
    return made


async def change(conn: Connection, member_id: MemberId, role: PartnerRole) -> None:
    await conn.execute("UPDATE partner_member SET role = $2 WHERE id = $1", member_id, role)


async def call(conn: Connection, member_id: MemberId, name: str) -> None:
    await conn.execute("UPDATE partner_member SET name = $2 WHERE id = $1", member_id, name)


async def remove(conn: Connection, member_id: MemberId) -> None:
    await conn.execute("DELETE FROM partner_member WHERE id = $1", member_id)


async def take_out(conn: Connection, subject: str) -> list[Left]:
    """The companies that they were of, or rode for, held; what says who they were goes."""
    rows = await conn.fetch(
        f"""SELECT p.id, {STANDING} AS status, EXISTS (SELECT FROM partner_member m
               WHERE m.partner_id = p.id AND m.subject <> $1 AND m.role = 'OWNER') AS owned
            FROM partner p WHERE p.id IN (SELECT partner_id FROM partner_member WHERE subject = $1)
                OR p.id IN (SELECT partner_id FROM rider WHERE subject = $1)
            ORDER BY p.id FOR NO KEY UPDATE OF p""",
        subject,
    )
    await conn.execute("DELETE FROM partner_member WHERE subject = $1", subject)
    await conn.execute("UPDATE partner_invitation SET used_by = NULL WHERE used_by = $1", subject)
    await conn.execute("UPDATE partner_invitation SET made_by = NULL WHERE made_by = $1", subject)
    return [Left(PartnerId(row["id"]), PartnerStatus(row["status"]), row["owned"]) for row in rows]


async def trips_of(conn: Connection, partner_ids: Sequence[PartnerId]) -> list[DeliveryId]:
    """Which are under way: whoever follows one looks again."""
    rows = await conn.fetch(
        """SELECT id FROM delivery WHERE partner_id = ANY($1::uuid[])
           AND status NOT IN ('DELIVERED', 'RETURNED', 'DISPOSED', 'UNASSIGNABLE', 'CANCELLED')""",
        partner_ids,
    )
    return [DeliveryId(row["id"]) for row in rows]


async def count_open(conn: Connection, partner_id: PartnerId) -> int:
    count: int = await conn.fetchval(
        "SELECT count(*) FROM partner_invitation WHERE partner_id = $1 AND used_at IS NULL AND expires_at > wlijo_now()",
        partner_id,
    )
    return count


async def invite(
    conn: Connection,
    invitation_id: InvitationId,
    partner_id: PartnerId,
    role: PartnerRole | None,
    rider_id: RiderId | None,
    digest: bytes,
    by: str,
) -> datetime:
    """When it is over. Those of the company that were over 30 days ago go."""
    await conn.execute(
        "DELETE FROM partner_invitation WHERE partner_id = $1 AND expires_at < wlijo_now() - interval '30 days'",
        partner_id,
    )
    ends: datetime = await conn.fetchval(
        """INSERT INTO partner_invitation (id, partner_id, role, rider_id, digest, made_by, made_at, expires_at)
           VALUES ($1, $2, $3, $4, $5, $6, wlijo_now(), wlijo_now() + make_interval(days => $7)) RETURNING expires_at""",
        invitation_id,
        partner_id,
        role,
        rider_id,
        digest,
        by,
        LIVES_DAYS,
    )
    return ends


async def invitation(conn: Connection, digest: bytes) -> Invited | None:
    row = await conn.fetchrow(
        """SELECT id, partner_id, role, rider_id, used_by, used_at IS NULL AND expires_at > wlijo_now() AS is_open
           FROM partner_invitation WHERE digest = $1""",
        digest,
    )
    if row is None:
        return None
    return Invited(
        InvitationId(row["id"]),
        PartnerId(row["partner_id"]),
        PartnerRole(row["role"]) if row["role"] else None,
        RiderId(row["rider_id"]) if row["rider_id"] else None,
        row["is_open"],
        row["used_by"],
    )


async def use(conn: Connection, invitation_id: InvitationId, subject: str) -> None:
    await conn.execute(
        "UPDATE partner_invitation SET used_by = $2, used_at = wlijo_now() WHERE id = $1", invitation_id, subject
    )


async def withdraw(conn: Connection, partner_id: PartnerId, invitation_id: InvitationId) -> bool:
    """Whether it was open; one that was used stays as it was used."""
    done: str = await conn.execute(
        "DELETE FROM partner_invitation WHERE id = $2 AND partner_id = $1 AND used_at IS NULL",
        partner_id,
        invitation_id,
    )
    return done.endswith(" 1")


async def withdraw_of_rider(conn: Connection, rider_id: RiderId) -> None:
    await conn.execute("DELETE FROM partner_invitation WHERE rider_id = $1 AND used_at IS NULL", rider_id)


# $1 is the caller as a person, $2 whether they are of the platform. Dispatchers see who works with them.
_AMONG = "($2 OR EXISTS (SELECT FROM partner_member me WHERE me.partner_id = o.partner_id AND me.subject = $1))"


async def views(conn: Connection, caller: Caller, ids: Sequence[PartnerId]) -> list[MemberView]:
    """By company, owners first, in the order in which they came; of companies that the caller is of, for the platform of all."""
    rows = await conn.fetch(
        f"""SELECT o.*, o.subject = $1 AS is_me FROM partner_member o WHERE o.partner_id = ANY($3::uuid[]) AND {_AMONG}
            ORDER BY o.partner_id, o.role DESC, o.joined_at, o.id LIMIT $4""",
        caller.person,
        caller.staff,
        ids,
        MAX_MEMBERS * len(ids),
    )
    return [
        MemberView(
            MemberId(row["id"]),
            PartnerId(row["partner_id"]),
            PartnerRole(row["role"]),
            row["name"],
            row["joined_at"],
            row["is_me"],
        )
        for row in rows
    ]


async def invitations(conn: Connection, caller: Caller, ids: Sequence[PartnerId]) -> list[InvitationView]:
    """By company, the newest first: open ones, for its people and the platform."""
    rows = await conn.fetch(
        f"""SELECT o.id, o.partner_id, o.role, o.rider_id, o.made_at, o.expires_at FROM partner_invitation o
            WHERE o.partner_id = ANY($3::uuid[]) AND o.used_at IS NULL AND o.expires_at > wlijo_now() AND {_AMONG}
            ORDER BY o.partner_id, o.made_at DESC, o.id DESC LIMIT $4""",
        caller.person,
        caller.staff,
        ids,
        MAX_INVITATIONS * len(ids),
    )
    return [
        InvitationView(
            InvitationId(row["id"]),
            PartnerId(row["partner_id"]),
            PartnerRole(row["role"]) if row["role"] else None,
            RiderId(row["rider_id"]) if row["rider_id"] else None,
            row["made_at"],
            row["expires_at"],
        )
        for row in rows
    ]


@dataclass(frozen=True, slots=True)
class Acting:
    """As what somebody may speak for a company: as one of its people, or as its rider. Both, one or neither."""

    member: bool
    rider_id: RiderId | None
    on_shift: bool


async def partner_of_offer(conn: Connection, job_id: DeliveryId, offer_id: OfferId) -> PartnerId | None:
    found = await conn.fetchval("SELECT partner_id FROM offer WHERE id = $2 AND delivery_id = $1", job_id, offer_id)
    return PartnerId(found) if found else None


async def trip_of(conn: Connection, job_id: DeliveryId) -> tuple[PartnerId, RiderId] | None:
    """Who has the trip, and who rides it."""
    row = await conn.fetchrow(
        "SELECT partner_id, rider_id FROM delivery WHERE id = $1 AND partner_id IS NOT NULL", job_id
    )
    return (PartnerId(row["partner_id"]), RiderId(row["rider_id"])) if row else None


async def acting(conn: Connection, partner_id: PartnerId, person: str) -> Acting:
    """So it stays until the commit: whoever changes a company's people or riders holds the company, as this does."""
    await conn.execute("SELECT FROM partner WHERE id = $1 FOR SHARE", partner_id)
    row = await conn.fetchrow(
        """SELECT EXISTS (SELECT FROM partner_member m WHERE m.partner_id = $1 AND m.subject = $2) AS member,
                  r.id, coalesce(r.on_shift, false) AS on_shift
           FROM (SELECT) one LEFT JOIN rider r ON r.partner_id = $1 AND r.subject = $2""",
        partner_id,
        person,
    )
    assert row
    return Acting(row["member"], RiderId(row["id"]) if row["id"] else None, row["on_shift"])
