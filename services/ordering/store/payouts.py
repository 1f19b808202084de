"""SQL of what was paid out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.contracts.cash import Payee, PayoutId, PayoutMethod
from services.contracts.catalog import MerchantId
from services.contracts.delivery import PartnerId, RiderId
from services.kit.database.db import Connection, Row
from services.ordering.domain.books import PAYEES

_KINDS: dict[Payee, type[MerchantId] | type[PartnerId] | type[RiderId]] = {
    Payee.MERCHANT: MerchantId,
    Payee.COMPANY: PartnerId,
    Payee.RIDER: RiderId,
}
PayeeId = MerchantId | PartnerId | RiderId


@dataclass(frozen=True, slots=True)
class Payout:
    id: PayoutId
    payee: PayeeId
    method: PayoutMethod
    amount_rupiah: int
    reference: str
    note: str | None
    test: bool
    recorded_at: datetime
    received_at: datetime | None
    reversed_at: datetime | None
    reversed_because: str | None


def _payout(row: Row) -> Payout:
    return Payout(
        id=PayoutId(row["id"]),
        payee=_KINDS[Payee(row["payee"])](row["payee_id"]),
        method=PayoutMethod(row["method"]),
        amount_rupiah=row["amount_rupiah"],
        reference=row["reference"],
        note=row["note"],
        test=row["test"],
        recorded_at=row["recorded_at"],
        received_at=row["received_at"],
        reversed_at=row["reversed_at"],
        reversed_because=row["reversed_because"],
    )


async def is_known(conn: Connection, payee: PayeeId) -> bool:
    """A merchant or company that was told of, or whoever has an account."""
    match payee:
        case MerchantId():
            return bool(await conn.fetchval("SELECT true FROM merchant WHERE id = $1", payee))
        case PartnerId():
            return bool(await conn.fetchval("SELECT true FROM partner_member WHERE partner_id = $1 LIMIT 1", payee))
    return bool(await conn.fetchval("SELECT true FROM rider_person WHERE rider_id = $1", payee))


async def insert(
    conn: Connection,
    id: PayoutId,
    payee: PayeeId,
    method: PayoutMethod,
    amount: int,
    *,
    reference: str,
    note: str | None,
    test: bool,
    by: str,
) -> datetime:
    found: datetime = await conn.fetchval(
        """INSERT INTO payout (id, payee, payee_id, method, amount_rupiah, reference, note, test, recorded_by, recorded_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, wlijo_now()) RETURNING recorded_at""",
        id,
        PAYEES[type(payee)],
        payee,
        method,
        amount,
        reference,
        note,
        test,
        by,
    )
    return found


async def lock(conn: Connection, id: PayoutId) -> Payout | None:
    row = await conn.fetchrow("SELECT * FROM payout WHERE id = $1 FOR UPDATE", id)
    return _payout(row) if row else None


async def receive(conn: Connection, id: PayoutId, by: str) -> None:
    await conn.execute(
        "UPDATE payout SET received_by = $2, received_at = wlijo_now() WHERE id = $1 AND received_at IS NULL", id, by
    )


async def take_back(conn: Connection, id: PayoutId, by: str, because: str) -> datetime:
    found: datetime = await conn.fetchval(
        """UPDATE payout SET reversed_by = $2, reversed_at = wlijo_now(), reversed_because = $3 WHERE id = $1
           RETURNING reversed_at""",
        id,
        by,
        because,
    )
    return found


_SPEAKS = """(EXISTS (SELECT FROM merchant_member m WHERE p.payee = 'MERCHANT' AND m.merchant_id = p.payee_id AND m.subject = $1)
              OR EXISTS (SELECT FROM partner_member m WHERE p.payee = 'COMPANY' AND m.partner_id = p.payee_id AND m.subject = $1)
              OR EXISTS (SELECT FROM rider_person r WHERE p.payee = 'RIDER' AND r.rider_id = p.payee_id AND r.subject = $1))"""


async def is_payees(conn: Connection, id: PayoutId, subject: str) -> bool:
    return bool(await conn.fetchval(f"SELECT true FROM payout p WHERE p.id = $2 AND {_SPEAKS}", subject, id))


async def payouts(conn: Connection, ids: list[PayoutId], subject: str, *, staff: bool) -> dict[PayoutId, Payout]:
    rows = await conn.fetch(
        f"SELECT p.* FROM payout p WHERE p.id = ANY ($2) AND ($3 OR {_SPEAKS})", subject, ids, staff
    )
    found = [_payout(row) for row in rows]
    return {each.id: each for each in found}


async def listed(
    conn: Connection, payee: PayeeId | None, after: tuple[datetime, UUID] | None, limit: int
) -> list[Payout]:
    """Newest first; of one payee, or of all."""
    rows = await conn.fetch(
        f"""SELECT * FROM payout WHERE {"payee_id = $1" if payee else "$1::uuid IS NULL"}
            AND ($2::timestamptz IS NULL OR (recorded_at, id) < ($2, $3)) ORDER BY recorded_at DESC, id DESC LIMIT $4""",
        payee,
        after[0] if after else None,
        after[1] if after else None,
        limit,
    )
    return [_payout(row) for row in rows]
