"""Causes of alerts about messages: a provider that fails, one that is slow, and a budget that was used up."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from tests.slow.alerts.cause import called, causes
from tests.slow.alerts.world import World
from tests.worlds.providers import Says, Silent
from tests.worlds.signing_in import REQUEST
from tests.worlds.waiting import until

_MANY = 24
_LOOK_S = 1.0
_LEFT = """SELECT coalesce(sum(taken), 0) AS taken FROM message_day
           WHERE channel = 'sms' AND day = (wlijo_now() AT TIME ZONE 'Asia/Jakarta')::date"""
_LATER = """UPDATE messages SET created_at = created_at - interval '11 minutes', not_before = not_before - interval '11 minutes'
            WHERE kind <> 'code' AND sent_at IS NULL AND failed_at IS NULL"""


async def _codes(world: World, many: int) -> None:
    """Asked for twice by each number: the second goes by SMS first."""
    somebody = await world.person("buyer")
    somebody.token = None
    numbers = [world.number() for _ in range(many)]
    for _ in range(2):
        await asyncio.gather(*(somebody.done(REQUEST, phone=each) for each in numbers))


@causes(
    called("ChannelFails", channel="sms"),
    wave=1,
    how="the SMS provider says 503 to two dozen codes",
    ends="the provider is well, and its failures are ten minutes old",
)
async def _(world: World) -> AsyncIterator[None]:
    world.sms.deeds = [Says(503)]
    await _codes(world, _MANY)
    yield
    world.sms.deeds = [Says()]


@causes(
    called("CodesWait", channel="sms"),
    wave=2,
    how="the SMS provider takes requests and does not answer",
    ends="it answers",
    brings=(called("ChannelFails", channel="sms"),),
)
async def _(world: World) -> AsyncIterator[None]:
    world.sms.deeds = [Silent()]
    await _codes(world, _MANY)
    yield
    world.sms.deeds = [Says()]
    world.sms.released.set()


@causes(
    called("ChannelBudgetEnds", channel="sms"),
    called("NoticesWait", channel="sms"),
    wave=9,
    how="codes by the hundred use up the day's messages, and notices wait for more than ten minutes",
    ends="a larger CHANNEL_BUDGET_PER_DAY, and up",
    brings=(
        called("ChannelBudgetEnds", channel="inbox"),
        called("CodesWait", channel="inbox"),
        called("ProcessGone"),
        called("ProcessDown"),
        called("ConsumerOfNobody"),
        called("NotReady"),
        called("ProcessUnsteady"),
    ),
)
async def _(world: World) -> AsyncIterator[None]:
    world.sms.deeds = [Says()]
    budget = int(world.market.environment["CHANNEL_BUDGET_PER_DAY"])
    while (await world.market.fetch("people", _LEFT))[0]["taken"] <= budget * 0.9:
        await _codes(world, _MANY)
        await asyncio.sleep(_LOOK_S)
    await world.order(await world.siti())

    async def waits() -> bool:
        return bool(await world.market.fetch("people", f"{_LATER} AND channel = 'sms' RETURNING id"))

    await until(waits)
    yield
    await world.again(CHANNEL_BUDGET_PER_DAY="5000")
