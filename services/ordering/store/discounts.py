"""SQL of what promotions and commission are for orders: what a cart meets, what an order has used, and what is given back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from services.contracts.catalog import MerchantId
from services.contracts.ordering import OrderId, SellerOrderId
from services.kit.database.db import Connection, Row
from services.ordering.domain.commission import Rule
from services.ordering.domain.ids import CartId, CommissionRuleId, PromotionId
from services.ordering.domain.ledger import PLATFORM_PROMOTIONS, regency_budget
from services.ordering.domain.order import Order
from services.ordering.domain.promotion import DiscountBorneBy, Frozen, Promotion, PromotionKind, PromotionStatus
from services.ordering.domain.used import Use, UsePart
from services.ordering.store.rows import json_of


class _Stored(msgspec.Struct, frozen=True):
    """A row of `promotion`, as JSON has it."""

    id: UUID
    merchant_id: UUID | None
    borne_by: DiscountBorneBy
    programme: str | None
    name_id: str
    name_en: str
    kind: PromotionKind
    value: int
    cap_rupiah: int | None
    minimum_rupiah: int
    merchants: list[UUID]
    categories: list[str]
    kecamatan: list[str]
    first_order: bool
    code: str | None
    starts_at: datetime
    ends_at: datetime
    budget_rupiah: int | None
    uses: int | None
    per_buyer: int | None
    used: int
    spent_rupiah: int
    status: PromotionStatus
    created_at: datetime
    used_by_buyer: int = 0


class _StoredRule(msgspec.Struct, frozen=True):
    id: UUID
    permille: int
    starts_at: datetime
    merchant_kind: str | None
    category: str | None
    basis: str


class _Met(msgspec.Struct, frozen=True):
    """What a cart meets, by JSON."""

    promotions: list[_Stored] | None
    rules: list[_StoredRule] | None
    voucher_id: UUID | None
    first_order: bool


@dataclass(frozen=True, slots=True)
class Met:
    """What promotions and rules a cart meets at an instant, and whether its buyer has ordered nothing yet that stood."""

    promotions: Sequence[Promotion] = ()
    rules: Sequence[Rule] = ()
    voucher: PromotionId | None = None
    first_order: bool = True


def met_by(cart: str, buyer: str) -> str:
    """An expression: all that runs by itself for what is in the cart, and the cart's voucher, whatever has become of it."""
    return f"""(SELECT json_build_object(
        'voucher_id', (SELECT voucher_id FROM cart WHERE id = {cart}),
        'first_order', NOT EXISTS (SELECT FROM orders WHERE buyer_id = {buyer} AND status <> 'CANCELLED'),
        'rules', (
            SELECT json_agg(r) FROM (
                SELECT DISTINCT ON (merchant_kind, category) * FROM commission_rule WHERE starts_at <= wlijo_now()
                ORDER BY merchant_kind, category, starts_at DESC, id DESC) r),
        'promotions', (
            SELECT json_agg(to_jsonb(p) || jsonb_build_object('used_by_buyer', (
                SELECT count(*) FROM promotion_use u
                WHERE u.promotion_id = p.id AND u.buyer_id = {buyer} AND u.given_back_at IS NULL)))
            FROM promotion p
            WHERE p.id = (SELECT voucher_id FROM cart WHERE id = {cart})
               OR (p.status = 'RUNNING' AND p.code IS NULL AND wlijo_now() >= p.starts_at AND wlijo_now() < p.ends_at
                   AND (p.merchant_id IS NULL OR p.merchant_id IN (
                       SELECT q.merchant_id FROM cart_line cl JOIN variant cv ON cv.id = cl.variant_id
                       JOIN product q ON q.id = cv.product_id WHERE cl.cart_id = {cart}))))
        )::text)"""


_met = msgspec.json.Decoder(_Met)


def read_met(told: str) -> Met:
    found = _met.decode(told)
    return Met(
        [_as_met(each) for each in found.promotions or []],
        [_rule(each) for each in found.rules or []],
        PromotionId(found.voucher_id) if found.voucher_id else None,
        found.first_order,
    )


async def met_by_carts(conn: Connection, cart_ids: list[CartId]) -> dict[CartId, Met]:
    """For who looks, without a lock."""
    rows = await conn.fetch(
        f"SELECT c.id, {met_by('c.id', 'c.buyer_id')} AS met FROM cart c WHERE c.id = ANY ($1)", cart_ids
    )
    return {CartId(row["id"]): read_met(row["met"]) for row in rows}


def _rule(stored: _StoredRule) -> Rule:
    return Rule(
        CommissionRuleId(stored.id),
        stored.permille,
        stored.starts_at,
        stored.merchant_kind,
        stored.category,
        stored.basis,
    )


def _as_met(stored: _Stored) -> Promotion:
    budget, uses = stored.budget_rupiah, stored.uses
    return Promotion(
        id=PromotionId(stored.id),
        name_id=stored.name_id,
        name_en=stored.name_en,
        kind=stored.kind,
        value=stored.value,
        cap_rupiah=stored.cap_rupiah,
        minimum_rupiah=stored.minimum_rupiah,
        merchants=frozenset(map(MerchantId, stored.merchants)),
        categories=frozenset(stored.categories),
        kecamatan=frozenset(stored.kecamatan),
        first_order=stored.first_order,
        borne_by=stored.borne_by,
        merchant_id=MerchantId(stored.merchant_id) if stored.merchant_id else None,
        code=stored.code,
        status=stored.status,
        starts_at=stored.starts_at,
        ends_at=stored.ends_at,
        uses_left=None if uses is None else uses - stored.used,
        left_rupiah=None if budget is None else budget - stored.spent_rupiah,
        per_buyer=stored.per_buyer,
        used_by_buyer=stored.used_by_buyer,
    )


async def give_back(conn: Connection, order_id: OrderId) -> None:
    """The order was cancelled: another may have its vouchers. Locked by their ids, as they are used."""
    await conn.execute(
        """WITH theirs AS MATERIALIZED (
               SELECT id FROM promotion WHERE id IN (
                   SELECT promotion_id FROM promotion_use WHERE order_id = $1 AND given_back_at IS NULL) ORDER BY id FOR UPDATE)
           UPDATE promotion_use u SET given_back_at = wlijo_now() FROM theirs t
           WHERE u.order_id = $1 AND u.promotion_id = t.id AND u.given_back_at IS NULL""",
        order_id,
    )


@dataclass(frozen=True, slots=True)
class Used:
    """What an order, or one merchant's part of it, has of a promotion; `off_delivery` says that it is off the fee."""

    name_id: str
    name_en: str
    borne_by: DiscountBorneBy
    amount_rupiah: int
    off_delivery: bool


async def of_orders(conn: Connection, order_ids: list[OrderId]) -> dict[OrderId, list[Used]]:
    rows = await conn.fetch(
        """SELECT u.order_id, p.name_id, p.name_en, p.borne_by, p.kind, u.amount_rupiah
           FROM promotion_use u JOIN promotion p ON p.id = u.promotion_id
           WHERE u.order_id = ANY ($1) AND u.amount_rupiah > 0 ORDER BY u.order_id, u.position""",
        order_ids,
    )
    found: dict[OrderId, list[Used]] = {each: [] for each in order_ids}
    for row in rows:
        found[OrderId(row["order_id"])].append(_used(row))
    return found


async def of_seller_orders(conn: Connection, ids: list[SellerOrderId]) -> dict[SellerOrderId, list[Used]]:
    rows = await conn.fetch(
        """SELECT t.seller_order_id, p.name_id, p.name_en, p.borne_by, p.kind, t.amount_rupiah
           FROM promotion_part t JOIN promotion_use u USING (order_id, promotion_id) JOIN promotion p ON p.id = t.promotion_id
           WHERE t.seller_order_id = ANY ($1) ORDER BY t.seller_order_id, u.position""",
        ids,
    )
    found: dict[SellerOrderId, list[Used]] = {each: [] for each in ids}
    for row in rows:
        found[SellerOrderId(row["seller_order_id"])].append(_used(row))
    return found


def _used(row: Row) -> Used:
    kind = PromotionKind(row["kind"])
    return Used(
        row["name_id"],
        row["name_en"],
        DiscountBorneBy(row["borne_by"]),
        row["amount_rupiah"],
        kind is PromotionKind.FREE_DELIVERY,
    )


async def follow(conn: Connection, order: Order) -> None:
    """What promotions take off the order became less: so do its uses, and what is left of their budgets becomes more. A use of which
    nothing is left is given back. Locked by their ids, as they are used."""
    uses = [
        _UseNow(
            use.promotion_id.uuid,
            use.amount_rupiah,
            [_PartNow(part.seller_order_id.uuid, part.amount_rupiah) for part in use.parts],
        )
        for use in order.uses
    ]
    await conn.execute(_FOLLOW, order.id, json_of(uses))


class _PartNow(msgspec.Struct, frozen=True):
    seller_order_id: UUID
    amount_rupiah: int


class _UseNow(msgspec.Struct, frozen=True):
    promotion_id: UUID
    amount_rupiah: int
    parts: list[_PartNow]


_FOLLOW = """
WITH now AS MATERIALIZED (
    SELECT * FROM json_to_recordset($2::json) AS g (promotion_id uuid, amount_rupiah bigint, parts json)
), theirs AS MATERIALIZED (
    SELECT id FROM promotion WHERE id IN (SELECT promotion_id FROM now) ORDER BY id FOR UPDATE
), parts AS MATERIALIZED (
    SELECT now.promotion_id, g.seller_order_id, g.amount_rupiah
    FROM now, json_to_recordset(now.parts) AS g (seller_order_id uuid, amount_rupiah bigint)
), gone AS (
    DELETE FROM promotion_part t USING parts p
    WHERE t.order_id = $1 AND t.promotion_id = p.promotion_id AND t.seller_order_id = p.seller_order_id AND p.amount_rupiah = 0
), less AS (
    UPDATE promotion_part t
    SET amount_rupiah = p.amount_rupiah, placed_amount_rupiah = coalesce(t.placed_amount_rupiah, t.amount_rupiah) FROM parts p
    WHERE t.order_id = $1 AND t.promotion_id = p.promotion_id AND t.seller_order_id = p.seller_order_id
        AND p.amount_rupiah BETWEEN 1 AND t.amount_rupiah - 1
)
UPDATE promotion_use u
SET amount_rupiah = now.amount_rupiah, given_back_at = CASE now.amount_rupiah WHEN 0 THEN wlijo_now() END
FROM now JOIN theirs ON theirs.id = now.promotion_id
WHERE u.order_id = $1 AND u.promotion_id = now.promotion_id AND u.amount_rupiah > now.amount_rupiah AND u.given_back_at IS NULL
"""


USES: Final = """(SELECT json_agg(json_build_object('promotion_id', p.id, 'programme', p.programme, 'borne_by', p.borne_by, 'kind', p.kind,
    'value', p.value, 'amount_rupiah', u.amount_rupiah, 'parts', (
        SELECT json_agg(json_build_object('seller_order_id', t.seller_order_id, 'goods_rupiah', t.goods_rupiah,
            'minimum_rupiah', t.minimum_rupiah, 'amount_rupiah', t.amount_rupiah,
            'placed_amount_rupiah', coalesce(t.placed_amount_rupiah, t.amount_rupiah),
            'of_rupiah', coalesce(s.placed_goods_rupiah, s.goods_rupiah)))
        FROM promotion_part t JOIN seller_order s ON s.id = t.seller_order_id
        WHERE t.order_id = u.order_id AND t.promotion_id = u.promotion_id)) ORDER BY u.position)
    FROM promotion_use u JOIN promotion p ON p.id = u.promotion_id WHERE u.order_id = $1 AND u.amount_rupiah > 0)::text"""
"""An expression of a statement whose $1 is an order: what it has of promotions."""


class _StoredPart(msgspec.Struct, frozen=True):
    seller_order_id: UUID
    goods_rupiah: int
    minimum_rupiah: int
    amount_rupiah: int
    placed_amount_rupiah: int
    of_rupiah: int


class _StoredUse(msgspec.Struct, frozen=True):
    promotion_id: UUID
    programme: str | None
    borne_by: DiscountBorneBy
    kind: PromotionKind
    value: int
    amount_rupiah: int
    parts: list[_StoredPart] | None


_uses = msgspec.json.Decoder(list[_StoredUse])


def read_uses(told: str | None) -> list[Use]:
    return [
        Use(
            PromotionId(each.promotion_id),
            _account(each),
            each.kind is PromotionKind.FREE_DELIVERY,
            each.amount_rupiah,
            [
                UsePart(
                    SellerOrderId(part.seller_order_id),
                    Frozen(each.kind, each.value, part.goods_rupiah, part.minimum_rupiah, part.placed_amount_rupiah),
                    part.of_rupiah,
                    part.amount_rupiah,
                )
                for part in each.parts or []
            ],
        )
        for each in (_uses.decode(told) if told else [])
    ]


def _account(use: _StoredUse) -> str | None:
    match use.borne_by:
        case DiscountBorneBy.MERCHANT:
            return None
        case DiscountBorneBy.PLATFORM:
            return PLATFORM_PROMOTIONS
        case DiscountBorneBy.REGENCY:
            assert use.programme is not None
            return regency_budget(use.programme)
