"""Tickets on PostgreSQL: who may do what, limits, deadlines."""

from __future__ import annotations

import asyncio
from collections import Counter

import asyncpg
import pytest

from services.contracts.claims import TicketCategory, TicketId
from services.contracts.ordering import OrderId
from services.contracts.people import PersonErased, PersonId
from services.kit.database.db import transaction
from services.ordering import gauges
from services.ordering.commands import tickets
from services.ordering.commands.tickets import OpenTicket
from services.ordering.domain.history import ActorKind
from services.ordering.domain.refusal import Unknown
from services.ordering.domain.ticket import MAX_OPEN, TicketsAreTooMany
from tests.worlds.claims import delivered
from tests.worlds.ordering import BUDI, SITI, Market, a_key, a_merchant
from tests.worlds.ordering_steps import fire

HOUR = 3_600


async def opened(world: Market, who: str = SITI, order_id: OrderId | None = None, key: str | None = None) -> TicketId:
    wanted = OpenTicket(TicketCategory.ORDER, "belum datang", order_id)
    async with transaction(world.db) as conn:
        return await tickets.open_ticket(conn, who, wanted, speaks_as=ActorKind.BUYER, idempotency_key=key or a_key())


async def said(world: Market, ticket_id: TicketId, who: str, *, staff: bool = False, key: str | None = None) -> None:
    async with transaction(world.db) as conn:
        await tickets.reply(conn, ticket_id, who, words="sudah dicek", is_staff=staff, idempotency_key=key or a_key())


async def state(world: Market, ticket_id: TicketId) -> str:
    return str(await world.value("SELECT state FROM ticket WHERE id = $1", ticket_id))


async def test_a_ticket_goes_from_its_opener_to_staff_and_back(world: Market) -> None:
    key = a_key()
    ticket_id = await opened(world, key=key)
    assert await opened(world, key=key) == ticket_id
    again = a_key()
    for _ in range(2):
        await said(world, ticket_id, "usr_officer", staff=True, key=again)
    assert await state(world, ticket_id) == "WAITING_FOR_OPENER"
    await said(world, ticket_id, SITI)
    assert await state(world, ticket_id) == "OPEN"
    for _ in range(2):
        async with transaction(world.db) as conn:
            await tickets.resolve(conn, ticket_id, "usr_officer", words="diganti")
    await said(world, ticket_id, SITI)
    assert await state(world, ticket_id) == "REOPENED"
    rows = await world.rows("SELECT input, actor_kind FROM ticket_entry ORDER BY version")
    assert [tuple(each.values()) for each in rows] == [
        ("SAY", "BUYER"),
        ("REPLY", "OFFICER"),
        ("SAY", "BUYER"),
        ("RESOLVE", "OFFICER"),
        ("SAY", "BUYER"),
    ]
    assert [each for each in await world.told() if "ticket" in each] == [
        "ordering.ticket_opened.v1",
        "ordering.ticket_resolved.v1",
    ]


async def test_who_has_no_part_in_an_order_complains_of_nothing_in_it(world: Market) -> None:
    order_id = await delivered(world)
    await world.hear(a_merchant("rival"))
    for who in (BUDI, "usr_rival"):
        with pytest.raises(Unknown):
            await opened(world, who, order_id)
    with pytest.raises(Unknown):
        await opened(world, SITI, OrderId.new())
    await opened(world, "usr_wlijo", order_id)
    assert await world.value("SELECT opener_kind FROM ticket") == "MERCHANT"


async def test_nobody_writes_into_anothers(world: Market) -> None:
    ticket_id = await opened(world)
    with pytest.raises(Unknown):
        await said(world, ticket_id, BUDI)
    with pytest.raises(Unknown):
        await said(world, TicketId.new(), SITI)
    assert await world.value("SELECT count(*) FROM ticket_entry") == 1


async def test_there_are_no_more_than_may_be_however_they_come(world: Market) -> None:
    async def one() -> str:
        try:
            await opened(world)
        except TicketsAreTooMany:
            return "refused"
        return "opened"

    await opened(world)
    found = Counter(await asyncio.gather(*(one() for _ in range(MAX_OPEN + 3))))
    assert found == {"opened": MAX_OPEN - 1, "refused": 4}
    await opened(world, BUDI)


async def test_a_late_answer_alarms_and_silence_of_its_opener_ends_it(world: Market) -> None:
    late, answered = await opened(world), await opened(world)
    await said(world, answered, "usr_officer", staff=True)
    await world.move_clock(5 * HOUR)
    await fire(world)
    assert await state(world, late) == "OPEN"
    async with world.db.acquire() as conn:
        await gauges.look(conn)
    assert gauges.TICKETS_OVERDUE._value.get() == 1
    for expected in ("RESOLVED", "CLOSED"):
        await world.move_clock(8 * 24 * HOUR)
        await fire(world)
        assert await state(world, answered) == expected
    assert await world.value("SELECT count(*) FROM timer WHERE kind = 'ticket.due'") == 1


async def test_words_go_with_who_opened_it(world: Market) -> None:
    person = PersonId.new()
    ticket_id = await opened(world, str(person))
    await said(world, ticket_id, "usr_officer", staff=True)
    await world.hear(PersonErased(person_id=person, erased_at=await world.value("SELECT wlijo_now()")))
    rows = await world.rows("SELECT words FROM ticket_entry ORDER BY version")
    assert [each["words"] for each in rows] == [None, None]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ticket SET due_at = NULL",
        "UPDATE ticket SET state = 'RESOLVED'",
        "UPDATE ticket SET respond_by = resolve_by + interval '1 hour'",
        "DELETE FROM ticket_entry",
        "UPDATE ticket_entry SET at = at",
    ],
)
async def test_the_database_refuses_by_itself(world: Market, statement: str) -> None:
    await opened(world)
    async with world.db.acquire() as conn:
        with pytest.raises((asyncpg.CheckViolationError, asyncpg.InsufficientPrivilegeError)):
            await conn.execute(statement)
