"""A short run of the chaos: an installation of its own under load, the faults that differ most, and the verdict over all that was said."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.slow.chaos.faults import FAULTS, SHORT
from tests.slow.chaos.history import What
from tests.slow.chaos.run import Plan, run


@pytest.mark.timeout(1500)  # a search for a rider lasts ten minutes
async def test_whatever_is_killed_frozen_or_lost_no_order_is_lost_or_served_twice(tmp_path: Path) -> None:
    said: list[str] = []
    plan = Plan(seed=1, orders=60, faults=[FAULTS[name] for name in SHORT], buyers=4)
    result = await run(plan, tmp_path, said.append)
    told = "\n".join([*said, *result.lines()])
    assert result.violations == [], told
    assert [each.name for each in result.damage.struck] == list(SHORT), told
    assert result.acknowledged >= 60, told
    assert all(order.status in ("COMPLETED", "CANCELLED") for order in result.evidence.orders), told
    assert any(order.status == "COMPLETED" for order in result.evidence.orders), told
    lines = (tmp_path / "history.jsonl").read_text().splitlines()
    assert sum(f'"what": "{What.OK}"' in line for line in lines) >= result.acknowledged
