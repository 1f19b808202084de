"""Numbers of licences are kept as their authority gives them, however they are typed; what is none is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.domain.licence_number import (
    MAX_CHARACTERS,
    REGENCY,
    NumberIsForeign,
    NumberIsInvalid,
    checked,
    ends_in,
)
from services.contracts.licences import LicenceKind

K = LicenceKind
GOOD = {
    K.NIB: "9120001234567",
    K.PIRT: "2063508010012-31",
    K.HALAL: "ID31110003706120523",
    K.BPOM_MD: "MD867031418049",
    K.QRIS_NMID: "ID1020012345678",
}
_DIGITS = st.text("0123456789")


@st.composite
def pirts(draw: st.DrawFn) -> str:
    def some(count: int) -> str:
        return draw(st.text("0123456789", min_size=count, max_size=count))

    return f"{draw(st.integers(1, 8))}{some(2)}{REGENCY}{some(6)}-{some(2)}"


@pytest.mark.parametrize("kind", K)
def test_what_is_kept_is_kept_again(kind: LicenceKind) -> None:
    assert checked(kind, GOOD[kind], at="number") == GOOD[kind]


@pytest.mark.parametrize("kind", K)
@pytest.mark.parametrize("other", K)
def test_a_number_is_of_one_kind(kind: LicenceKind, other: LicenceKind) -> None:
    if kind is not other:
        with pytest.raises(NumberIsInvalid) as refused:
            checked(kind, GOOD[other], at="input.number")
        assert (refused.value.field, refused.value.kind) == ("input.number", kind)


@given(
    pirts(),
    st.sampled_from(["", " ", ".", "\t"]),
    st.sampled_from(["", "P-IRT ", "PIRT: ", "p-irt "]),
)
def test_however_a_pirt_is_typed(number: str, between: str, before: str) -> None:
    typed = before + between.join(number)
    assert checked(K.PIRT, typed[:MAX_CHARACTERS], at="number") == number
    assert checked(K.PIRT, number.replace("-", ""), at="number") == number
    assert ends_in(K.PIRT, number) == 2000 + int(number[-2:])


@given(pirts(), st.integers(0, 9_999))
def test_another_regencys_pirt_is_told_apart(number: str, regency: int) -> None:
    foreign = f"{number[:3]}{regency:04}{number[7:]}"
    if foreign[3:7] == REGENCY:
        assert checked(K.PIRT, foreign, at="number") == number
    else:
        with pytest.raises(NumberIsForeign):
            checked(K.PIRT, foreign, at="number")


@given(st.sampled_from(list(K)), st.text(max_size=80))
def test_any_text_is_refused_or_kept_stable(kind: LicenceKind, text: str) -> None:
    try:
        kept = checked(kind, text, at="number")
    except (NumberIsInvalid, NumberIsForeign):
        return
    assert kept.isascii()
    assert 13 <= len(kept) <= 20
    assert checked(kind, kept, at="number") == kept


@given(st.sampled_from(list(K)), _DIGITS.filter(lambda digits: len(digits) not in (13, 15)))
def test_digits_of_another_length_are_no_number(kind: LicenceKind, digits: str) -> None:
    with pytest.raises(NumberIsInvalid):
        checked(kind, digits, at="number")


@pytest.mark.parametrize(
    ("kind", "typed"),
    [
        (K.NIB, "912000123456"),
        (K.NIB, "91200012345678"),
        (K.NIB, "٩١٢٠٠٠١٢٣٤٥٦٧"),
        (K.NIB, "9120001234567; DROP TABLE licence"),
        (K.PIRT, "9063508010012-31"),
        (K.PIRT, "0063508010012-31"),
        (K.PIRT, "2063508010012-1"),
        (K.PIRT, "2063508010012--31"),
        (K.HALAL, "31110003706120523"),
        (K.HALAL, "ID3111000370612052"),
        (K.BPOM_MD, "ML867031418049"),
        (K.BPOM_MD, "MD8670314180491"),
        (K.QRIS_NMID, "ID102001234567"),
        (K.QRIS_NMID, "<b>ID1020012345678</b>"),
    ],
)
def test_what_is_no_number(kind: LicenceKind, typed: str) -> None:
    with pytest.raises(NumberIsInvalid):
        checked(kind, typed, at="number")


def test_wide_digits_are_digits() -> None:
    assert checked(K.NIB, "９１２０００１２３４５６７", at="number") == GOOD[K.NIB]


def test_only_a_pirt_says_its_end() -> None:
    assert [kind for kind in K if ends_in(kind, GOOD[kind]) is not None] == [K.PIRT]
