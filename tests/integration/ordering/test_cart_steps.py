"""A cart's line is set by a look and a statement; who was overtaken by another, by erasing or by taking over, does it again and sees it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import pytest

from services.contracts.catalog import VariantId
from services.kit.database.db import transaction
from services.kit.database.step import Step, in_step
from services.kit.http.identity import Forbidden
from services.ordering.commands import carts, erasing, guests
from services.ordering.domain.cart import MAX_CART_LINES, CartIsFull, ProductIsUnavailable
from services.ordering.domain.guests import Guest, GuestCartIsGone
from services.ordering.store import carts as store
from tests.worlds.asked import asked_of
from tests.worlds.ordering import SITI, Market, a_product, a_variant

BAYAM = VariantId.seeded("bayam")
_AT_ONCE = 6


@contextmanager
def looking(monkeypatch: pytest.MonkeyPatch, then: Callable[[], Awaitable[object]]) -> Iterator[None]:
    """Between what a step looks at and what it writes, this happens."""
    look = store.look

    async def looked(conn: Step, whose: str | Guest, variant_id: VariantId) -> store.Seen | None:
        seen = await look(conn, whose, variant_id)
        await then()
        return seen

    with monkeypatch.context() as patched:
        patched.setattr(store, "look", looked)
        yield


async def put(world: Market, variant_id: VariantId = BAYAM, quantity: int = 1, whose: str | Guest = SITI) -> None:
    await in_step(world.db, lambda conn: carts.set_cart_line(conn, whose, variant_id, quantity))


async def take_out(world: Market) -> None:
    await in_step(world.db, lambda conn: carts.remove_cart_line(conn, SITI, BAYAM))


async def lines(world: Market) -> int:
    found: int = await world.value("SELECT count(*) FROM cart_line")
    return found


async def test_a_look_and_a_statement(world: Market) -> None:
    await put(world)  # comes into being
    async with asked_of(world.db) as asked:
        await put(world, quantity=2)
        await take_out(world)
        await in_step(world.db, lambda conn: carts.set_cart_lines(conn, SITI, [(BAYAM, 3)]))
        await take_out(world)
    assert len(asked) == 8, asked
    assert await lines(world) == 0


async def nearly_full(world: Market, room: int, others: int) -> list[VariantId]:
    names = [f"sayur-{n}" for n in range(MAX_CART_LINES - room + others)]
    await world.hear(a_product("sayur", variants=[a_variant(name, gram_per_base=1.0) for name in names]))
    ids = [VariantId.seeded(name) for name in names]
    await world.fill_cart(SITI, dict.fromkeys(ids[others:], 1))
    return ids[:others]


async def _all_at_once(world: Market, monkeypatch: pytest.MonkeyPatch, stepping: int = _AT_ONCE) -> list[object]:
    """So many look before one of them writes; there is room for one."""
    wanted = await nearly_full(world, 1, _AT_ONCE + 2)
    barrier = asyncio.Barrier(stepping)

    async def locked(variant_id: VariantId) -> None:
        async with transaction(world.db) as conn:
            await carts.set_cart_line(conn, SITI, variant_id, 1)

    with looking(monkeypatch, barrier.wait):
        return await asyncio.gather(
            *(put(world, each) for each in wanted[:stepping]),
            *(locked(each) for each in wanted[stepping:]),
            return_exceptions=True,
        )


async def test_of_many_who_want_the_last_place_one_gets_it(world: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes = await _all_at_once(world, monkeypatch)
    assert outcomes.count(None) == 1
    assert all(isinstance(each, CartIsFull) for each in outcomes if each is not None), outcomes
    assert await lines(world) == MAX_CART_LINES


async def test_without_the_guard_it_would_be_found_out(world: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Step, "holds", lambda *_: None)
    await _all_at_once(world, monkeypatch)
    assert await lines(world) > MAX_CART_LINES


async def test_whoever_changes_it_beside_each_other_no_change_is_lost(world: Market) -> None:
    wanted = await nearly_full(world, 30, 24)
    before: int = await world.value("SELECT version FROM cart")

    async def by(n: int, variant_id: VariantId) -> None:
        if n % 3:
            await put(world, variant_id)
        else:
            async with transaction(world.db) as conn:
                await carts.set_cart_line(conn, SITI, variant_id, 1)

    await asyncio.gather(*(by(n, each) for n, each in enumerate(wanted)))
    assert await lines(world) == MAX_CART_LINES - 30 + 24
    assert await world.value("SELECT version FROM cart") == before + 24


async def test_several_lines_are_set_in_a_transaction_and_a_fault_of_one_names_it(world: Market) -> None:
    unknown = VariantId.new()

    async def set_all(*wanted: carts.Line) -> None:
        await in_step(world.db, lambda conn: carts.set_cart_lines(conn, SITI, wanted))

    for before in ([(BAYAM, 2)], []):
        with pytest.raises(ProductIsUnavailable) as refused:
            await set_all(*before, (unknown, 1))
        assert refused.value.within == f"lines.{len(before)}."
    assert await lines(world) == 0
    await world.hear(a_product("sawi"))
    await set_all((BAYAM, 2), (VariantId.seeded("sawi"), 1))
    assert await lines(world) == 2


@pytest.mark.parametrize("do", [put, take_out])
async def test_nothing_becomes_theirs_who_was_erased_meanwhile(
    world: Market, monkeypatch: pytest.MonkeyPatch, do: Callable[[Market], Awaitable[None]]
) -> None:
    if do is put:
        await world.fill_cart(SITI, {})  # there is nothing that erasing would take out
    else:
        await world.fill_cart(SITI, {BAYAM: 1})

    async def erased() -> None:
        async with transaction(world.db) as conn:
            await erasing.erase(conn, SITI)

    with looking(monkeypatch, erased), pytest.raises(Forbidden):
        await do(world)
    assert await lines(world) == 0
    with pytest.raises(Forbidden):
        await do(world)


async def test_a_guests_cart_that_was_taken_over_meanwhile_is_gone(
    world: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with transaction(world.db) as conn:
        token = await guests.open_cart(conn, [(BAYAM, 1)])
    guest = Guest.of(token)
    assert guest is not None

    async def taken() -> None:
        async with transaction(world.db) as conn:
            await guests.take_over(conn, SITI, guest)

    with looking(monkeypatch, taken), pytest.raises(GuestCartIsGone):
        await put(world, quantity=5, whose=guest)
    assert await world.rows("SELECT quantity FROM cart_line") == [{"quantity": 1}]
