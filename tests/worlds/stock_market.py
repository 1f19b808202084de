"""Random lives of a few orders over two goods: what truly happens at the merchant's, and what catalog hears of it, when it hears it.

Ordering and delivery act on what they know, which lags; each tells of an order in its own order, and catalog hears the two in any.
"""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from services.catalog.domain.reservation import Input, ReservationState, Standing, step
from services.catalog.domain.stock import Place, Stock, StockOutOfRange, counted, short

GOODS: Final = ("bayam", "kelapa")
ORDERS: Final = 5


class Op(NamedTuple):
    """One thing that happens to catalog: `what` an input of `order`'s reservation, or COUNTED of `goods` as `number`."""

    what: str
    order: int = -1
    goods: str = ""
    number: int = 0


class Violation(Exception):
    """More for sale than there is, or a book that does not add up."""


Step = Callable[[Standing, Input], Standing]
Count = Callable[[Stock, int], Stock]


@dataclass(slots=True)
class Books:
    """Catalog without a database: its own rules over dictionaries. The rules can be replaced by wrong ones."""

    step: Step = lambda standing, heard: step(standing, heard)[0]
    count: Count = counted
    stock: dict[str, Stock] = field(default_factory=dict)
    standings: dict[int, Standing] = field(default_factory=dict)
    lines: dict[int, Mapping[str, int]] = field(default_factory=dict)

    def do(self, op: Op, wanted: Mapping[str, int]) -> bool:
        """False when it was refused."""
        if op.what == "COUNTED":
            try:
                self.stock[op.goods] = self.count(self.stock[op.goods], op.number)
            except StockOutOfRange:
                return False
            return True
        self._hear(op.order, Input(op.what), wanted)
        return True

    def _hear(self, order: int, heard: Input, wanted: Mapping[str, int]) -> None:
        before = self.standings.get(order, Standing(ReservationState.NONE))
        available = {goods: stock.available for goods, stock in self.stock.items()}
        if heard is Input.PLACED:
            if order in self.standings:
                return
            heard = Input.PLACED_SHORT if short(wanted, available) else heard
            self.lines[order] = {} if heard is Input.PLACED_SHORT else wanted
        lines = self.lines.get(order, {})
        after = self.step(before, heard)
        if (before.goods, after.goods) == (Place.FOR_SALE, Place.ON_COUNTER) and short(lines, available):
            after = self.step(before, Input.CONFIRMED_SHORT)
        if after.goods is not before.goods:
            for goods, quantity in lines.items():
                self.stock[goods] = self.stock[goods].moved(quantity, before.goods, after.goods)
        if after.state is not ReservationState.NONE:
            self.standings[order] = after

    def held(self, order: int) -> bool:
        return self.standings.get(order, Standing(ReservationState.NONE)).state is ReservationState.HELD


@dataclass(slots=True)
class _Order:
    """What truly is of an order: confirmed and ended as ordering knows it, fetched and over as delivery does."""

    lines: Mapping[str, int]
    placed: bool = False
    confirmed: bool = False
    cancelled: bool = False
    requested: bool = False
    fetched: bool = False
    over: bool = False
    ordering: deque[Input] = field(default_factory=deque)
    delivery: deque[Input] = field(default_factory=deque)
    heard: list[Input] = field(default_factory=list)

    @property
    def lives(self) -> bool:
        return self.placed and not self.cancelled and not self.fetched


@dataclass(slots=True)
class Market:
    """`expiries` lets holds end while their orders are confirmed, which only a freeze longer than a hold does: then goods can be sold
    that a rider has, and only the sums are held to anything."""

    rng: random.Random
    books: Books
    expiries: bool = False
    opened: dict[str, int] = field(default_factory=dict)
    there: dict[str, int] = field(default_factory=dict)
    orders: list[_Order] = field(default_factory=list)
    raced: set[str] = field(default_factory=set)
    """Goods that were counted while the news of a pickup was on its way: fewer are for sale than there are, never more."""
    done: list[Op] = field(default_factory=list)

    def run(self, steps: int = 60) -> list[Op]:
        """What catalog was given, in order. Raises Violation."""
        for goods in GOODS:
            self.opened[goods] = self.there[goods] = self.rng.randint(0, 12)
            self.books.stock[goods] = Stock(self.there[goods], 0)
        self.orders = [
            _Order({goods: self.rng.randint(1, 4) for goods in self.rng.sample(GOODS, self.rng.randint(1, 2))})
            for _ in range(ORDERS)
        ]
        for _ in range(steps):
            if moves := list(self._moves()):
                self.rng.choice(moves)()
                self._watch()
        self._end()
        return self.done

    def wanted(self, op: Op) -> Mapping[str, int]:
        return self.orders[op.order].lines if op.order >= 0 else {}

    def _moves(self) -> Iterator[Callable[[], object]]:
        if self.rng.random() < 0.3:  # a count mends what was wrong before it
            yield self._count
        for number, order in enumerate(self.orders):
            if not order.placed:
                yield lambda order=order: self._ordering(order, Input.PLACED, placed=True)  # type: ignore[misc]
                continue
            if order.lives and not order.confirmed and self.books.held(number):
                yield lambda order=order: self._ordering(order, Input.CONFIRMED, confirmed=True)  # type: ignore[misc]
            if not order.cancelled and self.rng.random() < 0.2:  # also while the news of the pickup is on its way
                yield lambda order=order: self._ordering(order, Input.CANCELLED, cancelled=True)  # type: ignore[misc]
            if order.confirmed and not order.requested and not order.over:
                yield lambda order=order: setattr(order, "requested", True)  # type: ignore[misc]
            if order.requested and not order.over:
                yield lambda order=order: self._fetch(order)  # type: ignore[misc]
                yield lambda order=order: self._give_up(order)  # type: ignore[misc]
            if order.cancelled and not order.over:
                yield lambda order=order: self._give_up(order)  # type: ignore[misc]
            for queue in (order.ordering, order.delivery):
                if queue:
                    yield lambda number=number, queue=queue: self._hear(number, queue.popleft())  # type: ignore[misc]
            if order.heard and self.rng.random() < 0.3:
                yield lambda number=number, order=order: self._do(Op(self.rng.choice(order.heard), number))  # type: ignore[misc]
            if self.expiries and self.books.held(number):
                yield lambda number=number: self._do(Op(Input.TIME_IS_UP, number))  # type: ignore[misc]

    def _ordering(self, order: _Order, tells: Input, **known: bool) -> None:
        for name, value in known.items():
            setattr(order, name, value)
        order.ordering.append(tells)

    def _fetch(self, order: _Order) -> None:
        order.fetched = order.over = True
        for goods, quantity in order.lines.items():
            self.there[goods] -= quantity
        order.delivery.append(Input.FETCHED)

    def _give_up(self, order: _Order) -> None:
        order.over = True
        order.delivery.append(Input.UNFETCHED)

    def _hear(self, number: int, heard: Input) -> None:
        self.orders[number].heard.append(heard)
        self._do(Op(heard, number))

    def _count(self) -> None:
        """Somebody brought goods, or threw some away, and counted all that lies there."""
        goods = self.rng.choice(GOODS)
        free = self.there[goods] - self.books.stock[goods].kept
        change = self.rng.randint(-min(2, max(0, free)), 3)
        self.there[goods] += change
        on_its_way = any(Input.FETCHED in order.delivery and goods in order.lines for order in self.orders)
        if self._do(Op("COUNTED", goods=goods, number=self.there[goods])):
            self.raced |= {goods} if on_its_way else set()
        else:
            self.there[goods] -= change
            if not on_its_way and not self.expiries:
                raise Violation(f"a true count of {self.there[goods] + change} {goods} was refused")

    def _do(self, op: Op) -> bool:
        applied = self.books.do(op, self.wanted(op))
        if applied:
            self.done.append(op)
        return applied

    def _owed(self, goods: str) -> int:
        """Of what lies there: what orders that were promised it have not fetched yet."""
        return sum(
            order.lines.get(goods, 0)
            for number, order in enumerate(self.orders)
            if order.lives and self._promised(number)
        )

    def _promised(self, number: int) -> bool:
        standing = self.books.standings.get(number)
        return standing is not None and standing.state in (
            ReservationState.HELD, ReservationState.COMMITTED, ReservationState.CALLED_OFF
        )  # fmt: skip

    def _watch(self) -> None:
        for goods, stock in self.books.stock.items():
            if min(stock.available, stock.reserved, stock.on_counter) < 0:
                raise Violation(f"less than nothing of {goods}: {stock}")
            if not self.expiries and stock.available > self.there[goods] - self._owed(goods):
                raise Violation(
                    f"{stock.available} {goods} are for sale of {self.there[goods]}, {self._owed(goods)} are owed"
                )

    def _end(self) -> None:
        """Everything ends and is heard: what is for sale is what lies there."""
        for order in self.orders:
            if order.placed and not order.over:
                if order.requested and self.rng.random() < 0.5:
                    self._fetch(order)
                else:
                    self._give_up(order)
            if order.placed and not order.cancelled and not order.fetched:
                self._ordering(order, Input.CANCELLED, cancelled=True)
        while waiting := [
            (number, queue)
            for number, order in enumerate(self.orders)
            for queue in (order.ordering, order.delivery)
            if queue
        ]:
            number, queue = self.rng.choice(waiting)
            self._hear(number, queue.popleft())
            self._watch()
        for goods, stock in self.books.stock.items():
            if (stock.reserved, stock.on_counter) != (0, 0):
                raise Violation(f"at rest {stock} of {goods}")
            if not self.expiries and goods not in self.raced and stock.available != self.there[goods]:
                raise Violation(f"at rest {stock.available} {goods} are for sale, {self.there[goods]} are there")
