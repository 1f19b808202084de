"""SQL of the commission: its rules, to which rows are only ever added, and what was sold by them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from services.contracts.ordering import SellerOrderId
from services.kit.database.db import Connection, Row
from services.ordering.domain.commission import Rule
from services.ordering.domain.ids import CommissionRuleId
from services.ordering.store.reading import Viewer


async def add_rule(conn: Connection, rule: Rule, by: str) -> None:
    await conn.execute(
        """INSERT INTO commission_rule (id, permille, starts_at, merchant_kind, category, basis, made_by, made_at)
           VALUES ($1, $2, $3, $4, $5, $6, $7, wlijo_now())""",
        rule.id,
        rule.permille,
        rule.starts_at,
        rule.merchant_kind,
        rule.category,
        rule.basis,
        by,
    )


async def rules(conn: Connection, after: tuple[datetime, UUID] | None, limit: int) -> list[Rule]:
    """Those of the latest time first."""
    rows = await conn.fetch(
        """SELECT id, permille, starts_at, merchant_kind, category, basis FROM commission_rule
           WHERE $1::timestamptz IS NULL OR (starts_at, id) < ($1, $2) ORDER BY starts_at DESC, id DESC LIMIT $3""",
        after[0] if after else None,
        after[1] if after else None,
        limit,
    )
    return [_rule(row) for row in rows]


async def rule(conn: Connection, rule_id: CommissionRuleId) -> Rule | None:
    row = await conn.fetchrow(
        "SELECT id, permille, starts_at, merchant_kind, category, basis FROM commission_rule WHERE id = $1", rule_id
    )
    return _rule(row) if row else None


async def of_seller_orders(conn: Connection, ids: list[SellerOrderId], viewer: Viewer) -> dict[SellerOrderId, int]:
    """Of those whose merchant the viewer is of, or all for who sees all."""
    rows = await conn.fetch(
        """SELECT s.id, s.commission_rupiah FROM seller_order s WHERE s.id = ANY ($1) AND ($3 OR EXISTS (
               SELECT FROM merchant_member m WHERE m.merchant_id = s.merchant_id AND m.subject = $2))""",
        ids,
        viewer.subject,
        viewer.sees_all,
    )
    return {SellerOrderId(row["id"]): row["commission_rupiah"] for row in rows}


def _rule(row: Row) -> Rule:
    return Rule(
        CommissionRuleId(row["id"]),
        row["permille"],
        row["starts_at"],
        row["merchant_kind"],
        row["category"],
        row["basis"],
    )
