"""What the platform keeps of goods from a day on."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from services.kit.database.db import Transaction
from services.kit.graphql import idempotency
from services.ordering.domain.commission import Rule, checked
from services.ordering.domain.ids import CommissionRuleId
from services.ordering.store import commission, reading

SET: Final = "setCommission"


async def set_commission(conn: Transaction, subject: str, rule: Rule, *, idempotency_key: str) -> CommissionRuleId:
    """In force from its day on, until another for the same comes. Raises RuleIsInvalid or RuleIsNotAhead."""
    body = [rule.permille, rule.starts_at, rule.merchant_kind, rule.category, rule.basis]
    claim = await idempotency.claim(conn, caller=subject, mutation=SET, key=idempotency_key, body=body)
    if claim.answer is not None:
        return CommissionRuleId.parse(claim.answer["rule_id"])
    basis = checked(
        permille=rule.permille,
        starts_at=rule.starts_at,
        basis=rule.basis,
        merchant_kind=rule.merchant_kind,
        category=rule.category,
        at=await reading.now(conn),
    )
    await commission.add_rule(conn, replace(rule, basis=basis), subject)
    await claim.store(conn, {"rule_id": str(rule.id)})
    return rule.id
