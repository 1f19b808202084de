"""What goes over a buyer's line, in requests and bytes; the times are printed by infra/bench/slow_line.py."""

from __future__ import annotations

import secrets

from infra.bench.line import Line, Way
from infra.bench.slow_line import ORDER, PAGE, PLACE, known, phone, ready
from tests.e2e.caller import new_key
from tests.e2e.installation import Installation


def quick(platform: Installation) -> Line:
    """It counts, and slows nothing down."""
    return Line(platform.ports.gateway, Way(1e12, 0.0), Way(1e12, 0.0), handshakes=0)


async def test_forty_nine_goods_are_one_request_of_four_kilobytes_heads_and_preflight_included(
    platform: Installation,
) -> None:
    await platform.whole()
    await known(platform)
    async with phone(quick(platform)) as it:
        assert await it.goods(49) == 49
        assert (it.requests, it.line.connections) == (2, 1)  # a browser's OPTIONS is the other
        assert it.line.down.sent <= 4_000


async def test_placing_answers_the_order_page_and_the_order_page_is_one_request(platform: Installation) -> None:
    await platform.whole()
    token, wanted = await ready(platform, f"test|{secrets.token_hex(8)}")
    async with phone(quick(platform), token) as it:
        placed = await it.post(PLACE + PAGE, input=wanted, key=new_key())
        assert placed["problems"] == []
        page = await it.post(ORDER + PAGE, id=placed["order"]["id"])
        assert page.keys() == placed["order"].keys()
        assert (it.requests, it.line.connections) == (2, 1)
        assert it.line.down.sent <= 4_000
