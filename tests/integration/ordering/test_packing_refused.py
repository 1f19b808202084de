"""What must not be said of a line or a question the database refuses by itself."""

from __future__ import annotations

import asyncpg
import pytest

from tests.worlds.ordering import (
    Market,
)
from tests.worlds.ordering_site import Site
from tests.worlds.packing import (
    ANSWER,
    MERCHANT,
    READY,
    WEIGH,
    an_order_of,
    line,
    more_goods,
    part,
)


@pytest.fixture(autouse=True)
async def goods(world: Market) -> None:
    await more_goods(world)


# -- what the database refuses ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("statement", "refusal"),
    [
        ("UPDATE order_line SET quantity = quantity + 1", "order_line_is_as_ordered"),
        ("UPDATE order_line SET total_rupiah = 0, price_rupiah = 0", "order_line_is_as_ordered"),
        ("UPDATE order_line SET state = 'PACKED', packed_quantity = 3, final_rupiah = 1", "order_line_is_packed"),
        ("UPDATE order_line SET state = 'PACKED', packed_quantity = 1", "order_line_is_packed"),
        ("UPDATE order_line SET state = 'PACKED', packed_quantity = 1, final_rupiah = 39601", "order_line_is_packed"),
        ("UPDATE order_line SET state = 'DROPPED', packed_quantity = 0, final_rupiah = 1", "order_line_is_packed"),
        ("UPDATE order_line SET state = 'BOILED'", "order_line_is_packed"),
        ("UPDATE order_line SET state = 'DROPPED', packed_quantity = 0, final_rupiah = 0", "order_lines_add_up"),
        ("UPDATE order_question SET state = 'ACCEPTED'", "order_question_ends"),
        ("UPDATE order_question SET total_rupiah = 1", "order_question_stays"),
    ],
)
async def test_what_must_not_be_the_database_refuses(site: Site, statement: str, refusal: str) -> None:
    await an_order_of(site.world)
    await site.done(WEIGH, *MERCHANT, id=await line(site.world, "ayam"), gram=1_300)
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await site.world.rows(statement)
    assert refused.value.constraint_name == refusal


async def test_a_weighing_after_the_hand_over_is_seen_by_the_database_itself(site: Site) -> None:
    """A negative control: the rule is left out, and the table refuses."""
    await an_order_of(site.world)
    await site.done(READY, *MERCHANT, id=await part(site.world))
    for status in ("READY", "HANDED_OVER", "COMPLETED"):
        await site.world.rows("UPDATE seller_order SET status = $1", status)
        with pytest.raises(asyncpg.CheckViolationError) as refused:
            await site.world.rows("UPDATE order_line SET packed_gram = 900, final_rupiah = 32400 WHERE name = 'ayam'")
        assert refused.value.constraint_name == "order_line_is_packed_in_time"
    await site.world.rows("UPDATE seller_order SET status = 'ACCEPTED'")
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await site.world.rows("UPDATE order_line SET packed_gram = 900, final_rupiah = 32400 WHERE name = 'ayam'")
    assert refused.value.constraint_name == "order_lines_add_up"


async def test_a_question_that_is_over_stays_over(site: Site) -> None:
    await an_order_of(site.world)
    found = await site.done(WEIGH, *MERCHANT, id=await line(site.world, "ayam"), gram=1_300)
    await site.done(ANSWER, id=found["questions"][0]["id"], accept=False)
    with pytest.raises(asyncpg.CheckViolationError) as refused:
        await site.world.rows("UPDATE order_question SET state = 'OPEN', ended_at = NULL")
    assert refused.value.constraint_name == "order_question_stays"
