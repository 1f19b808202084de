"""Who asked to be told that a wlijo is near is told, of one round once, and not in the night."""

from __future__ import annotations

from datetime import UTC, timedelta

import pytest

from services.contracts.catalog import RoundId, WishId, WlijoNear
from tests.worlds.notices import Market, a_market
from tests.worlds.outgoing import Post, Scripted


async def _at(post: Post, hour_utc: int) -> Market:
    found = await a_market(post)
    now = await found.now()
    wanted = now.astimezone(UTC).replace(hour=hour_utc, minute=0, second=0, microsecond=0)
    await post.move_clock((wanted - now + timedelta(days=1)).total_seconds())
    return found


@pytest.fixture
async def market(post: Post) -> Market:
    """At noon in Jakarta."""
    return await _at(post, 5)


async def _near(market: Market, round_id: RoundId, wish: WishId, *, minutes_ago: int = 0) -> None:
    await market.hear(
        WlijoNear(
            wish_id=wish,
            subject=str(market.buyer),
            merchant_id=market.merchant_id,
            round_id=round_id,
            near_at=await market.now() - timedelta(minutes=minutes_ago),
        )
    )


async def test_who_asked_is_told_once_of_one_round(market: Market, whatsapp: Scripted) -> None:
    await market.hear(market.merchant())
    round_id = RoundId.new()
    for wish in (WishId.new(), WishId.new()):
        await _near(market, round_id, wish)
        await market.post.step(whatsapp)
    (row,) = await market.notices(market.buyer)
    assert (row["kind"], row["outcome"]) == ("WLIJO_NEAR", "TOLD")
    assert row["about"].partition("/")[0] == str(market.merchant_id)
    assert [each.text for each in whatsapp.sent] == [row["text"]]
    assert "Warung Bu Sri" in row["text"]
    await _near(market, RoundId.new(), WishId.new())
    assert len(await market.notices(market.buyer)) == 2


async def test_a_merchant_that_was_not_heard_of_yet_is_a_wlijo(market: Market) -> None:
    await _near(market, RoundId.new(), WishId.new())
    (row,) = await market.notices(market.buyer)
    assert row["text"].startswith("Wlijo ")


async def test_what_is_heard_late_is_there_to_be_read_and_not_sent(market: Market, whatsapp: Scripted) -> None:
    await _near(market, RoundId.new(), WishId.new(), minutes_ago=21)
    await market.post.step(whatsapp)
    assert whatsapp.sent == []
    assert await market.kinds(market.buyer) == [("WLIJO_NEAR", "LATE")]


async def test_nobody_is_woken_by_it(post: Post, whatsapp: Scripted) -> None:
    market = await _at(post, 18)  # one in the morning in Jakarta
    await _near(market, RoundId.new(), WishId.new())
    await market.post.step(whatsapp)
    assert whatsapp.sent == []
    assert await market.kinds(market.buyer) == [("WLIJO_NEAR", "LATE")]
