"""What a text that people agree to may be."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.people.domain.consent import LONGEST_TEXT, TextIsNone, check_next, text


def test_lines_and_paragraphs_are_kept_and_blanks_around_them_are_not() -> None:
    assert text("\n\n Syarat  Wlijo \r\n\r\n1. Tunai.\n\n\n") == "Syarat Wlijo\n\n1. Tunai."


@given(st.text())
def test_what_is_kept_stays_as_it_is(given: str) -> None:
    try:
        kept = text(given)
    except TextIsNone:
        return
    assert text(kept) == kept
    assert 1 <= len(kept) <= LONGEST_TEXT


@pytest.mark.parametrize("given", ["", " \n ", "a\x00b", "a\u202eb", "x" * 5_001, "x\n" * 50_001])
def test_what_cannot_be_read_is_none(given: str) -> None:
    with pytest.raises(TextIsNone):
        text(given)


@pytest.mark.parametrize(("version", "newest"), [(1, 0), (2, 1), (1, 1)])
def test_the_next_version_may_come_and_another_language_of_one_that_is_there(version: int, newest: int) -> None:
    check_next(version, newest)


@pytest.mark.parametrize(("version", "newest"), [(0, 0), (2, 0), (4, 2)])
def test_no_version_is_left_out(version: int, newest: int) -> None:
    with pytest.raises(TextIsNone):
        check_next(version, newest)
