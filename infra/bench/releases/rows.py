"""What is measured of one release: CPU by process, and what an order asks of the database."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import aiohttp

from infra.bench import statements
from infra.bench.rest import burnt
from infra.bench.statements import buyers_of, ended, place
from tests.e2e.caller import FOLLOW, HOME, ORDER, SET, Buyer, calling
from tests.e2e.installation import Installation

ORDERS_LIFE, FOLLOWER = "an order's whole life", "one follower of an order"
ORDER_PAGE, CART_LINE, STOREFRONT = "order page", "set a cart line", "storefront, 20 products"
CATALOG, CATALOGS_DATABASE = "50 products x 12 fields, catalog-api", "50 products x 12 fields, database"
STATEMENTS, TRANSACTIONS, FLUSHES = "statements of an order", "its transactions", "its flushes of the log"
REST = "at rest, a second"

_STOREFRONT = """query Storefront($point: PointInput!) { productsNear(point: $point, first: 20) { edges { distanceM node {
    id name merchant { id name openNow } variants { id label price priceBasis available } } } } }"""
_FIFTY = """query Fifty($point: PointInput!) { productsNear(point: $point, first: 50) { edges { cursor distanceM node {
    id name description status originDesaCode keepsForS category { code name } merchant { id name } } } } }"""
_QUIET_S: Final = 15.0
"""Seconds until nothing of orders goes on: processes read quickly for ten after the last event, and insight gathers for three."""


@dataclass(frozen=True, slots=True)
class Size:
    orders: int = 150
    requests: int = 300
    idle_s: float = 20.0
    counted: int = 20
    """Orders whose statements are counted: the counts hold for few of them."""


Spent = Mapping[str, float]
"""Milliseconds of CPU, or a count, by process."""


def each_ms(found: Spent, rest: Spent, seconds: float, times: int) -> dict[str, float]:
    """Milliseconds by process of one of so many, from ms/s while they were done and at rest."""
    return {role: (spent - rest.get(role, 0.0)) * seconds / times for role, spent in found.items()}


def beyond(more: Spent, less: Spent) -> dict[str, float]:
    return {role: more.get(role, 0.0) - less.get(role, 0.0) for role in {**more, **less}}


class _Measured:
    def __init__(self, platform: Installation, kind: type[Buyer]) -> None:
        self._platform = platform
        self._kind = kind
        self.rest: Spent = {}

    async def burns(self, work: Callable[[], Awaitable[None]]) -> tuple[dict[str, float], float]:
        """Milliseconds a second by process while that is done, and how many seconds it took."""
        before, began = self._platform.cpu_s(), time.monotonic()
        await work()
        seconds = time.monotonic() - began
        return burnt(before, self._platform.cpu_s(), seconds), seconds

    async def each(self, work: Callable[[], Awaitable[None]], times: int) -> dict[str, float]:
        found, seconds = await self.burns(work)
        return each_ms(found, self.rest, seconds, times)

    @asynccontextmanager
    async def buyer(self, url: str, token: str | None) -> AsyncIterator[Buyer]:
        """With a connection of its own: one that was kept open is closed by the gateway after a while without requests."""
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session:
            yield self._kind(url, token, session)

    async def requests(
        self, size: Size, url: str, token: str | None, ask: Callable[[Buyer, int], Awaitable[object]]
    ) -> dict[str, float]:
        """One after the other, so that the gateway merges none; the first ones, for which there are plans to be made, are not counted."""
        async with self.buyer(url, token) as buyer:

            async def several(first: int, count: int) -> None:
                for number in range(first, first + count):
                    await ask(buyer, number)

            await several(0, 20)
            return await self.each(lambda: several(20, size.requests), size.requests)


async def measure(platform: Installation, size: Size, kind: type[Buyer] = Buyer) -> dict[str, Spent]:
    """Rows by name."""
    await platform.whole()
    measured = _Measured(platform, kind)
    rows: dict[str, Spent] = {}
    async with calling(platform, "buyer") as finder:
        variant = (await finder.find("bayam", "ikat", 2 * size.orders + size.counted + 10))["id"]
        known = await buyers_of(platform, finder, 2 * size.orders + 2, kind)
        warm, first, second = known[:2], known[2 : 2 + size.orders], known[2 + size.orders :]
        warmed = [await place(variant, *each) for each in warm]
        await ended(platform, warmed)
        owner = warm[0][0].token

        await asyncio.sleep(_QUIET_S)
        measured.rest, _ = await measured.burns(lambda: asyncio.sleep(size.idle_s))
        rows[REST] = measured.rest

        rows[ORDER_PAGE] = await measured.requests(
            size, platform.url, owner, lambda buyer, _: buyer.data(ORDER, id=warmed[0])
        )
        rows[CART_LINE] = await measured.requests(
            size, platform.url, owner, lambda buyer, number: buyer.done(SET, variant=variant, quantity=1 + number % 2)
        )
        rows[STOREFRONT] = await measured.requests(
            size, platform.url, None, lambda buyer, _: buyer.data(_STOREFRONT, point=HOME)
        )
        fifty = await measured.requests(
            size, platform.api_url("catalog"), None, lambda buyer, _: buyer.data(_FIFTY, point=HOME)
        )
        rows[CATALOG] = {"catalog-api": fifty["catalog-api"]}
        rows[CATALOGS_DATABASE] = {"postgres": fifty["postgres"]}

    async def lives(some: Sequence[tuple[Buyer, dict[str, Any]]], follows: bool) -> None:
        placed, following = [], []
        for buyer, contact in some:
            order = await place(variant, buyer, contact)
            if follows:
                following.append(asyncio.create_task(_follow(buyer, order)))
            placed.append(order)
        await ended(platform, placed)
        await asyncio.gather(*following)

    for name, some, follows in ((ORDERS_LIFE, first, False), (FOLLOWER, second, True)):
        async with aiohttp.ClientSession() as session:
            for buyer, _ in some:
                buyer.session = session
            rows[name] = await measured.each(partial(lives, some, follows), size.orders)
        await asyncio.sleep(_QUIET_S)
    rows[FOLLOWER] = beyond(rows[FOLLOWER], rows[ORDERS_LIFE])

    counted = await statements.measure(platform, size.counted, kind=kind)
    rows[STATEMENTS] = counted.by_process(counted.statements)
    rows[TRANSACTIONS] = counted.by_process(counted.transactions)
    rows[FLUSHES] = {"postgres": counted.flushes}
    return rows


async def _follow(buyer: Buyer, order: str) -> None:
    async for seen in buyer.follow(FOLLOW, id=order):
        if seen["status"] in ("COMPLETED", "CANCELLED"):
            return
