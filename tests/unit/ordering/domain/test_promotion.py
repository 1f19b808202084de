"""What promotions take off, over random carts: laws, and the choices that are the rule's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.catalog import MerchantId
from services.ordering.domain.ids import PromotionId
from services.ordering.domain.promotion import (
    Against,
    Basket,
    DiscountBorneBy,
    Discounts,
    Frozen,
    Goods,
    Promotion,
    PromotionKind,
    PromotionStatus,
    VoucherDoesNotApply,
    after,
    all_after,
    allot,
    check,
    choose,
    eligible,
    reckoned,
)

AT = datetime(2026, 11, 29, 3, tzinfo=UTC)
MERCHANTS = [MerchantId.seeded(f"m{n}") for n in range(4)]
CATEGORIES = ("sayur", "buah", "ikan")
PERCENT, AMOUNT, FREE = PromotionKind.PERCENT, PromotionKind.AMOUNT, PromotionKind.FREE_DELIVERY
OWN, REGENCY, PLATFORM = DiscountBorneBy.MERCHANT, DiscountBorneBy.REGENCY, DiscountBorneBy.PLATFORM


def a_promotion(name: str = "promo", **changed: Any) -> Promotion:
    values: dict[str, Any] = {
        "id": PromotionId.seeded(name),
        "name_id": name,
        "name_en": name,
        "kind": PERCENT,
        "value": 10,
        "cap_rupiah": None,
        "minimum_rupiah": 0,
        "merchants": frozenset(),
        "categories": frozenset(),
        "kecamatan": frozenset(),
        "first_order": False,
        "borne_by": PLATFORM,
        "merchant_id": None,
        "code": None,
        "status": PromotionStatus.RUNNING,
        "starts_at": AT - timedelta(days=1),
        "ends_at": AT + timedelta(days=1),
        "uses_left": None,
        "left_rupiah": None,
        "per_buyer": None,
        **changed,
    }
    return Promotion(**values)


def a_basket(*goods: tuple[int, str, int], fee: int | None = 10_000, **changed: Any) -> Basket:
    lines = [Goods(MERCHANTS[merchant], category, rupiah) for merchant, category, rupiah in goods]
    values: dict[str, Any] = {"kecamatan_code": "35.08.10", "first_order": True, "at": AT, **changed}
    return Basket(lines, fee, **values)


rupiah = st.integers(1, 2_000_000)
lines = st.lists(
    st.builds(Goods, st.sampled_from(MERCHANTS), st.sampled_from(CATEGORIES), rupiah), min_size=1, max_size=20
)
maybe = st.none() | rupiah


@st.composite
def promotions(draw: st.DrawFn) -> list[Promotion]:
    found = []
    for n in range(draw(st.integers(0, 8))):
        borne_by = draw(st.sampled_from(DiscountBorneBy))
        own = borne_by is OWN
        kind = draw(st.sampled_from([PERCENT, AMOUNT] if own else list(PromotionKind)))
        value = {PERCENT: st.integers(1, 100), AMOUNT: rupiah, FREE: st.just(0)}[kind]
        found.append(
            a_promotion(
                f"promo-{n}",
                kind=kind,
                value=draw(value),
                borne_by=borne_by,
                merchant_id=draw(st.sampled_from(MERCHANTS)) if own else None,
                categories=frozenset(draw(st.sets(st.sampled_from(CATEGORIES), max_size=2))),
                cap_rupiah=draw(maybe),
                minimum_rupiah=draw(st.just(0) | rupiah),
                left_rupiah=draw(maybe),
                code=f"VOUCHER{n}" if draw(st.booleans()) else None,
            )
        )
    return found


def voucher_of(found: Sequence[Promotion]) -> PromotionId | None:
    return next((each.id for each in found if each.code), None)


def goods_of(basket: Basket, merchant: MerchantId) -> int:
    return sum(each.rupiah for each in basket.goods if each.merchant_id == merchant)


@given(goods=lines, found=promotions(), fee=st.integers(0, 100_000))
def test_parts_sum_to_the_whole_and_nothing_is_below_zero(goods: list[Goods], found: list[Promotion], fee: int) -> None:
    basket = Basket(goods, fee, "35.08.10", True, AT)
    discounts = choose(basket, found, voucher_of(found))
    for each in discounts.applied:
        assert each.amount_rupiah > 0
        assert each.amount_rupiah <= reckoned(each.promotion, basket)
        if each.parts:
            assert sum(part.amount_rupiah for part in each.parts) == each.amount_rupiah
            counted = eligible(each.promotion, basket)
            for part in each.parts:
                assert 0 < part.amount_rupiah <= part.goods_rupiah == counted[part.merchant_id]
                assert 0 <= part.minimum_rupiah <= part.goods_rupiah
        for limit in (each.promotion.cap_rupiah, each.promotion.left_rupiah):
            assert limit is None or each.amount_rupiah <= limit
    assert 0 <= discounts.fee_rupiah <= fee
    by_merchant = {merchant: discounts.of(merchant) for merchant in MERCHANTS}
    assert sum(by_merchant.values()) == discounts.goods_rupiah
    for merchant, off in by_merchant.items():
        assert 0 <= discounts.borne_by(merchant) <= off <= goods_of(basket, merchant)
    assert sum(1 for each in discounts.applied if each.promotion.code) <= 1


@given(goods=lines, found=promotions(), fee=st.none() | st.integers(0, 100_000), data=st.data())
def test_neither_the_sequence_of_lines_nor_that_of_promotions_changes_anything(
    goods: list[Goods], found: list[Promotion], fee: int | None, data: st.DataObject
) -> None:
    voucher = voucher_of(found)

    def chosen(of: Sequence[Goods], among: Sequence[Promotion]) -> Discounts:
        return choose(Basket(of, fee, None, True, AT), among, voucher)

    first = chosen(goods, found)
    again = chosen(data.draw(st.permutations(goods)), data.draw(st.permutations(found)))
    assert again.applied == first.applied
    # One line, or two that are as much: nobody gains by putting it in twice.
    halves = [
        replace(line, rupiah=part) for line in goods for part in (line.rupiah // 3, line.rupiah - line.rupiah // 3)
    ]
    assert chosen(halves, found).applied == first.applied


@given(goods=lines, found=promotions(), fee=st.integers(0, 100_000))
def test_of_a_group_the_one_that_takes_off_most_is_taken(goods: list[Goods], found: list[Promotion], fee: int) -> None:
    basket = Basket(goods, fee, None, True, AT)
    automatic = [each for each in found if each.code is None]
    taken = {each.promotion.id for each in choose(basket, automatic).applied}
    for each in automatic:
        try:
            check(each, basket)
        except VoucherDoesNotApply:
            assert each.id not in taken
            continue
        alone = [
            other
            for other in automatic
            if other.id in taken
            and (other.kind is FREE) == (each.kind is FREE)
            and (other.borne_by is OWN) == (each.borne_by is OWN)
            and (other.merchant_id == each.merchant_id)
        ]
        assert all(reckoned(other, basket) >= reckoned(each, basket) for other in alone)


@given(weights=st.dictionaries(st.sampled_from(MERCHANTS), st.integers(0, 10**9), min_size=1), data=st.data())
def test_allotting_is_exact_and_nobody_has_more_than_the_weight(
    weights: dict[MerchantId, int], data: st.DataObject
) -> None:
    amount = data.draw(st.integers(0, sum(weights.values())))
    shares = allot(amount, weights)
    whole = sum(weights.values())
    assert sum(shares.values()) == amount
    for each, weight in weights.items():
        assert 0 <= shares[each] <= weight
        assert not whole or abs(shares[each] * whole - amount * weight) < whole


def test_equal_remainders_go_to_the_lower_id() -> None:
    low, high = sorted(MERCHANTS[:2])
    assert allot(1, {low: 5, high: 5}) == allot(1, {high: 5, low: 5}) == {low: 1, high: 0}


def test_a_merchants_own_then_the_regencys_then_the_voucher() -> None:
    basket = a_basket((0, "sayur", 10_000), (1, "buah", 30_000))
    found = choose(
        basket,
        [
            a_promotion("voucher", kind=AMOUNT, value=50_000, code="BERKAH"),
            a_promotion("programme", value=10, borne_by=REGENCY),
            a_promotion("own", value=50, borne_by=OWN, merchant_id=MERCHANTS[0]),
            a_promotion("trip", kind=FREE, value=0, cap_rupiah=4_000),
        ],
        PromotionId.seeded("voucher"),
    )
    # 5,000 of its own; 4,000 of the programme; the voucher all that is left, and not a rupiah more; 4,000 off the fee.
    assert [(each.promotion.name_id, each.amount_rupiah) for each in found.applied] == [
        ("own", 5_000),
        ("programme", 4_000),
        ("trip", 4_000),
        ("voucher", 31_000),
    ]
    assert found.goods_rupiah == 40_000
    assert (found.borne_by(MERCHANTS[0]), found.borne_by(MERCHANTS[1])) == (5_000, 0)


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"status": PromotionStatus.DRAFT}, Against.UNKNOWN),
        ({"status": PromotionStatus.PAUSED}, Against.UNKNOWN),
        ({"starts_at": AT + timedelta(seconds=1)}, Against.UNKNOWN),
        ({"status": PromotionStatus.ENDED}, Against.OVER),
        ({"ends_at": AT}, Against.OVER),
        ({"uses_left": 0}, Against.USED_UP),
        ({"left_rupiah": 0}, Against.USED_UP),
        ({"per_buyer": 1, "used_by_buyer": 1}, Against.USED_BEFORE),
        ({"first_order": True}, Against.FIRST_ORDER_ONLY),
        ({"kecamatan": frozenset({"35.08.01"})}, Against.OTHER_PLACE),
        ({"categories": frozenset({"ikan"})}, Against.OTHER_GOODS),
        ({"merchants": frozenset({MERCHANTS[3]})}, Against.OTHER_GOODS),
        ({"merchant_id": MERCHANTS[3], "borne_by": OWN}, Against.OTHER_GOODS),
        ({"minimum_rupiah": 10_001}, Against.BELOW_MINIMUM),
    ],
)
def test_a_voucher_that_does_not_apply_says_why(changed: dict[str, Any], why: Against) -> None:
    basket = a_basket((0, "sayur", 10_000), first_order=False)
    voucher = a_promotion("v", code="BERKAH", **changed)
    found = choose(basket, [voucher], voucher.id)
    assert not found.applied
    assert found.against is not None
    assert found.against.why is why
    assert choose(basket, [a_promotion("v", code="BERKAH")], voucher.id).goods_rupiah == 1_000


def test_what_is_not_known_yet_refuses_nothing() -> None:
    basket = a_basket((0, "sayur", 10_000), fee=None, kecamatan_code=None)
    check(a_promotion(kecamatan=frozenset({"35.08.01"})), basket)
    found = choose(basket, [a_promotion("a", kind=FREE, value=0)])
    assert [each.whole_fee for each in found.applied] == [True]
    capped = choose(basket, [a_promotion("a", kind=FREE, value=0, cap_rupiah=5_000)])
    assert (capped.fee_rupiah, capped.applied[0].whole_fee) == (5_000, False)


def test_the_last_of_a_budget_is_given_though_it_is_less() -> None:
    found = choose(a_basket((0, "sayur", 100_000)), [a_promotion(left_rupiah=3_000)])
    assert found.goods_rupiah == 3_000


frozen = st.integers(1, 10**6).flatmap(
    lambda goods: st.builds(
        Frozen,
        st.sampled_from([PERCENT, AMOUNT]),
        st.integers(1, 100),
        st.just(goods),
        st.integers(0, goods),
        st.integers(1, goods),
    )
)


@given(part=frozen, fewer=st.tuples(st.integers(0, 1_100_000), st.integers(0, 1_100_000)))
def test_when_goods_become_fewer_a_discount_never_grows_and_never_passes_them(
    part: Frozen, fewer: tuple[int, int]
) -> None:
    less, more = sorted(fewer)
    assert 0 <= after(part, less) <= after(part, more) <= part.amount_rupiah
    assert after(part, less) <= less
    assert after(part, part.goods_rupiah) == part.amount_rupiah
    assert after(part, 0) == 0


def test_a_percentage_follows_and_an_amount_stays_while_the_minimum_is_bought() -> None:
    assert after(Frozen(PERCENT, 10, 100_000, 50_000, 10_000), 40_000) == 4_000
    assert after(Frozen(PERCENT, 10, 100_000, 0, 5_000), 60_000) == 5_000  # its cap had made it less
    voucher = Frozen(AMOUNT, 10_000, 100_000, 50_000, 10_000)
    assert [after(voucher, now) for now in (100_000, 50_000, 49_999, 25_000, 0)] == [10_000, 10_000, 9_999, 5_000, 0]


@given(parts=st.lists(st.tuples(frozen, st.integers(0, 10**6)), max_size=4), goods=st.integers(0, 10**6))
def test_together_they_never_pass_the_goods_that_are_left(parts: list[tuple[Frozen, int]], goods: int) -> None:
    found = all_after(parts, goods)
    assert sum(found) <= goods
    assert all(now <= part.amount_rupiah for now, (part, _) in zip(found, parts, strict=True))
