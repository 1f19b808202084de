"""No certificate covers a name that none is given to; what a good's status is follows from few facts."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.catalog.domain.halal import EXCEPTED, FORBIDDEN, HalalStatus, is_certifiable, status


@pytest.mark.parametrize(
    "name", ["Coffee Wine", "COFFEE WINE 250 g", "Kopi (wine)", "Ginger beer", "Mie setan", "Es tuyul", "Bir\tjahe"]
)
def test_names_without_a_certificate(name: str) -> None:
    assert not is_certifiable(name)


@pytest.mark.parametrize(
    "name", ["Kopi fermentasi", "Winedo", "Bir pletok", "BIR  PLETOK", "Birahi", "Keripik hamster", "Jahe merah"]
)
def test_names_with_one(name: str) -> None:
    assert is_certifiable(name)


@given(st.sampled_from(FORBIDDEN), st.sampled_from(EXCEPTED), st.sampled_from([" ", ", ", "-", "  "]))
def test_an_exception_excepts_itself_alone(word: str, phrase: str, between: str) -> None:
    assert is_certifiable(phrase)
    assert not is_certifiable(f"{phrase}{between}{word}")
    assert not is_certifiable(f"{word}{between}{phrase}")
    assert is_certifiable(f"x{word}x")


@pytest.mark.parametrize(
    ("required", "declared", "certified", "waits"),
    list(product([False, True], repeat=4)),
    ids=lambda each: str(each)[0],
)
def test_what_it_is(required: bool, declared: bool, certified: bool, waits: bool) -> None:
    facts = {"required": required, "declared": declared, "certified": certified, "waits": waits}
    named = status("Coffee Wine", **facts)
    assert named is not HalalStatus.CERTIFIED
    assert (named is HalalStatus.NOT_CERTIFIABLE_NAME) == (required or declared)
    found = status("Keripik pisang", **facts)
    assert (found is HalalStatus.NOT_HALAL) == declared
    assert (found is HalalStatus.CERTIFIED) == (certified and not declared)
    assert (found is HalalStatus.NOT_REQUIRED) == (not (required or declared or certified))
    assert (found is HalalStatus.PENDING) == (required and waits and not certified and not declared)
