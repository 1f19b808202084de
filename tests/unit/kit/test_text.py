"""One rule for what people type."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.text import NotText, line


def test_white_space_is_folded_before_characters_are_counted() -> None:
    assert line("  habis,\n besok\tlagi  ", longest=17) == "habis, besok lagi"
    with pytest.raises(NotText, match="1 to 16"):
        line("habis, besok lagi", longest=16)


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_nothing_is_no_text(text: str) -> None:
    with pytest.raises(NotText):
        line(text, longest=10)


@pytest.mark.parametrize("text", ["a\0b", "a\x1b[31mb", "a\x7fb", "a\ud800b"])
def test_characters_that_nobody_can_read_are_refused(text: str) -> None:
    with pytest.raises(NotText, match="control"):
        line(text, longest=10)


@given(st.text())
def test_what_is_accepted_is_in_one_line_and_accepted_again(text: str) -> None:
    try:
        found = line(text, longest=100)
    except NotText:
        return
    assert found.splitlines() == [found]
    assert line(found, longest=100) == found
