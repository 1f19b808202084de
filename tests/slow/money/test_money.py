"""Walks that are the same each time, one that is not, and that each lie is found."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.slow.money import controls
from tests.slow.money.four import printed
from tests.slow.money.laws import AT_REST, LAWS, judge
from tests.slow.money.run import walked
from tests.worlds.ordering import a_merchant, a_product, market
from tests.worlds.paying import Till, till
from tests.worlds.servers import Postgres, TestDatabase


@pytest.fixture(scope="module")
def made(postgres: Postgres) -> TestDatabase:
    return postgres.database("ordering")


@pytest.mark.parametrize("seed", [2, 11, 112])
async def test_whatever_happens_every_rupiah_is_explained(made: TestDatabase, seed: int) -> None:
    """Of seeds that have found something."""
    seen = await walked(made, seed, 6)
    assert seen.orders >= 3


async def test_whatever_happens_today(made: TestDatabase) -> None:
    seen = await walked(made, random.SystemRandom().randrange(10**6), 4)
    assert seen.orders


async def test_whatever_happens_at_the_same_time(made: TestDatabase) -> None:
    seen = await walked(made, random.SystemRandom().randrange(10**6), 4, at_once=True)
    assert seen.orders


@pytest.fixture
async def shop(made: TestDatabase) -> AsyncIterator[Till]:
    async with market(made) as world:
        await world.hear(a_merchant(), a_product())
        async with till(world) as found:
            yield found


async def test_each_lie_is_found(shop: Till) -> None:
    await controls.scene(shop)
    assert judge(await controls.books_of(shop), at_rest=False) == {}
    found = {name: await controls.told(shop.world, lie, shop) for name, (_, lie) in controls.LIES.items()}
    missed = {name: list(found[name]) for name, (law, _) in controls.LIES.items() if law not in found[name]}
    assert missed == {}
    assert {law for law, _ in controls.LIES.values()} == {*LAWS, *AT_REST}


async def test_the_order_of_four_sellers_is_as_its_page_has_it(made: TestDatabase) -> None:
    page = (Path(__file__).parents[3] / "docs" / "money.md").read_text("utf-8")
    assert f"```\n{await printed(made)}\n```" in page
