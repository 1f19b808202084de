"""An order from the cart to the cash, through the gateway alone."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.contracts.registry import NAMES
from tests.e2e.caller import FOLLOW, ORDER, PLACE, Buyer, calling, new_key
from tests.e2e.installation import Installation
from tests.worlds.waiting import until

_DELIVERY_WAY = ["WAITING", "REQUESTED", "OFFERED", "ASSIGNED", "AT_PICKUP", "PICKED_UP", "AT_DROPOFF", "DELIVERED"]


async def _basket(buyer: Buyer) -> list[tuple[str, int]]:
    klengkeng, bayam = await buyer.find("klengkeng", "kg", 1500), await buyer.find("bayam", "ikat", 3)
    return [(klengkeng["id"], 1500), (bayam["id"], 3)]


async def _follow_to_the_end(buyer: Buyer, order: str) -> list[dict[str, Any]]:
    seen = []
    async with asyncio.timeout(90):
        async for message in buyer.follow(FOLLOW, id=order):
            seen.append(message)
            delivery = message["delivery"] or {}
            if message["status"] == "COMPLETED" and delivery.get("status") == "DELIVERED":
                return seen
    raise AssertionError(f"the subscription ended early: {seen}")


async def test_klengkeng_and_spinach_by_the_ikat_are_followed_by_one_subscription_from_placed_to_completed(
    platform: Installation, buyer: Buyer
) -> None:
    placed = await buyer.place(*await _basket(buyer))
    assert placed["orderCode"].startswith("LMJ-")
    seen = await _follow_to_the_end(buyer, placed["id"])

    versions = [message["version"] for message in seen]
    assert versions == sorted(set(versions))
    statuses = list(dict.fromkeys(message["status"] for message in seen))
    assert statuses[-1] == "COMPLETED"
    assert [status for status in ("PLACED", "CONFIRMED", "IN_PROGRESS", "COMPLETED") if status in statuses] == statuses
    way = list(dict.fromkeys(message["delivery"]["status"] for message in seen if message["delivery"]))
    assert way == [status for status in _DELIVERY_WAY if status in way]
    assert seen[-1]["delivery"]["partner"]["name"]
    assert seen[-1]["delivery"]["rider"]["name"]
    assert seen[-1]["payment"]["status"] == "COLLECTED"

    order = await buyer.data(ORDER, id=placed["id"])
    assert order["goodsTotal"] == sum(line["total"] for seller in order["sellerOrders"] for line in seller["lines"])
    assert order["total"] == order["goodsTotal"] + order["deliveryFee"] == placed["total"]
    rows = await platform.fetch(
        "ordering",
        "SELECT sum(amount_rupiah) AS booked, count(*) AS transfers FROM ledger WHERE order_id = $1",
        _uuid(placed["id"]),
    )
    assert rows[0]["transfers"] > 0


def _uuid(order: str) -> Any:
    from services.contracts.ordering import OrderId

    return OrderId.parse(order)


async def test_an_order_is_delivered_at_half_past_two_in_the_night(platform: Installation, buyer: Buyer) -> None:
    wib = ZoneInfo("Asia/Jakarta")
    now = datetime.now(UTC).astimezone(wib)
    night = (now + timedelta(days=1)).replace(hour=2, minute=30, second=0)

    async def all_is_told() -> bool:
        return not any([await platform.fetch(service, "SELECT FROM outbox LIMIT 1") for service in NAMES])

    await until(all_is_told)  # what waits would be half a day old at once, and callers turned away
    await platform.move_clock(night - now)
    try:
        placed = await buyer.place(*await _basket(buyer))
        seen = await _follow_to_the_end(buyer, placed["id"])
    finally:
        await platform.move_clock(timedelta())
    assert seen[-1]["payment"]["status"] == "COLLECTED"
    assert placed["orderCode"].startswith(f"LMJ-{night:%y%m%d}-")


async def test_a_merchant_who_does_not_accept_by_itself_is_served_by_its_robot(
    platform: Installation, buyer: Buyer
) -> None:
    for edge in (await buyer.data(_NEAR_ALL, point={"lat": -8.1321, "lng": 113.2193}))["edges"]:
        merchant = edge["node"]["merchant"]
        if merchant["openNow"] and not merchant["autoAccept"] and merchant["kind"] == "FIXED_STALL":
            variant = edge["node"]["variants"][0]
            break
    else:
        raise AssertionError("the robot's merchant was not found")
    placed = await buyer.place((variant["id"], variant["unit"]["min"]))
    seen = await _follow_to_the_end(buyer, placed["id"])
    assert seen[-1]["payment"]["status"] == "COLLECTED"


_NEAR_ALL = """query($point: PointInput!) { productsNear(point: $point, first: 100) { edges { node {
  merchant { kind openNow autoAccept } variants { id unit { min } } } } } }"""


async def test_the_same_key_gives_the_same_order_and_with_another_body_a_refusal(
    platform: Installation, buyer: Buyer
) -> None:
    wanted, key = await buyer.order_input(*await _basket(buyer)), new_key()
    first, second = await asyncio.gather(*(buyer.done(PLACE, input=wanted, key=key) for _ in range(2)))
    assert first["id"] == second["id"]
    again = await buyer.done(PLACE, input=wanted, key=key)
    assert again["id"] == first["id"]
    refused = await buyer.refused(PLACE, input={**wanted, "total": wanted["total"] + 1}, key=key)
    assert refused["code"] == "IDEMPOTENCY_KEY_REUSED"
    assert await buyer.refused(PLACE, input=wanted, key=new_key())
    rows = await platform.fetch("ordering", "SELECT count(*) AS n FROM orders WHERE code = $1", first["orderCode"])
    assert rows[0]["n"] == 1


async def test_somebody_elses_order_is_as_absent_as_one_that_never_was(platform: Installation, buyer: Buyer) -> None:
    placed = await buyer.place(*await _basket(buyer))
    async with calling(platform, "buyer") as stranger:
        answer = await stranger.ask(ORDER, id=placed["id"])
    assert (answer.data, answer.errors) == ({"order": None}, [])
    mine = await buyer.data(ORDER, id=placed["id"])
    assert mine["id"] == placed["id"]
