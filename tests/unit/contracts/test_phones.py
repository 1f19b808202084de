"""A number is written in one way, whatever way it was typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts import phones


@pytest.mark.parametrize("typed", ["0812-3456-7890", "6281234567890", "+62 812 3456 7890", "(0812) 3456.7890"])
def test_one_number_is_one_number(typed: str) -> None:
    assert phones.e164(typed) == "+6281234567890"


@pytest.mark.parametrize("typed", ["", "12", "+", "0", "+620812345678", "0812x", "\u0660812345678", "+62" + "1" * 13])
def test_what_is_no_number_is_none(typed: str) -> None:
    assert phones.e164(typed) is None


@given(st.text(max_size=20))
def test_what_is_kept_is_kept_as_it_is(typed: str) -> None:
    if (number := phones.e164(typed)) is not None:
        assert phones.e164(number) == number
