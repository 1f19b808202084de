"""Keys that are asked for together are one question, and who asks stays independent of who else does."""

from __future__ import annotations

import asyncio

import pytest

from services.kit.graphql.context import RequestContext
from services.kit.http.identity import ANONYMOUS


async def test_one_that_is_given_up_takes_nobody_along_who_asks_for_the_same() -> None:
    asked: list[list[int]] = []
    begun, answer = asyncio.Event(), asyncio.Event()

    async def doubled(_: RequestContext, keys: list[int]) -> list[int]:
        asked.append(keys)
        begun.set()
        await answer.wait()
        return [2 * key for key in keys]

    context = RequestContext(ANONYMOUS)
    given_up, waiting = (asyncio.create_task(context.load(doubled, 21)) for _ in range(2))
    await begun.wait()
    given_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await given_up
    answer.set()
    assert await waiting == 42
    assert asked == [[21]]
