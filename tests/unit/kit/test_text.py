"""One rule for what people type."""

import unicodedata
from types import SimpleNamespace
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.text import NotText, check_all, line


def test_white_space_is_folded_before_characters_are_counted() -> None:
    assert line("  habis,\n besok\tlagi  ", longest=17) == "habis, besok lagi"
    with pytest.raises(NotText, match="1 to 16"):
        line("habis, besok lagi", longest=16)


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_nothing_is_no_text(text: str) -> None:
    with pytest.raises(NotText):
        line(text, longest=10)


@pytest.mark.parametrize("text", ["a\0b", "a\x1b[31mb", "a\x7fb", "a\ud800b", "\ufdd0", "\U0010ffff", "\ue000"])
def test_characters_that_nobody_can_read_are_refused(text: str) -> None:
    with pytest.raises(NotText, match="control"):
        line(text, longest=10)


UNSEEN = ["\u202e", "\u2066", "\u2069", "\u200e", "\u061c", "\u200b", "\u200c", "\u200d", "\u2060", "\ufeff", "\u00ad", "\u034f",
          "\u115f", "\u3164", "\uffa0", "\u2800", "\ufe0f", "\U000e0041", "\U000e0100", "\u180e", "\ufff9"]  # fmt: skip


@pytest.mark.parametrize("hidden", UNSEEN)
@pytest.mark.parametrize("around", ["{}", "a{}b", "{}kilab", "🙂{}b"])
def test_characters_that_are_not_seen_are_refused(hidden: str, around: str) -> None:
    if hidden == "\ufe0f" and around.startswith("🙂"):
        assert line(around.format(hidden), longest=10) == "🙂\ufe0fb"  # a picture's own selector
        return
    with pytest.raises(NotText, match="not seen"):
        line(around.format(hidden), longest=10)


@pytest.mark.parametrize(
    "text", ["👩‍👩‍👧", "🧑🏽‍🌾", "❤️‍🔥", "#️⃣ 1️⃣", "☎️ 👍🏿", "🇮🇩", "ꦲꦤꦕꦫꦏ", "ســـوق", "Jl. Nº 5 – “Toko”", "é"]
)
def test_emoji_and_the_letters_of_the_world_are_texts(text: str) -> None:
    assert line(text, longest=30) == text


def test_two_ways_to_write_a_letter_are_one_text() -> None:
    assert line("Cafe\u0301", longest=4) == "Café"


def test_what_is_far_too_long_is_refused_before_it_is_composed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Marks in the wrong order are sorted, in a time that grows with the square of their number: 100,000 took 20 s of the loop."""
    composed: list[int] = []

    def normalize(form: Literal["NFC"], text: str) -> str:
        composed.append(len(text))
        return unicodedata.normalize(form, text)

    monkeypatch.setattr(
        "services.kit.text.unicodedata", SimpleNamespace(normalize=normalize, category=unicodedata.category)
    )
    with pytest.raises(NotText, match="1 to 10 characters"):
        line("a" + "\u0301\u0323" * 1_000, longest=10)
    assert max(composed, default=0) <= 40


def test_as_many_letters_fit_when_each_is_written_in_its_parts() -> None:
    assert line(unicodedata.normalize("NFD", "\u1f82" * 10), longest=10) == "\u1f82" * 10
    assert line("a" + " " * 1_000 + "b", longest=10) == "a b"


def test_bytes_are_bounded_too() -> None:
    assert line("🙂" * 15, longest=20) == "🙂" * 15
    with pytest.raises(NotText, match="60 bytes"):
        line("🙂" * 16, longest=20)
    with pytest.raises(NotText, match="8 bytes"):
        line("🙂" * 3, longest=20, most_bytes=8)


@given(st.text())
def test_what_is_accepted_is_in_one_line_and_accepted_again(text: str) -> None:
    try:
        found = line(text, longest=100)
    except NotText:
        return
    assert found.splitlines() == [found]
    assert line(found, longest=100) == found


def test_a_file_is_read_through() -> None:
    check_all({"key": ["Bayam", {"description": "", "price": 3}], "none": None})
    with pytest.raises(NotText, match="Bay"):
        check_all({"key": ["Sawi", {"name": "Bay\u202eam"}]})
