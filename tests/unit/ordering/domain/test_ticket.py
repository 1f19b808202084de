"""Tickets as rules."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contracts.claims import TicketCategory, TicketId
from services.ordering.domain.refusal import WrongState
from services.ordering.domain.ticket import (
    FOR_STAFF,
    MAX_A_DAY,
    MAX_ENTRIES,
    MAX_OPEN,
    PROMISED,
    SILENCE,
    TICKET,
    Standing,
    Ticket,
    TicketInput,
    TicketsAreTooMany,
    TicketState,
    check_room,
)

NOON = datetime(2026, 11, 29, 12, tzinfo=UTC)


def a_ticket(category: TicketCategory = TicketCategory.ORDER) -> Ticket:
    return Ticket.opened(TicketId.seeded("t"), category, NOON)


def test_every_state_answers_every_input_and_only_what_is_closed_is_left_by_nothing() -> None:
    assert len(TICKET.table) == len(TicketState) * len(TicketInput)
    for state in TicketState:
        leads_on = {TICKET.table[state, each] for each in TicketInput} - {None, state}
        assert bool(leads_on) == (state is not TicketState.CLOSED)


@pytest.mark.parametrize("category", TicketCategory)
def test_each_category_is_promised_an_answer_before_an_end(category: TicketCategory) -> None:
    promise = PROMISED[category]
    assert timedelta() < promise.respond <= promise.resolve
    assert a_ticket(category).due_at == NOON + promise.respond


@given(st.lists(st.tuples(st.sampled_from(TicketInput), st.integers(0, 200)), max_size=30))
def test_whatever_happens_what_is_not_closed_has_a_deadline(steps: list[tuple[TicketInput, int]]) -> None:
    ticket = a_ticket()
    for given_input, hours in steps:
        ticket.at += timedelta(hours=hours)
        do = {
            TicketInput.SAY: ticket.say,
            TicketInput.REPLY: ticket.reply,
            TicketInput.RESOLVE: ticket.resolve,
            TicketInput.DUE: ticket.due,
        }[given_input]
        try:
            do()
        except WrongState:
            assert ticket.state is TicketState.CLOSED
        assert (ticket.due_at is None) == (ticket.state is TicketState.CLOSED)
        assert (ticket.resolved_at is None) == (ticket.state not in (TicketState.RESOLVED, TicketState.CLOSED))
        assert ticket.respond_by <= ticket.resolve_by


def test_silence_of_the_opener_resolves_and_then_closes() -> None:
    ticket = a_ticket()
    ticket.reply()
    assert ticket.due_at == NOON + SILENCE
    passed = []
    for _ in range(3):
        ticket.due()
        passed.append(ticket.state)
    assert passed == [TicketState.RESOLVED, TicketState.CLOSED, TicketState.CLOSED]


def test_silence_of_staff_resolves_nothing_and_is_asked_for_again() -> None:
    ticket = a_ticket()
    ticket.at += timedelta(hours=5)
    ticket.due()
    assert (ticket.state, ticket.given) == (TicketState.OPEN, None)
    assert ticket.wakes_at == ticket.at + timedelta(hours=24)
    assert ticket.state in FOR_STAFF


def test_what_was_resolved_is_opened_again_with_new_promises() -> None:
    ticket = a_ticket()
    ticket.resolve()
    ticket.at += timedelta(days=6)
    ticket.say()
    assert (ticket.state, ticket.responded_at) == (TicketState.REOPENED, None)
    assert ticket.due_at == ticket.at + PROMISED[TicketCategory.ORDER].respond


def test_there_is_room_for_so_many() -> None:
    check_room(Standing(MAX_OPEN - 1, MAX_A_DAY - 1))
    for standing in (Standing(MAX_OPEN, 0), Standing(0, MAX_A_DAY)):
        with pytest.raises(TicketsAreTooMany):
            check_room(standing)
    ticket = a_ticket()
    ticket.version = MAX_ENTRIES
    with pytest.raises(TicketsAreTooMany):
        ticket.say()
