"""Codes as EMV has them: a sample that was counted by hand, and everything that is not what was asked for."""

from __future__ import annotations

import binascii

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.local.qris import bank
from services.ordering.payments.emv import CodeIsWrong, check, crc, parse

# Counted by hand, tag by tag: format 01, dynamic 12, a merchant account, the category, 360, the amount 69500, ID, name, town.
BY_HAND = (
    "000201" "010212" "2627" "0015ID.CO.WLIJO.WWW" "0104ABCD" "52045411" "5303360" "540569500" "5802ID" "5905WLIJO" "6008LUMAJANG"
)  # fmt: skip


def whole(text: str) -> str:
    """With its sum, by the C library's own CRC-CCITT."""
    return f"{text}6304{binascii.crc_hqx((text + '6304').encode(), 0xFFFF):04X}"


def test_the_sum_is_that_of_the_standard() -> None:
    assert crc("123456789") == "29B1"  # the check value of CRC-16/CCITT-FALSE (reveng's catalogue)


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=99))
def test_the_sum_is_the_same_as_the_librarys(text: str) -> None:
    assert crc(text) == f"{binascii.crc_hqx(text.encode(), 0xFFFF):04X}"


def test_a_code_that_was_counted_by_hand_is_read() -> None:
    tags = parse(whole(BY_HAND))
    assert (tags["54"], tags["53"], tags["58"], tags["60"]) == ("69500", "360", "ID", "LUMAJANG")
    assert tags["26"] == "0015ID.CO.WLIJO.WWW0104ABCD"
    check(whole(BY_HAND), 69_500)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("540569500", "540569600"),
        ("540569500", "540869500.50"),
        ("540569500", "5404-695"),
        ("540569500", ""),
        ("5303360", "5303840"),
        ("5802ID", "5802SG"),
        ("010212", "010211"),
        ("000201", "000202"),
        ("5905WLIJO", "5502015905WLIJO"),
        ("5905WLIJO", "5905WLIJO5905WLIJO"),
    ],
)
def test_another_amount_currency_or_kind_is_not_what_was_asked_for(before: str, after: str) -> None:
    with pytest.raises(CodeIsWrong):
        check(whole(BY_HAND.replace(before, after)), 69_500)


def test_two_decimals_of_nothing_are_the_same_amount() -> None:
    check(whole(BY_HAND.replace("540569500", "540869500.00")), 69_500)


@given(st.integers(0, len(BY_HAND) + 7), st.characters(min_codepoint=32, max_codepoint=126))
def test_a_character_that_was_changed_on_the_way_is_noticed(at: int, other: str) -> None:
    code = whole(BY_HAND)
    if code[at].upper() == other.upper() and at >= len(BY_HAND) + 4:
        return  # the sum in other letters
    if code[at] != other:
        with pytest.raises(CodeIsWrong):
            check(code[:at] + other + code[at + 1 :], 69_500)


@given(st.text(max_size=80))
def test_whatever_else_comes_is_no_code(text: str) -> None:
    with pytest.raises(CodeIsWrong):
        check(text, 69_500)


@given(st.integers(1, 10_000_000), st.integers(0, 10**12 - 1))
def test_the_codes_of_our_own_provider_are_whole(amount: int, number: int) -> None:
    check(bank.code(amount, f"{number:012d}"), amount)
