"""Money, times and amounts, there and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.web import saying
from services.web.words import Language

ID, EN = Language.ID, Language.EN
NOON = datetime(2026, 11, 29, 5, 0, tzinfo=UTC)  # 12.00 WIB, a Sunday


def test_money_is_as_on_the_tag() -> None:
    assert [saying.rupiah(each) for each in (0, 900, 69_500, 1_234_567)] == ["Rp0", "Rp900", "Rp69.500", "Rp1.234.567"]
    assert saying.rupiah(69_500, EN) == "Rp69,500"


@given(st.integers(0, 9_999_999_999))
def test_money_that_was_shown_is_read_back(amount: int) -> None:
    assert saying.money_of(saying.rupiah(amount)) == amount
    assert saying.money_of(str(amount)) == amount
    assert saying.money_of(saying.rupiah(amount, EN)) == amount


@pytest.mark.parametrize("text", ["", "mahal", "12.50", "1.2345", "-5", "12.500.", "1e5", "٣", "Rp"])
def test_what_is_no_money_is_none(text: str) -> None:
    assert saying.money_of(text) is None


@pytest.mark.parametrize(
    ("text", "base", "wanted"),
    [("1,5", 1000, 1500), ("1.5", 1000, 1500), ("0,25", 1000, 250), ("3", 1, 3), (" 2 ", 100, 200)],
)
def test_an_amount_is_typed_with_a_comma_or_a_point(text: str, base: int, wanted: int) -> None:
    assert saying.base_of(text, base) == wanted


@pytest.mark.parametrize("text", ["", "-1", "1,5", "1e3", "banyak", "1.2345", "NaN", "99999999"])
def test_what_is_no_amount_of_pieces_is_none(text: str) -> None:
    assert saying.base_of(text, 1) is None


@given(st.integers(0, 9_999_999), st.sampled_from([1, 100, 1000]))
def test_an_amount_that_was_shown_is_read_back(base: int, per: int) -> None:
    assert saying.base_of(saying.typed(base, per), per) == base


def test_weights_and_distances_are_said_as_people_do() -> None:
    assert [saying.mass(each, ID) for each in (750, 1000, 1500, 1250)] == ["750 gram", "1 kg", "1,5 kg", "1,25 kg"]
    assert [saying.distance(each, ID) for each in (344, 1_040, 2_460)] == ["340 m", "1 km", "2,5 km"]
    assert saying.distance(2_460, EN) == "2.5 km"


def test_times_are_wib_and_name_the_day_unless_it_is_today() -> None:
    assert saying.moment(NOON + timedelta(hours=2, minutes=5), NOON, ID) == "14.05 WIB"
    assert saying.moment(NOON + timedelta(hours=18), NOON, ID) == "besok 06.00 WIB"
    assert saying.moment(NOON + timedelta(days=3), NOON, ID) == "Rabu 2 Des 12.00 WIB"
    assert saying.moment(NOON + timedelta(days=3), NOON, EN) == "Wednesday 2 Dec 12.00 WIB"
    # In UTC it is still the day before.
    assert saying.moment(datetime(2026, 11, 28, 18, 0, tzinfo=UTC), NOON, ID) == "01.00 WIB"


def test_thousands_are_grouped_where_people_read_and_not_where_they_type() -> None:
    assert (saying.amount(2_000_000, 1000, "kg", ID), saying.amount(1_250, 1, "pak", EN)) == ("2.000 kg", "1,250 pak")
    assert saying.amount(1_250, 1000, "kg", ID) == "1,25 kg"
    assert saying.typed(2_000_000, 1000) == "2000"


def test_a_number_is_said_as_it_is_dialled_here() -> None:
    assert saying.phone("+6281234500003") == "0812-3450-0003"
    assert saying.phone("+62334881234") == "0334-8812-34"
    assert saying.phone("+4915112345678") == "+4915112345678"


def test_what_holds_for_years_has_its_year() -> None:
    assert [saying.dated(NOON.date(), each) for each in (ID, EN)] == ["29 Nov 2026", "29 Nov 2026"]
