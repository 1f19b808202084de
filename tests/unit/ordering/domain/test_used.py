"""What an order has of promotions follows its goods: laws over what is weighed lighter or left out, and cases by hand."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.contracts.ordering import SellerOrderId
from services.ordering.domain.ids import PromotionId
from services.ordering.domain.promotion import Frozen, PromotionKind, percent
from services.ordering.domain.used import Use, UsePart, follow

PERCENT, AMOUNT = PromotionKind.PERCENT, PromotionKind.AMOUNT
HERS, HIS = SellerOrderId.seeded("hers"), SellerOrderId.seeded("his")


def off(*parts: UsePart, account: str | None = None) -> Use:
    return Use(PromotionId.new(), account, False, sum(each.amount_rupiah for each in parts), parts)


def off_fee(amount: int) -> Use:
    return Use(PromotionId.new(), "platform:promotions", True, amount)


def a_part(
    kind: PromotionKind, value: int, amount: int, *, goods: int = 10_000, of: int = 10_000, minimum: int = 0
) -> UsePart:
    return UsePart(HERS, Frozen(kind, value, goods, minimum, amount), of, amount)


def test_a_percentage_follows_what_was_weighed() -> None:
    use = off(a_part(PERCENT, 10, 1_000))
    assert follow([use], {HERS: 8_000}, 0)
    assert use.amount_rupiah == 800


def test_an_amount_stays_while_the_minimum_is_there_and_is_never_reckoned_from_what_is_left_of_it() -> None:
    use = off(a_part(AMOUNT, 2_000, 2_000, minimum=8_000))
    assert not follow([use], {HERS: 8_000}, 0)
    for goods, amount in ((6_000, 1_500), (4_000, 1_000), (10_000, 1_000)):
        follow([use], {HERS: goods}, 0)
        assert use.amount_rupiah == amount


def test_of_goods_that_count_in_part_it_goes_by_proportion_half_up() -> None:
    """A third of her goods is vegetables; of 10,001 are left 5,001, and of them 1,667 count, by the half rupiah."""
    part = a_part(PERCENT, 100, 3_333, goods=3_333, of=10_001)
    assert part.counting(5_001) == 1_667
    assert part.counting(10_001) == 3_333
    assert part.counting(20_000) == 3_333, "never more than was placed"
    assert part.counting(0) == 0


def test_who_leaves_takes_its_own_along_and_nothing_of_anothers() -> None:
    his = UsePart(HIS, Frozen(PERCENT, 10, 20_000, 0, 2_000), 20_000, 2_000)
    of_both, own = off(a_part(PERCENT, 10, 1_000), his, account="platform:promotions"), off(a_part(AMOUNT, 500, 500))
    assert follow([own, of_both], {HERS: 0, HIS: 20_000}, 10_000)
    assert (own.amount_rupiah, of_both.amount_rupiah, his.amount_rupiah) == (0, 2_000, 2_000)


def test_off_a_fee_that_became_less_the_last_is_given_up_first() -> None:
    first, last = off_fee(5_000), off_fee(3_000)
    assert follow([first, last], {}, 6_000)
    assert (first.amount_rupiah, last.amount_rupiah) == (5_000, 1_000)
    assert follow([first, last], {}, 4_000)
    assert (first.amount_rupiah, last.amount_rupiah) == (4_000, 0)


@st.composite
def some_uses(draw: st.DrawFn) -> tuple[list[Use], int]:
    """Several on one merchant's goods, together no more than these."""
    of = draw(st.integers(1, 1_000_000))
    left, found = of, []
    for _ in range(draw(st.integers(1, 4))):
        goods = draw(st.integers(1, of))
        kind = draw(st.sampled_from([PERCENT, AMOUNT]))
        value = draw(st.integers(1, 100 if kind is PERCENT else of))
        amount = min(left, goods, percent(value, goods) if kind is PERCENT else value)
        left -= amount
        if amount:
            found.append(off(a_part(kind, value, amount, goods=goods, of=of, minimum=draw(st.integers(0, goods)))))
    return found, of


@given(some_uses(), st.lists(st.integers(0, 1_000_000), max_size=6))
def test_nothing_becomes_more_nothing_is_above_the_goods_and_nothing_moves_without_cause(
    made: tuple[list[Use], int], weighed: list[int]
) -> None:
    uses, of = made
    assert not follow(uses, {HERS: of}, 0)
    for now in weighed:
        before = [each.amount_rupiah for each in uses]
        less = follow(uses, {HERS: min(now, of)}, 0)
        amounts = [each.amount_rupiah for each in uses]
        assert all(0 <= amount <= was for amount, was in zip(amounts, before, strict=True))
        assert sum(amounts) <= min(now, of)
        assert less == (amounts != before)
        assert not follow(uses, {HERS: min(now, of)}, 0), "saying it again changes nothing"
