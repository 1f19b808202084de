"""Codes: made of six digits, kept by a keyed digest, and right only for themselves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.secret import Secret
from services.people.domain import code
from services.people.domain.code import CodeIsWrong, Codes, Kept
from services.people.domain.ids import CodeId

CODES = Codes(Secret("a key"))
_CODE = st.from_regex(r"[0-9]{6}", fullmatch=True)


def _kept(sent: str) -> Kept:
    code_id = CodeId.new()
    return Kept(code_id, CODES.digest(code_id, sent))


@given(st.lists(_CODE, max_size=5), _CODE)
def test_a_guess_is_right_when_it_was_sent_and_then_alone(sent: list[str], guess: str) -> None:
    kept = [_kept(each) for each in sent]
    found = CODES.right(guess, kept)
    assert (found is not None) == (guess in sent)
    assert found is None or sent[kept.index(found)] == guess


def test_nothing_is_right_where_nothing_was_sent() -> None:
    assert CODES.right("", []) is None
    assert CODES.right("123456", []) is None
    assert CODES.right("123456", [Kept(CodeId.new(), b"\x00" * 32)]) is None


def test_equal_codes_have_digests_that_say_nothing_of_one_another() -> None:
    one, other = _kept("123456"), _kept("123456")
    assert one.digest != other.digest
    assert Codes(Secret("another")).right("123456", [one]) is None


@given(st.text(max_size=20))
def test_what_is_typed_is_six_digits_or_refused(typed: str) -> None:
    try:
        found = code.typed(typed)
    except CodeIsWrong:
        return
    assert len(found) == 6
    assert found.isascii()
    assert found.isdecimal()


@pytest.mark.parametrize("typed", ["123456", " 123 456", "123-456"])
def test_it_is_typed_as_people_do(typed: str) -> None:
    assert code.typed(typed) == "123456"


def test_codes_are_six_digits_with_the_zeros_in_front() -> None:
    made = {code.made() for _ in range(2_000)}
    assert {len(each) for each in made} == {6}
    assert any(each.startswith("0") for each in made)
    assert len(made) > 1_900
