"""SQL of cash that goes on from hand to hand, and of what a rider may carry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.contracts.cash import CashHandoverId
from services.contracts.catalog import MerchantId
from services.contracts.delivery import PartnerId, RiderId
from services.kit.database.db import Connection, Row, Transaction, only_row
from services.kit.database.step import Step
from services.kit.ids import Id
from services.ordering.domain.books import CASH_LIMIT_RUPIAH, CashHandoverState, Parties, Side


@dataclass(frozen=True, slots=True)
class CashHandover:
    id: CashHandoverId
    parties: Parties
    test: bool
    amount_rupiah: int
    state: CashHandoverState
    stated_side: Side
    stated_by: str
    stated_at: datetime
    counted_rupiah: int | None
    ended_at: datetime | None
    note: str | None


def _handover(row: Row) -> CashHandover:
    return CashHandover(
        id=CashHandoverId(row["id"]),
        parties=Parties(
            PartnerId(row["partner_id"]),
            RiderId(row["rider_id"]) if row["rider_id"] else None,
            MerchantId(row["merchant_id"]) if row["merchant_id"] else None,
        ),
        test=row["test"],
        amount_rupiah=row["amount_rupiah"],
        state=CashHandoverState(row["state"]),
        stated_side=Side(row["stated_side"]),
        stated_by=row["stated_by"],
        stated_at=row["stated_at"],
        counted_rupiah=row["counted_rupiah"],
        ended_at=row["ended_at"],
        note=row["note"],
    )


async def sides(conn: Connection, parties: Parties, subject: str, *, staff: bool) -> set[Side]:
    """For whom of the two the caller speaks. For a rider who signs in nowhere (any more) the company's people do."""
    row = await conn.fetchrow(
        """SELECT EXISTS (SELECT FROM partner_member WHERE partner_id = $1 AND subject = $4) AS company,
                  EXISTS (SELECT FROM rider_person WHERE rider_id = $2 AND partner_id = $1 AND subject = $4) AS rides,
                  EXISTS (SELECT FROM rider_person WHERE rider_id = $2) AS signs_in,
                  EXISTS (SELECT FROM merchant_member WHERE merchant_id = $3 AND subject = $4) AS sells""",
        parties.partner_id,
        parties.rider_id,
        parties.merchant_id,
        subject,
    )
    assert row is not None
    if parties.rider_id is not None:
        gives, takes = row["rides"] or (row["company"] and not row["signs_in"]), row["company"]
    else:
        gives, takes = row["company"], row["sells"] if parties.merchant_id is not None else staff
    return {side for side, speaks in ((Side.GIVER, gives), (Side.TAKER, takes)) if speaks}


async def hold_giver(conn: Connection, giver: RiderId | PartnerId) -> None:
    """Until the commit: of one giver one is stated after another."""
    await conn.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", f"cash of {giver}")


@dataclass(frozen=True, slots=True)
class Open:
    """What of a giver waits for an answer."""

    count: int
    rupiah: int


async def open_of(conn: Connection, parties: Parties, *, test: bool) -> Open:
    row = await conn.fetchrow(
        """SELECT count(*) AS n, coalesce(sum(amount_rupiah), 0)::bigint AS rupiah FROM cash_handover
           WHERE partner_id = $1 AND rider_id IS NOT DISTINCT FROM $2 AND test = $3 AND state IN ('STATED', 'DISPUTED')""",
        parties.partner_id,
        parties.rider_id,
        test,
    )
    assert row is not None
    return Open(row["n"], row["rupiah"])


async def insert(
    conn: Connection, id: CashHandoverId, parties: Parties, amount: int, *, side: Side, by: str, test: bool
) -> None:
    await conn.execute(
        """INSERT INTO cash_handover (id, leg, partner_id, rider_id, merchant_id, test, amount_rupiah, state, stated_side, stated_by,
                                      stated_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, 'STATED', $8, $9, wlijo_now())""",
        id,
        parties.leg,
        parties.partner_id,
        parties.rider_id,
        parties.merchant_id,
        test,
        amount,
        side,
        by,
    )


async def lock(conn: Connection, id: CashHandoverId) -> CashHandover | None:
    row = await conn.fetchrow("SELECT * FROM cash_handover WHERE id = $1 FOR UPDATE", id)
    return _handover(row) if row else None


async def dispute(conn: Connection, id: CashHandoverId, counted: int, by: str, note: str) -> None:
    await conn.execute(
        """UPDATE cash_handover SET state = 'DISPUTED', counted_rupiah = $2, disputed_by = $3, disputed_at = wlijo_now(), note = $4
           WHERE id = $1""",
        id,
        counted,
        by,
        note,
    )


async def end(
    conn: Connection, id: CashHandoverId, state: CashHandoverState, by: str, *, amount: int, note: str | None = None
) -> datetime:
    found: datetime = await conn.fetchval(
        """UPDATE cash_handover SET state = $2, ended_by = $3, ended_at = wlijo_now(), amount_rupiah = $4, note = coalesce($5, note)
           WHERE id = $1 RETURNING ended_at""",
        id,
        state,
        by,
        amount,
        note,
    )
    return found


_SEEN = """($2 OR EXISTS (SELECT FROM partner_member m WHERE m.partner_id = h.partner_id AND m.subject = $1)
            OR EXISTS (SELECT FROM rider_person r WHERE r.rider_id = h.rider_id AND r.subject = $1)
            OR EXISTS (SELECT FROM merchant_member s WHERE s.merchant_id = h.merchant_id AND s.subject = $1))"""


async def handovers(
    conn: Connection, ids: list[CashHandoverId], subject: str, *, staff: bool
) -> dict[CashHandoverId, CashHandover]:
    """For whoever speaks for one of its sides, and staff."""
    rows = await conn.fetch(f"SELECT h.* FROM cash_handover h WHERE h.id = ANY ($3) AND {_SEEN}", subject, staff, ids)
    found = [_handover(row) for row in rows]
    return {each.id: each for each in found}


_OF: dict[type[Id], str] = {PartnerId: "partner_id", RiderId: "rider_id", MerchantId: "merchant_id"}


async def handovers_of(
    conn: Connection, of: PartnerId | RiderId | MerchantId, after: tuple[datetime, UUID] | None, limit: int
) -> list[CashHandover]:
    """Newest first. The caller has been found to speak for it."""
    rows = await conn.fetch(
        f"""SELECT * FROM cash_handover WHERE {_OF[type(of)]} = $1 AND ($2::timestamptz IS NULL OR (stated_at, id) < ($2, $3))
            ORDER BY stated_at DESC, id DESC LIMIT $4""",
        of,
        after[0] if after else None,
        after[1] if after else None,
        limit,
    )
    return [_handover(row) for row in rows]


async def disputed(
    conn: Connection, after: tuple[datetime, UUID] | None, limit: int
) -> list[tuple[datetime, CashHandover]]:
    """Each with since when; the oldest first."""
    rows = await conn.fetch(
        """SELECT * FROM cash_handover WHERE state = 'DISPUTED' AND ($1::timestamptz IS NULL OR (disputed_at, id) > ($1, $2))
           ORDER BY disputed_at, id LIMIT $3""",
        after[0] if after else None,
        after[1] if after else None,
        limit,
    )
    return [(row["disputed_at"], _handover(row)) for row in rows]


async def limits(conn: Connection, partner_ids: list[PartnerId]) -> dict[PartnerId, int]:
    rows = await conn.fetch("SELECT partner_id, limit_rupiah FROM cash_limit WHERE partner_id = ANY ($1)", partner_ids)
    found = {PartnerId(row["partner_id"]): row["limit_rupiah"] for row in rows}
    return {each: found.get(each, CASH_LIMIT_RUPIAH) for each in partner_ids}


async def carried_and_most(conn: Transaction, account: str, partner_id: PartnerId, booked: int) -> tuple[int, int]:
    """What lies on the account of one who carries the company's cash, with the sum that was booked in this transaction, and how much of it
    may."""
    query = """SELECT (SELECT coalesce(sum(balance_rupiah), 0)::bigint FROM account_balance WHERE account = $1) AS carried,
                      (SELECT limit_rupiah FROM cash_limit WHERE partner_id = $2) AS most"""
    if not isinstance(conn, Step):
        return _carried_and_most(await only_row(conn, query, account, partner_id))
    (row,) = await conn.look(query, account, partner_id)
    before, most = _carried_and_most(row)
    if 2 * (before + booked) > most:
        conn.takes_more()  # two at once could cross the limit, and neither see the other's
    return before + booked, most


def _carried_and_most(row: Row) -> tuple[int, int]:
    return row["carried"], CASH_LIMIT_RUPIAH if row["most"] is None else row["most"]


async def set_limit(conn: Connection, partner_id: PartnerId, limit: int, by: str) -> None:
    await conn.execute(
        """INSERT INTO cash_limit AS l (partner_id, limit_rupiah, changed_by, changed_at) VALUES ($1, $2, $3, wlijo_now())
           ON CONFLICT (partner_id) DO UPDATE SET (limit_rupiah, changed_by, changed_at) =
               (excluded.limit_rupiah, excluded.changed_by, excluded.changed_at)
           WHERE l.limit_rupiah <> excluded.limit_rupiah""",
        partner_id,
        limit,
        by,
    )


async def companies_of(conn: Connection, ids: list[PartnerId], subject: str, *, staff: bool) -> set[PartnerId]:
    """Those of the companies that the caller speaks for, or all for staff."""
    rows = await conn.fetch(
        """SELECT DISTINCT id FROM unnest($1::uuid[]) AS w (id) WHERE $3 OR EXISTS (
               SELECT FROM partner_member m WHERE m.partner_id = w.id AND m.subject = $2)""",
        ids,
        subject,
        staff,
    )
    return {PartnerId(row["id"]) for row in rows}


async def riders_of(conn: Connection, ids: list[RiderId], subject: str) -> dict[RiderId, PartnerId]:
    """Those of the riders whom the caller is, or whose company the caller speaks for, with the company."""
    rows = await conn.fetch(
        """SELECT rider_id, partner_id FROM rider_person r WHERE rider_id = ANY ($1) AND (subject = $2 OR EXISTS (
               SELECT FROM partner_member m WHERE m.partner_id = r.partner_id AND m.subject = $2))""",
        ids,
        subject,
    )
    return {RiderId(row["rider_id"]): PartnerId(row["partner_id"]) for row in rows}


@dataclass(frozen=True, slots=True)
class Carried:
    rider_id: RiderId
    rupiah: int


async def carried(conn: Connection, partner_id: PartnerId, *, test: bool) -> list[Carried]:
    """What those who ride for the company, and sign in, carry; the most first, at most 200."""
    mark = "test:" if test else ""
    rows = await conn.fetch("SELECT rider_id FROM rider_person WHERE partner_id = $1", partner_id)
    by_account = {f"{mark}rider:{RiderId(row['rider_id'])}:carrying": RiderId(row["rider_id"]) for row in rows}
    found = await conn.fetch(
        """SELECT account, balance_rupiah FROM account_balance WHERE account = ANY ($1) AND balance_rupiah > 0
           ORDER BY balance_rupiah DESC, account LIMIT 200""",
        list(by_account),
    )
    return [Carried(by_account[row["account"]], row["balance_rupiah"]) for row in found]
