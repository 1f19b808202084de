"""SQL of licences on their way. Whoever changes what a merchant's goods hold has the merchant's lock, then its
goods, then the licence; whoever puts goods up for sale has the lock shared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from services.catalog.domain.caller import Caller
from services.catalog.domain.licence import LicenceAction, LicenceStatus, Submitted
from services.contracts.catalog import LicenceId, MediaId, MerchantId, ProductId
from services.contracts.licences import LicenceKind
from services.kit.database.db import Connection, Row, only_row

TODAY: Final = "(wlijo_now() AT TIME ZONE 'Asia/Jakarta')::date"
STATE: Final = f"CASE WHEN l.state = 'VERIFIED' AND l.expires_on < {TODAY} THEN 'EXPIRED' ELSE l.state END"
"""Of a licence `l`: it ends at midnight, whether the timer has come to it or not."""
HOLDS: Final = f"l.state = 'VERIFIED' AND (l.expires_on IS NULL OR l.expires_on >= {TODAY})"
COVERS: Final = "(l.whole OR EXISTS (SELECT FROM licence_product x WHERE x.licence_id = l.id AND x.product_id = p.id))"
"""A licence `l` of the merchant of the product `p`."""
_OWNED: Final = """EXISTS (
    SELECT FROM merchant_member mm WHERE mm.merchant_id = l.merchant_id AND mm.subject = $2 AND mm.role = 'OWNER')"""


@dataclass(frozen=True, slots=True)
class Licence:
    """`state` as it is today; `own` when who asks is of its merchant's people."""

    id: LicenceId
    merchant_id: MerchantId
    kind: LicenceKind
    state: LicenceStatus
    whole: bool
    expires_on: date | None
    reminded_days: int | None
    own: bool


@dataclass(frozen=True, slots=True)
class Counted:
    live: int
    waiting: int
    lately: int


async def clock(conn: Connection) -> tuple[datetime, date]:
    """Now, and which day it is, WIB."""
    row = await only_row(conn, f"SELECT wlijo_now() AS now, {TODAY} AS today")
    return row["now"], row["today"]


async def hold(conn: Connection, merchant_id: MerchantId) -> None:
    """What its goods hold is changed by one at a time, and meanwhile nothing of it is put up for sale."""
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended('licences/' || $1::uuid, 0))", merchant_id)


async def hold_meanwhile(conn: Connection, merchant_id: MerchantId) -> None:
    """What its goods hold does not change meanwhile; to be had before any of them is held."""
    await conn.execute("SELECT pg_advisory_xact_lock_shared(hashtextextended('licences/' || $1::uuid, 0))", merchant_id)


async def hold_of_product(conn: Connection, product_id: ProductId) -> None:
    """What it holds does not change meanwhile. A product is always of one merchant."""
    await conn.execute(
        """SELECT pg_advisory_xact_lock_shared(hashtextextended('licences/' || merchant_id, 0)) FROM product WHERE id = $1""",
        product_id,
    )


async def counted(conn: Connection, merchant_id: MerchantId) -> Counted:
    row = await only_row(
        conn,
        f"""SELECT count(*) FILTER (WHERE ({HOLDS}) OR l.state = 'SUBMITTED') AS live,
                   count(*) FILTER (WHERE l.state = 'SUBMITTED') AS waiting,
                   count(*) FILTER (WHERE l.submitted_at > wlijo_now() - interval '1 day') AS lately
            FROM licence l WHERE l.merchant_id = $1""",
        merchant_id,
    )
    return Counted(row["live"], row["waiting"], row["lately"])


async def names(conn: Connection, merchant_id: MerchantId, ids: Sequence[ProductId]) -> dict[ProductId, str]:
    """Of those among them that are the merchant's."""
    rows = await conn.fetch(
        "SELECT id, name FROM product WHERE merchant_id = $1 AND id = ANY($2::uuid[])", merchant_id, list(ids)
    )
    return {ProductId(row["id"]): row["name"] for row in rows}


async def insert(conn: Connection, licence_id: LicenceId, merchant_id: MerchantId, given: Submitted) -> None:
    await conn.execute(
        """INSERT INTO licence (id, merchant_id, kind, number, whole, issued_on, expires_on, document_photo_id, state, submitted_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 'SUBMITTED', wlijo_now())""",
        licence_id,
        merchant_id,
        str(given.kind),
        given.number,
        not given.products,
        given.issued_on,
        given.expires_on,
        given.document_photo_id,
    )
    await conn.execute(
        "INSERT INTO licence_product (licence_id, product_id) SELECT $1, unnest($2::uuid[])",
        licence_id,
        list(given.products),
    )


async def find(conn: Connection, caller: Caller, licence_id: LicenceId, *, any: bool) -> MerchantId | None:
    """Its merchant; None when there is none, or the caller neither owns it nor may do so to `any`."""
    found = await conn.fetchval(
        f"SELECT l.merchant_id FROM licence l WHERE l.id = $1 AND ($3 OR {_OWNED})", licence_id, caller.member, any
    )
    return MerchantId(found) if found else None


async def lock_goods(conn: Connection, licence_id: LicenceId) -> list[ProductId]:
    """Those that it covers, of any status: what is being put up for sale meanwhile has then been."""
    rows = await conn.fetch(
        f"""SELECT p.id FROM product p JOIN licence l ON l.merchant_id = p.merchant_id
            WHERE l.id = $1 AND {COVERS} ORDER BY p.id FOR UPDATE OF p""",
        licence_id,
    )
    return [ProductId(row["id"]) for row in rows]


async def lock(conn: Connection, caller: Caller, licence_id: LicenceId, *, by: str, any: bool) -> Licence | None:
    """As `find`."""
    row = await conn.fetchrow(
        f"""SELECT l.*, {STATE} AS present,
                   EXISTS (SELECT FROM merchant_member mm WHERE mm.merchant_id = l.merchant_id AND mm.subject = $4) AS own
            FROM licence l WHERE l.id = $1 AND ($3 OR {_OWNED}) FOR UPDATE""",
        licence_id,
        caller.member,
        any,
        by,
    )
    return _licence(row, LicenceStatus(row["present"]), own=row["own"]) if row else None


async def lock_by_itself(conn: Connection, licence_id: LicenceId) -> Licence | None:
    """With the state that was written."""
    row = await conn.fetchrow("SELECT * FROM licence WHERE id = $1 FOR UPDATE", licence_id)
    return _licence(row, LicenceStatus(row["state"]), own=False) if row else None


async def save_state(conn: Connection, licence_id: LicenceId, to: LicenceStatus, reason: str | None) -> None:
    await conn.execute(
        "UPDATE licence SET state = $2, reason = $3, decided_at = wlijo_now() WHERE id = $1",
        licence_id,
        str(to),
        reason,
    )


async def reminded(conn: Connection, licence_id: LicenceId, days: int) -> None:
    await conn.execute("UPDATE licence SET reminded_days = $2 WHERE id = $1", licence_id, days)


async def is_followed(conn: Connection, licence_id: LicenceId) -> bool:
    """Whether another of its kind holds for longer, and for all that it is for."""
    found: bool = await conn.fetchval(
        """SELECT EXISTS (
               SELECT FROM licence l JOIN licence n ON n.merchant_id = l.merchant_id AND n.kind = l.kind AND n.id <> l.id
               WHERE l.id = $1 AND n.state = 'VERIFIED' AND (n.expires_on IS NULL OR n.expires_on > l.expires_on)
               AND (n.whole OR NOT l.whole AND NOT EXISTS (
                   SELECT FROM licence_product x WHERE x.licence_id = l.id AND NOT EXISTS (
                       SELECT FROM licence_product y WHERE y.licence_id = n.id AND y.product_id = x.product_id))))""",
        licence_id,
    )
    return found


async def add_history(
    conn: Connection,
    licence_id: LicenceId,
    action: LicenceAction,
    state: LicenceStatus,
    *,
    reason: str | None,
    by: str | None,
) -> None:
    await conn.execute(
        """INSERT INTO licence_history (licence_id, action, state, reason, subject, at)
           VALUES ($1, $2, $3, $4, $5, wlijo_now())""",
        licence_id,
        str(action),
        str(state),
        reason,
        by,
    )


async def owners(conn: Connection, merchant_id: MerchantId) -> list[str]:
    rows = await conn.fetch(
        "SELECT subject FROM merchant_member WHERE merchant_id = $1 AND role = 'OWNER' ORDER BY subject", merchant_id
    )
    return [row["subject"] for row in rows]


async def forget_documents(conn: Connection, subject: str) -> list[MediaId]:
    """Pictures of papers that were theirs to show."""
    rows = await conn.fetch(
        """WITH theirs AS MATERIALIZED (
               SELECT id, document_photo_id FROM licence WHERE document_photo_id IS NOT NULL
               AND id IN (SELECT licence_id FROM licence_history WHERE subject = $1 AND action = 'SUBMIT') FOR UPDATE
           )
           UPDATE licence l SET document_photo_id = NULL FROM theirs WHERE l.id = theirs.id RETURNING theirs.document_photo_id""",
        subject,
    )
    return [MediaId(row["document_photo_id"]) for row in rows]


def _licence(row: Row, state: LicenceStatus, *, own: bool) -> Licence:
    return Licence(
        LicenceId(row["id"]),
        MerchantId(row["merchant_id"]),
        LicenceKind(row["kind"]),
        state,
        row["whole"],
        row["expires_on"],
        row["reminded_days"],
        own,
    )
