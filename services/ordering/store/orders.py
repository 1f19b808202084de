"""SQL of an order's progress: the row is locked, then read with its parts, then all that changed is written in one statement."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec

from services.contracts.catalog import MerchantId
from services.contracts.kasbon import KasbonId
from services.contracts.ordering import BorneBy, CancelReason, HandoverWay, IfRefused, OrderId, PaymentId, SellerOrderId
from services.contracts.reasons import ReasonCode
from services.kit.database.db import Connection, Row, Transaction
from services.kit.database.step import NotInOne, Step
from services.kit.database.writes import Write
from services.kit.messaging import timers
from services.kit.messaging.timers import Change
from services.ordering.domain.history import ActorKind
from services.ordering.domain.ledger import Kind, Shares, held
from services.ordering.domain.order import Order
from services.ordering.domain.payment import PaymentStatus
from services.ordering.domain.process import OrderStatus, State
from services.ordering.domain.seller_order import SellerOrder, SellerOrderStatus
from services.ordering.domain.steps import CallOff
from services.ordering.store.discounts import USES, read_uses
from services.ordering.store.stored import (
    STORED,
    STORED_PAYMENT,
    as_stored,
    payment_status,
    stored_reason,
    stored_state,
)
from services.ordering.store.withholding import WITHHOLDING, withholding_of

_ORDER = """
o.id AS order_id, wlijo_now() AS at, o.placed_at, o.state, o.delivery_rupiah, o.total_rupiah, o.rider_share_rupiah, o.partner_share_rupiah,
o.platform_share_rupiah, o.test, o.confirmed_at, o.ended_at, o.cancel_reason, o.borne_by, o.call_off_reason, o.call_off_borne_by,
o.call_off_at, o.attention, o.way, o.slot_from, o.slot_to, o.agreed_at, o.if_refused, o.answer_by, o.pay_by, o.kasbon_id,
(SELECT subject FROM buyer b WHERE b.id = o.buyer_id) AS buyer"""
# What came, what goes back and what is held of the money of order $1, whose buyers' purse is the account {purse}.
_MONEY = """
SELECT (SELECT coalesce(sum(received_rupiah), 0)::bigint FROM payment_attempt WHERE payment_id = p.id) AS received_rupiah,
       (SELECT coalesce(sum(amount_rupiah), 0)::bigint FROM refund WHERE payment_id = p.id) AS given_back_rupiah,
       (SELECT coalesce(sum(amount_rupiah), 0)::bigint FROM refund WHERE payment_id = p.id AND state <> 'DONE') AS returning_rupiah,
       (SELECT coalesce(sum(CASE WHEN credit_account = {purse} THEN amount_rupiah ELSE -amount_rupiah END), 0)::bigint
        FROM ledger WHERE order_id = $1 AND {purse} IN (credit_account, debit_account)) AS held_rupiah,
       (SELECT coalesce(json_object_agg(debit_account, amount_rupiah)::text, '{{}}')
        FROM (SELECT debit_account, sum(amount_rupiah)::bigint AS amount_rupiah FROM ledger
              WHERE order_id = $1 AND kind = 'REFUND_BORNE' AND credit_account = {purse} GROUP BY 1) b) AS borne
"""
_PARTS = f"""
s.id, s.merchant_id, s.status, s.goods_rupiah, s.discount_rupiah, s.commission_rupiah, s.accept_within_s,
s.prep_time_s, s.auto_accept, s.accept_by, s.ready_at, s.reject_reason, s.fee_without_rupiah, s.left_at,
{USES} AS uses, p.id AS payment_id, p.status AS payment_status, p.collected_rupiah,
coalesce(p.cash_due_rupiah, p.amount_rupiah) AS cash_due_rupiah, p.provider, p.paid_at, p.refunded_rupiah, m.*,
w.permille, w.basis,
(SELECT count(*) FROM order_question q WHERE q.order_id = $1 AND q.seller_order_id = s.id AND q.state = 'OPEN') AS asks"""
_OF_PARTS = f"""
JOIN payment p ON p.order_id = s.order_id CROSS JOIN LATERAL ({_MONEY}) m LEFT JOIN LATERAL {WITHHOLDING} w ON true"""
# Written, not locked alone: a step, which holds no lock while it decides, is to see that somebody has had the order meanwhile.
_LOCK = f"UPDATE orders AS o SET version = o.version WHERE o.id = $1 RETURNING {_ORDER}"
_LOCKED_PARTS = (
    f"""SELECT {_PARTS} FROM seller_order s {_OF_PARTS.format(purse="$2")} WHERE s.order_id = $1 ORDER BY s.id"""
)
_LOOK = f"""
SELECT o.xmin::text AS seen, {_ORDER}, {_PARTS}
FROM orders o JOIN seller_order s ON s.order_id = o.id
CROSS JOIN LATERAL (SELECT CASE WHEN o.test THEN $2 ELSE $3 END::text AS account) purse
{_OF_PARTS.format(purse="purse.account")} WHERE o.id = $1 ORDER BY s.id"""


async def lock(conn: Transaction, order_id: OrderId) -> Order | None:
    """The order, which is this transaction's until its end; in a step, as it has to be still when that is written."""
    if isinstance(conn, Step):
        seen = await conn.look(_LOOK, order_id, held(True), held(False))
        if not seen:
            raise NotInOne
        conn.holds("orders", "id", order_id, [seen[0]["seen"]])
        return _order(seen[0], seen)
    # Two statements: what is joined to a row that was waited for would be of the time before the wait.
    rows = await conn.fetch_beside(_LOCK, order_id)
    if not rows:
        return None
    return _order(rows[0], await conn.fetch(_LOCKED_PARTS, order_id, held(rows[0]["test"])))


def _order(row: Row, parts: list[Row]) -> Order:
    paid = parts[0]
    return Order(
        id=OrderId(row["order_id"]),
        at=row["at"],
        placed_at=row["placed_at"],
        state=stored_state(
            row["state"],
            called_off=row["call_off_reason"] is not None,
            agreed=row["agreed_at"] is not None,
            asked=row["answer_by"] is not None,
            to_pay=row["pay_by"] is not None,
            way=row["way"],
        ),
        if_refused=IfRefused(row["if_refused"] or IfRefused.ASK),
        answer_by=row["answer_by"],
        delivery_rupiah=row["delivery_rupiah"],
        total_rupiah=row["total_rupiah"],
        cash_due_rupiah=paid["cash_due_rupiah"],
        shares=Shares(row["rider_share_rupiah"], row["partner_share_rupiah"], row["platform_share_rupiah"]),
        test=row["test"],
        payment_id=PaymentId(paid["payment_id"]),
        payment_status=payment_status(paid, agreed=row["agreed_at"] is not None),
        collected_rupiah=None if paid["paid_at"] else paid["collected_rupiah"],
        provider=paid["provider"],
        pay_by=row["pay_by"],
        paid_at=paid["paid_at"],
        accepted_rupiah=paid["collected_rupiah"] if paid["paid_at"] else 0,
        received_rupiah=paid["received_rupiah"],
        held_rupiah=paid["held_rupiah"],
        returning_rupiah=paid["returning_rupiah"],
        given_back_rupiah=paid["given_back_rupiah"],
        refunded_rupiah=paid["refunded_rupiah"],
        borne=msgspec.json.decode(paid["borne"], type=dict[str, int]),
        confirmed_at=row["confirmed_at"],
        ended_at=row["ended_at"],
        way=HandoverWay(row["way"]),
        slot_from=row["slot_from"],
        slot_to=row["slot_to"],
        agreed_at=row["agreed_at"],
        cancel_reason=stored_reason(row["cancel_reason"], way=row["way"], paid=paid["payment_status"]),
        borne_by=BorneBy(row["borne_by"]) if row["borne_by"] else None,
        call_off=_call_off(row),
        attention=row["attention"],
        uses=read_uses(parts[0]["uses"]),
        kasbon_id=KasbonId(row["kasbon_id"]) if row["kasbon_id"] else None,
        buyer=row["buyer"],
        sellers=[
            SellerOrder(
                id=SellerOrderId(part["id"]),
                merchant_id=MerchantId(part["merchant_id"]),
                status=SellerOrderStatus(part["status"]),
                goods_rupiah=part["goods_rupiah"],
                discount_rupiah=part["discount_rupiah"],
                commission_rupiah=part["commission_rupiah"],
                accept_within_s=part["accept_within_s"],
                prep_time_s=part["prep_time_s"],
                auto_accept=part["auto_accept"],
                accept_by=part["accept_by"],
                ready_at=part["ready_at"],
                reject_reason=part["reject_reason"],
                fee_without_rupiah=part["fee_without_rupiah"],
                left_at=part["left_at"],
                withholding=withholding_of(part),
                asks=part["asks"],
            )
            for part in parts
        ],
    )


def _call_off(row: Row) -> CallOff | None:
    if row["call_off_reason"] is None:
        return None
    return CallOff(CancelReason(row["call_off_reason"]), BorneBy(row["call_off_borne_by"]), row["call_off_at"])


class _Saved(msgspec.Struct, frozen=True):
    """What is written of an order as a whole, by the names of the columns."""

    id: UUID
    status: OrderStatus
    state: State
    came_to: State
    if_refused: IfRefused
    answer_by: datetime | None
    agreed_at: datetime | None
    confirmed_at: datetime | None
    ended_at: datetime | None
    cancel_reason: CancelReason | None
    borne_by: BorneBy | None
    call_off_reason: CancelReason | None
    call_off_borne_by: BorneBy | None
    call_off_at: datetime | None
    attention: str | None
    at: datetime
    input: str
    payment_status: PaymentStatus
    collected_rupiah: int | None
    goods_rupiah: int
    delivery_rupiah: int
    discount_rupiah: int
    delivery_discount_rupiah: int
    total_rupiah: int
    rider_share_rupiah: int
    partner_share_rupiah: int
    platform_share_rupiah: int
    cash_due_rupiah: int
    actor_kind: ActorKind | None
    actor: str | None
    reason: str | None
    reason_code: ReasonCode | None
    part: UUID | None
    pay_by: datetime | None
    paid_at: datetime | None
    refunded_rupiah: int
    accepted_rupiah: int


class _SavedSellerOrder(msgspec.Struct, frozen=True):
    id: UUID
    status: SellerOrderStatus
    accept_by: datetime | None
    ready_at: datetime | None
    reject_reason: str | None
    goods_rupiah: int
    discount_rupiah: int
    commission_rupiah: int
    left_at: datetime | None


class _Booked(msgspec.Struct, frozen=True):
    kind: Kind
    debit_account: str
    credit_account: str
    amount_rupiah: int
    rule: str | None
    cause: str


# Seller orders are found by their order: of a JSON list the planner does not know how short it is.
_SAVE = f"""
given AS MATERIALIZED (
    SELECT * FROM json_to_record($1::json) AS g (
        id uuid, status text, state text, came_to text, if_refused text, answer_by timestamptz, agreed_at timestamptz,
        confirmed_at timestamptz, ended_at timestamptz,
        cancel_reason text, borne_by text,
        call_off_reason text, call_off_borne_by text, call_off_at timestamptz, attention text, at timestamptz, input text,
        payment_status text, collected_rupiah bigint, goods_rupiah bigint, delivery_rupiah bigint, discount_rupiah bigint,
        delivery_discount_rupiah bigint, total_rupiah bigint,
        rider_share_rupiah bigint, partner_share_rupiah bigint, platform_share_rupiah bigint, cash_due_rupiah bigint,
        actor_kind text, actor text, reason text, reason_code text, part uuid, pay_by timestamptz, paid_at timestamptz,
        refunded_rupiah bigint, accepted_rupiah bigint)
), saved AS (
    UPDATE orders o SET version = o.version + 1, status = g.status, state = g.state, if_refused = g.if_refused,
                        answer_by = g.answer_by, agreed_at = g.agreed_at, confirmed_at = g.confirmed_at,
                        ended_at = g.ended_at, cancel_reason = g.cancel_reason, borne_by = g.borne_by,
                        call_off_reason = g.call_off_reason, call_off_borne_by = g.call_off_borne_by, call_off_at = g.call_off_at,
                        attention = g.attention, pay_by = g.pay_by, goods_rupiah = g.goods_rupiah, delivery_rupiah = g.delivery_rupiah,
                        discount_rupiah = g.discount_rupiah, delivery_discount_rupiah = g.delivery_discount_rupiah,
                        total_rupiah = g.total_rupiah, rider_share_rupiah = g.rider_share_rupiah,
                        partner_share_rupiah = g.partner_share_rupiah, platform_share_rupiah = g.platform_share_rupiah,
                        placed_goods_rupiah = coalesce(o.placed_goods_rupiah, nullif(o.goods_rupiah, g.goods_rupiah)),
                        placed_delivery_rupiah = coalesce(o.placed_delivery_rupiah, nullif(o.delivery_rupiah, g.delivery_rupiah)),
                        placed_discount_rupiah = coalesce(o.placed_discount_rupiah, nullif(
                            o.discount_rupiah + o.delivery_discount_rupiah, g.discount_rupiah + g.delivery_discount_rupiah))
    FROM given g WHERE o.id = g.id RETURNING o.version
), noted AS (
    INSERT INTO order_history (order_id, version, at, status, state, input, actor_kind, actor, reason, reason_code, seller_order_id)
    SELECT g.id, saved.version, g.at, g.status, g.came_to, g.input, g.actor_kind, g.actor, g.reason, g.reason_code, g.part
    FROM given g, saved
), paid AS (
    UPDATE payment p SET status = g.payment_status, amount_rupiah = g.total_rupiah, cash_due_rupiah = g.cash_due_rupiah,
                         paid_at = g.paid_at, refunded_rupiah = g.refunded_rupiah,
                         collected_rupiah = CASE WHEN g.paid_at IS NULL THEN g.collected_rupiah ELSE g.accepted_rupiah END
    FROM given g WHERE p.order_id = g.id AND (
        p.status <> g.payment_status OR p.amount_rupiah <> g.total_rupiah OR p.refunded_rupiah <> g.refunded_rupiah)
), sellers AS (
    UPDATE seller_order s SET status = u.status, version = s.version + 1, changed_at = g.at, accept_by = u.accept_by,
                              ready_at = u.ready_at, reject_reason = u.reject_reason, goods_rupiah = u.goods_rupiah,
                              discount_rupiah = u.discount_rupiah, commission_rupiah = u.commission_rupiah, left_at = u.left_at,
                              placed_goods_rupiah = coalesce(s.placed_goods_rupiah, nullif(s.goods_rupiah, u.goods_rupiah))
    FROM given g, json_to_recordset($2::json) AS u (
        id uuid, status text, accept_by timestamptz, ready_at timestamptz, reject_reason text, goods_rupiah bigint,
        discount_rupiah bigint, commission_rupiah bigint, left_at timestamptz)
    WHERE s.order_id = g.id AND s.id = u.id
), {timers.changed(4)}, booked AS (
    INSERT INTO ledger (order_id, kind, debit_account, credit_account, amount_rupiah, rule, at, cause)
    SELECT g.id, t.kind, t.debit_account, t.credit_account, t.amount_rupiah, t.rule, g.at, t.cause
    FROM given g, json_to_recordset($3::json) AS t (
        kind text, debit_account text, credit_account text, amount_rupiah bigint, rule text, cause text)
)"""


async def save(conn: Transaction, order: Order, given: str, timers: Change) -> None:
    """The next version of the order, what led to it, and its timers: written with what is told of it."""
    by = order.by
    saved = _Saved(
        id=order.id.uuid,
        status=order.status,
        state=STORED.get(order.state, order.state),
        came_to=order.state,
        if_refused=order.if_refused,
        answer_by=order.answer_by,
        agreed_at=order.agreed_at,
        confirmed_at=order.confirmed_at,
        ended_at=order.ended_at,
        cancel_reason=as_stored(order.cancel_reason),
        borne_by=order.borne_by,
        call_off_reason=order.call_off.reason if order.call_off else None,
        call_off_borne_by=order.call_off.borne_by if order.call_off else None,
        call_off_at=order.call_off.at if order.call_off else None,
        attention=order.attention,
        at=order.at,
        input=given,
        payment_status=STORED_PAYMENT.get(order.payment_status, order.payment_status),
        collected_rupiah=order.collected_rupiah,
        goods_rupiah=order.goods_rupiah,
        delivery_rupiah=order.delivery_rupiah,
        discount_rupiah=order.discount_rupiah,
        delivery_discount_rupiah=order.delivery_discount_rupiah,
        total_rupiah=order.total_rupiah,
        rider_share_rupiah=order.shares.rider_rupiah,
        partner_share_rupiah=order.shares.partner_rupiah,
        platform_share_rupiah=order.shares.platform_rupiah,
        cash_due_rupiah=order.cash_due_rupiah,
        actor_kind=by.kind if by else None,
        actor=by.subject if by else None,
        reason=by.reason if by else None,
        reason_code=by.code if by else None,
        part=by.seller_order_id.uuid if by and by.seller_order_id else None,
        pay_by=order.pay_by,
        paid_at=order.paid_at,
        refunded_rupiah=order.refunded_rupiah,
        accepted_rupiah=order.accepted_rupiah,
    )
    sellers = [
        _SavedSellerOrder(
            id=each.id.uuid,
            status=each.status,
            accept_by=each.accept_by,
            ready_at=each.ready_at,
            reject_reason=each.reject_reason,
            goods_rupiah=each.goods_rupiah,
            discount_rupiah=each.discount_rupiah,
            commission_rupiah=each.commission_rupiah,
            left_at=each.left_at,
        )
        for each in order.sellers
        if each.changed
    ]
    booked = [
        _Booked(each.kind, each.debit, each.credit, each.amount_rupiah, each.rule, each.cause)
        for each in order.transfers
    ]
    rows = [msgspec.json.encode(each).decode() for each in (saved, sellers, booked)]
    await conn.later(Write(_SAVE, [*rows, *timers.arguments], frozenset({"orders"})))


async def order_of_seller_order(
    conn: Connection, seller_order_id: SellerOrderId, subject: str, *, sees_all: bool
) -> OrderId | None:
    """None when it does not exist or the caller is not a member of its merchant."""
    found: UUID | None = await conn.fetchval(
        """SELECT order_id FROM seller_order s WHERE id = $1 AND ($3 OR EXISTS (
               SELECT FROM merchant_member m WHERE m.merchant_id = s.merchant_id AND m.subject = $2))""",
        seller_order_id,
        subject,
        sees_all,
    )
    return OrderId(found) if found else None


@dataclass(frozen=True, slots=True)
class PartOf:
    """Whose order a part is of, and whether who asks is its buyer rather than its merchant."""

    order_id: OrderId
    is_buyers: bool


async def part_for(conn: Connection, seller_order_id: SellerOrderId, subject: str, *, sees_all: bool) -> PartOf | None:
    """None when it does not exist, or is neither of the caller's order nor of the caller's merchant. Who is both acts as the merchant."""
    row = await conn.fetchrow(
        """SELECT s.order_id, b.subject = $2 AS buys, $3 OR EXISTS (
                      SELECT FROM merchant_member m WHERE m.merchant_id = s.merchant_id AND m.subject = $2) AS sells
           FROM seller_order s JOIN orders o ON o.id = s.order_id JOIN buyer b ON b.id = o.buyer_id WHERE s.id = $1""",
        seller_order_id,
        subject,
        sees_all,
    )
    if row is None or not (row["buys"] or row["sells"]):
        return None
    return PartOf(OrderId(row["order_id"]), is_buyers=not row["sells"])


async def is_buyers(conn: Connection, order_id: OrderId, subject: str) -> bool:
    return bool(
        await conn.fetchval(
            "SELECT true FROM orders o JOIN buyer b ON b.id = o.buyer_id WHERE o.id = $1 AND b.subject = $2",
            order_id,
            subject,
        )
    )
