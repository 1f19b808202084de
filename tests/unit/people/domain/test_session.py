"""Sessions: how long they last, and what their tokens are."""

from __future__ import annotations

import pytest

from services.contracts.people import PersonId, StaffRole
from services.people.domain import session
from services.people.domain.ids import SessionId
from services.people.domain.session import Lasting, SessionHasEnded


def test_a_silent_number_has_no_session_left() -> None:
    with pytest.raises(ValueError, match="NUMBER_SILENT_DAYS"):
        Lasting(idle_days=60, silent_days=60)
    assert Lasting(idle_days=60, silent_days=61).silent_days == 61


def test_a_refresh_token_is_its_own_and_is_kept_as_a_digest() -> None:
    one, other = session.refresh_token(), session.refresh_token()
    assert session.digest(one) != session.digest(other)
    assert session.digest(one) == session.digest(one)


@pytest.mark.parametrize(
    "shown",
    ["", "wrt_", "é" * 47, session.refresh_token() + "x", session.refresh_token()[4:]],
    ids=["nothing", "the kind alone", "no ASCII", "one too long", "without the kind"],
)
def test_what_is_none_is_over(shown: str) -> None:
    with pytest.raises(SessionHasEnded):
        session.digest(shown)


def test_a_token_says_staff_roles_and_what_everybody_is() -> None:
    person, of = PersonId.new(), SessionId.new()
    assert session.claims(person, of, [], 1_000) == {
        "sub": str(person),
        "sid": str(of),
        "roles": ["buyer", "merchant"],
        "iat": 1_000,
        "exp": 1_900,
    }
    assert session.claims(person, of, [StaffRole.OPS, StaffRole.OFFICER], 0)["roles"] == [
        "buyer", "merchant", "officer", "ops",
    ]  # fmt: skip
