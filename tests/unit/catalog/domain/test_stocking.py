"""What may be received, sold, spoilt, counted, moved and loaded, and how stock is kept."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.catalog.domain.stock import MAX_ON_HAND, Stock
from services.catalog.domain.stocking import (
    ASSUMED,
    SPREAD_S,
    GoodsLieElsewhere,
    Lot,
    ModeForbids,
    QuantityIsOutOfRange,
    StockMode,
    TooFewLieThere,
    counted,
    day_is_over,
    in_mode,
    loaded,
    moved,
    received,
    taken,
)
from services.kit.invalid import FieldInvalid

T = TypeVar("T")
WIB = ZoneInfo("Asia/Jakarta")


@st.composite
def lots(draw: st.DrawFn) -> Lot:
    """Any that the database allows: what is reserved and what lies elsewhere is there."""
    table = draw(st.integers(0, 30))
    reserved, elsewhere = draw(st.integers(0, table)), draw(st.integers(0, table))
    on_counter = draw(st.integers(0, 5))
    at = draw(st.one_of(st.none(), st.integers(0, elsewhere)))
    return Lot(Stock(table + on_counter, reserved, on_counter), StockMode.TRACKED, elsewhere, at)


def _after(lot: Lot, by: int) -> Lot:
    whole = Stock(lot.stock.on_hand + by, lot.stock.reserved, lot.stock.on_counter)
    return Lot(
        whole, lot.mode, lot.elsewhere + (by if lot.at is not None else 0), None if lot.at is None else lot.at + by
    )


def _or_refusal(rule: Callable[[], T]) -> T | FieldInvalid:
    try:
        return rule()
    except FieldInvalid as refused:
        return refused


@given(lot=lots(), quantity=st.integers(-2, 40))
def test_a_counter_takes_what_lies_there_and_is_not_kept(lot: Lot, quantity: int) -> None:
    left = min(lot.here, lot.stock.available)
    if 1 <= quantity <= left:
        change = taken(lot, quantity, at="items.0.quantity")
        after = _after(lot, change.by)
        assert change.by == -quantity
        assert after.stock == change.stock
        assert after.here >= 0
        assert after.stock.available >= 0
    elif quantity < 1:
        with pytest.raises(QuantityIsOutOfRange):
            taken(lot, quantity, at="items.0.quantity")
    else:
        with pytest.raises(TooFewLieThere) as refused:
            taken(lot, quantity, at="items.0.quantity")
        assert (refused.value.left, refused.value.field) == (left, "items.0.quantity")


@given(lot=lots(), found=st.integers(-2, 60))
def test_a_count_makes_what_lies_there_what_was_found(lot: Lot, found: int) -> None:
    counter = lot.stock.on_counter if lot.at is None else 0
    change = _or_refusal(lambda: counted(lot, found, at="f"))
    if isinstance(change, QuantityIsOutOfRange):
        assert not change.least <= found <= change.most
        assert found < counter or lot.stock.available + found - counter - lot.here < 0
        return
    assert not isinstance(change, FieldInvalid)
    after = _after(lot, change.by)
    assert after.here + counter == found
    assert after.stock == change.stock
    assert after.stock.available >= 0


@given(lot=lots(), most=st.integers(0, 40))
def test_a_count_with_a_cap_finds_no_more(lot: Lot, most: int) -> None:
    assume(lot.at is not None)
    with pytest.raises(QuantityIsOutOfRange) as refused:
        counted(lot, most + 1, at="f", most=most)
    assert refused.value.most == most


@given(lot=lots(), quantity=st.integers(-2, 40))
def test_what_is_received_is_there(lot: Lot, quantity: int) -> None:
    if quantity < 1:
        with pytest.raises(QuantityIsOutOfRange):
            received(lot, quantity, at="f")
    else:
        change = received(lot, quantity, at="f")
        assert (change.by, change.stock.on_hand) == (quantity, lot.stock.on_hand + quantity)


def test_there_is_a_most() -> None:
    full = Lot(Stock(MAX_ON_HAND - 1, 0))
    assert received(full, 1, at="f").stock.on_hand == MAX_ON_HAND
    with pytest.raises(QuantityIsOutOfRange) as refused:
        received(full, 2, at="f")
    assert refused.value.most == 1


def test_what_is_kept_for_orders_may_be_moved_and_more_than_lies_there_may_not() -> None:
    lot = Lot(Stock(5, 5))
    moved(lot, 5, at="f")
    with pytest.raises(TooFewLieThere):
        moved(lot, 6, at="f")
    for mode in (StockMode.DAILY, StockMode.UNTRACKED):
        with pytest.raises(ModeForbids):
            moved(Lot(Stock(5, 0), mode), 1, at="f")


def test_what_nobody_counts_is_not_received_sold_or_counted_and_a_load_not_in_places() -> None:
    for rule in (received, taken, counted):
        with pytest.raises(ModeForbids):
            rule(Lot(Stock(5, 0), StockMode.UNTRACKED), 1, at="f")
        with pytest.raises(ModeForbids):
            rule(Lot(Stock(5, 0), StockMode.DAILY, at=0), 1, at="f")
    assert taken(Lot(Stock(5, 0), StockMode.DAILY), 1, at="f").by == -1


@given(lot=lots(), quantity=st.integers(1, 40))
def test_a_load_is_for_sale_beside_what_is_kept(lot: Lot, quantity: int) -> None:
    if lot.elsewhere:
        with pytest.raises(GoodsLieElsewhere):
            loaded(lot, quantity, at="f")
    else:
        after = loaded(lot, quantity, at="f")
        assert (after.available, after.kept) == (quantity, lot.stock.kept)


@given(lot=lots(), mode=st.sampled_from(StockMode), available=st.one_of(st.none(), st.integers(-1, 40)))
def test_a_way_of_keeping_stock_never_takes_what_is_kept(lot: Lot, mode: StockMode, available: int | None) -> None:
    after = _or_refusal(lambda: in_mode(lot, mode, available))
    if isinstance(after, GoodsLieElsewhere):
        assert lot.elsewhere
        assert mode is not StockMode.TRACKED
        return
    if isinstance(after, QuantityIsOutOfRange):
        assert available is not None
        assert not after.least <= available <= after.most
        return
    assert isinstance(after, Stock)
    assert after.kept == lot.stock.kept
    assert after.on_hand - after.on_counter >= lot.elsewhere
    assert after.available == (
        ASSUMED if mode is StockMode.UNTRACKED else lot.stock.available if available is None else available
    )


def test_what_was_not_counted_is_nothing_until_it_is_said() -> None:
    lot = Lot(Stock(ASSUMED + 3, 3), StockMode.UNTRACKED)
    assert in_mode(lot, StockMode.TRACKED, None) == Stock(3, 3)
    assert in_mode(lot, StockMode.DAILY, 7) == Stock(10, 3)


@given(day=st.dates(date(2026, 1, 1), date(2030, 1, 1)), merchant=st.uuids())
def test_a_day_is_told_to_be_over_after_its_midnight_and_soon(day: date, merchant: UUID) -> None:
    midnight = datetime(day.year, day.month, day.day, tzinfo=WIB) + timedelta(days=1)
    assert midnight <= day_is_over(day, merchant) < midnight + timedelta(seconds=SPREAD_S)
