"""Room in slots, on PostgreSQL: no interleaving sells one too many, what is cancelled gives it back, and limits are the merchant's."""

from __future__ import annotations

import asyncio
from dataclasses import asdict
from datetime import datetime

import asyncpg
import pytest

from services.contracts.catalog import Member, MemberRole, MerchantKind
from services.contracts.ordering import HandoverWay, OrderId
from services.kit.database.db import transaction
from services.kit.graphql.idempotency import canonical_hash
from services.ordering import housekeeping
from services.ordering.domain.cart import MerchantsAreTooMany
from services.ordering.domain.handover import (
    MAX_PER_HOUR,
    LimitIsInvalid,
    SlotIsFull,
    SlotIsNotOffered,
)
from services.ordering.domain.offer import MerchantIsClosed
from services.ordering.domain.refusal import Unknown
from services.ordering.store import handovers as store
from tests.worlds.handing_over import (
    a_stop,
    an_order_for,
    later,
    limit,
    now,
    placed_for,
    shown,
    stall,
    taken,
)
from tests.worlds.ordering import (
    BUDI,
    SITI,
    Market,
    a_merchant,
    a_product,
    an_order,
    hold,
)
from tests.worlds.ordering_steps import cancel, process_of

DELIVERY, PICKUP, ROUTE_STOP = HandoverWay.DELIVERY, HandoverWay.PICKUP, HandoverWay.ROUTE_STOP


@pytest.fixture(autouse=True)
async def market_of_the_morning(world: Market) -> datetime:
    return await stall(world)


async def test_at_a_stop_there_are_as_many_orders_as_she_takes_and_not_one_more(world: Market) -> None:
    """Twelve buyers at one moment, two places: no interleaving sells a third."""
    (slot,) = await shown(world, ROUTE_STOP)
    buyers = [f"usr_buyer_{n}" for n in range(12)]
    orders = [await an_order_for(world, slot, subject) for subject in buyers]

    async def place(subject: str, n: int) -> bool:
        try:
            await world.place(subject, orders[n])
        except SlotIsFull:
            return False
        return True

    placed = await asyncio.gather(*(place(subject, n) for n, subject in enumerate(buyers)))
    assert placed.count(True) == 2
    assert await taken(world) == [2]
    assert await world.value("SELECT count(*) FROM orders") == 2
    # Whoever was refused has the cart as it was, and nothing else.
    assert await world.value("SELECT count(*) FROM cart_line") == 10
    assert await shown(world, ROUTE_STOP) == []


async def test_who_calls_off_and_who_comes_at_once_leave_no_slot_lost_and_none_twice(world: Market) -> None:
    await limit(world, pickups=1)
    slot = (await shown(world, PICKUP))[-1]
    first = await placed_for(world, slot)
    for round_of in range(4):
        subject = f"usr_next_{round_of}"
        wanted = await an_order_for(world, slot, subject)
        results = await asyncio.gather(
            cancel(world, first, SITI if round_of == 0 else f"usr_next_{round_of - 1}"),
            world.place(subject, wanted),
            return_exceptions=True,
        )
        assert results[0] is None
        if isinstance(results[1], SlotIsFull):
            first = await world.place(subject, wanted)
        else:
            assert isinstance(results[1], OrderId), results[1]
            first = results[1]
        await hold(world, first)
        assert await taken(world) == [1]
        assert await world.value("SELECT count(*) FROM orders WHERE ended_at IS NULL") == 1


async def test_a_repeat_with_the_same_key_takes_no_second_place(world: Market) -> None:
    (slot,) = await shown(world, ROUTE_STOP)
    wanted = await an_order_for(world, slot)
    assert await world.place(SITI, wanted, "same-key-of-one-order") == await world.place(
        SITI, wanted, "same-key-of-one-order"
    )
    assert await taken(world) == [1]


async def test_a_key_of_the_release_before_is_the_same_key(world: Market) -> None:
    wanted = await an_order(world)
    before = {name: value for name, value in asdict(wanted).items() if name not in ("handover", "if_refused")}
    assert canonical_hash(wanted.body) == canonical_hash(before)
    (slot,) = await shown(world, ROUTE_STOP)
    assert canonical_hash((await an_order_for(world, slot)).body) != canonical_hash(before)


async def test_the_database_itself_refuses_one_order_too_many(world: Market) -> None:
    await placed_for(world, (await shown(world, ROUTE_STOP))[0])
    with pytest.raises(asyncpg.CheckViolationError):
        await world.value("UPDATE handover_slot SET taken = capacity + 1")
    with pytest.raises(asyncpg.CheckViolationError):
        await world.value("UPDATE orders SET way = 'DELIVERY'")
    with pytest.raises(asyncpg.CheckViolationError):
        await world.value("UPDATE orders SET counter_code = NULL")


async def test_a_stop_that_takes_fewer_by_now_keeps_those_that_it_has(world: Market) -> None:
    (slot,) = await shown(world, ROUTE_STOP)
    first = await placed_for(world, slot)
    await placed_for(world, slot, BUDI)
    await world.hear(a_merchant(kind=MerchantKind.WLIJO, stops=[a_stop(await now(world), orders=1)], auto_accept=True))
    with pytest.raises(SlotIsFull):
        await world.place("usr_third", await an_order_for(world, slot, "usr_third"))
    await cancel(world, first)
    with pytest.raises(SlotIsFull):
        await world.place("usr_third", await an_order_for(world, slot, "usr_third"))


async def test_several_merchants_are_brought_together_later_and_each_has_one_order_more(world: Market) -> None:
    await world.hear(a_merchant("kateki"), a_product("kelapa", "kateki"))
    both = ("wlijo", "kateki")
    slot = (await shown(world, DELIVERY, both))[-1]
    wanted = await an_order_for(world, slot, merchants=both, lines={"bayam": 2, "kelapa": 2}, total=20_000)
    order_id = await world.place(SITI, wanted)
    assert await taken(world) == [1, 1]
    await cancel(world, order_id)
    assert await taken(world) == [0, 0]
    collected = (await shown(world, PICKUP))[-1]
    wanted = await an_order_for(world, collected, BUDI, merchants=both, lines={"bayam": 2, "kelapa": 2}, total=20_000)
    before = await world.fingerprint()
    with pytest.raises(MerchantsAreTooMany):
        await world.place(BUDI, wanted)
    assert await world.fingerprint() == before


async def test_who_is_shut_now_takes_orders_for_tomorrow_and_the_cut_off_is_kept(world: Market) -> None:
    (slot,) = await shown(world, ROUTE_STOP)
    collected = (await shown(world, PICKUP))[0]
    await later(world, 6)  # two in the afternoon
    wanted = await an_order(world)
    with pytest.raises(MerchantIsClosed):
        await world.place(SITI, wanted)
    with pytest.raises(SlotIsNotOffered) as over:
        await world.place(BUDI, await an_order_for(world, collected, BUDI))
    assert over.value.until is None
    order_id = await placed_for(world, slot, "usr_third")
    assert await process_of(world, order_id) == "AT_COUNTER"
    await later(world, 9)  # eleven at night
    with pytest.raises(SlotIsNotOffered):
        await world.place("usr_fourth", await an_order_for(world, slot, "usr_fourth"))


async def test_a_merchant_says_how_many_it_takes_and_nobody_else_does(world: Market) -> None:
    await limit(world, pickups=0, deliveries=1)
    assert await shown(world, PICKUP) == []
    slot = (await shown(world, DELIVERY))[-1]
    await placed_for(world, slot)
    assert slot.first.starts not in {each.first.starts for each in await shown(world, DELIVERY)}
    assert await world.value("SELECT changed_by FROM handover_limit") == "usr_wlijo"
    with pytest.raises(ExceptionGroup) as refused:
        await limit(world, pickups=-1, deliveries=MAX_PER_HOUR + 1)
    assert {type(each) for each in refused.value.exceptions} == {LimitIsInvalid}
    await world.hear(
        a_merchant(members=[Member(subject="usr_another", role=MemberRole.OWNER)], kind=MerchantKind.FIXED_STALL)
    )
    with pytest.raises(Unknown):
        await limit(world)


async def test_slots_that_are_long_over_go(world: Market) -> None:
    await placed_for(world, (await shown(world, ROUTE_STOP))[0])
    async with transaction(world.db) as conn:
        assert await store.drop_old(conn) == 0
    await world.move_clock(16 * 86_400)
    async with transaction(world.db) as conn:
        assert await store.drop_old(conn) == 1
    assert housekeeping.slots is not None
    assert await taken(world) == []
