"""Numbers as people type them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.people.domain.phone import CountryIsNotServed, PhoneIsInvalid, Phones

HERE = Phones()


@given(
    st.integers(min_value=10_000_000, max_value=99_999_999),
    st.sampled_from(["0812", "62812", "+62812", "+62 (812)", "0062812"[2:], " 0812-"]),
    st.sampled_from(["", " ", "-", "."]),
)
def test_whatever_the_spelling_it_is_one_number(rest: int, begins: str, between: str) -> None:
    text = str(rest)
    assert HERE.e164(begins + between + text[:4] + between + text[4:]) == f"+62812{rest}"


@given(st.text(max_size=60))
def test_whatever_is_typed_is_a_number_of_here_or_refused(typed: str) -> None:
    try:
        found = HERE.e164(typed)
    except (PhoneIsInvalid, CountryIsNotServed):
        return
    assert found.startswith("+628")
    assert HERE.e164(found) == found


def test_a_country_is_served_when_it_is_named() -> None:
    with pytest.raises(CountryIsNotServed):
        HERE.e164("+65 8123 4567")
    assert Phones(frozenset((62, 65))).e164("+65 8123 4567") == "+6581234567"
