"""What `make why` says of orders that really ran through the three services."""

from __future__ import annotations

import asyncio
import json
import re
from typing import Any

import pytest

from tests.e2e.caller import Buyer
from tests.e2e.installation import Installation
from tests.worlds.waiting import until

_VERDICT = re.compile(r"(\d+) events told, (\d+) sent; (\d+) of (\d+) applied where they are heard")


async def _why(platform: Installation, order: str) -> str:
    done = await asyncio.to_thread(platform.verb, "why", ORDER=order)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout


async def _whole(platform: Installation, order: str) -> str:
    """The screen when all that was told has been sent, and applied wherever it is heard."""

    async def settled() -> str | None:
        screen = await _why(platform, order)
        verdict = _VERDICT.search(screen)
        assert verdict, screen
        told, sent, applied, wanted = map(int, verdict.groups())
        return screen if told == sent and applied == wanted else None

    return await until(settled, within_s=60) or ""


async def test_a_completed_order_is_shown_whole_and_by_its_id_the_same(platform: Installation, buyer: Buyer) -> None:
    klengkeng, bayam = await buyer.find("klengkeng", "kg", 1500), await buyer.find("bayam", "ikat", 3)
    placed: dict[str, Any] = await buyer.place((klengkeng["id"], 1500), (bayam["id"], 3))
    await buyer.until(placed["id"], "COMPLETED")
    screen = await _whole(platform, placed["orderCode"])

    rows = screen.splitlines()
    assert rows[0].startswith(f"{placed['orderCode']}   COMPLETED   {placed['id']}")
    assert re.search(r"^  dlv_\w{26}   DELIVERED ", screen, re.MULTILINE)
    assert re.search(r"^  rsv_\w{26}   COMMITTED ", screen, re.MULTILINE)
    assert re.search(r"^  ledger   balanced   ", screen, re.MULTILINE)
    assert re.search(r"partner\.delivered\.v1 +applied", screen)
    assert "live timers   none" in rows
    assert "not applied" not in rows
    for told in ("order_placed.v1", "stock_held.v1", "job_offered.v1", "delivered.v1", "order_completed.v1"):
        assert re.search(rf"^  [\d:.]+(\+1d)?  {told} +\S+ #\d+ +[0-9a-f]{{32}} ", screen, re.MULTILINE), told
    assert max(map(len, rows)) <= 160
    assert "\x1b" not in screen
    for private in ("Pembeli Uji", "081234567890", "Jalan Uji"):
        assert private not in screen

    assert await _why(platform, placed["id"]) == screen


async def test_ops_look_into_an_inbox_with_what_the_home_says(platform: Installation) -> None:
    done = await asyncio.to_thread(platform.verb, "ops", DO="inbox ordering behind --consumer ordering --than ordering")
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {"consumer": "ordering", "than": "ordering", "aggregates_behind": 0}
    done = await asyncio.to_thread(platform.verb, "ops", DO="attention list")
    assert (done.returncode, done.stderr) == (0, "")
    # `replay` reads what the service's worker is told: all of it is there.
    done = await asyncio.to_thread(platform.verb, "ops", DO="inbox delivery replay")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("order", ["LMJ-200101-0001", "ord_01ep341r00e7rr60m52zdkyn8a"])
async def test_an_order_that_never_was_is_one_line(platform: Installation, order: str) -> None:
    done = await asyncio.to_thread(platform.verb, "why", ORDER=order)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", f"there is no order {order}\n")
