"""One cause after another, or those of a wave at once: what fired, what ended, and how long both took."""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
import traceback
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field

from tests.slow.alerts.cause import Called, Cause
from tests.slow.alerts.world import World
from tests.worlds.waiting import until
from tests.worlds.watched import RULES

Say = Callable[[str], None]
_FIRES_WITHIN_S = 480.0
_ENDS_WITHIN_S = 240.0
_SLOWLY_S = 0.3
EXPECTED = re.findall(r"process: ([a-z-]+)", (RULES / "expected.yml").read_text())


@dataclass(slots=True)
class Row:
    called: Called
    how: str
    ends: str
    fired_s: float | None = None
    ended_s: float | None = None


@dataclass(slots=True)
class Verdict:
    rows: list[Row] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)


async def run(world: World, chosen: Sequence[Cause], say: Say) -> Verdict:
    verdict = Verdict()
    await until(lambda: _all_up(world), within_s=_ENDS_WITHIN_S)
    for wave in sorted({each.wave for each in chosen}):
        here = [each for each in chosen if each.wave == wave]
        say(f"wave {wave}: {', '.join(str(called) for each in here for called in each.calls)}")
        await _wave(world, here, verdict, say)
    return verdict


async def _all_up(world: World) -> bool:
    return (await world.value('count(up{job="wlijo"} == 1)')) == len(EXPECTED) and not await world.alerts()


async def _wave(world: World, causes: Sequence[Cause], verdict: Verdict, say: Say) -> None:
    world.seen.clear()
    await asyncio.gather(*(_one(world, each, verdict, say) for each in causes))
    explained = [called for each in causes for called in (*each.calls, *each.brings)]
    for each in world.seen:
        if not any(called.is_in(each) for called in explained):
            verdict.wrong.append(f"nothing of its wave explains {each}")
            say(f"  unexplained: {each}")
    try:
        await until(lambda: _is_quiet(world), within_s=_ENDS_WITHIN_S)
    except AssertionError:
        verdict.wrong.append(f"after its wave there still fires: {await world.firing()}")


async def _is_quiet(world: World) -> bool:
    await asyncio.sleep(_SLOWLY_S)
    return not await world.firing()


async def _one(world: World, cause: Cause, verdict: Verdict, say: Say) -> None:
    rows = [Row(each, cause.how, cause.ends) for each in cause.calls]
    verdict.rows += rows
    act = cause.act(world)
    try:
        before = await world.firing()
        assert not any(row.called.is_in(each) for row in rows for each in before), (
            f"it fires before its cause: {before}"
        )
        began = time.monotonic()
        await anext(act)
        await asyncio.gather(*(_fires(world, row, began) for row in rows))
        say(f"  fired: {', '.join(f'{row.called} after {row.fired_s:.0f} s' for row in rows)}")
        began = time.monotonic()
        await anext(act, None)
        await asyncio.gather(*(_ends(world, row, began) for row in rows))
        say(f"  ended: {', '.join(f'{row.called} after {row.ended_s:.0f} s' for row in rows)}")
        await anext(act, None)  # what is put away when it is over
    except Exception as error:  # noqa: BLE001 - the others' causes are tried all the same, and it is said
        verdict.wrong.append(f"{rows[0].called}: {error!r:.600}")
        say(f"  WRONG {rows[0].called}: {''.join(traceback.format_exception(error))[-1500:]}")
        await _leave(act)


async def _leave(act: AsyncIterator[None]) -> None:
    """What was broken is mended, if it can be."""
    with contextlib.suppress(Exception):
        await anext(act, None)


async def _fires(world: World, row: Row, began: float) -> None:
    async def fires() -> bool:
        await asyncio.sleep(_SLOWLY_S)
        return any(row.called.is_in(each) for each in await world.firing())

    await until(fires, within_s=_FIRES_WITHIN_S)
    row.fired_s = time.monotonic() - began


async def _ends(world: World, row: Row, began: float) -> None:
    async def is_over() -> bool:
        await asyncio.sleep(_SLOWLY_S)
        return not any(row.called.is_in(each) for each in await world.firing())

    await until(is_over, within_s=_ENDS_WITHIN_S)
    row.ended_s = time.monotonic() - began
