"""The story comes to its end; and one that does not is not taken for one that does."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.slow.story.__main__ import tell
from tests.slow.story.cast import Refused
from tests.slow.story.story import Story

STEPS = (
    "granted by hand",
    "open",
    "active",
    "placed",
    "accepted",
    "delivered",
    "notice, EN",
    "notice, ID",
    "a copy",
    "forgotten",
)


async def test_a_market_comes_to_be_in_an_empty_installation(tmp_path: Path) -> None:
    lines: list[str] = []
    await tell(tmp_path, lines.append)
    told = [next((number for number, line in enumerate(lines) if line.startswith(step)), -1) for step in STEPS]
    assert told == sorted(told), lines
    assert told[0] >= 0, lines


async def test_who_may_not_sell_yet_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Story, "verified", staticmethod(lambda *_: _nothing()))
    with pytest.raises(Refused, match="openMerchant"):
        await tell(tmp_path, lambda _: None)


async def _nothing() -> None:
    """An officer who looks at nothing."""
