"""Who never writes a query sells, brings and buys: one order from an empty installation to the door, by pages alone."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.e2e.installation import Installation
from tests.slow.story.by_pages import ByPages
from tests.slow.story.phones import phones


async def test_a_market_comes_to_be_by_its_pages(tmp_path: Path) -> None:
    lines: list[str] = []
    async with phones() as town:
        installation = Installation.at(tmp_path, {"MODE": "production", **town.settings})
        await asyncio.to_thread(installation.up)
        try:
            await ByPages(installation, town, lines.append).run()
        finally:
            await asyncio.to_thread(installation.down)
    assert lines[-1].endswith("a copy of what is kept"), lines
