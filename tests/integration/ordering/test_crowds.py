"""One buyer asks for more than can be done at once: he waits for himself, is told to try later, and nobody else notices."""

from __future__ import annotations

import asyncio

from services.kit.database.db import transaction
from tests.worlds.ordering import BUDI, SITI, Market
from tests.worlds.ordering_site import BAYAM, Site
from tests.worlds.waiting import until

SET = f'setCartLine(variantId: "{BAYAM}", quantity: 1) {{ cart {{ id }} problems {{ code retryable retryAfterMs }} }}'
LINES = " ".join(f"l{n}: {SET}" for n in range(20))
ONE = f"mutation {{ {SET} }}"


async def test_requests_that_wait_for_one_cart_leave_room_for_others_and_end_in_try_later(
    world: Market, site: Site
) -> None:
    await site.done(ONE)
    async with transaction(world.db) as conn:
        await conn.execute(
            "SELECT id FROM cart WHERE buyer_id = (SELECT id FROM buyer WHERE subject = $1) FOR UPDATE", SITI
        )
        crowd = [asyncio.create_task(site.ask(f"mutation {{ {LINES} }}")) for _ in range(48)]
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
        await until(lambda: conn.fetchval(waiting))
        others = await asyncio.gather(*(site.ask("{ me { id } }", BUDI) for _ in range(50)))
        assert all("errors" not in answer for answer in others)
        assert not any(task.done() and "errors" in task.result() for task in crowd)  # they wait, and do not fail
        assert await conn.fetchval(waiting) <= 4
        assert await site.refused(ONE) == {
            "code": "TRY_LATER",
            "retryable": True,
            "retryAfterMs": 1_000,
        }
    for task in crowd:
        task.cancel()
    await asyncio.gather(*crowd, return_exceptions=True)
    await site.done(ONE)
