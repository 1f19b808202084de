from __future__ import annotations

from typing import Any

import pytest

from infra.bench.releases import rows
from infra.bench.releases.__main__ import STATED, report
from infra.bench.releases.earlier import EarlierBuyer
from infra.bench.releases.rows import beyond, each_ms
from tests.e2e.caller import ORDER


def test_of_what_was_burnt_rest_is_taken_off_and_the_remainder_shared() -> None:
    assert each_ms({"gateway": 30.0, "broker": 20.0, "new": 5.0}, {"gateway": 10.0, "broker": 25.0}, 10.0, 100) == {
        "gateway": 2.0,
        "broker": -0.5,
        "new": 0.5,
    }


def test_a_row_beyond_another_has_all_their_processes() -> None:
    assert beyond({"gateway": 3.0, "web": 1.0}, {"gateway": 1.0, "broker": 2.0}) == {
        "gateway": 2.0,
        "web": 1.0,
        "broker": -2.0,
    }


def found(of: float) -> dict[str, dict[str, float]]:
    return {name: {"gateway": of * 0.75, "broker": of * 0.245, "web": of * 0.005} for name in STATED}


def test_each_row_stands_beside_the_earlier_release_and_the_goal_and_says_where_it_goes() -> None:
    lines = {
        line.strip().split("  ")[0]: line.split()
        for line in report({**found(30.0), rows.REST: {"broker": 80.0}}, found(60.0))
    }
    assert lines[rows.ORDERS_LIFE][-6:] == ["183.0", "60.0", "30.0", "0.50", "60.0", "0.50"]
    assert lines[rows.REST][-4:] == ["80.0", "1.33", "40.0", "2.00"]
    assert lines["gateway"][1:] == ["45.0", "0.0", "0%"]  # of the last row, in which only the earlier one had it
    assert "web" not in lines


def test_alone_it_stands_beside_what_was_stated() -> None:
    first = next(line for line in report(found(91.5), None) if line.startswith(rows.ORDERS_LIFE))
    assert first.split()[-6:] == ["183.0", "—", "91.5", "0.50", "60.0", "1.52"]


async def test_the_earlier_release_is_asked_in_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    async def ask(_: object, query: str, **variables: Any) -> Any:
        asked.append(query)
        return {"__typename": "Problem", "code": "NOT_FOUND"}

    monkeypatch.setattr("tests.e2e.caller.Buyer.data", ask)
    buyer = EarlierBuyer("", None, None)  # type: ignore[arg-type]
    await buyer.data(ORDER, id="ord_1")
    assert "quantityText" in ORDER
    assert "unitLabel" in asked[0]
    with pytest.raises(AssertionError, match="NOT_FOUND"):
        await buyer.done(ORDER, id="ord_1")
