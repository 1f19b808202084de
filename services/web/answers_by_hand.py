"""Of `answers`, what people look after by hand: refunds that no provider could make, and what the platform keeps of goods."""

from __future__ import annotations

from datetime import datetime

from services.web.answers import Answered, Category, PageInfo


class Refund(Answered, frozen=True, kw_only=True):
    id: str
    order_code: str
    amount: int
    reason: str
    borne_by: str
    requested_at: datetime
    why_by_hand: str | None


class RefundEdge(Answered, frozen=True, kw_only=True):
    node: Refund


class Refunds(Answered, frozen=True, kw_only=True):
    edges: list[RefundEdge]
    page_info: PageInfo


class RefundsByHand(Answered, frozen=True, kw_only=True):
    refunds_by_hand: Refunds | None = None


class Rule(Answered, frozen=True, kw_only=True):
    id: str
    permille: int
    starts_at: datetime
    merchant_kind: str | None
    category: str | None
    basis: str


class RuleEdge(Answered, frozen=True, kw_only=True):
    node: Rule


class Rules(Answered, frozen=True, kw_only=True):
    edges: list[RuleEdge]
    page_info: PageInfo


class Commissions(Answered, frozen=True, kw_only=True):
    commission_rules: Rules | None = None
    categories: list[Category] | None = None
