"""The market of a run: what is for sale, and how many orders it bears at once."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

import asyncpg

from tests.e2e.caller import NEAR, PLACE, QUOTE, REMOVE, SAVE_CONTACT, SET, calling
from tests.e2e.installation import Installation
from tests.slow.chaos.shoppers import CANCEL, READ, Market

_GOODS = (("bayam", "ikat", 1), ("kangkung", "ikat", 2), ("klengkeng", "kg", 500), ("tempe", "pcs", 1))
_PLENTY, _FEW = 100_000_000, 3
_OPEN_AT_MOST = 150
_LOOK_EVERY_S = 0.5
SET_STOCK = """mutation Stock($variant: ID!, $onHand: Int!) { setStock(variantId: $variant, onHand: $onHand) {
  variant { id } problems { code message } } }"""
ASKED = (NEAR, SET_STOCK, SAVE_CONTACT, SET, REMOVE, QUOTE, PLACE, READ, CANCEL)
"""All that a market's people ask of the graph."""


async def stock_up(installation: Installation) -> list[dict[str, Any]]:
    """Goods in plenty, and one variant of which there is too little for all who want it."""
    async with calling(installation, "ops", "test|ops") as ops:
        variants = []
        for search, unit, quantity in _GOODS:
            with suppress(AssertionError):
                variants.append({**await ops.find(search, unit, quantity), "quantity": quantity})
        assert len(variants) > 1, "there is too little to buy"
        for index, variant in enumerate(variants):
            on_hand = _FEW if index == len(variants) - 1 else _PLENTY
            await ops.done(SET_STOCK, variant=variant["id"], onHand=on_hand * variant["quantity"])
        return variants[:-1] * 8 + variants[-1:]


async def held_back(market: Market) -> None:
    """Holds the buyers back while too many orders are open: a market whose riders are all busy sells no more."""
    while True:
        try:
            (row,) = await market.installation.fetch(
                "ordering", "SELECT count(*) AS n FROM orders WHERE ended_at IS NULL"
            )
            if row["n"] < _OPEN_AT_MOST:
                market.open.set()
            else:
                market.open.clear()
        # A connection that ends between two words of its greeting is an error of the client's own.
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError, TimeoutError):
            market.open.set()  # buyers do not know either that the database is gone
        await asyncio.sleep(_LOOK_EVERY_S)
