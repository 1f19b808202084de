"""What docs/scenarios.md names is there."""

from __future__ import annotations

import re
from pathlib import Path

_ROOT = Path(__file__).parents[2]


def _missing(page: str) -> list[str]:
    named = re.findall(r"`(tests/[\w/]+\.py)::(test_\w+)`", page)
    assert named
    return [
        f"{file}::{test}"
        for file, test in named
        if not (_ROOT / file).is_file() or f"def {test}(" not in (_ROOT / file).read_text("utf-8")
    ]


def test_each_scenario_has_its_test() -> None:
    page = (_ROOT / "docs" / "scenarios.md").read_text("utf-8")
    assert _missing(page) == []
    rows = [row for row in page.splitlines() if row.startswith("|") and "---" not in row and "| test |" not in row]
    assert [row for row in rows if "::test_" not in row] == []


def test_one_that_is_not_there_is_named() -> None:
    assert _missing("`tests/contracts/test_scenarios.py::test_nothing`") == [
        "tests/contracts/test_scenarios.py::test_nothing"
    ]


def test_each_row_of_a_delivery_is_shown() -> None:
    page = (_ROOT / "docs" / "scenarios.md").read_text("utf-8")
    numbers = {int(each) for each in re.findall(r"(?m)^\| (\d+) \|", page)}
    assert set(range(48, 66)) <= numbers
