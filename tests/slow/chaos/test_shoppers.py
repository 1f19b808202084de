"""What buyers meet is counted, whatever they asked: also by whom no order was placed that could be refused."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path
from typing import Any, cast

import aiohttp

from infra.local.free_ports import free_port
from tests.e2e.caller import Buyer
from tests.slow.chaos.history import History
from tests.slow.chaos.shoppers import Market, _Person
from tests.worlds.waiting import until


async def test_who_comes_to_no_cart_is_counted_though_no_order_is_in_the_history(tmp_path: Path) -> None:
    async with aiohttp.ClientSession() as session:
        market = Market(cast(Any, None), History(tmp_path / "history"), session, [{"id": "v", "quantity": 1}], 1)
        market.open.set()
        nobody = Buyer(f"http://127.0.0.1:{free_port()}", "token", session)
        shopping = asyncio.create_task(_Person(market, nobody, "buyer", random.Random(1)).shop())

        async def refused() -> bool:
            return len(market.unanswered) >= 3

        await until(refused)
        market.stop.set()
        await shopping
    assert set(market.unanswered) == {"ClientConnectorError"}
    assert market.history.calls == []
