"""SQL of what companies' machines sign in by."""

from __future__ import annotations

from services.contracts.delivery import PartnerId, PartnerRole, PartnerStatus
from services.kit.database.db import Connection, Row, Transaction, only_row
from services.people.domain.client import SHOWN_DAYS, Client
from services.people.domain.ids import ClientId
from services.people.store.sessions import ENDED

_COLUMNS = "id, partner_id, name, made_at, used_at, revoked_at"


def _client(row: Row) -> Client:
    return Client(
        ClientId(row["id"]),
        PartnerId(row["partner_id"]),
        row["name"],
        row["made_at"],
        row["used_at"],
        row["revoked_at"],
    )


async def hold_company(
    conn: Transaction, partner_id: PartnerId, subject: str | None
) -> tuple[PartnerStatus, PartnerRole | None] | None:
    """How it stands, and what the subject is of it, as was heard; held, so that two who make credentials come one after the other.
    None of one that nothing was heard of."""
    row = await conn.fetchrow(
        """SELECT status, $2 = ANY(owners) AS owns, $2 = ANY(dispatchers) AS sends FROM heard_partner
           WHERE partner_id = $1 FOR UPDATE""",
        partner_id,
        subject,
    )
    if row is None:
        return None
    role = PartnerRole.OWNER if row["owns"] else PartnerRole.DISPATCHER if row["sends"] else None
    return PartnerStatus(row["status"]), role


async def is_of(conn: Connection, partner_id: PartnerId, subject: str) -> bool:
    return bool(
        await conn.fetchval(
            "SELECT true FROM heard_partner WHERE partner_id = $1 AND $2 = ANY(owners || dispatchers)",
            partner_id,
            subject,
        )
    )


async def add(
    conn: Connection, client_id: ClientId, partner_id: PartnerId, name: str, digest: bytes, *, by: str
) -> Client | None:
    """None when both places are taken. The caller holds the company."""
    row = await conn.fetchrow(
        f"""INSERT INTO partner_client (id, partner_id, place, name, digest, made_at, made_by)
            SELECT $1, $2, p.place, $3, $4, wlijo_now(), $5 FROM (VALUES (1), (2)) AS p (place)
            WHERE NOT EXISTS (SELECT FROM partner_client c
                              WHERE c.partner_id = $2 AND c.place = p.place AND c.revoked_at IS NULL)
            ORDER BY p.place LIMIT 1 RETURNING {_COLUMNS}""",
        client_id,
        partner_id,
        name,
        digest,
        by,
    )
    return _client(row) if row else None


async def listed(conn: Connection, partner_id: PartnerId) -> list[Client]:
    """Live ones first, then those that were revoked lately, the newest first."""
    rows = await conn.fetch(
        f"""SELECT {_COLUMNS} FROM partner_client WHERE partner_id = $1
            AND (revoked_at IS NULL OR revoked_at > wlijo_now() - make_interval(days => $2))
            ORDER BY revoked_at IS NOT NULL, made_at DESC, id DESC LIMIT 50""",
        partner_id,
        SHOWN_DAYS,
    )
    return [_client(row) for row in rows]


async def company_of(conn: Connection, client_id: ClientId) -> PartnerId | None:
    found = await conn.fetchval("SELECT partner_id FROM partner_client WHERE id = $1", client_id)
    return PartnerId(found) if found else None


async def revoke(conn: Transaction, client_id: ClientId, *, by: str) -> Client:
    """Revoked already, it stays as it was. Who verifies tokens is told."""
    conn.wake(ENDED)
    row = await only_row(
        conn,
        f"""UPDATE partner_client SET revoked_at = coalesce(revoked_at, wlijo_now()), revoked_by = coalesce(revoked_by, $2)
            WHERE id = $1 RETURNING {_COLUMNS}""",
        client_id,
        by,
    )
    return _client(row)


async def secret_of(conn: Connection, client_id: ClientId) -> tuple[PartnerId, bytes] | None:
    """Of a live one, which is held against being revoked until the token is given."""
    row = await conn.fetchrow(
        "SELECT partner_id, digest FROM partner_client WHERE id = $1 AND revoked_at IS NULL FOR NO KEY UPDATE",
        client_id,
    )
    return (PartnerId(row["partner_id"]), row["digest"]) if row else None


async def used(conn: Connection, client_id: ClientId) -> None:
    await conn.execute("UPDATE partner_client SET used_at = wlijo_now() WHERE id = $1", client_id)


async def ended(conn: Connection, within_s: float, kept_s: float) -> list[tuple[ClientId, float]]:
    """Those that were revoked so lately, and how long it is until `kept_s` after it."""
    rows = await conn.fetch(
        """SELECT id, $2 - extract(epoch FROM wlijo_now() - revoked_at)::float AS left_s FROM partner_client
           WHERE revoked_at > wlijo_now() - make_interval(secs => $1) ORDER BY revoked_at""",
        within_s,
        kept_s,
    )
    return [(ClientId(row["id"]), row["left_s"]) for row in rows]


async def forget(conn: Connection, limit: int = 500) -> bool:
    """Those that are not listed any more, at most `limit`; whether there may be more."""
    done: str = await conn.execute(
        """DELETE FROM partner_client WHERE id = ANY(ARRAY(SELECT id FROM partner_client
               WHERE revoked_at < wlijo_now() - make_interval(days => $2) LIMIT $1 FOR UPDATE SKIP LOCKED))""",
        limit,
        SHOWN_DAYS,
    )
    return int(done.rpartition(" ")[2]) >= limit
