"""Whether a curve stays as it is: what grows is found, ups and downs are not, and what fills up is held against its container."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.compose import curve
from tests.compose.curve import Sample

ALLOWED = {"postgres": 768.0, "kafka": 768.0}


def samples(count: int = 24, *, mib: float = 0.0, waiting: int = 0, buffers: float = 0.0) -> list[Sample]:
    """Flat but for what is said: so much more with each sample. Each has its ups and downs."""
    return [
        Sample(
            at_s=60.0 * n,
            placed=10 * n,
            ended=10 * n,
            waiting=5 + n % 4 + waiting * n,
            memory={"ordering-api": 90.0 + n % 3 + mib * n, "postgres": 200.0 + buffers * n, "kafka": 400.0},
            disk={"ordering": 20.0 + 0.25 * n, "archive": 1.0},
        )
        for n in range(count)
    ]


def test_what_has_its_ups_and_downs_is_flat() -> None:
    assert list(curve.wrong(samples(), ALLOWED)) == []


def test_what_grows_is_named() -> None:
    (said,) = curve.wrong(samples(mib=1.0), ALLOWED)
    assert said.startswith("ordering-api grows")


def test_a_backlog_that_grows_is_named() -> None:
    (said,) = curve.wrong(samples(waiting=20), ALLOWED)
    assert said.startswith("what waits grows")


def test_what_fills_up_may_until_its_container_is_full() -> None:
    assert list(curve.wrong(samples(buffers=10), ALLOWED)) == []
    (said,) = curve.wrong(samples(buffers=30), ALLOWED)
    assert "of the 768" in said


def test_one_that_is_away_for_a_moment_has_not_grown() -> None:
    known = samples()
    known[3] = Sample(180.0, 30, 30, 6, {"ordering-api": 0.0, "postgres": 200.0, "kafka": 400.0}, known[3].disk)
    assert list(curve.wrong(known, ALLOWED)) == []


def test_too_few_are_no_curve() -> None:
    with pytest.raises(ValueError, match="no curve"):
        list(curve.wrong(samples(7), ALLOWED))


def test_what_an_order_leaves_is_between_first_and_last() -> None:
    assert curve.per_order_kb(samples()) == {"ordering": pytest.approx(25.6), "archive": 0.0}


def test_it_is_kept_whole(tmp_path: Path) -> None:
    file = tmp_path / "soak.csv"
    curve.keep(samples(8), file)
    with file.open(encoding="utf-8", newline="") as opened:
        rows = list(csv.DictReader(opened))
    assert [row["seconds"] for row in rows] == ["0", "60", "120", "180", "240", "300", "360", "420"]
    assert rows[7]["memory ordering-api"] == "91.0"
    assert rows[7]["disk ordering"] == "21.8"
