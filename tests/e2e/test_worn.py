"""An embedded broker that is worn is replaced, and no client of the API notices."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.e2e.caller import calling
from tests.e2e.installation import Installation
from tests.worlds import servers
from tests.worlds.waiting import until


@pytest.mark.skipif(servers.is_apache(), reason="a broker with a disk does not wear out, and is not replaced")
async def test_a_worn_broker_is_replaced_and_every_call_meanwhile_is_answered(tmp_path: Path) -> None:
    installation = Installation.at(
        tmp_path / "home", environment={"WORN_AT_BATCHES": "30", "LOOK_AT_WEAR_EVERY_S": "1"}
    )
    await asyncio.to_thread(installation.up)
    try:
        before, api = installation.pid("broker"), installation.pid("ordering-api")
        placed = 0
        while placed < 200 and _broker(installation) in (before, None):
            async with calling(installation, "buyer") as buyer:  # one after another, as each has a limit
                line = (await buyer.find("bayam", "ikat"))["id"], 1
                for _ in range(4):
                    await buyer.place(line)  # fails on any error
                    placed += 1
        assert _broker(installation) not in (before, None), f"not worn by {placed} orders"

        async def all_are_done() -> bool:
            rows = await installation.fetch("ordering", "SELECT status FROM orders")
            return [row["status"] for row in rows] == ["COMPLETED"] * placed

        await until(all_are_done, within_s=150)
        assert installation.pid("ordering-api") == api
        said = (installation.home.path / "logs" / "supervisor.log").read_text()
        assert "the broker is worn out (" in said
    finally:
        await asyncio.to_thread(installation.down)


def _broker(installation: Installation) -> int | None:
    try:
        return installation.pid("broker")
    except AssertionError:
        return None
