"""What processes burn at rest: by what they had used before, the largest first."""

from __future__ import annotations

import pytest

from infra.bench.rest import burnt, report


def test_what_was_used_before_is_no_part_of_it() -> None:
    found = burnt({"broker": 10.0, "web": 1.0}, {"web": 1.1, "broker": 12.0}, 20.0)
    assert found == pytest.approx({"broker": 100.0, "web": 5.0})
    assert list(found) == ["broker", "web"]


def test_one_that_was_started_anew_counts_from_its_start() -> None:
    assert burnt({"web": 9.0}, {"web": 0.5, "new": 0.1}, 10.0) == pytest.approx({"web": 50.0, "new": 10.0})


def test_all_together_stand_beside_the_goal() -> None:
    assert list(report({"broker": 60.0, "web": 20.0}))[-1] == ("all", "80.0 ms/s", "goal 40: x 2.0")
    assert list(report({"web": 0.0})) == [("web", "0.0 ms/s", ""), ("all", "0.0 ms/s", "goal 40: x 0.0")]
