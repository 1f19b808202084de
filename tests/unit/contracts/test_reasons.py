"""Reason codes: one truth in the code, the docs, and what follows from a failed trip."""

from __future__ import annotations

from pathlib import Path

from services.contracts.delivery import FailureCode
from services.contracts.ordering import BorneBy
from services.contracts.reasons import OF_FAILURE, REASONS, ReasonCode, Use, as_table, usable

DOCS = Path(__file__).parents[3] / "docs" / "reasons.md"


def test_every_code_has_its_reason_and_the_docs_say_the_same() -> None:
    assert set(REASONS) == set(ReasonCode)
    lines = DOCS.read_text("utf-8").splitlines()
    assert [line for line in lines if line.startswith("|")] == as_table()


def test_every_failure_of_a_trip_is_one_of_them() -> None:
    assert set(OF_FAILURE) == set(FailureCode)
    assert all(Use.FAILED_TRIP in REASONS[each].uses for each in OF_FAILURE.values())


def test_every_code_is_for_something_and_a_claim_is_never_borne_by_its_buyer() -> None:
    assert all(reason.uses for reason in REASONS.values())
    assert BorneBy.BUYER not in {REASONS[each].borne_by for each in usable(Use.CLAIM)}
    assert {REASONS[each].borne_by for each in usable(Use.REFUSAL)} == {BorneBy.MERCHANT}


def test_numbers_of_ondc_are_used_once() -> None:
    numbers = [each.ondc for each in REASONS.values() if each.ondc]
    assert len(numbers) == len(set(numbers))
