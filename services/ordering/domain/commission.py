"""What the platform keeps of the goods: by rules with a date, frozen at the sale. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.contracts.catalog import MerchantKind
from services.kit.text import NotText, line
from services.ordering.domain.ids import CommissionRuleId
from services.ordering.domain.programme import SLUG
from services.ordering.domain.refusal import Refused

MAX_PERMILLE: Final = 300
MAX_BASIS: Final = 200


class RuleIsInvalid(Refused):
    def __init__(self, field: str, reason: str, minimum: int | None = None, maximum: int | None = None) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.minimum = minimum
        self.maximum = maximum


class RuleIsNotAhead(Refused):
    """What was sold was sold by the rules of its day: a rule is of a time to come."""


@dataclass(frozen=True, slots=True)
class Rule:
    """In force `starts_at` on, until another for the same comes. None of a part is all; `basis` is the law or the council's decision."""

    id: CommissionRuleId
    permille: int
    starts_at: datetime
    merchant_kind: str | None
    category: str | None
    basis: str


def checked(
    *, permille: int, starts_at: datetime, basis: str, merchant_kind: str | None, category: str | None, at: datetime
) -> str:
    """The basis as it is kept. Raises RuleIsInvalid or RuleIsNotAhead."""
    if not 0 <= permille <= MAX_PERMILLE:
        raise RuleIsInvalid("permille", f"from 0 to {MAX_PERMILLE}", 0, MAX_PERMILLE)
    if merchant_kind is not None and merchant_kind not in set(MerchantKind):
        raise RuleIsInvalid("merchantKind", "a kind of merchant")
    if category is not None and not SLUG.fullmatch(category):
        raise RuleIsInvalid("category", "the code of a category")
    if starts_at <= at:
        raise RuleIsNotAhead("a rule is of a time to come")
    try:
        return line(basis, longest=MAX_BASIS, shortest=3)
    except NotText as error:
        raise RuleIsInvalid("basis", str(error), 3, MAX_BASIS) from error


def permille(rules: Iterable[Rule], merchant_kind: str, category: str, at: datetime) -> int:
    """Of the rules that are in force for it the one that says most of what it is for, a kind of goods before a kind of merchant; of those
    the newest. Without one, nothing."""
    found = [
        each
        for each in rules
        if each.starts_at <= at and each.merchant_kind in (None, merchant_kind) and each.category in (None, category)
    ]
    if not found:
        return 0
    newest = max(
        found,
        key=lambda each: (each.category is not None, each.merchant_kind is not None, each.starts_at, each.id),
    )
    return newest.permille


def commission(sold: Sequence[tuple[int, int]], discount_rupiah: int) -> int:
    """Of what one merchant sold, each `(rupiah, permille)`, after what it gives of its own accord, which lowers all of it alike. Half-up of
    the whole, so never more than what it was paid for."""
    goods = sum(rupiah for rupiah, _ in sold)
    if not goods:
        return 0
    weighed = sum(rupiah * permille for rupiah, permille in sold) * (goods - discount_rupiah)
    return (2 * weighed + 1000 * goods) // (2000 * goods)
