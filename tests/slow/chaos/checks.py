"""The verdict: pure functions over what was said and what is stored. Each answers with the violations that it found, in words."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from infra.ops.heard import heard_by
from services.contracts.registry import NAMES
from services.ordering.domain.cash import in_cash
from tests.slow.chaos.evidence import Evidence, Order
from tests.slow.chaos.history import Call, What

Check = Callable[[Sequence[Call], Evidence], Iterator[str]]

_ENDED = frozenset({"COMPLETED", "CANCELLED"})
_TRIP_ENDED = frozenset({"DELIVERED", "RETURNED", "DISPOSED", "UNASSIGNABLE", "CANCELLED"})
_TRIP_WAITS_FOR_ORDERING = frozenset({"WAITING"})
_OF_FAILED_TRIPS = frozenset({"FAILED_TRIP", "LOST_GOODS"})
_SPLIT = frozenset({"GOODS", "COMMISSION", "RIDER_SHARE", "PARTNER_SHARE", "PLATFORM_SHARE"})
"""What a buyer's cash is split into. Rounding, short and over are beside the order's total; what a rider carries on, what is withheld and
what a failed trip costs come after it."""
_ONCE = frozenset({
    "ordering.order_placed.v1", "ordering.order_confirmed.v1", "ordering.order_started.v1", "ordering.order_completed.v1",
    "ordering.order_cancelled.v1", "ordering.cancellation_refused.v1",
    "ordering.cash_due.v1", "ordering.cash_collected.v1", "ordering.payment_voided.v1",
    "catalog.stock_held.v1", "catalog.stock_committed.v1", "catalog.stock_released.v1", "catalog.stock_refused.v1",
    "delivery.picked_up.v1", "delivery.delivered.v1",
})  # fmt: skip
_HEARS: Mapping[str, Mapping[str, frozenset[str]]] = {
    hearer: {
        teller: frozenset(topic for topic in heard_by(hearer) if topic.startswith(f"{teller}."))
        for teller in NAMES
        if any(topic.startswith(f"{teller}.") for topic in heard_by(hearer))
    }
    for hearer in NAMES
}
"""Who hears whose topics; of these every aggregate is heard to its end."""


def acknowledged_orders_exist(history: Sequence[Call], evidence: Evidence) -> Iterator[str]:
    """An order whose placing was acknowledged is there, and is its buyer's."""
    stored = {order.id: order for order in evidence.orders}
    for call in _ended(history, "placeOrder", What.OK):
        order = stored.get(call.order)
        if order is None:
            yield f"{call.order} was acknowledged to {call.buyer} and is lost"
        elif order.buyer != call.buyer:
            yield f"{call.order} was acknowledged to {call.buyer} and is {order.buyer}'s"


def one_key_is_one_order(history: Sequence[Call], evidence: Evidence) -> Iterator[str]:
    """The same key is answered with the same order, and no key makes an order that nobody asked for."""
    orders: dict[tuple[str, str], set[str]] = defaultdict(set)
    keys: dict[str, set[str]] = defaultdict(set)
    unknown: dict[str, set[str]] = defaultdict(set)
    for call in history:
        if call.operation != "placeOrder":
            continue
        if call.what is What.OK:
            orders[call.buyer, call.key].add(call.order)
            keys[call.order].add(call.key)
        elif call.what is What.INFO:
            unknown[call.buyer].add(call.key)
    ended = {call.call for call in history if call.what is not What.INVOKE}
    for call in history:
        if call.operation == "placeOrder" and call.what is What.INVOKE and call.call not in ended:
            unknown[call.buyer].add(call.key)
    for (buyer, key), made in orders.items():
        if len(made) > 1:
            yield f"key {key} of {buyer} was answered with {len(made)} orders: {', '.join(sorted(made))}"
        unknown[buyer].discard(key)
    for order, used in keys.items():
        if len(used) > 1:
            yield f"{order} was given as the answer to {len(used)} keys"
    extra = Counter(order.buyer for order in evidence.orders if order.id not in keys)
    for buyer, count in extra.items():
        if count > len(unknown[buyer]):
            yield f"{buyer} has {count} orders that were never acknowledged, and {len(unknown[buyer])} calls of unknown outcome"


def acknowledged_cancellations_hold(history: Sequence[Call], evidence: Evidence) -> Iterator[str]:
    """Who asked in time is cancelled; whose goods had left by then was told so."""
    status = {order.id: order.status for order in evidence.orders}
    refused = _told_of(evidence, "ordering.cancellation_refused.v1")
    for call in _ended(history, "cancelOrder", What.OK):
        if status.get(call.order) != "CANCELLED" and call.order not in refused:
            yield f"{call.order} is {status.get(call.order)} after its cancellation was acknowledged"


def reads_never_go_back(history: Sequence[Call], evidence: Evidence) -> Iterator[str]:
    """An acknowledged order is seen by its buyer, never with a lower version than before."""
    seen: dict[str, int] = {}
    began: dict[int, int] = {}
    for call in history:
        if call.operation != "order" or not call.order:
            continue
        if call.what is What.INVOKE:
            began[call.call] = seen.get(call.order, 0)
        elif call.what is What.OK:
            if call.version < began.get(call.call, 0):
                yield f"{call.order} was read at version {call.version or 'none'} after version {began[call.call]}"
            elif call.version == 0:
                yield f"{call.order} was acknowledged and not found by its buyer"
            seen[call.order] = max(seen.get(call.order, 0), call.version)


def effects_happen_once(history: Sequence[Call], evidence: Evidence) -> Iterator[str]:
    """One reservation, one delivery, one payment per order, each for an order that exists; each fact is told once."""
    known = {order.id for order in evidence.orders}
    for what, found in (
        ("reservations", Counter(each.order for each in evidence.reservations)),
        ("deliveries", Counter(each.order for each in evidence.deliveries)),
        ("payments", Counter({order.id: len(order.payments) for order in evidence.orders})),
    ):
        for order in sorted(known):
            if found[order] != 1:
                yield f"{order} has {found[order]} {what}"
        for order in sorted(set(found) - known):
            yield f"there are {what} of {order}, which nobody placed"
    told = Counter(
        (event.order, event.type)
        for service in evidence.services.values()
        for event in service.told
        if event.type in _ONCE
    )
    for (order, kind), times in told.items():
        if times > 1:
            yield f"{kind} was told {times} times of {order}"


def stock_is_conserved(history: Sequence[Call], evidence: Evidence) -> Iterator[str]:
    """What was there less what riders fetched is on hand; of it is kept what orders that have not ended, and they alone, are kept; and
    every row is the sum of its movements. Whose goods are gone is what delivery told, not what catalog made of it."""
    ended = {order.id for order in evidence.orders if order.status in _ENDED}
    told = {(event.order, event.type) for service in evidence.services.values() for event in service.told}
    fetched: Counter[str] = Counter()
    reserved: Counter[str] = Counter()
    on_counter: Counter[str] = Counter()
    for each in evidence.reservations:
        if (each.order, "delivery.picked_up.v1") in told:
            kept = fetched
        elif each.order in ended or (each.order, "catalog.stock_held.v1") not in told:
            continue
        else:
            kept = on_counter if (each.order, "ordering.order_confirmed.v1") in told else reserved
        for variant, quantity in each.lines:
            kept[variant] += quantity
    for variant, before in evidence.initial_stock.items():
        present = evidence.stock.get(variant, (0, 0, 0))
        wanted = (before - fetched[variant], reserved[variant], on_counter[variant])
        if present != wanted:
            yield f"{variant}: {wanted} should be on hand, reserved and on the counter of {before}, and {present} are"
        if present[0] < present[1] + present[2]:
            yield f"{variant} is oversold: {present[0]} on hand, {present[1]} reserved, {present[2]} on the counter"
        if (moved := evidence.moved.get(variant, (0, 0, 0))) != present:
            yield f"{variant}: its movements make {moved}, and {present} are there"


def no_order_has_two_winners(history: Sequence[Call], evidence: Evidence) -> Iterator[str]:
    """At most one offer of a trip is accepted, by the offers and by what was answered to the partners."""
    for each in evidence.deliveries:
        if each.accepted_offers > 1:
            yield f"{each.id} has {each.accepted_offers} accepted offers"
        if each.status == "DELIVERED" and each.accepted_offers != 1:
            yield f"{each.id} is delivered with {each.accepted_offers} accepted offers"
    given_back = Counter(
        event.aggregate
        for service in evidence.services.values()
        for event in service.told
        if event.type == "delivery.delivery_unassigned.v1"
    )
    assigned = Counter(
        event.aggregate
        for service in evidence.services.values()
        for event in service.told
        if event.type == "delivery.delivery_assigned.v1"
    )
    for delivery, times in assigned.items():
        if times > 1 + given_back[delivery]:
            yield f"{delivery} was assigned {times} times and given back {given_back[delivery]} times"
    delivered = Counter(
        reply.job for reply in evidence.replies if reply.type.startswith("partner.delivered") and not reply.code
    )
    for job, times in delivered.items():
        if times > 1:
            yield f"{times} replies delivered the job {job}"


def events_are_numbered(history: Sequence[Call], evidence: Evidence) -> Iterator[str]:
    """Each aggregate's events are 1, 2, 3 … in the order in which they were told, to the number that its counter says."""
    for name, service in evidence.services.items():
        told: dict[tuple[str, str], list[int]] = defaultdict(list)
        for event in service.told:
            told[event.topic, event.aggregate].append(event.seq)
        for place, numbers in told.items():
            if numbers != list(range(1, len(numbers) + 1)):
                yield f"{name}: {' '.join(place)} is numbered {numbers[:20]}"
        for place, last in service.counted.items():
            if len(told[place]) != last:
                yield f"{name}: {' '.join(place)} was counted to {last}, {len(told[place])} are in the archive"


def the_log_is_in_order(history: Sequence[Call], evidence: Evidence) -> Iterator[str]:
    """On the broker each aggregate's events begin 1, 2, 3 …, repeats aside, and none of them is missing."""
    last: Counter[tuple[str, str]] = Counter()
    for event in evidence.log:
        place = (event.topic, event.aggregate)
        if event.seq > last[place] + 1:
            yield f"{' '.join(place)}: {event.seq} is in the log after {last[place]}"
        last[place] = max(last[place], event.seq)
    for service in evidence.services.values():
        for place, count in service.counted.items():
            if last[place] != count:
                yield f"{' '.join(place)}: the log has {last[place]} of {count}"


def everything_is_heard(history: Sequence[Call], evidence: Evidence) -> Iterator[str]:
    """Each consumer's position is its publisher's count."""
    for name, sources in _HEARS.items():
        heard = evidence.services[name].heard
        for source, topics in sources.items():
            for place, last in evidence.services[source].counted.items():
                if place[0] in topics and heard.get(place, 0) != last:
                    yield f"{name} heard {heard.get(place, 0)} of {last} of {' '.join(place)}"


def nothing_is_stuck(history: Sequence[Call], evidence: Evidence) -> Iterator[str]:
    """The outboxes are empty; nothing waits, is parked or dead."""
    for name, service in evidence.services.items():
        if service.pending:
            yield f"{name} has {service.pending} events that are not on the broker"
        for what, found in (("waits", service.waiting), ("is parked", service.parked), ("is dead", service.dead)):
            yield from (f"{name}: {each} {what}" for each in found)


def the_ledger_balances(history: Sequence[Call], evidence: Evidence) -> Iterator[str]:
    """A completed order's cash is its total, split whole, and what was asked at the door is what was paid; a cancelled one moved money only
    when cash was taken all the same. What came into the partners' hands is what payments say, rounding, short and over included."""
    booked: dict[str, int] = defaultdict(int)
    in_hand: dict[str, int] = defaultdict(int)
    reasons = {order.id: order.reason for order in evidence.orders}
    for each in evidence.ledger:
        if each.amount <= 0 or each.debit == each.credit:
            yield f"{each.order}: {each.kind} moves {each.amount} from {each.credit} to {each.debit}"
        if each.kind in _OF_FAILED_TRIPS and reasons.get(each.order) != "DELIVERY_FAILED":
            yield f"{each.order}: {each.kind} is booked, and its trip did not fail"
        booked[each.order] += each.amount if each.kind in _SPLIT and each.debit.endswith("cash") else 0
        in_hand[each.order] += (each.debit.endswith("cash") - each.credit.endswith("cash")) * each.amount
    for order in evidence.orders:
        taken = _taken(order)
        wanted = order.total if order.status == "COMPLETED" or taken else 0
        if booked.pop(order.id, 0) != wanted:
            yield f"{order.id} is {order.status} over {order.total}: its transfers are not {wanted}"
        paid = sum(paid for _, _, _, paid in order.payments)
        if in_hand[order.id] != paid:
            yield f"{order.id}: {in_hand[order.id]} came into the partner's hands, {paid} was paid"
        if order.status == "COMPLETED" and [(status, paid) for _, status, _, paid in order.payments] != [
            ("COLLECTED", in_cash(order.total))
        ]:
            yield f"{order.id} is completed and its payment is {order.payments}"
    for stray in booked:
        yield f"the ledger has transfers of {stray}, which nobody placed"


def everything_ends(history: Sequence[Call], evidence: Evidence) -> Iterator[str]:
    """Every order and every trip has ended, or a live timer will move it; both tell the same story."""
    orders = {order.id: order for order in evidence.orders}
    for order in evidence.orders:
        if order.status not in _ENDED and order.timers != 1:
            yield f"{order.id} is {order.state} with {order.timers} timers"
        if order.status in _ENDED and order.timers:
            yield f"{order.id} is {order.status} and a timer of it runs"
    for trip in evidence.deliveries:
        served = orders.get(trip.order)
        if trip.status not in _TRIP_ENDED | _TRIP_WAITS_FOR_ORDERING and not trip.timers:
            yield f"{trip.id} is {trip.status} without a timer"
        if trip.status in _TRIP_WAITS_FOR_ORDERING and served and served.status in _ENDED:
            yield f"{trip.id} waits for {trip.order}, which is {served.status}"


def order_trip_cash_and_goods_agree(history: Sequence[Call], evidence: Evidence) -> Iterator[str]:
    """Whichever news came first: what was delivered is completed and paid, what is cancelled is neither, and the buyer was told one of
    both. Goods that left their counter came to the buyer, or their trip failed."""
    trips = {trip.order: trip for trip in evidence.deliveries}
    fetched = _told_of(evidence, "delivery.picked_up.v1")
    both = _told_of(evidence, "ordering.order_completed.v1") & _told_of(evidence, "ordering.order_cancelled.v1")
    for order in evidence.orders:
        trip, paid = trips.get(order.id), any(status == "COLLECTED" for _, status, _, _ in order.payments)
        completed = order.status == "COMPLETED"
        if trip and completed != (trip.status == "DELIVERED"):
            yield f"{order.id} is {order.status} and its trip {trip.status}"
        if completed != paid:
            yield f"{order.id} is {order.status} and its payment is {order.payments}"
        if order.id in both:
            yield f"the buyer of {order.id} was told that it is completed, and that it is cancelled"
        if order.status == "CANCELLED" and (order.id in fetched) != (order.reason == "DELIVERY_FAILED"):
            yield f"{order.id} was cancelled for {order.reason}, its goods {'left' if order.id in fetched else 'stayed'}"


CHECKS: Mapping[str, Check] = {
    check.__name__.replace("_", " "): check
    for check in (
        acknowledged_orders_exist,
        one_key_is_one_order,
        acknowledged_cancellations_hold,
        reads_never_go_back,
        effects_happen_once,
        stock_is_conserved,
        no_order_has_two_winners,
        events_are_numbered,
        the_log_is_in_order,
        everything_is_heard,
        nothing_is_stuck,
        the_ledger_balances,
        everything_ends,
        order_trip_cash_and_goods_agree,
    )
}


def judge(history: Sequence[Call], evidence: Evidence) -> dict[str, list[str]]:
    """The name of each check, and what it found."""
    return {name: list(check(history, evidence)) for name, check in CHECKS.items()}


def _ended(history: Sequence[Call], operation: str, what: What) -> Iterator[Call]:
    return (call for call in history if call.operation == operation and call.what is what)


def _told_of(evidence: Evidence, kind: str) -> set[str]:
    """The orders of which this was told."""
    return {event.order for service in evidence.services.values() for event in service.told if event.type == kind}


def _taken(order: Order) -> bool:
    return any(paid for _, _, _, paid in order.payments)
