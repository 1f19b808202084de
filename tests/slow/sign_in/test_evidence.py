"""The verdict on persons who signed in: it must say so when anything was lost, or good twice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.slow.sign_in.evidence import Stored, Story, violations
from tests.slow.sign_in.persons import Manner

WELL = Stored(codes_used=1, sessions=1, sessions_open=1)


def a_story(**other: object) -> Story:
    return replace(Story("+62851", {"123456": ["t0"]}, 1, {"t0": ["t1"]}), **other)  # type: ignore[arg-type]


def found(story: Story, stored: Stored = WELL) -> list[str]:
    return violations([story], {story.phone: stored})


def test_who_signs_in_and_goes_on_once_is_well() -> None:
    assert found(a_story()) == []
    assert found(a_story(repeated={"t0"}), replace(WELL, sessions_open=0)) == []


def test_what_was_not_answered_may_have_been_done_or_not() -> None:
    twice = a_story(codes={"1": [], "2": ["t0"]}, unclear_codes=1)
    for stored in (Stored(1, 1, 1), Stored(2, 1, 1), Stored(2, 2, 2)):
        assert found(twice, stored) == []
    assert found(twice, Stored(2, 3, 3))
    assert found(a_story(tokens={"t0": []}, unclear_tokens={"t0"}), replace(WELL, sessions_open=0)) == []


@pytest.mark.parametrize(
    ("story", "stored", "said"),
    [
        (a_story(codes={}, tokens={}), Stored(0, 0, 0), "a code was lost"),
        (a_story(codes={"1": []}, tokens={}), Stored(0, 0, 0), "opened nothing"),
        (a_story(codes={"1": ["t0", "t9"]}), Stored(1, 2, 2), "a code opened 2 sessions"),
        (
            a_story(tokens={"t0": ["t1", "t2"]}, repeated={"t0"}),
            replace(WELL, sessions_open=0),
            "good more than once",
        ),
        (a_story(tokens={"t0": []}), WELL, "got nothing"),
        (a_story(repeated={"t0"}), WELL, "goes on whose refresh token was shown twice"),
        (a_story(), replace(WELL, sessions_open=0), "ended by itself"),
        (a_story(), replace(WELL, sessions=2), "2 are stored"),
        (a_story(), replace(WELL, codes_used=2), "2 codes of 1"),
        (a_story(tokens={"t0": ["t0"]}), WELL, "given out twice"),
        (a_story(unclear_codes=1), replace(WELL, sessions=2), "for 2 sessions"),
        (a_story(failed=["signIn said INTERNAL"]), WELL, "INTERNAL"),
    ],
)
def test_each_violation_is_found(story: Story, stored: Stored, said: str) -> None:
    assert any(said in each for each in found(story, stored))


def test_what_is_not_stored_at_all_is_found() -> None:
    assert violations([a_story()], {})


def test_of_a_hundred_some_do_each_thing() -> None:
    manners = [Manner.of(number) for number in range(100)]
    assert Manner() in manners
    for name in ("wrong_first", "code_at_once", "token_at_once"):
        assert any(getattr(each, name) for each in manners)
    assert any(each.code_shown == 2 for each in manners)
    assert any(each.token_shown == 2 and not each.token_at_once for each in manners)
