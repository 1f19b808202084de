"""One confirmed order and its trip by the services' own tables, with the two ordered streams between them: every interleaving.

Whatever can happen next is a move; a state is all that can be told apart, so that a search over states meets every interleaving there is.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from services.contracts.catalog import MerchantId
from services.contracts.delivery import FailureCode, PartnerId, RiderId
from services.contracts.ordering import (
    CancellationRequested,
    Goods,
    OrderCancelled,
    OrderCompleted,
    OrderId,
    PaymentId,
    SellerOrderId,
)
from services.delivery.domain.trip import TERMINAL, DeliveryStatus, To
from services.delivery.domain.trip import Input as Happens
from services.delivery.domain.trip import step as trip_step
from services.ordering.domain.ledger import Kind, Shares
from services.ordering.domain.order import Order
from services.ordering.domain.payment import PaymentStatus
from services.ordering.domain.process import Input, State
from services.ordering.domain.refusal import WrongState
from services.ordering.domain.seller_order import SellerOrder, SellerOrderStatus
from services.ordering.domain.steps import CallOff, Facts

AT: Final = datetime(2026, 2, 1, 3, 30, tzinfo=UTC)
FACTS: Final = Facts(PartnerId.seeded("a"), RiderId.seeded("r"), 15_000, FailureCode.BUYER_REFUSED)
ENDS: Final = {State.COMPLETED, State.CANCELLED}
MOST_ON_THE_WAY: Final = 3
"""Events of one side that the other has not heard: more only repeat."""

_D, _H, _I = DeliveryStatus, Happens, Input
# What becomes of a trip, as ordering hears it. Offers and arrivals change nothing there.
_HEARD: Final[Mapping[DeliveryStatus, Input]] = {
    _D.ASSIGNED: _I.DELIVERY_ASSIGNED,
    _D.PICKED_UP: _I.PICKED_UP,
    _D.FAILED_ATTEMPT: _I.ATTEMPT_FAILED,
    _D.DELIVERED: _I.DELIVERED,
    _D.RETURNED: _I.RETURNED,
    _D.DISPOSED: _I.RETURNED,
    _D.UNASSIGNABLE: _I.UNASSIGNABLE,
    _D.CANCELLED: _I.DELIVERY_CANCELLED,
}
_CALLS_OFF: Final = (_I.BUYER_CANCELS, _I.DELIVERY_DEADLINE, _I.STOCK_REFUSED, _I.STOCK_RELEASED)
Take = Callable[[Order, Input, Facts], None]


class Broken(Exception):
    """Order, trip, cash and goods do not tell one story."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Both sides and what is on its way. `left`: the goods have left their counter; the rest is what the buyer was told and booked."""

    state: State = State.CONFIRMED
    payment: PaymentStatus = PaymentStatus.DUE
    sellers: SellerOrderStatus = SellerOrderStatus.ACCEPTED
    call_off: CallOff | None = None
    goods: Goods | None = None
    ends_told: int = 0
    booked: frozenset[Kind] = frozenset()
    trip: DeliveryStatus = _D.REQUESTED
    left: bool = False
    to_delivery: tuple[str, ...] = ()
    to_ordering: tuple[DeliveryStatus | None, ...] = ()  # None: the job was given back

    @property
    def at_rest(self) -> bool:
        return not self.to_delivery and not self.to_ordering


def moves(at: Standing, take: Take) -> Iterator[tuple[str, Standing]]:
    """Everything that can happen next, with its name."""
    if len(at.to_delivery) < MOST_ON_THE_WAY and at.state not in ENDS:
        for given in _CALLS_OFF:
            if (after := _fed(at, given, FACTS, take)) not in (None, at):
                yield str(given), after
    if at.to_ordering:
        news, *later = at.to_ordering
        given = _I.DELIVERY_UNASSIGNED if news is None else _HEARD[news]
        goods = {_D.RETURNED: Goods.RETURNED, _D.DISPOSED: Goods.GONE}.get(news) if news else None
        heard = _fed(replace(at, to_ordering=tuple(later)), given, replace(FACTS, goods=goods), take)
        if heard is not None:
            yield f"ordering hears {given}", heard
    if at.to_delivery:
        word, *words = at.to_delivery
        yield f"delivery hears {word}", _happens(replace(at, to_delivery=tuple(words)), _H.CANCELLED)
    if len(at.to_ordering) < MOST_ON_THE_WAY and at.trip not in TERMINAL:
        for happened in set(Happens) - {_H.CANCELLED, _H.CONFIRMED}:
            if (after := _happens(at, happened)) != at:
                yield f"the trip: {happened}", after


def check(at: Standing) -> None:
    """What holds at every moment, and what holds when nothing is on its way. Raises Broken."""
    story = f"order {at.state}, trip {at.trip}, {at.payment}, goods {at.goods}, {sorted(at.booked)}"
    delivered = at.trip is DeliveryStatus.DELIVERED
    if at.ends_told > 1 or (at.ends_told == 1) != (at.state in ENDS):
        raise Broken(f"the buyer was told {at.ends_told} ends: {story}")
    if at.state is State.COMPLETED and not delivered:
        raise Broken(f"completed and not delivered: {story}")
    if at.state is State.CANCELLED and (at.trip not in TERMINAL or delivered):
        raise Broken(f"cancelled, and the trip may deliver or has: {story}")
    if (at.payment is PaymentStatus.COLLECTED) != (at.state is State.COMPLETED):
        raise Broken(f"the cash is another story: {story}")
    if at.state is State.CANCELLED and (at.goods is not Goods.AT_COUNTER) != at.left:
        raise Broken(f"the goods are not where it says: {story}")
    if at.state is State.CANCELLED and (Kind.FAILED_TRIP in at.booked) != at.left:
        raise Broken(f"a trip in vain costs something, no trip nothing: {story}")
    if at.at_rest and (at.state in ENDS) != (at.trip in TERMINAL):
        raise Broken(f"one has ended, the other has not, and nobody will say so: {story}")


def explore(take: Take | None = None) -> tuple[int, int]:
    """From the confirmation, all that can be. States, and those that are an end. Raises Broken, with the way there."""
    given = take or (lambda order, heard, facts: order.take(heard, facts))
    seen: dict[Standing, tuple[str, Standing] | None] = {Standing(): None}
    onward: dict[Standing, list[Standing]] = {}
    ahead = deque([Standing()])  # the shortest way to each
    while ahead:
        at = ahead.popleft()
        try:
            check(at)
        except Broken as broken:
            raise Broken(f"{broken}\n" + "\n".join(reversed([*_way(seen, at)]))) from None
        onward[at] = []
        for name, after in moves(at, given):
            onward[at].append(after)
            if after not in seen:
                seen[after] = (name, at)
                ahead.append(after)
    ends = {at for at in seen if at.at_rest and at.state in ENDS}
    _all_reach(ends, onward)
    return len(seen), len(ends)


def _all_reach(ends: set[Standing], onward: Mapping[Standing, list[Standing]]) -> None:
    before: dict[Standing, list[Standing]] = {}
    for at, afters in onward.items():
        for after in afters:
            before.setdefault(after, []).append(at)
    reached, ahead = set(ends), [*ends]
    while ahead:
        for at in before.get(ahead.pop(), ()):
            if at not in reached:
                reached.add(at)
                ahead.append(at)
    if stuck := set(onward) - reached:
        raise Broken(f"{len(stuck)} states have no way to an end, as {next(iter(stuck))}")


def _way(seen: Mapping[Standing, tuple[str, Standing] | None], at: Standing) -> Iterator[str]:
    while step := seen[at]:
        yield step[0]
        at = step[1]


def _fed(at: Standing, given: Input, facts: Facts, take: Take) -> Standing | None:
    """None where the input is refused."""
    order = _order(at)
    try:
        take(order, given, facts)
    except WrongState:
        return None
    told = [type(event) for event in order.events]
    ended = [event for event in order.events if isinstance(event, OrderCancelled)]
    words = ("call off",) * told.count(CancellationRequested) + ("cancelled",) * len(ended)
    return replace(
        at,
        state=order.state,
        payment=order.payment_status,
        sellers=order.sellers[0].status,
        call_off=order.call_off,
        goods=ended[0].goods if ended else at.goods,
        ends_told=at.ends_told + told.count(OrderCompleted) + len(ended),
        booked=at.booked | {each.kind for each in order.transfers},
        to_delivery=at.to_delivery + words,
    )


def _happens(at: Standing, happened: Happens) -> Standing:
    step = trip_step(at.trip, happened)
    if not isinstance(step, To):
        return at
    news: tuple[DeliveryStatus | None, ...] = ()
    if happened is _H.FAILED and step.status is _D.REQUESTED:
        news = (None,)
    elif step.status in _HEARD:
        unreported = at.trip in (_D.ASSIGNED, _D.AT_PICKUP) and step.status in (_D.DELIVERED, _D.RETURNED, _D.DISPOSED)
        news = (*((_D.PICKED_UP,) if unreported else ()), step.status)
    left = at.left or _D.PICKED_UP in news
    return replace(at, trip=step.status, left=left, to_ordering=at.to_ordering + news)


def _order(at: Standing) -> Order:
    return Order(
        id=OrderId.seeded("one"),
        at=AT,
        placed_at=AT,
        state=at.state,
        delivery_rupiah=10_000,
        total_rupiah=15_000,
        cash_due_rupiah=15_000,
        shares=Shares(7_000, 2_000, 1_000),
        test=False,
        payment_id=PaymentId.seeded("one"),
        payment_status=at.payment,
        confirmed_at=AT,
        call_off=at.call_off,
        sellers=[
            SellerOrder(
                id=SellerOrderId.seeded("one"),
                merchant_id=MerchantId.seeded("one"),
                status=at.sellers,
                goods_rupiah=5_000,
                commission_rupiah=0,
                accept_within_s=300,
                prep_time_s=600,
                auto_accept=True,
            )
        ],
    )
