"""SQL of kasbons: the row is locked, what was done is written, and the database keeps what is owed and held."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import asyncpg

from services.contracts.catalog import MerchantId
from services.contracts.kasbon import KasbonEntryId, KasbonId, KasbonSide
from services.contracts.ordering import OrderId, SellerOrderId
from services.kit.database.db import Connection, Row
from services.ordering.domain.books import MoreThanThereIs
from services.ordering.domain.ids import BuyerId
from services.ordering.domain.kasbon import EntryKind, Kasbon, KasbonState
from services.ordering.store import books

_COLUMNS = """k.id, k.buyer_id, k.merchant_id, k.state, k.called, k.limit_rupiah, k.test, k.owed_rupiah, k.held_rupiah, k.buyer_agreed_at,
    k.merchant_agreed_at, wlijo_now() AS at, (SELECT subject FROM buyer b WHERE b.id = k.buyer_id) AS buyer"""


def _kasbon(row: Row) -> Kasbon:
    return Kasbon(
        id=KasbonId(row["id"]),
        buyer_id=BuyerId(row["buyer_id"]),
        buyer=row["buyer"],
        merchant_id=MerchantId(row["merchant_id"]),
        state=KasbonState(row["state"]),
        called=row["called"],
        limit_rupiah=row["limit_rupiah"],
        at=row["at"],
        test=row["test"],
        owed_rupiah=row["owed_rupiah"],
        held_rupiah=row["held_rupiah"],
        buyer_agreed_at=row["buyer_agreed_at"],
        merchant_agreed_at=row["merchant_agreed_at"],
    )


async def lock(conn: Connection, kasbon_id: KasbonId) -> Kasbon | None:
    """After its order, where one is moved on; before promotions and accounts."""
    row = await conn.fetchrow(f"SELECT {_COLUMNS} FROM kasbon k WHERE id = $1 FOR UPDATE", kasbon_id)
    return _kasbon(row) if row else None


async def lock_of(conn: Connection, buyer_id: BuyerId, merchant_id: MerchantId, *, test: bool) -> Kasbon | None:
    row = await conn.fetchrow(
        f"SELECT {_COLUMNS} FROM kasbon k WHERE buyer_id = $1 AND merchant_id = $2 AND test = $3 FOR UPDATE",
        buyer_id,
        merchant_id,
        test,
    )
    return _kasbon(row) if row else None


async def hold_merchant(conn: Connection, merchant_id: MerchantId) -> datetime | None:
    """Until the end of the transaction nobody else begins a kasbon with this merchant; None for one that nobody has told of."""
    found: datetime | None = await conn.fetchval(
        "SELECT wlijo_now() FROM merchant WHERE id = $1 FOR NO KEY UPDATE", merchant_id
    )
    return found


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for an answer: asked for by a buyer, of a merchant, and offered by it."""

    of_buyer: int
    of_merchant: int
    offered: int


async def waiting(conn: Connection, buyer_id: BuyerId, merchant_id: MerchantId) -> Waiting:
    row = await conn.fetchrow(
        """SELECT (SELECT count(*) FROM kasbon WHERE buyer_id = $1 AND state = 'ASKED') AS of_buyer,
                  (SELECT count(*) FROM kasbon WHERE merchant_id = $2 AND state = 'ASKED') AS of_merchant,
                  (SELECT count(*) FROM kasbon WHERE merchant_id = $2 AND state = 'OFFERED') AS offered""",
        buyer_id,
        merchant_id,
    )
    assert row is not None
    return Waiting(row["of_buyer"], row["of_merchant"], row["offered"])


async def role_of(conn: Connection, merchant_id: MerchantId, subject: str) -> str | None:
    """What the subject is at the merchant; None for nobody."""
    found: str | None = await conn.fetchval(
        "SELECT role FROM merchant_member WHERE merchant_id = $1 AND subject = $2", merchant_id, subject
    )
    return found


async def sells_at(conn: Connection, ids: list[MerchantId], subject: str) -> set[MerchantId]:
    rows = await conn.fetch(
        "SELECT merchant_id FROM merchant_member WHERE merchant_id = ANY ($1) AND subject = $2", ids, subject
    )
    return {MerchantId(row["merchant_id"]) for row in rows}


@dataclass(frozen=True, slots=True)
class Customer:
    """Who bought a part of an order, and by what name it was to be handed over."""

    buyer_id: BuyerId
    buyer: str
    merchant_id: MerchantId
    name: str
    is_erased: bool


async def customer(conn: Connection, seller_order_id: SellerOrderId) -> Customer | None:
    row = await conn.fetchrow(
        """SELECT o.buyer_id, b.subject, s.merchant_id, c.recipient, b.erased_at IS NOT NULL AS is_erased
           FROM seller_order s JOIN orders o ON o.id = s.order_id JOIN buyer b ON b.id = o.buyer_id JOIN contact c ON c.id = o.contact_id
           WHERE s.id = $1""",
        seller_order_id,
    )
    if row is None:
        return None
    return Customer(
        BuyerId(row["buyer_id"]), row["subject"], MerchantId(row["merchant_id"]), row["recipient"], row["is_erased"]
    )


async def save(conn: Connection, kasbon: Kasbon) -> None:
    """What was done to it, in the order in which it was. Raises MoreThanThereIs when the database finds that less is owed; then nothing of
    the transaction stays."""
    await conn.execute(
        """INSERT INTO kasbon AS k (id, buyer_id, merchant_id, test, account, state, called, limit_rupiah, buyer_agreed_at,
                                    merchant_agreed_at, changed_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
           ON CONFLICT (id) DO UPDATE SET state = excluded.state, called = excluded.called, limit_rupiah = excluded.limit_rupiah,
               buyer_agreed_at = excluded.buyer_agreed_at, merchant_agreed_at = excluded.merchant_agreed_at,
               changed_at = excluded.changed_at""",
        kasbon.id,
        kasbon.buyer_id,
        kasbon.merchant_id,
        kasbon.test,
        kasbon.account,
        str(kasbon.state),
        kasbon.called,
        kasbon.limit_rupiah,
        kasbon.buyer_agreed_at,
        kasbon.merchant_agreed_at,
        kasbon.at,
    )
    for each in kasbon.entries:
        await conn.execute(
            """INSERT INTO kasbon_entry (id, kasbon_id, kind, at, change_rupiah, balance_rupiah, limit_rupiah, of_entry, side, by, words)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)""",
            each.id,
            kasbon.id,
            str(each.kind),
            kasbon.at,
            each.change_rupiah,
            each.balance_rupiah,
            each.limit_rupiah,
            each.of_entry,
            str(each.side),
            each.by,
            each.words,
        )
    for entry_id, transfer in kasbon.transfers:
        try:
            await books.book(conn, entry_id, transfer, kasbon.at)
        except asyncpg.CheckViolationError as error:
            if error.constraint_name != "kasbon_owed":
                raise
            raise MoreThanThereIs from error


@dataclass(frozen=True, slots=True)
class Shown:
    """A kasbon as the graph reads it. `sells`: the caller is one of the merchant's people, or of its staff who see all."""

    id: KasbonId
    merchant_id: MerchantId
    state: KasbonState
    called: str
    limit_rupiah: int
    owed_rupiah: int
    held_rupiah: int
    changed_at: datetime
    buys: bool
    sells: bool

    @property
    def room_rupiah(self) -> int:
        left = self.limit_rupiah - self.owed_rupiah - self.held_rupiah
        return max(0, left) if self.state is KasbonState.OPEN else 0


_SHOWN = """
SELECT k.*, b.subject = $1 AS buys, EXISTS (
    SELECT FROM merchant_member m WHERE m.merchant_id = k.merchant_id AND m.subject = $1) AS sells
FROM kasbon k JOIN buyer b ON b.id = k.buyer_id
"""


def _shown(row: Row) -> Shown:
    return Shown(
        id=KasbonId(row["id"]),
        merchant_id=MerchantId(row["merchant_id"]),
        state=KasbonState(row["state"]),
        called=row["called"],
        limit_rupiah=row["limit_rupiah"],
        owed_rupiah=row["owed_rupiah"],
        held_rupiah=row["held_rupiah"],
        changed_at=row["changed_at"],
        buys=row["buys"],
        sells=row["sells"],
    )


async def shown(conn: Connection, ids: list[KasbonId], subject: str) -> dict[KasbonId, Shown]:
    """For its two sides."""
    rows = await conn.fetch(f"SELECT * FROM ({_SHOWN} WHERE k.id = ANY ($2)) s WHERE buys OR sells", subject, ids)
    return {KasbonId(row["id"]): _shown(row) for row in rows}


async def with_merchants(
    conn: Connection, ids: list[MerchantId], subject: str, *, test: bool
) -> dict[MerchantId, Shown]:
    """The caller's own, as a buyer."""
    rows = await conn.fetch(
        f"{_SHOWN} WHERE b.subject = $1 AND k.merchant_id = ANY ($2) AND k.test = $3", subject, ids, test
    )
    return {MerchantId(row["merchant_id"]): _shown(row) for row in rows}


async def of_buyer(
    conn: Connection, buyer_id: BuyerId, subject: str, *, test: bool, after: UUID | None, limit: int
) -> list[Shown]:
    """The caller's own, and nothing of another's."""
    rows = await conn.fetch(
        f"{_SHOWN} WHERE b.subject = $1 AND k.buyer_id = $2 AND k.test = $3 AND ($4::uuid IS NULL OR k.id > $4) ORDER BY k.id LIMIT $5",
        subject,
        buyer_id,
        test,
        after,
        limit,
    )
    return [_shown(row) for row in rows]


async def of_merchant(
    conn: Connection,
    merchant_id: MerchantId,
    subject: str,
    *,
    test: bool,
    states: list[KasbonState],
    owing: bool,
    after: tuple[int, UUID] | None,
    limit: int,
) -> list[Shown]:
    """Who owes the most first, of a merchant that the caller has been found to speak for; of all states when none is named."""
    rows = await conn.fetch(
        f"""{_SHOWN} WHERE k.merchant_id = $2 AND k.test = $3 AND (cardinality($4::text[]) = 0 OR k.state = ANY ($4))
            AND (k.owed_rupiah > 0 OR NOT $5)
            AND ($6::bigint IS NULL OR k.owed_rupiah < $6 OR (k.owed_rupiah = $6 AND k.id > $7))
            ORDER BY k.owed_rupiah DESC, k.id LIMIT $8""",
        subject,
        merchant_id,
        test,
        [str(each) for each in states],
        owing,
        after[0] if after else None,
        after[1] if after else None,
        limit,
    )
    return [_shown(row) for row in rows]


@dataclass(frozen=True, slots=True)
class Told:
    """An entry as both read it. `taken_back`: there is an entry against it. `by_viewer`: the caller made it."""

    id: KasbonEntryId
    number: int
    kasbon_id: KasbonId
    kind: EntryKind
    at: datetime
    change_rupiah: int
    balance_rupiah: int
    limit_rupiah: int | None
    order_id: OrderId | None
    order_code: str | None
    of_entry: KasbonEntryId | None
    side: KasbonSide | None
    by_viewer: bool
    words: str | None
    taken_back: bool
    disputes: int


_TOLD = """
SELECT e.*, coalesce(e.by = $1, false) AS mine, o.code,
       EXISTS (SELECT FROM kasbon_entry t WHERE t.of_entry = e.id AND t.kind = 'TAKEN_BACK') AS taken_back,
       (SELECT count(*) FROM kasbon_entry t WHERE t.of_entry = e.id AND t.kind = 'DISPUTED') AS disputes
FROM kasbon_entry e LEFT JOIN orders o ON o.id = e.order_id
"""


def _told(row: Row) -> Told:
    return Told(
        id=KasbonEntryId(row["id"]),
        number=row["number"],
        kasbon_id=KasbonId(row["kasbon_id"]),
        kind=EntryKind(row["kind"]),
        at=row["at"],
        change_rupiah=row["change_rupiah"],
        balance_rupiah=row["balance_rupiah"],
        limit_rupiah=row["limit_rupiah"],
        order_id=OrderId(row["order_id"]) if row["order_id"] else None,
        order_code=row["code"],
        of_entry=KasbonEntryId(row["of_entry"]) if row["of_entry"] else None,
        side=None if row["side"] == "ORDER" else KasbonSide(row["side"]),
        by_viewer=row["mine"],
        words=row["words"],
        taken_back=row["taken_back"],
        disputes=row["disputes"],
    )


async def entry(conn: Connection, entry_id: KasbonEntryId) -> Told | None:
    row = await conn.fetchrow(f"{_TOLD} WHERE e.id = $2", "", entry_id)
    return _told(row) if row else None


async def entries(conn: Connection, kasbon_id: KasbonId, subject: str, after: int | None, limit: int) -> list[Told]:
    """Newest first, of one that the caller has been found to see."""
    rows = await conn.fetch(
        f"{_TOLD} WHERE e.kasbon_id = $2 AND ($3::bigint IS NULL OR e.number < $3) ORDER BY e.number DESC LIMIT $4",
        subject,
        kasbon_id,
        after,
        limit,
    )
    return [_told(row) for row in rows]


async def owed_to(conn: Connection, ids: list[MerchantId], *, test: bool) -> dict[MerchantId, int]:
    """What all their buyers owe them."""
    rows = await conn.fetch(
        """SELECT merchant_id, sum(owed_rupiah)::bigint AS owed FROM kasbon
           WHERE merchant_id = ANY ($1) AND test = $2 AND owed_rupiah > 0 GROUP BY 1""",
        ids,
        test,
    )
    found = {MerchantId(row["merchant_id"]): row["owed"] for row in rows}
    return {each: found.get(each, 0) for each in ids}


async def of_erased(conn: Connection, buyer_id: BuyerId) -> list[KasbonId]:
    rows = await conn.fetch("SELECT id FROM kasbon WHERE buyer_id = $1 ORDER BY id", buyer_id)
    return [KasbonId(row["id"]) for row in rows]


async def forget_words(conn: Connection, subject: str) -> None:
    """What a person wrote, and what was written of them as a buyer: amounts, times and sides stay."""
    await conn.execute(
        """UPDATE kasbon_entry SET words = NULL WHERE words IS NOT NULL AND (by = $1 OR kasbon_id IN (
               SELECT k.id FROM kasbon k JOIN buyer b ON b.id = k.buyer_id WHERE b.subject = $1))""",
        subject,
    )


async def forget_names(conn: Connection, buyer_id: BuyerId) -> bool:
    """By what name the merchant knows who was erased, where nothing is owed or held any more; whether none is left."""
    await conn.execute(
        """UPDATE kasbon SET called = '', forgotten_at = wlijo_now()
           WHERE buyer_id = $1 AND forgotten_at IS NULL AND owed_rupiah = 0 AND held_rupiah = 0""",
        buyer_id,
    )
    return not await conn.fetchval(
        "SELECT EXISTS (SELECT FROM kasbon WHERE buyer_id = $1 AND forgotten_at IS NULL)", buyer_id
    )
