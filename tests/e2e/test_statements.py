"""What an order asks of the databases, from the cart to the cash: counted by PostgreSQL, by service."""

from __future__ import annotations

import os

import pytest

from infra.bench.statements import CEILINGS, above, measure
from tests.e2e.installation import Installation


@pytest.mark.skipif("WLIJO_E2E_STACK" in os.environ, reason="there PostgreSQL's log is the container's")
async def test_an_orders_life_asks_no_more_than_is_stated(platform: Installation) -> None:
    """Its control, that more is seen: `tests/unit/infra/bench/test_statements.py`.

    How events fall together and how often a company is told again is the machine's: it adds to a round and never takes away. What an
    order asks by itself is in every round, so the least of three holds.
    """
    for _ in range(3):
        found = await measure(platform, 4, every_s=0.5, idle_s=5)
        counts = found.by_service()
        if not (too_many := above(found, CEILINGS)):
            break
    assert too_many == {}, counts
    # All were heard and counted; who gathers asks so little that what is asked at rest is more.
    heard = {process.partition("-")[0] for process, step in found.statements if step.startswith("hear ")}
    assert heard >= {*CEILINGS}, found.statements
    assert all(counts[name] > 1 for name in ("catalog", "delivery", "ordering")), counts
