"""python -m infra.bench.first_order: what placing and following an order costs, beside the cheapest authenticated query in the same run.

An embedded installation of its own, robots included; figures of one machine, to be read as ratios and orders of size.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from services.contracts.ordering import OrderId
from tests.e2e.caller import PLACE, Buyer, calling, new_key
from tests.e2e.installation import Installation

_ME = "{ me { id } }"
_VERSIONS = "subscription Versions($id: ID!) { orderChanged(id: $id) { version status delivery { status } } }"


async def _place(platform: Installation, orders: int) -> tuple[list[float], list[float], list[str], list[Buyer]]:
    """Seconds of each placeOrder and of each cheapest query, one after the other in turn; the orders and their buyers."""
    placed_s, query_s, ids, buyers = [], [], [], []
    async with calling(platform, "buyer") as finder:
        variant = (await finder.find("bayam", "ikat"))["id"]
        for number in range(orders + 5):
            buyer = Buyer(platform.url, platform.token("buyer", f"bench|{new_key()}"), finder.session)
            wanted = await buyer.order_input((variant, 1))
            began = time.perf_counter()
            answer = await buyer.data(PLACE, input=wanted, key=new_key())
            between = time.perf_counter()
            await buyer.data(_ME)
            ended = time.perf_counter()
            if answer["problems"]:
                raise SystemExit(f"an order was refused: {answer}")
            if number >= 5:  # the first ones warm caches and connections
                placed_s.append(between - began)
                query_s.append(ended - between)
            ids.append(answer["order"]["id"])
            buyers.append(buyer)
    return placed_s, query_s, ids, buyers


async def _follow(platform: Installation, orders: int) -> list[float]:
    """Seconds from a change's time in the database to its message at the client, through gateway and two services."""
    late_s: list[float] = []
    async with calling(platform, "buyer") as finder:
        variant = (await finder.find("bayam", "ikat"))["id"]

        async def one() -> None:
            buyer = Buyer(platform.url, platform.token("buyer", f"bench|{new_key()}"), finder.session)
            placed = await buyer.place((variant, 1))
            seen: dict[int, float] = {}
            async for message in buyer.follow(_VERSIONS, id=placed["id"]):
                seen[message["version"]] = time.time()
                if message["status"] in ("COMPLETED", "CANCELLED"):
                    break
            rows = await platform.fetch(
                "ordering", "SELECT version, at FROM order_history WHERE order_id = $1", OrderId.parse(placed["id"])
            )
            at: dict[int, datetime] = {row["version"]: row["at"] for row in rows}
            first = min(seen)
            late_s.extend(
                arrived - at[version].timestamp()
                for version, arrived in seen.items()
                if version in at and version > first
            )

        for _ in range(orders // 4):
            await asyncio.gather(*(one() for _ in range(4)))
    return late_s


def _line(name: str, seconds: list[float]) -> str:
    ordered = sorted(seconds)
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return f"{name:52}{statistics.median(ordered) * 1000:9.1f} ms{p99 * 1000:9.1f} ms{len(ordered):7}"


async def _run(platform: Installation, orders: int) -> None:
    before = sum(platform.cpu_s().values())
    placed_s, query_s, ids, buyers = await _place(platform, orders)
    for order, buyer in zip(ids, buyers, strict=True):
        async with calling(platform, "buyer") as fresh:
            await Buyer(buyer.url, buyer.token, fresh.session).until(order, "COMPLETED", "CANCELLED")
    cpu_s = (sum(platform.cpu_s().values()) - before) / len(ids)
    late_s = await _follow(platform, max(orders // 2, 4))
    print(f"{'':52}{'p50':>12}{'p99':>12}{'n':>7}")
    print(_line("placeOrder, answer through the gateway", placed_s))
    print(_line("the cheapest authenticated query (me { id })", query_s))
    print(_line("an order's change -> subscription message", late_s))
    print(
        f"placeOrder takes {statistics.median(placed_s) / statistics.median(query_s):.1f} times the cheapest query (p50)"
    )
    print(f"CPU of all processes per order, from cart to cash: {cpu_s * 1000:.0f} ms")


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=100)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="wlijo-bench-") as folder:
        platform = Installation.at(Path(folder))
        try:
            platform.up()
            asyncio.run(_run(platform, asked.orders))
        finally:
            platform.down()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
