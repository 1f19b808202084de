"""A person who is erased: their contacts and their cart go, orders and accounts stay true."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest

from services.contracts.catalog import VariantId
from services.contracts.ordering import OrderId
from services.contracts.people import PersonErased, PersonId
from services.kit.database.db import transaction
from services.ordering import housekeeping
from services.ordering.commands import erasing, process
from services.ordering.domain.refusal import Refused
from tests.worlds.ordering import HOME, Market, a_key, an_order
from tests.worlds.ordering_site import BAYAM, PLACE, SAVE, SET, Site, a_contact, the_input
from tests.worlds.waiting import until

PERSON = PersonId.new()
SUBJECT = str(PERSON)
CONTACT = "query($id: ID!) { order(id: $id) { orderCode total contact { phone } } }"
_TRUE = ("orders", "seller_order", "order_line", "payment", "ledger", "order_history")


async def _hear(world: Market) -> None:
    await world.hear(PersonErased(person_id=PERSON, erased_at=datetime(2026, 11, 28, tzinfo=UTC)))


async def _order(world: Market) -> OrderId:
    return await world.place(SUBJECT, await an_order(world, SUBJECT))


async def _end(world: Market, order_id: OrderId) -> None:
    async with transaction(world.db) as conn:
        await process.cancel_order(conn, order_id, SUBJECT)


async def _kept(world: Market) -> tuple[int, int]:
    """Contacts that say anything, and lines of carts, of the person."""
    contacts = await world.value(
        """SELECT count(*) FROM contact c JOIN buyer b ON b.id = c.buyer_id
           WHERE b.subject = $1 AND (phone, recipient, line, label) <> ('', '', '', '')""",
        SUBJECT,
    )
    lines = await world.value(
        """SELECT count(*) FROM cart_line l JOIN cart c ON c.id = l.cart_id JOIN buyer b ON b.id = c.buyer_id
           WHERE b.subject = $1""",
        SUBJECT,
    )
    return contacts, lines


async def test_contacts_and_cart_go_and_orders_stay_as_they_were(site: Site) -> None:
    world = site.world
    order_id = await _order(world)
    await _end(world, order_id)
    await world.contact(SUBJECT)
    await world.fill_cart(SUBJECT, {VariantId.seeded("bayam"): 3})
    before = await world.fingerprint()
    assert await _kept(world) == (2, 1)
    shown = await site.data(CONTACT, SUBJECT, id=str(order_id))
    assert shown["contact"] == {"phone": "+6281234500001"}
    await _hear(world)
    assert await _kept(world) == (0, 0)
    after = await world.fingerprint()
    assert {table: after[table] for table in _TRUE} == {table: before[table] for table in _TRUE}
    assert HOME.line not in after["contact"]
    assert await site.data(CONTACT, SUBJECT, id=str(order_id)) == {**shown, "contact": None}
    assert await site.data(CONTACT, "usr_ops", "ops", id=str(order_id)) == {**shown, "contact": None}


async def test_an_open_orders_contact_goes_when_the_order_ends(site: Site) -> None:
    world = site.world
    order_id = await _order(world)
    await world.contact(SUBJECT)
    await _hear(world)
    assert await _kept(world) == (1, 0)
    await housekeeping.look(world.db)
    assert (await site.data(CONTACT, SUBJECT, id=str(order_id)))["contact"] == {"phone": "+6281234500001"}
    await _end(world, order_id)  # which gives the goods back to the cart
    await housekeeping.look(world.db)
    assert await _kept(world) == (0, 0)
    assert await world.value("SELECT emptied_at IS NOT NULL FROM buyer WHERE subject = $1", SUBJECT)


async def test_repeats_change_nothing(site: Site) -> None:
    world = site.world
    await _end(world, await _order(world))
    await _hear(world)
    before = await world.fingerprint()
    await _hear(world)
    await housekeeping.look(world.db)
    assert await world.fingerprint() == before


@pytest.mark.parametrize("known", [True, False])
async def test_a_token_that_outlives_its_person_makes_them_no_buyer_anew(site: Site, known: bool) -> None:
    world = site.world
    wanted = await the_input(world, SUBJECT) if known else None
    await _hear(world)
    assert await site.code(SAVE, SUBJECT, input=a_contact(), key=a_key()) == "FORBIDDEN"
    assert await site.code(SET, SUBJECT, variant=BAYAM, quantity=1) == "FORBIDDEN"
    if wanted:
        refused = await site.refused(PLACE, SUBJECT, input=wanted, key=a_key())
        assert refused["code"] in ("NOT_FOUND", "CART_EMPTY", "CART_CHANGED")
    assert await _kept(world) == (0, 0)


async def test_others_keep_what_is_theirs(site: Site) -> None:
    world = site.world
    await world.contact("usr_siti")
    await _hear(world)
    assert len((await site.data("{ me { contacts { id } } }"))["contacts"]) == 1


async def test_whatever_is_done_at_the_same_time_nothing_is_left(site: Site) -> None:
    """Placed before, the order has its contact until it ends; placed after, it is refused."""
    world = site.world
    wanted = await an_order(world, SUBJECT)

    async def place() -> OrderId | None:
        try:
            return await world.place(SUBJECT, wanted)
        except Refused:
            return None

    saves = [site.ask(SAVE, SUBJECT, input=a_contact(label=f"{n}"), key=a_key()) for n in range(3)]
    fills = [site.ask(SET, SUBJECT, variant=BAYAM, quantity=n) for n in range(2, 4)]
    order_id, *_ = await asyncio.gather(place(), _hear(world), *saves, *fills)
    if order_id is not None:
        assert (await site.data(CONTACT, SUBJECT, id=str(order_id)))["contact"] is not None
        await _end(world, order_id)
    await housekeeping.look(world.db)
    assert await _kept(world) == (0, 0)


async def test_what_waits_for_the_cart_while_its_buyer_is_erased_is_refused(site: Site) -> None:
    world = site.world
    await _end(world, await _order(world))  # a buyer by now, and known

    async def it_waits() -> bool:
        return bool(await world.value("SELECT EXISTS (SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock')"))

    async with transaction(world.db) as conn:
        await erasing.erase(conn, SUBJECT)
        fill = asyncio.create_task(site.code(SET, SUBJECT, variant=BAYAM, quantity=2))
        await until(it_waits)
    assert await fill == "FORBIDDEN"
    assert await _kept(world) == (0, 0)
