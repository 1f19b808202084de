"""What a buyer collects has no trip: delivery hears of it and does nothing."""

from __future__ import annotations

import pytest

from services.contracts.ordering import HandoverWay, OrderId
from tests.worlds.delivery import World, an_order_placed


@pytest.mark.parametrize("way", [HandoverWay.PICKUP, HandoverWay.ROUTE_STOP])
async def test_what_is_collected_has_no_trip_and_no_quote(world: World, way: HandoverWay) -> None:
    before = await world.state()
    await world.hear(an_order_placed(OrderId.new(), "", way=way, delivery_rupiah=0))
    assert await world.state() == before
