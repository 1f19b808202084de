"""An order and its trip, by the services' own tables: every interleaving of what buyer, clock, catalog, company and operations do, and of
what either side has heard of the other, ends in one story. Wrong rules, of before among them, are refused by the same checker."""

from __future__ import annotations

from dataclasses import replace

import pytest

from services.contracts.ordering import Goods
from services.ordering.domain.order import Order
from services.ordering.domain.process import Input, State
from services.ordering.domain.steps import Facts
from tests.worlds.order_and_trip import Broken, Take, explore


def test_whichever_came_first_order_trip_cash_and_goods_tell_one_story() -> None:
    states, ends = explore()
    assert states > 1_000
    assert ends >= 8  # delivered, returned, lost, nobody found, and called off in time, each in its ways


def cancels_at_once(order: Order, given: Input, facts: Facts) -> None:
    """As it was: who cancels before the pickup was heard of is told so, wherever the goods are."""
    order.take(given, facts)
    if order.state in (State.CALLED_OFF, State.CALLED_OFF_UNDERWAY):
        order.take(Input.DELIVERY_CANCELLED)


def forgets_the_request(order: Order, given: Input, facts: Facts) -> None:
    """Hears of the pickup and ends the order all the same, for it was asked to."""
    called_off = order.state in (State.CALLED_OFF, State.CALLED_OFF_UNDERWAY)
    order.take(given, facts)
    if called_off and order.state is State.PICKED_UP:
        order.take(Input.DELIVERY_CANCELLED)


def takes_what_left_for_what_is_there(order: Order, given: Input, facts: Facts) -> None:
    order.take(given, replace(facts, goods=facts.goods and Goods.AT_COUNTER))


def books_no_trip_in_vain(order: Order, given: Input, facts: Facts) -> None:
    order.take(given, replace(facts, partner_id=None) if given is Input.RETURNED else facts)


def hears_no_answer(order: Order, given: Input, facts: Facts) -> None:
    """Asks, and is deaf to what delivery says to it."""
    if given is not Input.DELIVERY_CANCELLED:
        order.take(given, facts)


@pytest.mark.parametrize(
    ("rule", "finds"),
    [
        (cancels_at_once, "cancelled, and the trip may deliver"),
        (forgets_the_request, "cancelled, and the trip may deliver|a trip in vain costs something"),
        (takes_what_left_for_what_is_there, "the goods are not where it says"),
        (books_no_trip_in_vain, "a trip in vain costs something"),
        (hears_no_answer, "one has ended, the other has not"),
    ],
)
def test_the_checker_refuses(rule: Take, finds: str) -> None:
    with pytest.raises(Broken, match=finds):
        explore(rule)
