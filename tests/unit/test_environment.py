"""What a test leaves in the environment is found out, and put back."""

from __future__ import annotations

import os

import pytest

from tests.worlds.environment import left_as_it_was


def test_what_is_left_fails_and_is_put_back(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WLIJO_CHANGED", "before")
    monkeypatch.setenv("WLIJO_GONE", "before")
    with pytest.raises(AssertionError, match=r"\['WLIJO_CHANGED', 'WLIJO_GONE', 'WLIJO_NEW'\]"), left_as_it_was():
        os.environ.update({"WLIJO_CHANGED": "after", "WLIJO_NEW": "after"})
        del os.environ["WLIJO_GONE"]
    assert (os.environ["WLIJO_CHANGED"], os.environ["WLIJO_GONE"]) == ("before", "before")
    assert "WLIJO_NEW" not in os.environ


def test_nothing_is_said_of_what_was_put_back() -> None:
    with left_as_it_was(), pytest.MonkeyPatch.context() as within:
        within.setenv("WLIJO_NEW", "after")
