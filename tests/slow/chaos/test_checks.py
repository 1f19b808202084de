"""A history that holds, and for each check what it must refuse: a checker that never failed proves nothing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import pytest

from services.contracts.registry import NAMES
from tests.slow.chaos import faults
from tests.slow.chaos.checks import CHECKS, judge
from tests.slow.chaos.evidence import Delivery, Evidence, Order, PartnerReply, Reservation, Service, Told, Transfer
from tests.slow.chaos.history import Call, What

SITI, BUDI = "usr|siti", "usr|budi"


@dataclass
class Story:
    """Two orders: ord_1 is delivered and paid, ord_2 was cancelled by its buyer before anybody fetched it."""

    calls: list[Call] = field(default_factory=list)
    evidence: Evidence = field(default_factory=Evidence)

    def say(self, buyer: str, operation: str, what: What, *, call: int, **facts: str | int) -> None:
        line = Call(call, float(len(self.calls)), buyer, operation, what)
        self.calls.append(replace(line, **facts))  # type: ignore[arg-type]  # text and numbers, each in its place

    def told(self, service: str, topic: str, aggregate: str, *types: str, order: str) -> None:
        backbone = self.evidence.services[service]
        for number, kind in enumerate(types, 1):
            backbone.told.append(Told(topic, aggregate, number, f"{service}.{kind}.v1", order))
        backbone.counted[topic, aggregate] = len(types)

    def order(self, number: int, **changed: str | int | tuple[tuple[str, str, int, int], ...]) -> None:
        old = self.evidence.orders[number - 1]
        self.evidence.orders[number - 1] = replace(old, **changed)  # type: ignore[arg-type]  # as above


@pytest.fixture
def story() -> Story:
    made = Story()
    made.say(SITI, "placeOrder", What.INVOKE, call=1, key="k1")
    made.say(SITI, "placeOrder", What.INFO, call=1, key="k1", code="TIMEOUT")
    made.say(SITI, "placeOrder", What.INVOKE, call=2, key="k1")
    made.say(SITI, "placeOrder", What.OK, call=2, key="k1", order="ord_1", version=1)
    made.say(SITI, "order", What.INVOKE, call=3, order="ord_1")
    made.say(SITI, "order", What.OK, call=3, order="ord_1", version=2)
    made.say(SITI, "order", What.INVOKE, call=4, order="ord_1")
    made.say(SITI, "order", What.OK, call=4, order="ord_1", version=3)
    made.say(BUDI, "placeOrder", What.INVOKE, call=5, key="k2")
    made.say(BUDI, "placeOrder", What.OK, call=5, key="k2", order="ord_2", version=1)
    made.say(BUDI, "cancelOrder", What.INVOKE, call=6, order="ord_2")
    made.say(BUDI, "cancelOrder", What.OK, call=6, order="ord_2")
    found = made.evidence
    found.services.update({name: Service() for name in NAMES})
    found.orders += [
        Order("ord_1", SITI, "COMPLETED", "COMPLETED", 1_010, payments=(("pay_1", "COLLECTED", 1_010, 1_000),)),
        Order("ord_2", BUDI, "CANCELLED", "CANCELLED", 20, "BUYER_CANCELLED", payments=(("pay_2", "VOIDED", 20, 0),)),
    ]
    found.ledger += [
        Transfer("ord_1", "GOODS", "cash", "merchant", 1_007),
        Transfer("ord_1", "RIDER_SHARE", "cash", "rider", 3),
        Transfer("ord_1", "ROUNDING", "rounding", "cash", 10),
    ]
    found.reservations += [
        Reservation("ord_1", "COMMITTED", (("var_1", 2),)),
        Reservation("ord_2", "RELEASED", (("var_1", 4),)),
    ]
    found.initial_stock["var_1"], found.stock["var_1"], found.moved["var_1"] = 10, (8, 0, 0), (8, 0, 0)
    found.deliveries += [Delivery("dlv_1", "ord_1", "DELIVERED", 1), Delivery("dlv_2", "ord_2", "CANCELLED")]
    found.replies += [PartnerReply("ptn_1", "off_1.delivered", "partner.delivered.v1", "dlv_1", "")]
    orders = ("order_placed", "order_confirmed", "order_started", "order_completed")
    made.told("ordering", "ordering.orders", "ord_1", *orders, order="ord_1")
    made.told("ordering", "ordering.orders", "ord_2", "order_placed", "order_cancelled", order="ord_2")
    made.told("ordering", "ordering.payments", "pay_1", "cash_due", "cash_collected", order="ord_1")
    made.told("catalog", "catalog.reservations", "rsv_1", "stock_held", "stock_committed", order="ord_1")
    made.told("catalog", "catalog.reservations", "rsv_2", "stock_held", "stock_released", order="ord_2")
    made.told("delivery", "delivery.deliveries", "dlv_1", "delivery_assigned", "picked_up", "delivered", order="ord_1")
    placed = {("ordering.orders", "ord_1"): 4, ("ordering.orders", "ord_2"): 2}
    found.services["catalog"].heard |= placed | {("delivery.deliveries", "dlv_1"): 3}
    found.services["delivery"].heard |= placed
    found.services["ordering"].heard |= {
        ("catalog.reservations", "rsv_1"): 2, ("catalog.reservations", "rsv_2"): 2, ("delivery.deliveries", "dlv_1"): 3,
    }  # fmt: skip
    found.services["insight"].heard |= placed | {("delivery.deliveries", "dlv_1"): 3}
    found.services["people"].heard |= {
        **placed,
        ("ordering.payments", "pay_1"): 2,
        ("catalog.reservations", "rsv_1"): 2, ("catalog.reservations", "rsv_2"): 2, ("delivery.deliveries", "dlv_1"): 3,
    }  # fmt: skip
    found.log += [event for service in found.services.values() for event in service.told]
    found.log += found.services["ordering"].told[:2]  # a refill sends again what the log has already
    return made


def test_nothing_is_found_in_what_holds(story: Story) -> None:
    assert judge(story.calls, story.evidence) == {name: [] for name in CHECKS}


def _lost(story: Story) -> None:
    del story.evidence.orders[0]


def _given_to_another(story: Story) -> None:
    story.order(1, buyer=BUDI)


def _answered_with_two_orders(story: Story) -> None:
    story.say(SITI, "placeOrder", What.OK, call=9, key="k1", order="ord_2")


def _placed_twice(story: Story) -> None:
    story.evidence.orders.append(replace(story.evidence.orders[0], id="ord_3"))


def _cancellation_forgotten(story: Story) -> None:
    story.order(2, status="COMPLETED")


def _read_goes_back(story: Story) -> None:
    story.say(SITI, "order", What.INVOKE, call=9, order="ord_1")
    story.say(SITI, "order", What.OK, call=9, order="ord_1", version=2)


def _not_found_by_its_buyer(story: Story) -> None:
    story.say(BUDI, "order", What.INVOKE, call=9, order="ord_2")
    story.say(BUDI, "order", What.OK, call=9, order="ord_2", version=0)


def _reserved_twice(story: Story) -> None:
    story.evidence.reservations.append(Reservation("ord_1", "RELEASED"))


def _never_delivered_to(story: Story) -> None:
    del story.evidence.deliveries[1]


def _paid_twice(story: Story) -> None:
    story.order(1, payments=(("pay_1", "COLLECTED", 10, 10), ("pay_3", "DUE", 10, 0)))


def _reserved_for_nobody(story: Story) -> None:
    story.evidence.reservations.append(Reservation("ord_9", "RELEASED"))


def _told_twice(story: Story) -> None:
    story.told("delivery", "delivery.deliveries", "dlv_9", "delivered", order="ord_1")


def _count_stock(story: Story, *counted: int) -> None:
    story.evidence.stock["var_1"] = story.evidence.moved["var_1"] = (counted[0], counted[1], counted[2])


def _taken_out_twice(story: Story) -> None:
    _count_stock(story, 6, 0, 0)


def _hold_forgotten(story: Story) -> None:
    _count_stock(story, 8, 4, 0)


def _counter_forgotten(story: Story) -> None:
    _count_stock(story, 8, 0, 4)


def _never_put_back(story: Story) -> None:
    """A trip that timed out before the pickup: nobody has its goods."""
    story.order(2, reason="DELIVERY_TIMEOUT")
    _count_stock(story, 4, 0, 0)


def _put_back_while_a_rider_has_them(story: Story) -> None:
    """The buyer cancelled while the news of the pickup was on its way."""
    story.told("delivery", "delivery.deliveries", "dlv_2", "delivery_assigned", "picked_up", "delivered", order="ord_2")


def _put_back_on_top_of_a_count(story: Story) -> None:
    _count_stock(story, 12, 0, 0)


def _moved_without_a_movement(story: Story) -> None:
    story.evidence.moved["var_1"] = (10, 0, 0)


def _oversold(story: Story) -> None:
    story.evidence.initial_stock["var_1"] = 1
    _count_stock(story, -1, 0, 0)


def _two_offers_accepted(story: Story) -> None:
    story.evidence.deliveries[0] = replace(story.evidence.deliveries[0], accepted_offers=2)


def _assigned_twice(story: Story) -> None:
    backbone = story.evidence.services["delivery"]
    backbone.told.append(Told("delivery.deliveries", "dlv_1", 4, "delivery.delivery_assigned.v1", "ord_1"))
    backbone.counted["delivery.deliveries", "dlv_1"] = 4


def _handed_over_by_two(story: Story) -> None:
    story.evidence.replies.append(PartnerReply("ptn_2", "off_2.delivered", "partner.delivered.v1", "dlv_1", ""))


def _a_number_is_missing(story: Story) -> None:
    del story.evidence.services["ordering"].told[1]


def _two_numbers_are_swapped(story: Story) -> None:
    told = story.evidence.services["ordering"].told
    told[1], told[2] = told[2], told[1]


def _the_last_is_missing(story: Story) -> None:
    del story.evidence.services["delivery"].told[-1]


def _out_of_order_on_the_log(story: Story) -> None:
    log = story.evidence.log
    log[0], log[1] = log[1], log[0]


def _not_on_the_log(story: Story) -> None:
    story.evidence.log = [event for event in story.evidence.log if event.type != "ordering.order_completed.v1"]


def _not_heard_to_the_end(story: Story) -> None:
    story.evidence.services["catalog"].heard["ordering.orders", "ord_1"] = 3


def _never_heard(story: Story) -> None:
    del story.evidence.services["ordering"].heard["delivery.deliveries", "dlv_1"]


def _left_in_the_outbox(story: Story) -> None:
    story.evidence.services["ordering"].pending = 1


def _waits(story: Story) -> None:
    story.evidence.services["catalog"].waiting.append("ordering.orders ord_1 4")


def _parked(story: Story) -> None:
    story.evidence.services["delivery"].parked.append("ordering.orders ord_1 4: KeyError")


def _dead(story: Story) -> None:
    story.evidence.services["ordering"].dead.append("catalog.reservations evt_1: unknown type")


def _booked_twice(story: Story) -> None:
    story.evidence.ledger.append(Transfer("ord_1", "GOODS", "cash", "merchant", 7))


def _not_booked(story: Story) -> None:
    story.evidence.ledger.clear()


def _cancelled_and_booked(story: Story) -> None:
    story.evidence.ledger.append(Transfer("ord_2", "GOODS", "cash", "merchant", 20))


def _completed_and_unpaid(story: Story) -> None:
    story.order(1, payments=(("pay_1", "DUE", 10, 0),))


def _rounding_not_booked(story: Story) -> None:
    story.evidence.ledger.pop()


def _paid_in_coins_that_nobody_has(story: Story) -> None:
    story.evidence.ledger.pop()
    story.order(1, payments=(("pay_1", "COLLECTED", 1_010, 1_010),))


def _booked_for_nobody(story: Story) -> None:
    story.evidence.ledger.append(Transfer("ord_9", "GOODS", "cash", "merchant", 1))


def _open_without_a_timer(story: Story) -> None:
    story.order(1, status="IN_PROGRESS", state="ASSIGNED")


def _ended_with_a_timer(story: Story) -> None:
    story.order(2, timers=1)


def _trip_without_a_timer(story: Story) -> None:
    story.evidence.deliveries[1] = replace(story.evidence.deliveries[1], status="OFFERED")


def _trip_waits_for_ever(story: Story) -> None:
    story.evidence.deliveries[1] = replace(story.evidence.deliveries[1], status="WAITING")


def _two_stories(story: Story) -> None:
    story.evidence.deliveries[0] = replace(story.evidence.deliveries[0], status="CANCELLED")


def _cancelled_while_the_pickup_was_on_its_way(story: Story) -> None:
    story.evidence.deliveries[1] = replace(story.evidence.deliveries[1], status="DELIVERED", accepted_offers=1)
    story.order(2, attention="DELIVERED in CANCELLED")  # that a person was to look at it made it right before


def _cancelled_and_paid(story: Story) -> None:
    story.order(2, payments=(("pay_2", "COLLECTED", 20, 20),))


def _cancelled_with_goods_that_left(story: Story) -> None:
    story.told("delivery", "delivery.deliveries", "dlv_2", "delivery_assigned", "picked_up", order="ord_2")


def _told_both(story: Story) -> None:
    story.told(
        "ordering", "ordering.orders", "ord_2", "order_placed", "order_cancelled", "order_completed", order="ord_2"
    )


def _a_trip_in_vain_that_never_was(story: Story) -> None:
    story.evidence.ledger.append(Transfer("ord_2", "FAILED_TRIP", "platform:losses", "rider", 7))


VIOLATIONS: list[tuple[str, Callable[[Story], None]]] = [
    ("acknowledged orders exist", _lost),
    ("acknowledged orders exist", _given_to_another),
    ("one key is one order", _answered_with_two_orders),
    ("one key is one order", _placed_twice),
    ("acknowledged cancellations hold", _cancellation_forgotten),
    ("reads never go back", _read_goes_back),
    ("reads never go back", _not_found_by_its_buyer),
    ("effects happen once", _reserved_twice),
    ("effects happen once", _never_delivered_to),
    ("effects happen once", _paid_twice),
    ("effects happen once", _reserved_for_nobody),
    ("effects happen once", _told_twice),
    ("stock is conserved", _taken_out_twice),
    ("stock is conserved", _hold_forgotten),
    ("stock is conserved", _counter_forgotten),
    ("stock is conserved", _never_put_back),
    ("stock is conserved", _put_back_while_a_rider_has_them),
    ("stock is conserved", _put_back_on_top_of_a_count),
    ("stock is conserved", _moved_without_a_movement),
    ("stock is conserved", _oversold),
    ("no order has two winners", _two_offers_accepted),
    ("no order has two winners", _assigned_twice),
    ("no order has two winners", _handed_over_by_two),
    ("events are numbered", _a_number_is_missing),
    ("events are numbered", _two_numbers_are_swapped),
    ("events are numbered", _the_last_is_missing),
    ("the log is in order", _out_of_order_on_the_log),
    ("the log is in order", _not_on_the_log),
    ("everything is heard", _not_heard_to_the_end),
    ("everything is heard", _never_heard),
    ("nothing is stuck", _left_in_the_outbox),
    ("nothing is stuck", _waits),
    ("nothing is stuck", _parked),
    ("nothing is stuck", _dead),
    ("the ledger balances", _booked_twice),
    ("the ledger balances", _not_booked),
    ("the ledger balances", _cancelled_and_booked),
    ("the ledger balances", _completed_and_unpaid),
    ("the ledger balances", _rounding_not_booked),
    ("the ledger balances", _paid_in_coins_that_nobody_has),
    ("the ledger balances", _booked_for_nobody),
    ("the ledger balances", _a_trip_in_vain_that_never_was),
    ("everything ends", _open_without_a_timer),
    ("everything ends", _ended_with_a_timer),
    ("everything ends", _trip_without_a_timer),
    ("everything ends", _trip_waits_for_ever),
    ("order trip cash and goods agree", _two_stories),
    ("order trip cash and goods agree", _cancelled_while_the_pickup_was_on_its_way),
    ("order trip cash and goods agree", _cancelled_and_paid),
    ("order trip cash and goods agree", _cancelled_with_goods_that_left),
    ("order trip cash and goods agree", _told_both),
]


@pytest.mark.parametrize(
    ("check", "violate"), VIOLATIONS, ids=[violate.__name__.strip("_") for _, violate in VIOLATIONS]
)
def test_the_checker_refuses(story: Story, check: str, violate: Callable[[Story], None]) -> None:
    violate(story)
    assert judge(story.calls, story.evidence)[check], f"{check} found nothing wrong"


def test_each_check_has_refused_something() -> None:
    assert {check for check, _ in VIOLATIONS} == set(CHECKS)


def test_an_order_behind_an_unknown_outcome_is_nobodys_fault(story: Story) -> None:
    story.say(BUDI, "placeOrder", What.INVOKE, call=9, key="k3")
    story.evidence.orders.append(replace(story.evidence.orders[1], id="ord_3"))
    assert judge(story.calls, story.evidence)["one key is one order"] == []


def test_a_cancellation_that_was_refused_for_goods_that_had_left_holds_too(story: Story) -> None:
    story.say(SITI, "cancelOrder", What.INVOKE, call=9, order="ord_1")
    story.say(SITI, "cancelOrder", What.OK, call=9, order="ord_1")
    assert judge(story.calls, story.evidence)["acknowledged cancellations hold"]
    kinds = ("order_placed", "order_confirmed", "order_started", "cancellation_requested", "cancellation_refused")
    story.told("ordering", "ordering.orders", "ord_1", *kinds, "order_completed", order="ord_1")
    assert judge(story.calls, story.evidence)["acknowledged cancellations hold"] == []


def test_what_a_failed_trip_costs_is_beside_the_cash(story: Story) -> None:
    story.order(2, reason="DELIVERY_FAILED")
    story.evidence.ledger.append(Transfer("ord_2", "FAILED_TRIP", "platform:losses", "rider", 7))
    assert judge(story.calls, story.evidence)["the ledger balances"] == []


def test_goods_that_a_rider_fetched_are_not_put_back(story: Story) -> None:
    story.order(2, reason="DELIVERY_FAILED")
    story.told("delivery", "delivery.deliveries", "dlv_2", "delivery_assigned", "picked_up", order="ord_2")
    _count_stock(story, 4, 0, 0)
    assert judge(story.calls, story.evidence)["stock is conserved"] == []


def test_goods_of_a_confirmed_order_are_on_the_counter_until_a_rider_has_them(story: Story) -> None:
    story.order(2, status="IN_PROGRESS")
    story.told("ordering", "ordering.orders", "ord_2", "order_placed", "order_confirmed", order="ord_2")
    _count_stock(story, 8, 0, 4)
    assert judge(story.calls, story.evidence)["stock is conserved"] == []
    _count_stock(story, 4, 0, 0)
    assert judge(story.calls, story.evidence)["stock is conserved"]


def test_a_seed_is_one_order_of_faults_and_every_kind_comes_before_any_comes_again() -> None:
    first = [fault.name for fault in faults.schedule(7, 30)]
    assert first == [fault.name for fault in faults.schedule(7, 30)]
    assert set(first[: len(faults.FAULTS)]) == set(faults.FAULTS)
    assert first != [fault.name for fault in faults.schedule(8, 30)]
