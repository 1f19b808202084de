"""What merchants may set and when they are open."""

from __future__ import annotations

from datetime import UTC, datetime, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog import domain
from services.catalog.domain import MERCHANT, PRODUCT, Action, Stock
from services.contracts.catalog import MerchantStatus, ProductStatus
from services.contracts.places import WIB, Hours, is_open

PRODUCT_ACTIONS, MERCHANT_ACTIONS = (Action.PUBLISH, Action.HIDE), (Action.SUSPEND, Action.REACTIVATE)
MONDAY = datetime(2026, 2, 2, tzinfo=WIB)


def at(clock: str, *, day: int = 0) -> datetime:
    """A time of Monday (or so many days later) in WIB, as the UTC instant that a database gives."""
    return datetime.combine(MONDAY.date().replace(day=2 + day), time.fromisoformat(clock), WIB).astimezone(UTC)


def hours(opens: str, closes: str, *, weekday: int = 0) -> Hours:
    return Hours(weekday=weekday, opens=time.fromisoformat(opens), closes=time.fromisoformat(closes))


@pytest.mark.parametrize(
    ("clock", "day", "is_it_open"),
    [
        ("04:59:59", 0, False),
        ("05:00", 0, True),
        ("10:59:59", 0, True),
        ("11:00", 0, False),
        ("05:00", 1, False),
        ("05:00", 6, False),
    ],
)
def test_a_morning_stall_is_open_from_its_opening_to_before_its_closing_on_its_day(
    clock: str, day: int, is_it_open: bool
) -> None:
    assert is_open([hours("05:00", "11:00")], at(clock, day=day)) is is_it_open


@pytest.mark.parametrize(
    ("clock", "day", "is_it_open"),
    [("17:59", 0, False), ("18:00", 0, True), ("23:59", 0, True), ("00:00", 1, True), ("01:59", 1, True),
     ("02:00", 1, False), ("01:00", 0, False)],
)  # fmt: skip
def test_a_night_stall_is_open_past_midnight(clock: str, day: int, is_it_open: bool) -> None:
    assert is_open([hours("18:00", "02:00")], at(clock, day=day)) is is_it_open


def test_a_sunday_night_runs_into_monday() -> None:
    assert is_open([hours("18:00", "02:00", weekday=6)], at("01:00"))


@pytest.mark.parametrize(("clock", "day"), [("12:00", 0), ("23:59", 0)])
def test_closing_at_midnight_is_the_end_of_the_day(clock: str, day: int) -> None:
    assert is_open([hours("08:00", "00:00")], at(clock, day=day))
    assert not is_open([hours("08:00", "00:00")], at("00:00", day=day + 1))


def test_hours_are_those_of_lumajang_wherever_the_clock_stands() -> None:
    assert is_open(
        [hours("05:00", "11:00")], datetime(2026, 2, 1, 22, 30, tzinfo=UTC)
    )  # Sunday there, Monday 05:30 here


def test_without_hours_nobody_is_open() -> None:
    assert not is_open([], at("12:00"))


def test_every_action_is_decided_in_every_status() -> None:
    assert set(PRODUCT) == {(status, action) for status in ProductStatus for action in PRODUCT_ACTIONS}
    assert set(MERCHANT) == {(status, action) for status in MerchantStatus for action in MERCHANT_ACTIONS}


@pytest.mark.parametrize("action", PRODUCT_ACTIONS)
def test_a_blocked_product_is_not_the_merchants_to_move(action: Action) -> None:
    with pytest.raises(domain.ProductInState) as refusal:
        domain.product_after(ProductStatus.BLOCKED, action)
    assert refusal.value.status is ProductStatus.BLOCKED


@pytest.mark.parametrize("action", MERCHANT_ACTIONS)
@pytest.mark.parametrize("status", [MerchantStatus.APPLIED, MerchantStatus.VERIFIED, MerchantStatus.CLOSED])
def test_a_merchant_that_does_not_trade_is_neither_suspended_nor_reactivated(
    status: MerchantStatus, action: Action
) -> None:
    with pytest.raises(domain.MerchantInState) as refusal:
        domain.merchant_after(status, action)
    assert refusal.value.status is status


@pytest.mark.parametrize("product", list(ProductStatus))
@pytest.mark.parametrize("merchant", list(MerchantStatus))
def test_only_a_published_product_of_an_active_merchant_is_for_sale(
    product: ProductStatus, merchant: MerchantStatus
) -> None:
    both = product is ProductStatus.PUBLISHED and merchant is MerchantStatus.ACTIVE
    assert domain.for_sale(product, merchant) is both


@given(reserved=st.integers(0, 50), on_hand=st.integers(-10, domain.MAX_ON_HAND + 10))
def test_stock_is_counted_from_what_is_reserved_up_to_the_maximum(reserved: int, on_hand: int) -> None:
    present = Stock(100, reserved)
    if reserved <= on_hand <= domain.MAX_ON_HAND:
        assert domain.counted(present, on_hand) == Stock(on_hand, reserved)
    else:
        with pytest.raises(domain.StockOutOfRange) as refusal:
            domain.counted(present, on_hand)
        assert refusal.value.minimum == reserved


@pytest.mark.parametrize("rupiah", [1, domain.MAX_PRICE_RUPIAH])
def test_a_price_within_its_range_is_taken(rupiah: int) -> None:
    assert domain.price(rupiah) == rupiah


@pytest.mark.parametrize("rupiah", [-1, 0, domain.MAX_PRICE_RUPIAH + 1])
def test_a_price_out_of_its_range_is_refused(rupiah: int) -> None:
    with pytest.raises(domain.PriceOutOfRange):
        domain.price(rupiah)


@pytest.mark.parametrize("text", ["", "  \n", "x" * 501, "a\0b"])
def test_a_reason_that_nobody_could_read_is_refused(text: str) -> None:
    with pytest.raises(domain.ReasonOutOfRange):
        domain.reason(text)


def test_a_reason_is_kept_without_the_blanks_around_it() -> None:
    assert domain.reason("  izin habis (licence expired) ") == "izin habis (licence expired)"
