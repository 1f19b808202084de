"""What nobody touches goes by age, and who looks is told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.contracts.catalog import VariantId
from services.kit.database.db import transaction
from services.ordering.commands import carts, guests
from services.ordering.domain.guests import BUYERS_KEEP, FORGOTTEN_AFTER, GUESTS_KEEP, Guest
from services.ordering.store import guests as store
from tests.integration.ordering.test_giving_back import in_cart
from tests.worlds.ordering import SITI, Market, a_merchant, placed
from tests.worlds.ordering_site import Site

BAYAM = VariantId.seeded("bayam")
SECOND = timedelta(seconds=1)


async def _pass(world: Market, time: timedelta) -> None:
    await world.move_clock(time.total_seconds())


async def _sweep(world: Market) -> None:
    while await guests.sweep(world.db):
        pass


async def _a_guest(world: Market) -> Guest:
    async with transaction(world.db) as conn:
        guest = Guest.of(await guests.open_cart(conn, [(BAYAM, 2)]))
        assert guest is not None
        await carts.set_seller_note(conn, guest, a_merchant().merchant_id, "halo")
    return guest


async def test_a_buyers_cart_goes_after_a_month_and_says_so(site: Site) -> None:
    world = site.world
    await world.fill_cart(SITI, {BAYAM: 2})
    show = "{ me { cart { version updatedAt expiresAt expiredAt lines { quantity } } } }"
    before = (await site.data(show))["cart"]
    assert before["expiresAt"] is not None
    await _pass(world, BUYERS_KEEP - SECOND * 30)
    await _sweep(world)
    assert (await site.data(show))["cart"] == before
    await _pass(world, SECOND * 60)
    await _sweep(world)
    after = (await site.data(show))["cart"]
    assert (after["lines"], after["expiresAt"], after["version"]) == ([], None, before["version"] + 1)
    assert after["expiredAt"] == after["updatedAt"] is not None
    await _sweep(world)
    assert (await site.data(show))["cart"] == after
    await world.fill_cart(SITI, {BAYAM: 1})
    assert (await site.data(show))["cart"]["expiredAt"] is None


async def test_a_cart_that_is_touched_stays(site: Site) -> None:
    await site.world.fill_cart(SITI, {BAYAM: 2})
    await _pass(site.world, BUYERS_KEEP - SECOND * 60)
    await site.world.fill_cart(SITI, {BAYAM: 3})
    await _pass(site.world, SECOND * 120)
    await _sweep(site.world)
    assert await in_cart(site.world) == {BAYAM: 3}


async def test_a_guests_goes_after_three_days_and_is_forgotten_later(world: Market) -> None:
    guest = await _a_guest(world)
    await world.fill_cart(SITI, {BAYAM: 2})
    await _pass(world, GUESTS_KEEP + SECOND)
    await _sweep(world)
    assert await world.value("SELECT count(*) FROM cart_line") == 1  # the buyer's
    assert await world.value("SELECT count(*) FROM cart_seller") == 0
    async with transaction(world.db) as conn:
        assert await store.lock(conn, guest) is not None
    await _pass(world, FORGOTTEN_AFTER + SECOND)
    await _sweep(world)
    assert await world.value("SELECT count(*) FROM cart WHERE token_hash IS NOT NULL") == 0
    assert await in_cart(world) == {BAYAM: 2}


async def test_a_cart_that_an_order_emptied_is_looked_at_once_and_says_nothing(site: Site) -> None:
    await placed(site.world)
    await _pass(site.world, BUYERS_KEEP + SECOND)
    async with transaction(site.world.db) as conn:
        assert await store.sweep(conn, of_guests=False, limit=10) == (1, [])
        assert await store.sweep(conn, of_guests=False, limit=10) == (0, [])
    assert (await site.data("{ me { cart { expiredAt version } } }"))["cart"] == {"expiredAt": None, "version": 3}


async def test_a_sweep_is_bounded_and_waits_for_nobody(world: Market) -> None:
    for n in range(3):
        await world.fill_cart(f"usr_{n}", {BAYAM: 2})
    await _pass(world, BUYERS_KEEP + SECOND)
    async with transaction(world.db) as conn, world.db.acquire() as other:
        await conn.execute(
            "SELECT FROM cart c JOIN buyer b ON b.id = c.buyer_id WHERE b.subject = 'usr_0' FOR UPDATE OF c"
        )
        looked, emptied = await store.sweep(other, of_guests=False, limit=1)
        assert (looked, len(emptied)) == (1, 1)
        assert (await store.sweep(other, of_guests=False, limit=10))[0] == 1
    assert await world.value("SELECT count(*) FROM cart_line") == 1


async def test_the_database_keeps_each_cart_somebodys(world: Market) -> None:
    import asyncpg

    await _a_guest(world)
    for statement in (
        "UPDATE cart SET token_hash = NULL",
        "UPDATE cart SET token_hash = 'x'",
        "UPDATE cart SET opened_at = NULL",
        "UPDATE cart_line SET when_short = 'MAYBE'",
        "UPDATE cart_line SET note = ''",
        "UPDATE cart_line SET note = repeat('x', 201)",
        "UPDATE cart_line SET seen_price_basis = NULL",
        "UPDATE cart_seller SET note = ''",
        "INSERT INTO cart (id, updated_at) VALUES (gen_random_uuid(), now())",
    ):
        with pytest.raises(asyncpg.IntegrityConstraintViolationError):
            async with transaction(world.db) as conn:
                await conn.execute(statement)
