"""The honest: what a buyer's page and a buyer's order take while somebody else is careless, or nobody is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Self

import aiohttp

from tests.e2e.caller import HOME, NEAR, SET, Buyer

_CART = "{ me { id cart { id version goodsTotal lines { id quantity total } } } }"
_PAGE_EACH_S, _ORDER_EACH_S = 0.25, 2.0
"""What the platform does easily on two cores, with room beside it: where there is none, whoever comes slows whoever is there."""
_PAUSE_S = 0.02


@dataclass(slots=True)
class Window:
    """What was seen in one stretch of time: seconds of each page and of each order from placing to the cash, and what failed.

    `own_s`: of orders that the careless company itself was asked to ride. They wait behind its own junk, and that is right.
    """

    pages_s: list[float] = field(default_factory=list)
    orders_s: list[float] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    own_s: list[float] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    """Of each of the orders."""

    @classmethod
    def joined(cls, windows: Iterable[Self]) -> Self:
        found = cls()
        for each in windows:
            found.pages_s += each.pages_s
            found.orders_s += each.orders_s
            found.failed += each.failed
            found.own_s += each.own_s
            found.ids += each.ids
        return found

    def set_apart(self, own: Collection[str]) -> None:
        """Orders with these ids are the careless company's own."""
        of_others = [(id_, spent) for id_, spent in zip(self.ids, self.orders_s, strict=True) if id_ not in own]
        self.own_s += [spent for id_, spent in zip(self.ids, self.orders_s, strict=True) if id_ in own]
        self.ids, self.orders_s = [id_ for id_, _ in of_others], [spent for _, spent in of_others]


async def live(window: Window, reader: Buyer, shoppers: list[Buyer], variant: str, seconds: float) -> None:
    """One buyer reads and fills a cart, the others order, for so long; what has begun is finished."""
    ends_at = time.monotonic() + seconds
    async with asyncio.TaskGroup() as group:
        group.create_task(_read(window, reader, variant, ends_at))
        for shopper in shoppers:
            group.create_task(_order(window, shopper, variant, ends_at))


async def _read(window: Window, buyer: Buyer, variant: str, ends_at: float) -> None:
    quantity = 1
    while time.monotonic() < ends_at:
        began = time.perf_counter()
        quantity = 3 - quantity
        try:
            await buyer.data(NEAR, point=HOME, search="bayam")
            await buyer.data(SET, variant=variant, quantity=quantity)
            await buyer.data(_CART)
        except (AssertionError, aiohttp.ClientError, OSError, TimeoutError) as error:
            window.failed.append(f"page: {error!r:.200}")
        else:
            window.pages_s.append(time.perf_counter() - began)
        await asyncio.sleep(max(_PAUSE_S, began + _PAGE_EACH_S - time.perf_counter()))


async def _order(window: Window, buyer: Buyer, variant: str, ends_at: float) -> None:
    contact = await buyer.contact()  # one for all: a buyer keeps so many and no more
    while time.monotonic() < ends_at:
        began = time.perf_counter()
        try:
            placed = await buyer.place((variant, 1), contact=contact)
            last = await buyer.until(placed["id"], "COMPLETED", "CANCELLED")
            if last["status"] != "COMPLETED":
                window.failed.append(f"order: {last['status']} {last['cancellation']}")
        except (AssertionError, aiohttp.ClientError, OSError, TimeoutError) as error:
            window.failed.append(f"order: {error!r:.200}")
        else:
            window.orders_s.append(time.perf_counter() - began)
            window.ids.append(placed["id"])
        await asyncio.sleep(max(_PAUSE_S, began + _ORDER_EACH_S - time.perf_counter()))
