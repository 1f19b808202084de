"""What one buyer may have standing: unpaid orders, orders with one product, orders of a day."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from services.contracts.catalog import VariantId
from services.kit.database.db import transaction
from services.ordering.commands import process
from services.ordering.domain.load import OpenOrdersAtLimit, OrdersOfTheDayAtLimit, Policy
from services.ordering.domain.placing import CartHasChanged
from tests.worlds.ordering import BUDI, SITI, Market, a_key, a_product, an_order, placed
from tests.worlds.ordering_site import PLACE, Site, the_input

NAMES = ("bayam", "kangkung", "sawi", "wortel", "tomat", "terong")


@pytest.fixture
async def town(world: Market) -> Market:
    world.policy = Policy()
    await world.hear(*(a_product(name) for name in NAMES))
    return world


async def _order_of(town: Market, name: str, subject: str = SITI) -> Any:
    return await an_order(town, subject, lines={name: 2})


async def _refused(town: Market, name: str, subject: str = SITI) -> OpenOrdersAtLimit:
    wanted = await _order_of(town, name, subject)
    before = await town.fingerprint()
    with pytest.raises(OpenOrdersAtLimit) as refusal:
        await town.place(subject, wanted)
    assert await town.fingerprint() == before
    return refusal.value


async def test_ten_unpaid_orders_do_not_take_a_product_off_sale(town: Market) -> None:
    for _ in range(2):
        await town.place(SITI, await _order_of(town, "bayam"))
    for _ in range(8):
        refusal = await _refused(town, "bayam")
        assert (refusal.maximum, refusal.variant_id) == (2, VariantId.seeded("bayam"))
    assert await town.value("SELECT sum(quantity) FROM order_line") == 4
    await town.place(BUDI, await _order_of(town, "bayam", BUDI))


async def test_a_buyer_has_five_unpaid_orders_open(town: Market) -> None:
    for name in NAMES[:5]:
        await town.place(SITI, await _order_of(town, name))
    refusal = await _refused(town, "terong")
    assert (refusal.maximum, refusal.variant_id) == (5, None)


@pytest.mark.parametrize("ends", ["cancelled", "paid"])
async def test_an_order_that_is_over_or_paid_no_longer_counts(town: Market, ends: str) -> None:
    town.policy = Policy(open_orders=1)
    order_id = await placed(town)
    await _refused(town, "sawi")
    if ends == "cancelled":
        async with transaction(town.db) as conn:
            await process.cancel_order(conn, order_id, SITI)
    else:
        await town.value(
            "UPDATE payment SET status = 'COLLECTED', collected_rupiah = amount_rupiah WHERE order_id = $1", order_id
        )
    await town.place(SITI, await _order_of(town, "sawi"))


async def test_requests_side_by_side_do_not_pass_it_together(town: Market) -> None:
    town.policy = Policy(open_orders=1)
    wanted = await _order_of(town, "bayam")
    quotes = [await town.quote(SITI) for _ in range(8)]

    async def one(quote: str) -> str:
        seen = replace(wanted, quote=quote)
        async with asyncio.timeout(90):
            while True:
                try:
                    await town.place(SITI, seen)
                except CartHasChanged as changed:
                    seen = replace(seen, cart_version=changed.version)
                except OpenOrdersAtLimit:
                    return "refused"
                else:
                    return "placed"

    outcomes = await asyncio.gather(*map(one, quotes))
    assert sorted(outcomes) == ["placed", *["refused"] * 7]
    assert await town.value("SELECT count(*) FROM orders") == 1


async def test_placing_and_cancelling_has_an_end_for_the_day(town: Market) -> None:
    town.policy = Policy(a_day=3)
    for _ in range(3):
        order_id = await placed(town)
        async with transaction(town.db) as conn:
            await process.cancel_order(conn, order_id, SITI)
        await town.move_clock(3_600)
        await town.value("DELETE FROM outbox")  # as the relay would have: else it is behind
    wanted = await _order_of(town, "bayam")
    before = await town.fingerprint()
    with pytest.raises(OrdersOfTheDayAtLimit) as refusal:
        await town.place(SITI, wanted)
    assert await town.fingerprint() == before
    left = timedelta(milliseconds=refusal.value.retry_after_ms)
    assert timedelta(hours=20) < left <= timedelta(hours=21)
    await town.move_clock(left.total_seconds() + 1)
    await town.value("DELETE FROM outbox")
    await town.place(SITI, await _order_of(town, "bayam"))


async def test_the_refusal_is_data_with_its_facts_and_a_repeat_gets_its_order(town: Market) -> None:
    site = Site(town, open_orders_per_buyer=2, open_orders_per_product=1, orders_per_day=2)
    first, key = await the_input(town), a_key()
    order = await site.done(PLACE, input=first, key=key)
    assert await site.refused(PLACE, input=await the_input(town), key=a_key()) == {
        "code": "TOO_MANY_OPEN_ORDERS",
        "retryable": True,
        "limit": 1,
        "unit": "ORDER",
        "variantId": str(VariantId.seeded("bayam")),
        "retryAfterMs": 60_000,
    }
    assert await site.done(PLACE, input=first, key=key) == order
    await town.place(SITI, await an_order(town, lines={"sawi": 2}, total=20_000))  # with the bayam that was refused
    await town.value("UPDATE payment SET status = 'COLLECTED', collected_rupiah = amount_rupiah")
    limited = await site.refused(PLACE, input=await the_input(town, lines={"tomat": 2}), key=a_key())
    assert limited["code"] == "RATE_LIMITED"
    assert limited["retryAfterMs"] > 80_000_000
