"""Which rule a sale is sold by, and what it comes to."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.ordering.domain.commission import Rule, RuleIsInvalid, RuleIsNotAhead, checked, commission, permille
from services.ordering.domain.ids import CommissionRuleId

AT = datetime(2026, 11, 29, 3, tzinfo=UTC)


def a_rule(value: int, days: int = -1, kind: str | None = None, category: str | None = None) -> Rule:
    return Rule(CommissionRuleId.new(), value, AT + timedelta(days=days), kind, category, "Perbup 12/2026")


def test_without_a_rule_nothing_is_kept() -> None:
    assert permille([], "WLIJO", "sayur", AT) == 0
    assert permille([a_rule(50, days=1)], "WLIJO", "sayur", AT) == 0


def test_the_narrower_rule_goes_before_the_newer_and_of_equal_ones_the_newest() -> None:
    rules = [
        a_rule(50, days=-1),
        a_rule(40, days=-9, kind="WLIJO"),
        a_rule(30, days=-8, category="sayur"),
        a_rule(20, days=-7, category="sayur"),
    ]
    assert permille(rules, "HOME", "buah", AT) == 50
    assert permille(rules, "WLIJO", "buah", AT) == 40
    assert permille(rules, "WLIJO", "sayur", AT) == 20


@given(sold=st.lists(st.tuples(st.integers(0, 10**8), st.integers(0, 300)), max_size=6), data=st.data())
def test_what_is_kept_is_never_more_than_its_part_of_what_was_paid(
    sold: list[tuple[int, int]], data: st.DataObject
) -> None:
    goods = sum(rupiah for rupiah, _ in sold)
    discount = data.draw(st.integers(0, goods))
    kept = commission(sold, discount)
    assert 0 <= kept <= (goods - discount)
    assert 1000 * kept <= 300 * (goods - discount) + 500
    assert commission(sold[::-1], discount) == kept


def test_it_is_of_what_is_left_after_the_sellers_own_discount() -> None:
    assert commission([(100_000, 50)], 0) == 5_000
    assert commission([(100_000, 50)], 20_000) == 4_000
    assert commission([(50_000, 100), (50_000, 0)], 20_000) == 4_000


def test_a_rule_is_of_a_time_to_come() -> None:
    def check(**changed: object) -> str:
        given = {
            "permille": 10, "starts_at": AT + timedelta(days=1), "basis": " Perbup  12/2026 ", "merchant_kind": None,
            "category": None, **changed,
        }  # fmt: skip
        return checked(at=AT, **given)  # type: ignore[arg-type]  # as they are

    assert check() == "Perbup 12/2026"
    with pytest.raises(RuleIsNotAhead):
        check(starts_at=AT)
    for wrong in ({"permille": 301}, {"permille": -1}, {"basis": ""}, {"merchant_kind": "TOKO"}, {"category": ""}):
        with pytest.raises(RuleIsInvalid):
            check(**wrong)
