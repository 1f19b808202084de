"""SQL of claims: the order's row is locked first, then the claim's, so that claims of one order come one after another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from services.contracts.catalog import MerchantId
from services.contracts.claims import ClaimId, ClaimKind
from services.contracts.delivery import PartnerId
from services.contracts.kasbon import KasbonId
from services.contracts.ordering import BorneBy, OrderId, RefundId, SellerOrderId
from services.contracts.reasons import ReasonCode
from services.kit.database.db import Connection, Row, only_row
from services.ordering.domain.claim import Claim, ClaimInput, ClaimState
from services.ordering.domain.claimable import Sold
from services.ordering.domain.history import By
from services.ordering.domain.ids import BuyerId, OrderLineId
from services.ordering.domain.ledger import Transfer
from services.ordering.domain.process import OrderStatus
from services.ordering.store import kasbons


@dataclass(frozen=True, slots=True)
class Line:
    """What is claimed of, with the order that it is in. `at` is the present by the database's clock."""

    at: datetime
    order_id: OrderId
    seller_order_id: SellerOrderId
    merchant_id: MerchantId
    buyer_id: BuyerId
    test: bool
    sold: Sold


async def lock_line(conn: Connection, line_id: OrderLineId, subject: str) -> Line | None:
    """A line of the caller's own order, whose row is locked; None of another's, or of none."""
    order_id = await conn.fetchval(
        """SELECT o.id FROM order_line l JOIN seller_order s ON s.id = l.seller_order_id JOIN orders o ON o.id = s.order_id
           JOIN buyer b ON b.id = o.buyer_id WHERE l.id = $1 AND b.subject = $2""",
        line_id,
        subject,
    )
    if order_id is None:
        return None
    await _hold(conn, OrderId(order_id))
    row = await only_row(
        conn,
        """SELECT wlijo_now() AS at, o.id AS order_id, o.buyer_id, o.status, o.ended_at, o.test, s.id AS seller_order_id, s.merchant_id,
                  coalesce(l.packed_quantity, l.quantity) AS quantity,
                  coalesce(
                      coalesce(l.final_rupiah, l.total_rupiah) * (s.goods_rupiah - s.discount_rupiah) / nullif(s.goods_rupiah, 0),
                      l.total_rupiah) AS total_rupiah, coalesce(p.category, '') AS category,
                  (SELECT count(*) FROM claim c WHERE c.order_line_id = l.id) AS claims,
                  (SELECT coalesce(sum(c.holds_rupiah), 0)::bigint FROM claim c WHERE c.order_line_id = l.id) AS claimed
           FROM order_line l JOIN seller_order s ON s.id = l.seller_order_id JOIN orders o ON o.id = s.order_id
           LEFT JOIN variant v ON v.id = l.variant_id LEFT JOIN product p ON p.id = v.product_id
           WHERE l.id = $1""",
        line_id,
    )
    return Line(
        at=row["at"],
        order_id=OrderId(row["order_id"]),
        seller_order_id=SellerOrderId(row["seller_order_id"]),
        merchant_id=MerchantId(row["merchant_id"]),
        buyer_id=BuyerId(row["buyer_id"]),
        test=row["test"],
        sold=Sold(
            quantity=row["quantity"],
            total_rupiah=row["total_rupiah"],
            category=row["category"],
            status=OrderStatus(row["status"]),
            ended_at=row["ended_at"],
            claimed_rupiah=row["claimed"],
            claims=row["claims"],
        ),
    )


async def _hold(conn: Connection, order_id: OrderId) -> KasbonId | None:
    """And on what kasbon it was bought. Written, as by `orders.lock`: what is booked of it is seen by a step."""
    found = await conn.fetchval("UPDATE orders SET version = version WHERE id = $1 RETURNING kasbon_id", order_id)
    return KasbonId(found) if found else None


async def add(conn: Connection, claim: Claim, line: Line, quantity: int, by: By) -> None:
    await conn.execute(
        """WITH added AS (
               INSERT INTO claim (id, order_id, seller_order_id, order_line_id, merchant_id, buyer_id, kind, state, quantity, asked_rupiah,
                                  opened_at, due_at)
               VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) RETURNING id, state, opened_at)
           INSERT INTO claim_history (claim_id, version, at, state, input, actor_kind, actor, words, amount_rupiah)
           SELECT id, 1, opened_at, state, 'OPEN', $13, $14, $15, $10 FROM added""",
        claim.id,
        claim.order_id,
        claim.seller_order_id,
        claim.order_line_id,
        claim.merchant_id,
        line.buyer_id,
        str(claim.kind),
        str(claim.state),
        quantity,
        claim.asked_rupiah,
        claim.at,
        claim.due_at,
        str(by.kind),
        by.subject,
        by.reason,
    )


_BUYERS = "EXISTS (SELECT FROM buyer b WHERE b.id = c.buyer_id AND b.subject = $2)"
_MERCHANTS = "EXISTS (SELECT FROM merchant_member m WHERE m.merchant_id = c.merchant_id AND m.subject = $2)"


async def of_buyer(conn: Connection, claim_id: ClaimId, subject: str) -> Claim | None:
    """Locked; None of another's."""
    return await _lock(conn, claim_id, subject, _BUYERS)


async def of_merchant(conn: Connection, claim_id: ClaimId, subject: str) -> Claim | None:
    """Locked; None for who is none of the merchant's people."""
    return await _lock(conn, claim_id, subject, _MERCHANTS)


async def of_anybody(conn: Connection, claim_id: ClaimId) -> Claim | None:
    """Locked, for an officer, ops, or its timer."""
    return await _lock(conn, claim_id, "", "true OR $2 = ''")


async def _lock(conn: Connection, claim_id: ClaimId, subject: str, whose: str) -> Claim | None:
    order_id = await conn.fetchval(f"SELECT order_id FROM claim c WHERE id = $1 AND ({whose})", claim_id, subject)
    if order_id is None:
        return None
    on_kasbon = await _hold(conn, OrderId(order_id))
    kasbon = await kasbons.lock(conn, on_kasbon) if on_kasbon else None
    row = await only_row(
        conn,
        """SELECT c.*, wlijo_now() AS at, o.test,
                  (SELECT j.partner_id FROM job j WHERE j.order_id = c.order_id AND j.partner_id IS NOT NULL
                   ORDER BY j.delivery_id DESC LIMIT 1) AS partner_id
           FROM claim c JOIN orders o ON o.id = c.order_id WHERE c.id = $1 FOR UPDATE OF c""",
        claim_id,
    )
    return Claim(
        id=claim_id,
        order_id=OrderId(row["order_id"]),
        seller_order_id=SellerOrderId(row["seller_order_id"]),
        order_line_id=OrderLineId(row["order_line_id"]),
        merchant_id=MerchantId(row["merchant_id"]),
        kind=ClaimKind(row["kind"]),
        state=ClaimState(row["state"]),
        asked_rupiah=row["asked_rupiah"],
        test=row["test"],
        at=row["at"],
        due_at=row["due_at"],
        partner_id=PartnerId(row["partner_id"]) if row["partner_id"] else None,
        offered_rupiah=row["offered_rupiah"],
        granted_rupiah=row["granted_rupiah"],
        borne_by=BorneBy(row["borne_by"]) if row["borne_by"] else None,
        reason=ReasonCode(row["reason_code"]) if row["reason_code"] else None,
        settled_by=BorneBy(row["settled_by"]) if row["settled_by"] else None,
        kasbon=kasbon,
        kasbon_rupiah=row["kasbon_rupiah"],
        refund_id=RefundId(row["refund_id"]) if row["refund_id"] else None,
    )


async def save(conn: Connection, claim: Claim, by: By) -> None:
    """The next version, and what led to it."""
    amount = claim.granted_rupiah if claim.granted_rupiah is not None else claim.offered_rupiah
    await conn.execute(
        """WITH saved AS (
               UPDATE claim SET version = version + 1, state = $2, offered_rupiah = $3, granted_rupiah = $4, borne_by = $5,
                                reason_code = $6, settled_by = $7, due_at = $8, kasbon_rupiah = $15
               WHERE id = $1 RETURNING version)
           INSERT INTO claim_history (claim_id, version, at, state, input, actor_kind, actor, words, amount_rupiah)
           SELECT $1, version, $9, $2, $10, $11, $12, $13, $14 FROM saved""",
        claim.id,
        str(claim.state),
        claim.offered_rupiah,
        claim.granted_rupiah,
        str(claim.borne_by) if claim.borne_by else None,
        str(claim.reason) if claim.reason else None,
        str(claim.settled_by) if claim.settled_by else None,
        claim.due_at,
        claim.at,
        str(claim.given),
        str(by.kind),
        by.subject,
        by.reason,
        amount,
        claim.kasbon_rupiah,
    )


async def tell_order(conn: Connection, claim: Claim, by: By, transfers: Sequence[Transfer]) -> None:
    """A step of the order, which money that moves has to have, and the transfers."""
    await conn.execute(
        """WITH saved AS (
               UPDATE orders SET version = version + 1 WHERE id = $1 RETURNING id, version, status, state
           ), told AS (
               INSERT INTO order_history (order_id, version, at, status, state, input, actor_kind, actor, reason_code, seller_order_id)
               SELECT id, version, $2, status, coalesce((SELECT h.state FROM order_history h WHERE h.order_id = $1
                                                         ORDER BY h.version DESC LIMIT 1), state), $3, $4, $5, $6, $7 FROM saved)
           INSERT INTO ledger (order_id, kind, debit_account, credit_account, amount_rupiah, at, cause)
           SELECT $1, t.kind, t.debit, t.credit, t.amount, $2, t.cause
           FROM unnest($8::text[], $9::text[], $10::text[], $11::bigint[], $12::text[]) AS t (kind, debit, credit, amount, cause)""",
        claim.order_id,
        claim.at,
        f"CLAIM_{claim.state}",
        str(by.kind),
        by.subject,
        str(claim.reason) if claim.reason else None,
        claim.seller_order_id,
        [str(each.kind) for each in transfers],
        [each.debit for each in transfers],
        [each.credit for each in transfers],
        [each.amount_rupiah for each in transfers],
        [each.cause for each in transfers],
    )


@dataclass(frozen=True, slots=True)
class Shown:
    """A claim as the graph reads it."""

    id: ClaimId
    order_id: OrderId
    order_code: str
    merchant_id: MerchantId
    seller_order_id: SellerOrderId
    line_id: OrderLineId
    line_name: str
    kind: ClaimKind
    state: ClaimState
    version: int
    quantity: int
    asked_rupiah: int
    offered_rupiah: int | None
    granted_rupiah: int | None
    borne_by: BorneBy | None
    reason: ReasonCode | None
    settled_by: BorneBy | None
    goes_back: bool
    opened_at: datetime
    due_at: datetime | None


_SHOWN = """
SELECT c.*, o.code, l.name FROM claim c JOIN orders o ON o.id = c.order_id JOIN order_line l ON l.id = c.order_line_id
"""


def _shown(row: Row) -> Shown:
    return Shown(
        id=ClaimId(row["id"]),
        order_id=OrderId(row["order_id"]),
        order_code=row["code"],
        merchant_id=MerchantId(row["merchant_id"]),
        seller_order_id=SellerOrderId(row["seller_order_id"]),
        line_id=OrderLineId(row["order_line_id"]),
        line_name=row["name"],
        kind=ClaimKind(row["kind"]),
        state=ClaimState(row["state"]),
        version=row["version"],
        quantity=row["quantity"],
        asked_rupiah=row["asked_rupiah"],
        offered_rupiah=row["offered_rupiah"],
        granted_rupiah=row["granted_rupiah"],
        borne_by=BorneBy(row["borne_by"]) if row["borne_by"] else None,
        reason=ReasonCode(row["reason_code"]) if row["reason_code"] else None,
        settled_by=BorneBy(row["settled_by"]) if row["settled_by"] else None,
        goes_back=row["refund_id"] is not None,
        opened_at=row["opened_at"],
        due_at=row["due_at"],
    )


async def find(conn: Connection, claim_id: ClaimId, subject: str, *, sees_all: bool) -> Shown | None:
    """For its buyer, the merchant's people, and who sees all."""
    row = await conn.fetchrow(
        f"{_SHOWN} WHERE c.id = $1 AND ($3 OR {_BUYERS} OR {_MERCHANTS})", claim_id, subject, sees_all
    )
    return _shown(row) if row else None


async def of_orders(conn: Connection, order_ids: list[OrderId]) -> dict[OrderId, list[Shown]]:
    """Oldest first, of orders that the caller has been found to see."""
    rows = await conn.fetch(f"{_SHOWN} WHERE c.order_id = ANY ($1) ORDER BY c.opened_at, c.id", order_ids)
    found: dict[OrderId, list[Shown]] = {each: [] for each in order_ids}
    for row in rows:
        found[OrderId(row["order_id"])].append(_shown(row))
    return found


async def of_seller_orders(conn: Connection, ids: list[SellerOrderId]) -> dict[SellerOrderId, list[Shown]]:
    """Oldest first, of parts that the caller has been found to see."""
    rows = await conn.fetch(f"{_SHOWN} WHERE c.seller_order_id = ANY ($1) ORDER BY c.opened_at, c.id", ids)
    found: dict[SellerOrderId, list[Shown]] = {each: [] for each in ids}
    for row in rows:
        found[SellerOrderId(row["seller_order_id"])].append(_shown(row))
    return found


After = tuple[datetime, UUID] | None


async def listed(
    conn: Connection,
    after: After,
    limit: int,
    *,
    state: ClaimState | None,
    merchant_id: MerchantId | None = None,
    buyer_id: BuyerId | None = None,
) -> list[Shown]:
    """Newest first, of one merchant or one buyer, whom the caller has been found to speak for."""
    whose, key = ("c.merchant_id", merchant_id) if merchant_id else ("c.buyer_id", buyer_id)
    rows = await conn.fetch(
        f"""{_SHOWN} WHERE {whose} = $1 AND ($2::text IS NULL OR c.state = $2)
            AND ($3::timestamptz IS NULL OR (c.opened_at, c.id) < ($3, $4)) ORDER BY c.opened_at DESC, c.id DESC LIMIT $5""",
        key,
        str(state) if state else None,
        after[0] if after else None,
        after[1] if after else None,
        limit,
    )
    return [_shown(row) for row in rows]


async def waiting(conn: Connection, after: After, limit: int) -> list[Shown]:
    """What an officer decides or ops settle, the earliest deadline first; not what goes back by itself, which `refundsByHand` lists if a
    person is to give it."""
    rows = await conn.fetch(
        f"""{_SHOWN} WHERE c.due_at IS NOT NULL AND c.state IN ('ESCALATED', 'GRANTED') AND c.refund_id IS NULL
            AND ($1::timestamptz IS NULL OR (c.due_at, c.id) > ($1, $2)) ORDER BY c.due_at, c.id LIMIT $3""",
        after[0] if after else None,
        after[1] if after else None,
        limit,
    )
    return [_shown(row) for row in rows]


@dataclass(frozen=True, slots=True)
class Entry:
    """Of a claim's history. `by_viewer`: the caller did it."""

    at: datetime
    state: ClaimState
    given: ClaimInput | None
    actor_kind: str
    by_viewer: bool
    words: str | None
    amount_rupiah: int | None


async def entries(conn: Connection, ids: list[ClaimId], subject: str) -> dict[ClaimId, list[Entry]]:
    """Oldest first, of claims that the caller has been found to see."""
    rows = await conn.fetch(
        "SELECT *, coalesce(actor = $2, false) AS mine FROM claim_history WHERE claim_id = ANY ($1) ORDER BY claim_id, version",
        ids,
        subject,
    )
    found: dict[ClaimId, list[Entry]] = {each: [] for each in ids}
    for row in rows:
        entry = Entry(
            at=row["at"],
            state=ClaimState(row["state"]),
            given=None if row["input"] == "OPEN" else ClaimInput(row["input"]),
            actor_kind=row["actor_kind"],
            by_viewer=row["mine"],
            words=row["words"],
            amount_rupiah=row["amount_rupiah"],
        )
        found[ClaimId(row["claim_id"])].append(entry)
    return found


async def count_overdue(conn: Connection) -> dict[ClaimState, int]:
    """Claims that wait longer than they may, by state."""
    rows = await conn.fetch(
        "SELECT state, count(*) AS claims FROM claim WHERE due_at <= (SELECT wlijo_now()) - interval '1 minute' GROUP BY state"
    )
    return {ClaimState(row["state"]): row["claims"] for row in rows}


async def forget_words(conn: Connection, subject: str) -> None:
    """What a person wrote in claims goes with them, and what was answered to a buyer: it may name them."""
    await conn.execute(
        """UPDATE claim_history SET words = NULL WHERE words IS NOT NULL AND (actor = $1 OR claim_id IN (
               SELECT c.id FROM claim c JOIN buyer b ON b.id = c.buyer_id WHERE b.subject = $1))""",
        subject,
    )
