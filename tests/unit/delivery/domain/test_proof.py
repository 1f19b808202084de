from __future__ import annotations

from datetime import date

import pytest

from services.contracts.delivery import FailureCode, ProofKind
from services.contracts.proofs import ProofWhen
from services.delivery.domain.proof import (
    Awaiting,
    DropoffWish,
    PhotoWhen,
    ProofRule,
    accepted,
    accepts,
    caused_by,
    proven_by,
)


def a_rule(photo: PhotoWhen = PhotoWhen.UNREACHABLE, *, signature: bool = True, cash: int = 500_000) -> ProofRule:
    return ProofRule("P-1", date(2026, 1, 1), "tests", photo, signature, cash)


def kinds(trip: Awaiting) -> dict[ProofKind, ProofWhen]:
    return {each.kind: each.when for each in accepted(trip)}


def test_without_a_rule_and_by_the_buyers_wish_it_is_the_pin_alone() -> None:
    assert kinds(Awaiting(0, None, DropoffWish.LEAVE_AT_DOOR, None)) == {ProofKind.PIN: ProofWhen.ALWAYS}
    assert kinds(Awaiting(0, None, DropoffWish.PIN_ONLY, a_rule())) == {ProofKind.PIN: ProofWhen.ALWAYS}


@pytest.mark.parametrize(
    ("photo", "wish", "when"),
    [
        (PhotoWhen.NEVER, DropoffWish.LEAVE_AT_DOOR, None),
        (PhotoWhen.WISHED, None, None),
        (PhotoWhen.WISHED, DropoffWish.LEAVE_AT_DOOR, ProofWhen.ALWAYS),
        (PhotoWhen.UNREACHABLE, None, ProofWhen.UNREACHABLE),
        (PhotoWhen.UNREACHABLE, DropoffWish.LEAVE_AT_DOOR, ProofWhen.ALWAYS),
    ],
)
def test_a_photo_is_accepted_by_wish_or_of_the_unreachable(
    photo: PhotoWhen, wish: DropoffWish | None, when: ProofWhen | None
) -> None:
    assert kinds(Awaiting(0, None, wish, a_rule(photo))).get(ProofKind.PHOTO) is when
    assert ProofKind.PHOTO not in kinds(Awaiting(1, None, wish, a_rule(photo)))  # never with cash


@pytest.mark.parametrize("failure", [None, *FailureCode])
def test_of_the_unreachable_alone_a_photo_is_accepted_and_then_only(failure: FailureCode | None) -> None:
    trip = Awaiting(0, failure, None, a_rule())
    assert accepts(trip, ProofKind.PHOTO) is (failure is FailureCode.BUYER_UNREACHABLE)


def test_a_signature_is_taken_up_to_a_sum() -> None:
    assert accepts(Awaiting(500_000, None, None, a_rule()), ProofKind.SIGNATURE)
    assert not accepts(Awaiting(500_001, None, None, a_rule()), ProofKind.SIGNATURE)
    assert not accepts(Awaiting(0, None, None, a_rule(signature=False)), ProofKind.SIGNATURE)


@pytest.mark.parametrize("kind", [ProofKind.PIN, ProofKind.PHOTO, ProofKind.SIGNATURE])
def test_a_history_says_by_what_it_was_proven(kind: ProofKind) -> None:
    assert proven_by(caused_by(kind)) is kind


def test_what_a_person_ended_and_what_nobody_said() -> None:
    assert (proven_by("OPS_DELIVERED"), proven_by("?")) == (ProofKind.STAFF, None)
